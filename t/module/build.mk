# What of the module takes more than one nginx, or Debian's configuration: MODULE and NGINX as in
# t/runner/build.mk.

TESTS += test-upgrade test-stock

.PHONY: test-upgrade
test-upgrade: $(BUILD)/ngx_http_vfs_module.so
	TEST_NGINX_BINARY="$(NGINX)" TEST_NGINX_LOAD_MODULES="$(MODULE)" \
	    prove t/module/upgrade.t

.PHONY: test-stock
test-stock: $(BUILD)/ngx_http_vfs_module.so $(BUILD)/vfs-index
	TEST_NGINX_BINARY="$(NGINX)" TEST_NGINX_LOAD_MODULES="$(MODULE)" \
	VFS_INDEX='$(abspath $(BUILD))/vfs-index' prove t/module/stock.t

# The fuzz target (t/fuzz) takes one file of the module.

$(addprefix $(BUILD)/t/module/fuzz/,fuzz_param fuzz_param.libfuzzer): \
    $(BUILD)/obj/ngx_vfs_module/ngx_http_vfs_param.o

$(BUILD)/obj/t/module/fuzz/fuzz_param.o: VFS_CPPFLAGS += -Ingx_vfs_module
