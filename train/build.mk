# vfs-train: snapshots, training sets and checks, offline.

TRAIN_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard train/*.c))
TRAIN_LIBS = $(shell pkg-config --libs rdkafka libcurl lmdb libcjson zlib) \
    $(FEATURE_LIBS) $(LIB_LIBS)

# all but main(), for the tests
TRAIN_CORE := $(filter-out %/vfs_train_main.o,$(TRAIN_OBJS))

$(BUILD)/vfs-train: $(TRAIN_OBJS) $(BUILD)/libvfs_feature.a \
    $(BUILD)/libvfs.a
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(TRAIN_LIBS)

ALL += $(BUILD)/vfs-train
