LIB_OBJS := $(patsubst %,$(BUILD)/obj/lib/%.o, vfs_directory vfs_error \
              vfs_file_map vfs_float vfs_getopt vfs_http vfs_http_answer \
              vfs_integer vfs_kafka vfs_kafka_client vfs_listen vfs_log \
              vfs_progress vfs_settings vfs_json vfs_json_number \
              vfs_json_string vfs_histogram vfs_recorded)
LIB_LIBS := -lstdc++

$(BUILD)/libvfs.a: $(LIB_OBJS)
	rm -f $@
	$(AR) rcs $@ $^
