# What of the module takes more than one nginx: MODULE and NGINX as in
# t/runner/build.mk.

TESTS += test-upgrade

.PHONY: test-upgrade
test-upgrade: $(BUILD)/ngx_http_vfs_module.so
	TEST_NGINX_BINARY="$(NGINX)" TEST_NGINX_LOAD_MODULES="$(MODULE)" \
	    prove t/module/upgrade.t
