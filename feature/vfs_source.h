
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_SOURCE_H_INCLUDED_
#define _VFS_SOURCE_H_INCLUDED_


#include "vfs_event.h"


/* The kinds of source, each as vfs_source_vector(). */

int vfs_hash_source_vector(const vfs_definition_t *def,
    const vfs_source_t *source, const vfs_event_t *event, float *vector,
    vfs_reason_e *reason, vfs_error_t *err);
int vfs_model_source_vector(const vfs_definition_t *def,
    const vfs_source_t *source, const vfs_event_t *event, float *vector,
    vfs_reason_e *reason, vfs_error_t *err);


#endif /* _VFS_SOURCE_H_INCLUDED_ */
