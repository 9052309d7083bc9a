FEATURE_LIBS = $(shell pkg-config --libs libxxhash libcrypto) -lm

$(BUILD)/libvfs_feature.a: $(patsubst %.c,$(BUILD)/obj/%.o, \
                             $(wildcard feature/*.c))
	rm -f $@
	$(AR) rcs $@ $^
