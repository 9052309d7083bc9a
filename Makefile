# vfs: a real-time vector feature store.
#
#   make             build everything into build/
#   make demo        install what is missing, build, run until Ctrl-C
#                    (EVENTS=file RATE=events-per-second)
#   make test        install what is missing, build, run every test
#   make test-ship   image, packages, other releases of Debian, and the way
#                    from a clone to services (root, half an hour)
#   make test-NAME   one suite (docs/testing.md)
#   make deps        only install; make deps-test: what the tests need, too
#   make install     copy to DESTDIR, PREFIX and SYSCONFDIR
#   make asan        unit tests and the suites of the gateway and the worker
#                    under AddressSanitizer and UBSan
#   make bench       benchmarks, and a report in docs/benchmarks.md
#                    (BENCH_OPTIONS=--quick); make bench-NAME: one of them
#   make lint        style and static analysis; make format: lay out the code
#   make clean       remove build/
#
# Each folder adds its own programs and tests in its build.mk.

BUILD     ?= build
CC        ?= gcc
CXX       ?= g++
CFLAGS    ?= -O2 -g
LDFLAGS   ?=
SANITIZE  ?=
PREFIX    ?= /usr/local
VERSION   := 0.1.0

# Reproducible to the bit: no contraction to fused multiply-add.
EXACT     := -ffp-contract=off -fno-fast-math
WARN      := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes \
             -Wmissing-prototypes -Wvla -Wno-unused-parameter -Werror
VFS_CPPFLAGS := -D_GNU_SOURCE -DVFS_VERSION='"$(VERSION)"' -Ilib -Ifeature
VFS_CFLAGS   := -std=c11 -fPIC -pthread $(EXACT) $(WARN) $(SANITIZE)
VFS_CXXFLAGS := -std=c++17 -fPIC -pthread -fno-exceptions -fno-rtti \
                -Wall -Wextra -Werror $(SANITIZE)
VFS_LDFLAGS  := -pthread $(SANITIZE)

# Filled by the fragments.
ALL       :=
TESTS     :=
UNIT_TESTS :=

.PHONY: all
all: build-all

include lib/build.mk feature/build.mk index/build.mk ingest/build.mk
include ngx_vfs_module/build.mk demo/build.mk train/build.mk copy/build.mk
include html/build.mk t/build.mk bench/build.mk packages.mk install.mk

.PHONY: build-all build-programs
build-all: $(ALL)
build-programs: $(filter-out $(BUILD)/html/%,$(ALL))

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(VFS_CPPFLAGS) $(CPPFLAGS) $(VFS_CFLAGS) $(CFLAGS) -MMD -MP \
	    -c -o $@ $<

$(BUILD)/obj/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(VFS_CPPFLAGS) $(CPPFLAGS) $(VFS_CXXFLAGS) $(CFLAGS) -MMD -MP \
	    -c -o $@ $<

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# The verbs that install first run make again: what deps brings (pkg-config,
# compilers) is then there when the fragments are read.

JOBS      ?= $(shell nproc)
PARALLEL   = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))
AGAIN      = $(MAKE) --no-print-directory $(PARALLEL)

.PHONY: demo
demo: deps
	@$(AGAIN) build-all
	@VFS_BUILD='$(abspath $(BUILD))' exec bin/vfs demo

.PHONY: test
test: deps-test
	@$(AGAIN) build-all
	@$(AGAIN) build-tests
	@$(MAKE) --no-print-directory test-suites

.PHONY: build-tests
build-tests: $(UNIT_TESTS)

.PHONY: test-suites
test-suites:
	@MAKE='$(MAKE)' sh t/run-suites test-unit $(TESTS)

.PHONY: asan
asan:
	@$(AGAIN) BUILD='$(BUILD)/asan' CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' \
	    build-programs build-tests
	@$(MAKE) --no-print-directory BUILD='$(BUILD)/asan' test-unit

.PHONY: bench
bench: deps-bench
	@$(AGAIN) build-all
	@$(MAKE) --no-print-directory bench-report

.PHONY: clean
clean:
	rm -rf $(BUILD)
