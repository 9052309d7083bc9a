include $(wildcard t/*/build.mk)

.PHONY: test-unit
test-unit: $(UNIT_TESTS)
	@set -e; for test in $^; do echo "# $$test"; $$test; done
