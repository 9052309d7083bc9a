
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_OUTCOME_H_INCLUDED_
#define _VFS_COPY_OUTCOME_H_INCLUDED_


#include "vfs_copy_ids.h"
#include "vfs_error.h"

#include <stdint.h>


#define VFS_OUTCOME_NAMED  10


/* Ids that a person is told of: how many, and the first of them. */

typedef struct {
    uint64_t                count;
    vfs_ids_t               named;
} vfs_named_t;


/* What became of a namespace. */

typedef struct {
    uint64_t                copied;
    uint64_t                compared;
    vfs_named_t             differ;
    vfs_named_t             extra;      /* only the target has them */
} vfs_outcome_t;


/* VFS_ERROR with a message: out of memory. */

int vfs_named_add(vfs_named_t *named, const char *id, size_t len,
    vfs_error_t *err);

/* On standard output, after the comparison. */

void vfs_outcome_print(const vfs_outcome_t *outcome,
    const char *namespace_name);
void vfs_outcome_free(vfs_outcome_t *outcome);


#endif /* _VFS_COPY_OUTCOME_H_INCLUDED_ */
