# The independent recomputation, tested by itself.

TESTS += test-reference

.PHONY: test-reference
test-reference:
	python3 t/reference/test_reference.py
