
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_IDS_H_INCLUDED_
#define _VFS_COPY_IDS_H_INCLUDED_


#include "vfs_copy_buf.h"


/*
 * A queue of ids, none longer than VFS_MAX_ID bytes and each ended by a zero
 * byte, which is not part of it.  All zero is an empty one.
 */

#define VFS_MAX_ID  512


typedef struct {
    vfs_buf_t               text;
    size_t                 *ends;       /* behind each one's zero byte */
    size_t                  first;      /* the ones before it have left */
    size_t                  last;
    size_t                  size;
} vfs_ids_t;


/* VFS_ERROR: out of memory. */

int vfs_ids_add(vfs_ids_t *ids, const char *id, size_t len);

size_t vfs_ids_count(const vfs_ids_t *ids);

/* The i-th of those that have not left; it stays until the next change. */

const char *vfs_ids_get(const vfs_ids_t *ids, size_t i, size_t *len);

/* The first n leave. */

void vfs_ids_drop(vfs_ids_t *ids, size_t n);
void vfs_ids_clear(vfs_ids_t *ids);
void vfs_ids_free(vfs_ids_t *ids);


#endif /* _VFS_COPY_IDS_H_INCLUDED_ */
