# Benchmarks: each measures a part side by side with a peer, in one run.  "make
# bench" runs them all and writes docs/benchmarks.md; BENCH_OPTIONS=--quick to
# see that they run.

.PHONY: bench-report
bench-report: $(BUILD)/bench/index-bench kafka-jars
	cp bench/fastify/server.mjs $(BUILD)/npm/fastify/
	/usr/bin/python3 -B bench/report.py --build '$(abspath $(BUILD))' \
	    --kafka '$(abspath $(KAFKA_JARS))' $(BENCH_OPTIONS)

BENCH_MODULES := $(BUILD)/npm/fastify/node_modules

$(BENCH_MODULES)/.package-lock.json: $(addprefix bench/fastify/, \
                                  package.json package-lock.json .npmrc)
	@mkdir -p $(BUILD)/npm/fastify
	cp $^ $(BUILD)/npm/fastify/
	cd $(BUILD)/npm/fastify && npm ci --no-progress --loglevel=error
	@touch $@

.PHONY: deps-bench
deps-bench:
	@sh packages.sh $(PACKAGES) $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory $(BENCH_MODULES)/.package-lock.json \
	    $(BENCH_VENV)/.installed kafka-jars deps-html

.PHONY: bench-gateway
bench-gateway: build-all
	cp bench/fastify/server.mjs $(BUILD)/npm/fastify/
	python3 -B bench/gateway.py --build '$(abspath $(BUILD))'

# The index: the load and the plain scan are in C, the peers come from PyPI.

INDEX_BENCH_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard bench/index/*.c))
BENCH_VENV       := $(BUILD)/bench/venv

$(BUILD)/bench/index-bench: $(INDEX_BENCH_OBJS) $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -lm

$(BENCH_VENV)/.installed: bench/index/requirements.txt
	python3 -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/pip install -q --disable-pip-version-check -r $<
	@touch $@

.PHONY: bench-index
bench-index: $(BUILD)/vfs-index $(BUILD)/bench/index-bench
	python3 -B bench/index.py --build '$(abspath $(BUILD))' $(BENCH_OPTIONS)

.PHONY: bench-recording
bench-recording: build-all
	python3 -B bench/recording.py --build '$(abspath $(BUILD))'

.PHONY: bench-ingest
bench-ingest: build-all kafka-jars
	python3 -B bench/ingest.py --build '$(abspath $(BUILD))' \
	    --kafka '$(abspath $(KAFKA_JARS))' $(BENCH_OPTIONS)

# Ten million versions and a million labels; 3 GB in TMPDIR.

.PHONY: bench-join
bench-join: $(BUILD)/vfs-train
	$(TRAIN_PYTHON) -B bench/join.py --build '$(abspath $(BUILD))'

.PHONY: bench-feature-log
bench-feature-log: build-all kafka-jars
	python3 -B bench/feature_log.py --build '$(abspath $(BUILD))' \
	    --kafka '$(abspath $(KAFKA_JARS))'

# How soon the worker has caught up after the index was down.

.PHONY: bench-recovery
bench-recovery: build-all kafka-jars
	python3 -B bench/recovery.py --build '$(abspath $(BUILD))' \
	    --kafka '$(abspath $(KAFKA_JARS))'
