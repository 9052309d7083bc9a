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
