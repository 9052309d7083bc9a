
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_versions.h"

#include <stdlib.h>
#include <string.h>


static int vfs_versions_reserve(vfs_versions_t *versions, size_t len);


void
vfs_versions_destroy(vfs_versions_t *versions)
{
    free(versions->data);
    free(versions->ends);
    memset(versions, 0, sizeof(vfs_versions_t));
}


void
vfs_versions_clear(vfs_versions_t *versions)
{
    versions->len = 0;
    versions->count = 0;
}


int
vfs_versions_add(vfs_versions_t *versions, const vfs_version_t *version)
{
    size_t  len;

    len = vfs_version_len(version);

    if (vfs_versions_reserve(versions, len) != VFS_OK) {
        return VFS_ERROR;
    }

    (void) vfs_version_encode(versions->data + versions->len, version);

    versions->len += len;
    versions->ends[versions->count++] = versions->len;

    return VFS_OK;
}


static int
vfs_versions_reserve(vfs_versions_t *versions, size_t len)
{
    size_t          size, *ends;
    unsigned        n;
    unsigned char  *data;

    if (versions->count == versions->nends) {
        n = versions->nends * 2 + 16;
        ends = realloc(versions->ends, n * sizeof(size_t));

        if (ends == NULL) {
            return VFS_ERROR;
        }

        versions->ends = ends;
        versions->nends = n;
    }

    if (versions->size - versions->len < len) {
        size = versions->size * 2 + len;
        data = realloc(versions->data, size);

        if (data == NULL) {
            return VFS_ERROR;
        }

        versions->data = data;
        versions->size = size;
    }

    return VFS_OK;
}


void
vfs_versions_stamp(vfs_versions_t *versions, unsigned i, int64_t sent_ms,
    int64_t visible_ms)
{
    size_t  start;

    start = (i == 0) ? 0 : versions->ends[i - 1];

    vfs_version_stamp(versions->data + start, sent_ms, visible_ms);
}


const unsigned char *
vfs_versions_get(const vfs_versions_t *versions, unsigned i, size_t *len)
{
    size_t  start;

    start = (i == 0) ? 0 : versions->ends[i - 1];

    *len = versions->ends[i] - start;

    return versions->data + start;
}
