# Unit tests of lib/: every t/lib_c/test_*.c is one program.

LIB_C_TESTS := $(patsubst t/lib_c/%.c,$(BUILD)/t/lib_c/%, \
                 $(wildcard t/lib_c/test_*.c))
UNIT_TESTS += $(LIB_C_TESTS)

$(LIB_C_TESTS): $(BUILD)/t/lib_c/%: $(BUILD)/obj/t/lib_c/%.o \
                                    $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) $(TEST_LIBS) \
	    -lcmocka -lm

$(BUILD)/t/lib_c/test_recorded: TEST_LIBS = $(shell pkg-config --libs lmdb)
