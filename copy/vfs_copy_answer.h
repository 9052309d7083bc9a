
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_ANSWER_H_INCLUDED_
#define _VFS_COPY_ANSWER_H_INCLUDED_


#include "vfs_copy_ids.h"
#include "vfs_error.h"

#include <stdint.h>


/*
 * What indexes answer, but for records (vfs_copy_records.h).  Each returns
 * VFS_ERROR with a message if it is not what was expected, or memory is out.
 */

#define VFS_PAGE           100      /* ids that a list gives at most */
#define VFS_MAX_TOKEN      16384
#define VFS_MAX_NAMESPACE  512


typedef struct {
    uint64_t                dimension;  /* 0: not said */
    vfs_ids_t               names;      /* of the namespaces, sorted */
    uint64_t               *counts;     /* the records of each */
} vfs_stats_t;


int vfs_stats_read(vfs_stats_t *stats, const char *body, size_t len,
    vfs_error_t *err);
void vfs_stats_free(vfs_stats_t *stats);

/* The place of a namespace among the names, -1: not there. */

ptrdiff_t vfs_stats_find(const vfs_stats_t *stats, const char *name);

/* A page of ids and the token of the next one; empty: it was the last. */

int vfs_page_read(const char *body, size_t len, vfs_ids_t *ids,
    vfs_buf_t *token, vfs_error_t *err);

/* "upsertedCount". */

int vfs_upserted_read(const char *body, size_t len, uint64_t *count,
    vfs_error_t *err);


#endif /* _VFS_COPY_ANSWER_H_INCLUDED_ */
