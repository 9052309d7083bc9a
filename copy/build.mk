# vfs-copy: namespaces from one index to another, and verified.

COPY_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard copy/*.c))
COPY_LIBS  = $(shell pkg-config --libs libcurl) $(FEATURE_LIBS) $(LIB_LIBS)

# all but main(), for the tests
COPY_CORE := $(filter-out %/vfs_copy_main.o,$(COPY_OBJS))

$(BUILD)/vfs-copy: $(COPY_OBJS) $(BUILD)/libvfs_feature.a $(BUILD)/libvfs.a
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(COPY_LIBS)

ALL += $(BUILD)/vfs-copy
