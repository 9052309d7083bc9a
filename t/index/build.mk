# The index: each suite runs alone, too; VFS_CRASH_ROUNDS=50 for a long crash
# test.

TESTS += test-index

.PHONY: test-index
test-index: $(BUILD)/vfs-index
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/conformance.py
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/operations.py
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/crash.py
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/torture.py

INDEX_C_TESTS := $(patsubst t/index/%.c,$(BUILD)/t/index/%, \
                   $(wildcard t/index/test_*.c))
UNIT_TESTS += $(INDEX_C_TESTS)

$(BUILD)/obj/t/index/%.o: VFS_CPPFLAGS += -Iindex

$(INDEX_C_TESTS): $(BUILD)/t/index/%: $(BUILD)/obj/t/index/%.o \
                                      $(BUILD)/libvfs_index.a $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(INDEX_LIBS) $(LIB_LIBS) \
	    -lcmocka
