# Tests of ingest/: every t/ingest/test_*.c is one program, every
# t/ingest/test_*.py drives the worker itself.

INGEST_TESTS := $(patsubst t/ingest/%.c,$(BUILD)/t/ingest/%, \
                  $(wildcard t/ingest/test_*.c))
UNIT_TESTS += $(INGEST_TESTS)

INGEST_SIM := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard t/ingest/sim*.c))

$(BUILD)/obj/t/ingest/%.o: VFS_CPPFLAGS += -Iingest

$(INGEST_TESTS): $(BUILD)/t/ingest/%: $(BUILD)/obj/t/ingest/%.o \
                                      $(INGEST_SIM) \
                                      $(INGEST_CORE) \
                                      $(BUILD)/libvfs_feature.a \
                                      $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(INGEST_LIBS) -lcmocka

# The fuzz target (t/fuzz): what a model may answer.

INGEST_FUZZERS := $(BUILD)/t/ingest/fuzz/fuzz_model \
                  $(BUILD)/t/ingest/fuzz/fuzz_model.libfuzzer

$(INGEST_FUZZERS): $(BUILD)/obj/ingest/vfs_ingest_model_answer.o

TESTS += test-ingest

.PHONY: test-ingest
test-ingest: $(BUILD)/vfs-ingest $(BUILD)/vfs-broker
	python3 t/ingest/test_worker.py --build $(BUILD)
	python3 t/ingest/test_views.py --build $(BUILD)
	python3 t/ingest/test_feature_log.py --build $(BUILD)
	@printf '%s\n' Ends Hands Models \
	    | xargs -P 3 -I CLASS \
	    python3 t/ingest/test_waits.py --build $(BUILD) CLASS

# Apache Kafka with SASL and TLS.

TESTS += test-ingest-secure

.PHONY: test-ingest-secure
test-ingest-secure: $(BUILD)/vfs-ingest $(BUILD)/vfs-broker kafka-jars
	python3 t/ingest/test_secure.py --build $(BUILD) --kafka $(KAFKA_JARS)

# The worker and a scripted model: mostly waiting, so all at a time.

TESTS += test-ingest-models

.PHONY: test-ingest-models
test-ingest-models: $(BUILD)/vfs-ingest $(BUILD)/vfs-broker $(BUILD)/vfs-train
	@printf '%s\n' Protocols Faults Crashes Tools Starts \
	    | xargs -P 5 -I CLASS \
	    python3 t/ingest/test_models.py --build $(BUILD) CLASS

# The worker with the sanitizers: for leaks in make test, all of its suites in
# make asan.

ASAN_INGEST := $(addprefix $(BUILD)/asan/, vfs-ingest vfs-broker vfs-index \
                 vfs-player vfs-train)
ASAN_MAKE    = $(AGAIN) BUILD='$(BUILD)/asan' CFLAGS='$(ASAN_CFLAGS)' \
                   SANITIZE='$(ASAN_FLAGS)'

TESTS += test-ingest-asan

.PHONY: test-ingest-asan
test-ingest-asan:
	@$(ASAN_MAKE) $(ASAN_INGEST)
	python3 t/ingest/test_leaks.py --build $(BUILD)/asan

asan: asan-ingest

.PHONY: asan-ingest
asan-ingest: test-ingest-asan
	@$(ASAN_MAKE) test-ingest test-ingest-models

# Two workers and Apache Kafka; about two minutes.  What happens to the topics;
# about one.

.PHONY: test-ingest-group
test-chaos: test-ingest-group

test-ingest-group: $(BUILD)/vfs-ingest $(BUILD)/vfs-broker kafka-jars
	python3 t/ingest/test_group.py --build $(BUILD) --kafka $(KAFKA_JARS)
	python3 t/ingest/test_topics.py --build $(BUILD) --kafka $(KAFKA_JARS)
