# The player, bin/vfs and the demo as a whole.

TESTS += test-demo

.PHONY: test-demo
test-demo: build-all
	VFS_BUILD='$(abspath $(BUILD))' python3 -B t/demo/test_player.py
	VFS_BUILD='$(abspath $(BUILD))' python3 -B t/demo/test_settings.py
	VFS_BUILD='$(abspath $(BUILD))' python3 -B t/demo/test_demo.py
