# The dashboard in a browser, against the running pipeline.

BROWSER_MODULES := $(BUILD)/npm/browser/node_modules

$(BROWSER_MODULES)/.package-lock.json: t/browser/package.json \
                                  t/browser/package-lock.json t/browser/.npmrc
	@mkdir -p $(BUILD)/npm/browser
	cp $^ $(BUILD)/npm/browser/
	cd $(BUILD)/npm/browser && npm ci --no-progress --loglevel=error
	@touch $@

.PHONY: deps-browser
deps-browser: $(BROWSER_MODULES)/.package-lock.json

.PHONY: test-browser
test-browser: build-all deps-browser
	@VFS_BUILD='$(abspath $(BUILD))' \
	    BROWSER_MODULES='$(abspath $(BROWSER_MODULES))' \
	    node --test --test-reporter=spec $(wildcard t/browser/*.test.mjs)

TESTS += test-browser
