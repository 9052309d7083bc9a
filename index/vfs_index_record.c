
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_record.h"

#include <string.h>

#include <xxhash.h>


#define VFS_RECORD_VERSION  1


#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the stored form is little-endian"
#endif


typedef struct {
    uint64_t  checksum;
    uint16_t  version;
    uint16_t  id_len;
    uint32_t  nvalues;
    uint32_t  nsparse;
    uint32_t  metadata_len;
} vfs_record_head_t;


static char *vfs_record_copy(char *p, const void *data, size_t len);


size_t
vfs_record_size(const vfs_record_t *record)
{
    return sizeof(vfs_record_head_t)
           + ((size_t) record->nvalues + 2 * (size_t) record->nsparse)
             * sizeof(float)
           + record->id.len + record->metadata.len;
}


void
vfs_record_encode(const vfs_record_t *record, char *data)
{
    char               *p;
    vfs_record_head_t   head;

    head.version = VFS_RECORD_VERSION;
    head.id_len = (uint16_t) record->id.len;
    head.nvalues = record->nvalues;
    head.nsparse = record->nsparse;
    head.metadata_len = (uint32_t) record->metadata.len;

    p = data + sizeof(head);
    p = vfs_record_copy(p, record->values, record->nvalues * sizeof(float));
    p = vfs_record_copy(p, record->indices,
                        record->nsparse * sizeof(uint32_t));
    p = vfs_record_copy(p, record->weights, record->nsparse * sizeof(float));
    p = vfs_record_copy(p, record->id.data, record->id.len);
    p = vfs_record_copy(p, record->metadata.data, record->metadata.len);

    memcpy(data + sizeof(head.checksum), (char *) &head + sizeof(head.checksum),
           sizeof(head) - sizeof(head.checksum));

    head.checksum = XXH3_64bits(data + sizeof(head.checksum),
                                (size_t) (p - data) - sizeof(head.checksum));

    memcpy(data, &head.checksum, sizeof(head.checksum));
}


int
vfs_record_decode(const char *data, size_t len, vfs_record_t *record)
{
    const char         *p;
    vfs_record_head_t   head;

    if (len < sizeof(head)) {
        return VFS_ERROR;
    }

    memcpy(&head, data, sizeof(head));

    record->id.len = head.id_len;
    record->nvalues = head.nvalues;
    record->nsparse = head.nsparse;
    record->metadata.len = head.metadata_len;

    if (head.version != VFS_RECORD_VERSION
        || head.id_len == 0
        || head.id_len > VFS_INDEX_MAX_ID
        || head.nvalues > VFS_INDEX_MAX_DIMENSION
        || head.nsparse > VFS_INDEX_MAX_SPARSE
        || vfs_record_size(record) != len
        || XXH3_64bits(data + sizeof(head.checksum),
                       len - sizeof(head.checksum))
           != head.checksum)
    {
        return VFS_ERROR;
    }

    p = data + sizeof(head);

    record->values = (const void *) p;
    p += record->nvalues * sizeof(float);

    record->indices = (const void *) p;
    p += record->nsparse * sizeof(uint32_t);

    record->weights = (const void *) p;
    p += record->nsparse * sizeof(float);

    record->id.data = p;
    record->metadata.data = p + record->id.len;

    return VFS_OK;
}


static char *
vfs_record_copy(char *p, const void *data, size_t len)
{
    if (len != 0) {
        memcpy(p, data, len);
    }

    return p + len;
}
