
/*
 * Copyright (C) the vfs authors
 */


#include "fuzz.h"

#include "vfs_index_metadata.h"
#include "vfs_index_record.h"

#include <xxhash.h>


static void fuzz_metadata(vfs_str_t metadata);


/*
 * A stored record of any bytes, as a damaged disk may give it: it is refused,
 * or it is encoded again to the same bytes.  The checksum is made right, so
 * that what stands behind it is reached.
 */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char          *bytes, *again;
    uint64_t       checksum;
    vfs_str_t      metadata;
    vfs_record_t   record;

    metadata.data = (const char *) data;
    metadata.len = size;
    fuzz_metadata(metadata);

    bytes = malloc(size == 0 ? 1 : size);
    fuzz_assert(bytes != NULL);
    memcpy(bytes, data, size);

    if (size >= sizeof(checksum)) {
        checksum = XXH3_64bits(bytes + sizeof(checksum),
                               size - sizeof(checksum));
        memcpy(bytes, &checksum, sizeof(checksum));
    }

    if (vfs_record_decode(bytes, size, &record) == VFS_OK) {
        fuzz_assert(vfs_record_size(&record) == size);

        again = malloc(size);
        fuzz_assert(again != NULL);
        vfs_record_encode(&record, again);
        fuzz_assert(memcmp(again, bytes, size) == 0);
        free(again);

        fuzz_metadata(record.metadata);
    }

    free(bytes);

    return 0;
}


/* What passes the check can be walked through and printed. */

static void
fuzz_metadata(vfs_str_t metadata)
{
    size_t                offset, item;
    vfs_buf_t             buf;
    vfs_str_t             text;
    vfs_metadata_field_t  field, found;

    if (vfs_metadata_check(metadata) != VFS_OK) {
        return;
    }

    offset = 0;

    while (vfs_metadata_next(metadata, &offset, &field) == VFS_OK) {
        if (vfs_metadata_find(metadata, field.name,
                              vfs_metadata_hash(field.name), &found)
            == VFS_OK)
        {
            fuzz_assert(found.name.len == field.name.len
                        && memcmp(found.name.data, field.name.data,
                                  field.name.len)
                           == 0);
        }

        if (field.type == VFS_METADATA_LIST) {
            item = 0;

            while (vfs_metadata_item(field.value, &item, &text) == VFS_OK) {
                fuzz_assert(text.data >= field.value.data
                            && text.data + text.len
                               <= field.value.data + field.value.len);
            }
        }
    }

    fuzz_assert(offset == metadata.len);

    vfs_buf_init(&buf, 1 << 20);
    vfs_metadata_print(&buf, metadata);
    vfs_buf_free(&buf);
}
