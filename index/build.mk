# vfs-index: the embedded index, Pinecone's API on one port.

INDEX_SRCS := $(filter-out index/vfs_index_main.c \
                index/vfs_index_kernel_code.c, $(wildcard index/*.c))
INDEX_OBJS := $(INDEX_SRCS:%.c=$(BUILD)/obj/%.o)
INDEX_LIBS := -lmicrohttpd -llmdb -lcjson -lxxhash -lm

# The search kernels, once for each instruction set; -O3 makes loops vectors.

INDEX_KERNEL := $(BUILD)/obj/index/vfs_index_kernel_code
INDEX_ISAS   := baseline
ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null)),)
INDEX_ISAS   += avx2 avx512
endif

INDEX_ISA_baseline := -DVFS_KERNEL_WIDTH=4
INDEX_ISA_avx2     := -DVFS_KERNEL_WIDTH=8 -mavx2 -mno-fma
INDEX_ISA_avx512   := -DVFS_KERNEL_WIDTH=16 -mavx512f -mavx512bw -mno-fma

INDEX_KERNELS := $(INDEX_ISAS:%=$(INDEX_KERNEL)_%.o)
INDEX_OBJS    += $(INDEX_KERNELS)

$(INDEX_KERNELS): $(INDEX_KERNEL)_%.o: index/vfs_index_kernel_code.c
	@mkdir -p $(@D)
	$(CC) $(VFS_CPPFLAGS) $(CPPFLAGS) $(VFS_CFLAGS) $(CFLAGS) -O3 \
	    -DVFS_KERNEL_TARGET=$* $(INDEX_ISA_$*) -MMD -MP -c -o $@ $<

$(BUILD)/libvfs_index.a: $(INDEX_OBJS)
	rm -f $@
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/vfs-index: $(BUILD)/obj/index/vfs_index_main.o \
    $(BUILD)/libvfs_index.a $(BUILD)/libvfs.a
	$(CC) $(VFS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(INDEX_LIBS) $(LIB_LIBS)

ALL += $(BUILD)/vfs-index
