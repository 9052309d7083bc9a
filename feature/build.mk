FEATURE_LIBS = $(shell pkg-config --libs libcjson libxxhash libcrypto)

$(BUILD)/libvfs_feature.a: $(patsubst %.c,$(BUILD)/obj/%.o, \
                             $(wildcard feature/*.c))
	rm -f $@
	$(AR) rcs $@ $^
