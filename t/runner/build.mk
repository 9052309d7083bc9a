# The module's suites in t/*.t, and the tests of their runner.  MODULE is the
# module to test, NGINX the nginx to test it in, PROVE_FLAGS as prove takes
# them.

MODULE      ?= $(abspath $(BUILD))/ngx_http_vfs_module.so
NGINX       ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v nginx)
PROVE_FLAGS ?= -j2

TESTS += test-nginx test-runner

.PHONY: test-nginx
test-nginx: $(BUILD)/ngx_http_vfs_module.so
	TEST_NGINX_BINARY="$(NGINX)" TEST_NGINX_LOAD_MODULES="$(MODULE)" \
	    prove $(PROVE_FLAGS) -It/lib $(sort $(wildcard t/*.t))

.PHONY: test-runner
test-runner:
	TEST_NGINX_BINARY="$(NGINX)" prove -It/lib t/runner/self.t
