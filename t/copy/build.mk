# vfs copy, between two of the embedded index.

TESTS += test-copy

.PHONY: test-copy
test-copy: $(BUILD)/vfs-index
	VFS_BUILD='$(abspath $(BUILD))' python3 -B t/copy/test_copy.py
