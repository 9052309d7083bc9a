# nginx's own build of the module, against the sources that Debian ships in
# nginx-dev; nothing is written into either source tree.

NGX_SRC     ?= /usr/share/nginx/src
NGX_BUILD   := $(abspath $(BUILD))/nginx
NGX_MODULE  := $(BUILD)/ngx_http_vfs_module.so
NGX_CC_OPT  := $(CPPFLAGS) $(CFLAGS) -fPIC -Wextra -Wshadow -Wno-unused-parameter \
               $(SANITIZE)
NGX_LD_OPT  := $(LDFLAGS) -fPIC $(SANITIZE)

ALL += $(NGX_MODULE)

$(NGX_BUILD)/Makefile: config ngx_vfs_module/build.mk \
                       ngx_vfs_module/embed.sh docs/openapi.json
	@mkdir -p $(@D)
	@test -r $(NGX_SRC)/conf_flags || { \
	    echo "nginx-dev is missing: make deps" >&2; exit 1; }
	. $(NGX_SRC)/conf_flags && cd $(NGX_SRC) && \
	bash ./configure "$${NGX_CONF_FLAGS[@]}" --with-cc="$(CC)" \
	    --with-cc-opt='$(NGX_CC_OPT)' --with-ld-opt='$(NGX_LD_OPT)' \
	    --add-dynamic-module=$(CURDIR) --builddir=$(NGX_BUILD) \
	    > $(NGX_BUILD)/configure.log || { \
	        cat $(NGX_BUILD)/configure.log >&2; exit 1; }

$(NGX_BUILD)/Makefile: SHELL := /bin/bash

# A module that a running nginx has mapped is replaced, not written into.
#
# The flags are in nginx's Makefile already; given to make itself (make
# CFLAGS=...), they would replace those.

$(NGX_MODULE): MAKEOVERRIDES :=

$(NGX_MODULE): $(NGX_BUILD)/Makefile $(wildcard ngx_vfs_module/*.[ch]) \
               $(wildcard lib/vfs_histogram.[ch] lib/vfs_json*.[ch])
	$(MAKE) -C $(NGX_SRC) -f $(NGX_BUILD)/Makefile modules
	cp $(NGX_BUILD)/ngx_http_vfs_module.so $@.new
	mv $@.new $@
