# What apt, npm and Maven install.  "package:command": any package that brings
# the command will do.

PACKAGES := ca-certificates curl g++ gcc libc6-dev libcjson-dev \
            libcurl4-openssl-dev liblmdb-dev libmicrohttpd-dev librdkafka-dev \
            libssl-dev libxxhash-dev nginx nginx-dev nodejs:node npm:npm \
            pkg-config zlib1g-dev

PACKAGES_TEST := chromium clang clang-format cppcheck \
                 default-jdk-headless:javac libclang-rt-14-dev libcmocka-dev \
                 logrotate mandoc maven:mvn perl procps prometheus:promtool \
                 python3 python3-jsonschema python3-numpy python3-pip \
                 python3-yaml shellcheck systemd

PACKAGES_BENCH := default-jdk-headless:javac git kcat maven:mvn python3 \
                  python3-matplotlib python3-venv util-linux:taskset valgrind \
                  wrk

.PHONY: deps-packages
deps-packages:
	@sh packages.sh $(PACKAGES)

.PHONY: deps
deps: deps-packages
	@$(MAKE) --no-print-directory deps-html

.PHONY: deps-test
deps-test:
	@sh packages.sh $(PACKAGES) $(PACKAGES_TEST)
	@$(MAKE) --no-print-directory deps-html deps-browser deps-ship \
	    kafka-jars
