# vfs-train against the running pipeline.

TESTS += test-verify

.PHONY: test-verify
test-verify: build-all
	timeout -k 60 600 python3 -B t/train/test_verify.py --build $(BUILD)
