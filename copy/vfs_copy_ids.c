
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_ids.h"
#include "vfs_error.h"

#include <stdlib.h>
#include <string.h>


/* how many may have left before the others move up */

#define VFS_IDS_GONE  1024


static void vfs_ids_move_up(vfs_ids_t *ids);


int
vfs_ids_add(vfs_ids_t *ids, const char *id, size_t len)
{
    size_t  size, *ends;

    if (ids->last == ids->size) {
        size = (ids->size == 0) ? 128 : 2 * ids->size;
        ends = realloc(ids->ends, size * sizeof(size_t));

        if (ends == NULL) {
            return VFS_ERROR;
        }

        ids->ends = ends;
        ids->size = size;
    }

    if (vfs_buf_reserve(&ids->text, len + 1) != VFS_OK) {
        return VFS_ERROR;
    }

    memcpy(ids->text.data + ids->text.len, id, len);
    ids->text.data[ids->text.len + len] = '\0';
    ids->text.len += len + 1;

    ids->ends[ids->last++] = ids->text.len;

    return VFS_OK;
}


size_t
vfs_ids_count(const vfs_ids_t *ids)
{
    return ids->last - ids->first;
}


const char *
vfs_ids_get(const vfs_ids_t *ids, size_t i, size_t *len)
{
    size_t  start;

    i += ids->first;
    start = (i == 0) ? 0 : ids->ends[i - 1];
    *len = ids->ends[i] - start - 1;

    return ids->text.data + start;
}


void
vfs_ids_drop(vfs_ids_t *ids, size_t n)
{
    ids->first += n;

    if (ids->first == ids->last) {
        vfs_ids_clear(ids);
        return;
    }

    if (ids->first > VFS_IDS_GONE && ids->first > ids->last / 2) {
        vfs_ids_move_up(ids);
    }
}


static void
vfs_ids_move_up(vfs_ids_t *ids)
{
    size_t  i, gone;

    gone = ids->ends[ids->first - 1];

    memmove(ids->text.data, ids->text.data + gone, ids->text.len - gone);
    ids->text.len -= gone;

    for (i = ids->first; i < ids->last; i++) {
        ids->ends[i - ids->first] = ids->ends[i] - gone;
    }

    ids->last -= ids->first;
    ids->first = 0;
}


void
vfs_ids_clear(vfs_ids_t *ids)
{
    ids->text.len = 0;
    ids->first = 0;
    ids->last = 0;
}


void
vfs_ids_free(vfs_ids_t *ids)
{
    vfs_buf_free(&ids->text);
    free(ids->ends);
    memset(ids, 0, sizeof(vfs_ids_t));
}
