# vfs copy, between two of the embedded index and with faults in between:
# mostly waiting, so all at a time.  The unit tests are t/copy/test_*.c.

COPY_C_TESTS := $(patsubst t/copy/%.c,$(BUILD)/t/copy/%, \
                  $(wildcard t/copy/test_*.c))
UNIT_TESTS += $(COPY_C_TESTS)

$(BUILD)/obj/t/copy/%.o: VFS_CPPFLAGS += -Icopy

$(COPY_C_TESTS): $(BUILD)/t/copy/%: $(BUILD)/obj/t/copy/%.o $(COPY_CORE) \
                                    $(BUILD)/libvfs_feature.a \
                                    $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(COPY_LIBS) -lcmocka

# The fuzz target (t/fuzz): what an index may answer.

COPY_FUZZERS := $(BUILD)/t/copy/fuzz/fuzz_copy \
                $(BUILD)/t/copy/fuzz/fuzz_copy.libfuzzer

$(COPY_FUZZERS): $(addprefix $(BUILD)/obj/copy/vfs_copy_, answer.o buf.o \
                   ids.o metadata.o printable.o records.o records_read.o \
                   reply.o)

TESTS += test-copy

.PHONY: test-copy
test-copy: $(BUILD)/vfs-copy $(BUILD)/vfs-index
	@printf '%s\n' copy.py 'faults.py Passing' 'faults.py Changing' \
	    'faults.py Failing' 'faults.py Hostile' \
	    | VFS_BUILD='$(abspath $(BUILD))' xargs -P 5 -I SUITE \
	    sh -c 'python3 -B t/copy/test_SUITE'

# The same under the sanitizers.

ASAN_COPY := $(BUILD)/asan/vfs-copy $(BUILD)/asan/vfs-index

TESTS += test-copy-asan

.PHONY: test-copy-asan
test-copy-asan:
	@$(AGAIN) BUILD='$(BUILD)/asan' CFLAGS='$(ASAN_CFLAGS)' \
	    SANITIZE='$(ASAN_FLAGS)' $(ASAN_COPY)
	@$(MAKE) --no-print-directory BUILD='$(BUILD)/asan' \
	    CFLAGS='$(ASAN_CFLAGS)' SANITIZE='$(ASAN_FLAGS)' test-copy
