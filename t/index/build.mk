# The index: each suite runs alone, too; VFS_CRASH_ROUNDS sets how often it is
# killed, VFS_TORTURE how many bad requests it gets.

TESTS += test-index test-index-sdk

INDEX_HOLD := $(BUILD)/t/index/hold.so

$(INDEX_HOLD): $(BUILD)/obj/t/index/hold.o
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -shared -o $@ $^ -ldl

.PHONY: test-index
test-index: $(BUILD)/vfs-index $(INDEX_HOLD)
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/conformance.py
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/operations.py
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/observe.py
	VFS_INDEX='$(BUILD)/vfs-index' VFS_INDEX_HOLD='$(INDEX_HOLD)' \
	    python3 -B t/index/moments.py
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/crash.py
	VFS_INDEX='$(BUILD)/vfs-index' python3 -B t/index/torture.py

# The same program under the sanitizers, with everything at once.

TESTS += test-index-sanitizers

INDEX_TSAN  := -fsanitize=thread
INDEX_ASAN  := -fsanitize=address,undefined -fno-sanitize-recover=all

.PHONY: test-index-sanitizers
test-index-sanitizers:
	@$(AGAIN) -s BUILD='$(BUILD)/tsan' CFLAGS='-O1 -g' \
	    SANITIZE='$(INDEX_TSAN)' '$(BUILD)/tsan/vfs-index'
	@$(AGAIN) -s BUILD='$(BUILD)/asan' \
	    CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='$(INDEX_ASAN)' '$(BUILD)/asan/vfs-index'
	VFS_INDEX='$(BUILD)/tsan/vfs-index' python3 -B t/index/load.py
	VFS_INDEX='$(BUILD)/asan/vfs-index' VFS_LOAD_OPTIONS=--sync \
	    python3 -B t/index/load.py
	ASAN_OPTIONS=quarantine_size_mb=1 VFS_INDEX='$(BUILD)/asan/vfs-index' \
	    VFS_TORTURE=2000 python3 -B t/index/torture.py
	VFS_INDEX='$(BUILD)/asan/vfs-index' python3 -B t/index/operations.py

# On arm64, which qemu plays; its libraries come into $(BUILD)/arm64/root.

TESTS += test-index-arm64

.PHONY: test-index-arm64
test-index-arm64:
	@sh packages.sh g++-aarch64-linux-gnu:aarch64-linux-gnu-g++ \
	    binutils-aarch64-linux-gnu:aarch64-linux-gnu-ar \
	    qemu-user-static:qemu-aarch64-static
	@BUILD='$(BUILD)' MAKE='$(MAKE)' t/index/arm64

$(BUILD)/t/index/search_bits: $(BUILD)/obj/t/index/search_bits.o \
                              $(BUILD)/libvfs_index.a $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ -lxxhash $(LIB_LIBS) -lm

# Pinecone's own SDKs drive every operation; that for Node wants a newer Node.js
# than Debian has, which npm brings.

INDEX_SDK := $(BUILD)/t/index/sdk

$(INDEX_SDK)/package.json: t/index/sdk/package.json
	@mkdir -p $(@D)
	cp $< $@
	cd $(@D) && npm install --no-package-lock --no-audit --no-fund \
	    --loglevel=error || { rm -f package.json; exit 1; }

INDEX_SDK_PYTHON := 8.1.2 9.0.1 10.2.0
INDEX_SDK_PIP    := $(INDEX_SDK_PYTHON:%=$(INDEX_SDK)/python-%/.complete)

$(INDEX_SDK_PIP): $(INDEX_SDK)/python-%/.complete:
	rm -rf $(@D)
	/usr/bin/python3 -m pip install -q --no-input --no-compile \
	    --disable-pip-version-check --root-user-action=ignore \
	    --target $(@D) pinecone==$*
	touch $@

.PHONY: test-index-sdk
test-index-sdk: $(BUILD)/vfs-index $(INDEX_SDK)/package.json $(INDEX_SDK_PIP)
	cp t/index/sdk/sdk.mjs t/index/sdk/sdk_python.py $(INDEX_SDK)
	VFS_INDEX='$(BUILD)/vfs-index' VFS_INDEX_SDK='$(INDEX_SDK)' \
	    VFS_INDEX_SDK_PYTHON='$(INDEX_SDK_PYTHON:%=python-%)' \
	    python3 -B t/index/sdk.py

INDEX_C_TESTS := $(patsubst t/index/%.c,$(BUILD)/t/index/%, \
                   $(wildcard t/index/test_*.c))
UNIT_TESTS += $(INDEX_C_TESTS)

$(BUILD)/obj/t/index/%.o: VFS_CPPFLAGS += -Iindex

$(INDEX_C_TESTS): $(BUILD)/t/index/%: $(BUILD)/obj/t/index/%.o \
                                      $(BUILD)/libvfs_index.a $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(INDEX_LIBS) $(LIB_LIBS) \
	    -lcmocka

# The fuzz targets (t/fuzz): the handlers over a store, and a stored record.

INDEX_FUZZERS := $(foreach name,record request, \
                   $(BUILD)/t/index/fuzz/fuzz_$(name) \
                   $(BUILD)/t/index/fuzz/fuzz_$(name).libfuzzer)

$(INDEX_FUZZERS): $(BUILD)/libvfs_index.a
$(INDEX_FUZZERS): FUZZ_LIBS := $(BUILD)/libvfs_index.a $(BUILD)/libvfs.a \
                               $(INDEX_LIBS)
