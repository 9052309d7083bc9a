# The module's suites once more: nginx with AddressSanitizer, the module with
# UBSan as well.  Two of AddressSanitizer's checks are off: nginx frees its
# configuration by ending, and each module defines ngx_modules.

ASAN_NGINX  := $(BUILD)/asan-nginx/nginx
ASAN_CFLAGS := -O1 -g -fno-omit-frame-pointer
ASAN_FLAGS  := -fsanitize=address,undefined -fno-sanitize-recover=all

$(ASAN_NGINX): t/asan/nginx-core
	t/asan/nginx-core $(@D)

ASAN_MODULE := $(BUILD)/asan/ngx_http_vfs_module.so

TESTS += test-asan

asan: test-asan

.PHONY: test-asan
test-asan: $(ASAN_NGINX)
	$(MAKE) --no-print-directory BUILD='$(BUILD)/asan' \
	    CFLAGS='$(ASAN_CFLAGS)' SANITIZE='$(ASAN_FLAGS)' '$(ASAN_MODULE)'
	@nm -D '$(ASAN_MODULE)' | grep -q __asan_report_ \
	    && nm -D '$(ASAN_MODULE)' | grep -q __ubsan_handle_ || { \
	        echo '$(ASAN_MODULE) is not instrumented' >&2; exit 1; }
	TEST_NGINX_BINARY='$(abspath $(ASAN_NGINX))' \
	TEST_NGINX_LOAD_MODULES='$(abspath $(ASAN_MODULE))' \
	TEST_NGINX_PATIENCE=120 \
	ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0 \
	    prove $(PROVE_FLAGS) -It/lib $(sort $(wildcard t/*.t)) \
	        t/module/upgrade.t
