# vfs: a real-time vector feature store.
#
#   make         build everything into build/
#   make deps    install what building and running need (apt, npm)
#   make demo    install, build, run; Ctrl-C ends it
#   make test    install, build, run every test
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
VFS_CPPFLAGS := -D_GNU_SOURCE -DVFS_VERSION='"$(VERSION)"' -Ilib
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
include ngx_vfs_module/build.mk demo/build.mk html/build.mk t/build.mk
include bench/build.mk t/packages.mk

.PHONY: build-all
build-all: $(ALL)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(VFS_CPPFLAGS) $(CPPFLAGS) $(VFS_CFLAGS) $(CFLAGS) -MMD -MP \
	    -c -o $@ $<

$(BUILD)/obj/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(VFS_CPPFLAGS) $(CPPFLAGS) $(VFS_CXXFLAGS) $(CFLAGS) -MMD -MP \
	    -c -o $@ $<

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf $(BUILD)
