
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_VERSIONS_H_INCLUDED_
#define _VFS_INGEST_VERSIONS_H_INCLUDED_


#include "vfs_version.h"


/*
 * The versions that a request brings to the index, in the order of its records
 * and in the feature log's form: written when the request is, so that what is
 * logged is what was sent.
 */

typedef struct {
    unsigned char          *data;       /* one behind the other */
    size_t                  len;
    size_t                  size;       /* allocated */
    size_t                 *ends;       /* offset behind each of them */
    unsigned                count;
    unsigned                nends;      /* allocated */
} vfs_versions_t;


void vfs_versions_destroy(vfs_versions_t *versions);
void vfs_versions_clear(vfs_versions_t *versions);

/* VFS_ERROR: out of memory. */

int vfs_versions_add(vfs_versions_t *versions, const vfs_version_t *version);

/* Sets the times of the i-th. */

void vfs_versions_stamp(vfs_versions_t *versions, unsigned i, int64_t sent_ms,
    int64_t visible_ms);

/* The bytes of the i-th. */

const unsigned char *vfs_versions_get(const vfs_versions_t *versions,
    unsigned i, size_t *len);


#endif /* _VFS_INGEST_VERSIONS_H_INCLUDED_ */
