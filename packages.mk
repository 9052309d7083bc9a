# What apt and npm install.  "package:command": any package that brings the
# command will do.

PACKAGES := ca-certificates curl g++ gcc libc6-dev libcjson-dev \
            libcurl4-openssl-dev liblmdb-dev libmicrohttpd-dev librdkafka-dev \
            libssl-dev libxxhash-dev nginx nginx-dev nodejs:node npm:npm \
            pkg-config

PACKAGES_TEST := chromium clang clang-format clang-tidy cppcheck \
                 default-jdk-headless:javac kcat libcmocka-dev \
                 libnginx-mod-http-echo maven:mvn perl procps prometheus \
                 python3 shellcheck valgrind

# Folders with a package-lock.json; the fragments add theirs.
NPM      ?=
NPM_TEST ?=

.PHONY: deps
deps:
	@sh packages.sh $(PACKAGES)
	@$(MAKE) --no-print-directory deps-npm

.PHONY: deps-test
deps-test:
	@sh packages.sh $(PACKAGES) $(PACKAGES_TEST)
	@$(MAKE) --no-print-directory deps-npm deps-npm-test

.PHONY: deps-npm deps-npm-test
deps-npm: $(NPM:%=%/node_modules/.package-lock.json)
deps-npm-test: $(NPM_TEST:%=%/node_modules/.package-lock.json)

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund
	@touch $@
