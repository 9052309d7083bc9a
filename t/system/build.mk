# The real pipeline against the recomputation.  Each run has ports and
# directories of its own.

TESTS += test-system test-kafka test-chaos

# Real purchases for the player, where they are at hand.
VFS_EVENTS  ?= $(wildcard ../shared/data/online_retail_10k.csv)
SYSTEM_TEST := timeout -k 60 1800 python3 t/system/test_system.py \
                   --build $(BUILD)

.PHONY: test-system
test-system: build-all
	python3 t/system/test_checks.py
	$(SYSTEM_TEST) $(if $(VFS_EVENTS),--events '$(VFS_EVENTS)')

.PHONY: test-kafka
test-kafka: build-all kafka-jars
	$(SYSTEM_TEST) --kafka $(KAFKA_JARS)

.PHONY: test-chaos
test-chaos: build-all kafka-jars
	$(SYSTEM_TEST) --kafka $(KAFKA_JARS) --chaos
