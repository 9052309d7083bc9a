DEMO_LIBS = $(shell pkg-config --libs rdkafka)

PLAYER_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard demo/vfs_player*.c))

$(BUILD)/vfs-broker: $(BUILD)/obj/demo/vfs_broker.o $(BUILD)/libvfs.a
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(DEMO_LIBS)

$(BUILD)/vfs-player: $(PLAYER_OBJS) $(BUILD)/libvfs_feature.a \
    $(BUILD)/libvfs.a
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(DEMO_LIBS) \
	    $(FEATURE_LIBS) $(LIB_LIBS)

ALL += $(BUILD)/vfs-broker $(BUILD)/vfs-player
