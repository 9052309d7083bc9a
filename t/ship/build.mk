# What ships: service files, man pages, the image, the packages.  What needs a
# fresh Debian (root, debootstrap, minutes) is "make test-ship", not part of
# "make test".

PACKAGES_SHIP := debootstrap git iproute2 systemd-container

SHIP_PYTHON := $(BUILD)/t/ship/python

# Linters that Debian has not.

$(SHIP_PYTHON)/.complete: t/ship/requirements.txt
	rm -rf $(SHIP_PYTHON)
	/usr/bin/python3 -m pip install -q --no-input --no-compile \
	    --target $(SHIP_PYTHON) -r $<
	touch $@

.PHONY: deps-ship
deps-ship: $(SHIP_PYTHON)/.complete

TESTS += test-files

.PHONY: test-files
test-files: build-all deps-ship
	VFS_BUILD='$(BUILD)' SHIP_PYTHON='$(abspath $(SHIP_PYTHON))' \
	    /usr/bin/python3 -B t/ship/test_files.py

.PHONY: test-ship test-image test-packages test-compat \
        test-fresh
test-ship: deps-test
	@sh packages.sh $(PACKAGES_SHIP)
	@MAKE='$(MAKE)' sh t/run-suites test-image test-packages \
	    test-compat test-fresh

test-image: kafka-jars
	/usr/bin/python3 -B t/ship/test_image.py --build $(BUILD) \
	    --kafka $(abspath $(KAFKA_JARS))

test-packages:
	/usr/bin/python3 -B t/ship/test_packages.py --build $(BUILD)

# Debian 12 and the newest that Debian offers.

COMPAT_SUITES ?= bookworm trixie sid

test-compat:
	/usr/bin/python3 -B t/ship/compat --build $(BUILD) $(COMPAT_SUITES)

test-fresh:
	/usr/bin/python3 -B t/ship/test_fresh.py --build $(BUILD)
