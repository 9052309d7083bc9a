INGEST_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard ingest/*.c))
INGEST_LIBS = $(shell pkg-config --libs rdkafka libcurl lmdb libcjson \
                libmicrohttpd) \
    $(FEATURE_LIBS) $(LIB_LIBS)

# all but main(), for the tests
INGEST_CORE := $(filter-out %/vfs_ingest_main.o,$(INGEST_OBJS))

$(BUILD)/vfs-ingest: $(INGEST_OBJS) $(BUILD)/libvfs_feature.a \
    $(BUILD)/libvfs.a
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(INGEST_LIBS)

ALL += $(BUILD)/vfs-ingest
