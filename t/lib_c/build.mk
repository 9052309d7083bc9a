# Unit tests of lib/.

$(BUILD)/t/lib_c/test_json: $(BUILD)/obj/t/lib_c/test_json.o \
    $(BUILD)/obj/lib/vfs_json.o $(BUILD)/obj/lib/vfs_json_string.o
	@mkdir -p $(@D)
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka

UNIT_TESTS += $(BUILD)/t/lib_c/test_json
