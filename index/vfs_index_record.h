
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_RECORD_H_INCLUDED_
#define _VFS_INDEX_RECORD_H_INCLUDED_


#include "vfs_index.h"


/* One record; everything in it points into memory of somebody else. */

typedef struct {
    vfs_str_t        id;
    const float     *values;
    uint32_t         nvalues;       /* the index's dimension, or 0 */
    uint32_t         nsparse;
    const uint32_t  *indices;       /* ascending */
    const float     *weights;
    vfs_str_t        metadata;      /* as in vfs_index_metadata.h */
} vfs_record_t;


/*
 * The stored form: a head with a checksum (XXH3, 64 bits) over all behind it,
 * then values, indices, weights, id and metadata.  Little-endian.
 */

size_t vfs_record_size(const vfs_record_t *record);
void vfs_record_encode(const vfs_record_t *record, char *data);

/*
 * "data", aligned to 8 bytes, must be exactly what encode wrote; VFS_ERROR if
 * its lengths or its checksum disagree.
 */

int vfs_record_decode(const char *data, size_t len, vfs_record_t *record);


#endif /* _VFS_INDEX_RECORD_H_INCLUDED_ */
