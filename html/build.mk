# The dashboard: $(BUILD)/html is the directory to serve at /.

HTML_STAGE   := $(BUILD)/npm/html
HTML_SOURCES := $(wildcard html/*.html html/*.svg html/*.mjs html/src/*)

# npm installs beside a copy of the sources, so the source tree stays clean.
$(HTML_STAGE)/node_modules/.package-lock.json: html/package.json \
                                        html/package-lock.json html/.npmrc
	@mkdir -p $(HTML_STAGE)
	cp $^ $(HTML_STAGE)/
	cd $(HTML_STAGE) && npm ci --no-progress --loglevel=error
	@touch $@

$(BUILD)/html/index.html: $(HTML_STAGE)/node_modules/.package-lock.json \
                          $(HTML_SOURCES)
	rm -rf $(HTML_STAGE)/src $(BUILD)/html
	cp -R html/src $(wildcard html/*.html html/*.svg html/*.mjs) \
	    $(HTML_STAGE)/
	cd $(HTML_STAGE) && node build.mjs $(abspath $(BUILD)/html)

.PHONY: deps-html
deps-html: $(HTML_STAGE)/node_modules/.package-lock.json

ALL += $(BUILD)/html/index.html
