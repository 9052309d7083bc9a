# Fuzz targets: every t/PART/fuzz/fuzz_NAME.c, with t/PART/fuzz/corpus/NAME.
# As unit tests they run over their corpus; "test-fuzz" lets libFuzzer look for
# FUZZ_SECONDS in all, under the sanitizers.  FUZZ_LIBS is what the targets
# link, unless a part sets it otherwise for its own.

FUZZ_SECONDS ?= 60

FUZZERS      := $(basename $(wildcard t/*/fuzz/fuzz_*.c))
FUZZ_REPLAYS := $(FUZZERS:%=$(BUILD)/%)
LIBFUZZERS   := $(FUZZ_REPLAYS:%=%.libfuzzer)

FUZZ_LIBS = $(BUILD)/libvfs_feature.a $(BUILD)/libvfs.a $(FEATURE_LIBS)

UNIT_TESTS += $(FUZZ_REPLAYS)

$(FUZZERS:%=$(BUILD)/obj/%.o): VFS_CPPFLAGS += -It/fuzz

$(FUZZ_REPLAYS): $(BUILD)/%: $(BUILD)/obj/%.o $(BUILD)/obj/t/fuzz/replay.o \
                 $(BUILD)/libvfs_feature.a $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
	    $(FUZZ_LIBS) $(LIB_LIBS)

$(LIBFUZZERS): $(BUILD)/%.libfuzzer: $(BUILD)/obj/%.o \
               $(BUILD)/libvfs_feature.a $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) -fsanitize=fuzzer $(VFS_LDFLAGS) $(LDFLAGS) -o $@ \
	    $(filter %.o,$^) $(FUZZ_LIBS) $(LIB_LIBS)

TESTS += test-fuzz

.PHONY: test-fuzz
test-fuzz:
	@sh packages.sh clang libclang-rt-14-dev
	@$(MAKE) -s --no-print-directory BUILD='$(BUILD)/fuzz' CC=clang \
	    CXX=clang++ CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' \
	    libfuzzers
	@t/fuzz/run '$(BUILD)/fuzz' '$(FUZZ_SECONDS)' $(FUZZERS)

.PHONY: libfuzzers
libfuzzers: $(LIBFUZZERS)
