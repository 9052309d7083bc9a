# vfs-train against the running pipeline.

TESTS += test-train test-verify

# Debian's own, which python3-numpy is for, where another comes first.
TRAIN_PYTHON = $(shell python3 -c 'import numpy' 2>/dev/null \
                 && echo python3 || echo /usr/bin/python3)

# The tests that need files alone.

TRAIN_FILES = for name in join input raw; do \
	    $(TRAIN_PYTHON) -B t/train/test_$$name.py --build $(1) || exit 1; \
	done

.PHONY: test-train
test-train: build-all kafka-jars
	$(call TRAIN_FILES,$(BUILD))
	timeout -k 60 900 $(TRAIN_PYTHON) -B t/train/test_training_set.py \
	    --build $(BUILD) --kafka $(KAFKA_JARS) \
	    $(if $(VFS_EVENTS),--events '$(VFS_EVENTS)')

# The same with memory and undefined behaviour watched.

TESTS += test-train-asan

.PHONY: test-train-asan
test-train-asan:
	@$(AGAIN) BUILD='$(BUILD)/asan' CFLAGS='$(ASAN_CFLAGS)' \
	    SANITIZE='$(ASAN_FLAGS)' '$(BUILD)/asan/vfs-train'
	$(call TRAIN_FILES,$(BUILD)/asan)

asan: test-train-asan

# The replay against the reference.

TESTS += test-replay
REPLAY_STATES := $(BUILD)/t/train/replay-states

$(BUILD)/obj/t/train/%.o: VFS_CPPFLAGS += -Itrain

$(REPLAY_STATES): $(BUILD)/obj/t/train/replay_states.o $(TRAIN_CORE) \
    $(BUILD)/libvfs_feature.a $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(TRAIN_LIBS)

.PHONY: test-replay
test-replay: $(REPLAY_STATES)
	python3 -B t/train/test_replay.py $(REPLAY_STATES)

.PHONY: test-verify
test-verify: build-all kafka-jars
	timeout -k 60 600 python3 -B t/train/test_verify.py --build $(BUILD)
	timeout -k 60 600 python3 -B t/train/test_verify_model.py \
	    --build $(BUILD) --kafka $(KAFKA_JARS)

# A new definition takes the place of the old one.

TESTS += test-switch

.PHONY: test-switch
test-switch: build-all
	timeout -k 60 300 python3 -B t/train/test_switch.py --build $(BUILD)
