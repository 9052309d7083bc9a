# The commands of the documentation, run.

TESTS += test-docs

.PHONY: test-docs
test-docs: build-all
	python3 -B t/docs/test_consistency.py
	VFS_BUILD='$(abspath $(BUILD))' python3 -B t/docs/test_docs.py
