
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_DECAY_H_INCLUDED_
#define _VFS_DECAY_H_INCLUDED_


#include "vfs_definition.h"


/* A moment in the forward decay of one feature. */

typedef struct {
    int64_t   segment;            /* of VFS_SEGMENT_HALF_LIVES, may be < 0 */
    unsigned  shift;              /* whole half-lives into the segment */
    double    growth;             /* 2^(rest of a half-life), 1 <= growth < 2 */
} vfs_decay_t;


void vfs_decay_at(const vfs_definition_t *def, const vfs_feature_t *feature,
    int64_t time_ms, vfs_decay_t *decay);


#endif /* _VFS_DECAY_H_INCLUDED_ */
