include $(wildcard t/*/build.mk)

.PHONY: test-unit
test-unit: $(UNIT_TESTS)
	@rc=0; for test in $^; do \
	    echo "# $$test"; $$test || rc=1; \
	done; exit $$rc
