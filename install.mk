# make install: programs, module, page, configuration, man pages, service
# files, documentation.  Settings in SYSCONFDIR that exist are left alone.

SYSCONFDIR   ?= /etc

INSTALL_BIN  := $(filter $(BUILD)/vfs-%,$(ALL))
INSTALL_CONF := $(filter-out conf/logrotate conf/systemd,$(wildcard conf/*))
INSTALL_UNIT := $(wildcard conf/systemd/*.service)
INSTALL_TO    = $(DESTDIR)$(PREFIX)
INSTALL_ETC   = $(DESTDIR)$(SYSCONFDIR)
INSTALL_DOC   = $(INSTALL_TO)/share/doc/vfs

.PHONY: install install-programs install-man install-service install-doc
install: install-programs install-man install-service install-doc

install-programs: build-all
	install -d $(INSTALL_TO)/bin $(INSTALL_TO)/lib/vfs \
	    $(INSTALL_TO)/share/vfs/conf $(INSTALL_TO)/share/vfs/commands
	install -m 755 bin/vfs $(INSTALL_BIN) $(INSTALL_TO)/bin
	install -m 644 $(BUILD)/ngx_http_vfs_module.so $(INSTALL_TO)/lib/vfs
	install -m 644 $(INSTALL_CONF) $(INSTALL_TO)/share/vfs/conf
	install -m 644 $(wildcard bin/commands/*.sh) \
	    $(INSTALL_TO)/share/vfs/commands
	rm -rf $(INSTALL_TO)/share/vfs/html
	cp -R $(BUILD)/html $(INSTALL_TO)/share/vfs/html

# The pages name files of PREFIX and SYSCONFDIR.

install-man:
	install -d $(INSTALL_TO)/share/man/man1 $(INSTALL_TO)/share/man/man8
	umask 022; for page in $(wildcard docs/man/*.[18]); do \
	    sed -e 's|@docdir@|$(PREFIX)/share/doc/vfs/docs|' \
	        -e 's|@sysconfdir@|$(SYSCONFDIR)|' $$page \
	        >$(INSTALL_TO)/share/man/man$${page##*.}/$${page##*/} || exit 1; \
	done

# The units run PREFIX/bin/vfs with the settings of SYSCONFDIR/vfs/vfs.env.

install-service:
	install -d $(INSTALL_TO)/lib/systemd/system \
	    $(INSTALL_TO)/lib/sysusers.d $(INSTALL_ETC)/logrotate.d \
	    $(INSTALL_ETC)/vfs
	umask 022; for unit in $(INSTALL_UNIT); do \
	    sed -e 's|@bindir@|$(PREFIX)/bin|' \
	        -e 's|@sysconfdir@|$(SYSCONFDIR)|' $$unit \
	        >$(INSTALL_TO)/lib/systemd/system/$${unit##*/} || exit 1; \
	done
	install -m 644 conf/systemd/vfs.sysusers \
	    $(INSTALL_TO)/lib/sysusers.d/vfs.conf
	install -m 644 conf/logrotate $(INSTALL_ETC)/logrotate.d/vfs
	test -e $(INSTALL_ETC)/vfs/vfs.env \
	    || install -m 644 conf/vfs.env $(INSTALL_ETC)/vfs/vfs.env

# As in the tree, so that links from page to page lead somewhere.

install-doc:
	rm -rf $(INSTALL_DOC)
	install -d $(INSTALL_DOC)/docs/examples $(INSTALL_DOC)/docs/images
	install -m 644 README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE \
	    $(INSTALL_DOC)
	install -m 644 $(filter-out docs/examples docs/images docs/man, \
	    $(wildcard docs/*)) $(INSTALL_DOC)/docs
	install -m 644 $(wildcard docs/examples/*) $(INSTALL_DOC)/docs/examples
	install -m 644 $(wildcard docs/images/*) $(INSTALL_DOC)/docs/images
	ln -s ../../vfs/conf $(INSTALL_DOC)/conf
