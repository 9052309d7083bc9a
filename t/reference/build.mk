# The independent recomputation: tested by itself, and against feature/.

TESTS += test-reference
VFS_REPLAY := $(BUILD)/t/reference/vfs-replay

$(VFS_REPLAY): $(BUILD)/obj/t/reference/vfs_replay.o \
    $(BUILD)/libvfs_feature.a $(BUILD)/libvfs.a
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(FEATURE_LIBS) $(LIB_LIBS) \
	    $(shell pkg-config --libs lmdb)

.PHONY: test-reference
test-reference: $(VFS_REPLAY)
	python3 t/reference/test_reference.py
	python3 t/reference/test_agreement.py $(VFS_REPLAY)
