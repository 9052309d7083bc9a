# Benchmarks: each measures a part side by side with a peer, in one run.

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
	@$(MAKE) --no-print-directory $(BENCH_MODULES)/.package-lock.json

.PHONY: bench-gateway
bench-gateway: build-all
	cp bench/fastify/server.mjs $(BUILD)/npm/fastify/
	python3 -B bench/gateway.py --build '$(abspath $(BUILD))'

BENCHES += bench-gateway
