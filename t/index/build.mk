# The index: each suite runs alone, too; VFS_CRASH_ROUNDS=50 for a long crash
# test.

TESTS += test-index

.PHONY: test-index
test-index: $(BUILD)/vfs-index
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/conformance.py
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/crash.py
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/torture.py
