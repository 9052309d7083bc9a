# Tests of feature/ and of the numbers in lib/: every t/feature/test_*.c is
# one program.

FEATURE_TESTS := $(patsubst t/feature/%.c,$(BUILD)/t/feature/%, \
                   $(filter-out t/feature/test_util.c, \
                     $(wildcard t/feature/test_*.c)))
UNIT_TESTS += $(FEATURE_TESTS)

$(FEATURE_TESTS): $(BUILD)/t/feature/%: $(BUILD)/obj/t/feature/%.o \
                                        $(BUILD)/obj/t/feature/test_util.o \
                                        $(BUILD)/libvfs_feature.a \
                                        $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) $(FEATURE_WRAP) -o $@ $^ \
	    $(FEATURE_LIBS) $(LIB_LIBS) -lcmocka

# One of them makes allocations fail.

$(BUILD)/t/feature/test_memory: FEATURE_WRAP := \
    -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=strdup

# The same bits from every compiler, with every option.

$(BUILD)/t/feature/fold_bits: $(BUILD)/obj/t/feature/fold_bits.o \
                              $(BUILD)/libvfs_feature.a $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(FEATURE_LIBS) $(LIB_LIBS)

TESTS += test-feature-variants

.PHONY: test-feature-variants
test-feature-variants:
	@BUILD='$(BUILD)' MAKE='$(MAKE)' t/feature/variants

# Fuzz targets.  As tests they run over their corpus; "fuzz-feature" also lets
# libFuzzer look for FUZZ_SECONDS each, under the sanitizers.

FUZZ_SECONDS ?= 10
FUZZ_FEATURE := definition event state

FUZZ_REPLAYS := $(FUZZ_FEATURE:%=$(BUILD)/t/feature/fuzz_%)
UNIT_TESTS += $(FUZZ_REPLAYS)

$(FUZZ_REPLAYS): $(BUILD)/t/feature/fuzz_%: \
                 $(BUILD)/obj/t/feature/fuzz/fuzz_%.o \
                 $(BUILD)/obj/t/feature/fuzz/replay.o \
                 $(BUILD)/libvfs_feature.a $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(FEATURE_LIBS) $(LIB_LIBS)

LIBFUZZERS := $(FUZZ_FEATURE:%=$(BUILD)/t/feature/libfuzzer_%)

$(LIBFUZZERS): $(BUILD)/t/feature/libfuzzer_%: \
               $(BUILD)/obj/t/feature/fuzz/fuzz_%.o \
               $(BUILD)/libvfs_feature.a $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) -fsanitize=fuzzer $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ \
	    $(FEATURE_LIBS) $(LIB_LIBS)

.PHONY: fuzz-feature
fuzz-feature:
	@sh packages.sh clang libclang-rt-14-dev
	@$(MAKE) -s --no-print-directory BUILD='$(BUILD)/fuzz' CC=clang \
	    CXX=clang++ CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' \
	    run-libfuzzers

.PHONY: run-libfuzzers
run-libfuzzers: $(LIBFUZZERS)
	@set -e; for name in $(FUZZ_FEATURE); do \
	    echo "# $$name"; \
	    mkdir -p $(BUILD)/corpus/$$name; \
	    $(BUILD)/t/feature/libfuzzer_$$name -max_total_time=$(FUZZ_SECONDS) \
	        -max_len=8192 -print_final_stats=1 -verbosity=0 \
	        -artifact_prefix=$(BUILD)/ $(BUILD)/corpus/$$name \
	        t/feature/fuzz/corpus/$$name; \
	done
