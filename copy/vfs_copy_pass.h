
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_PASS_H_INCLUDED_
#define _VFS_COPY_PASS_H_INCLUDED_


#include "vfs_copy_batch.h"
#include "vfs_copy_list.h"
#include "vfs_progress.h"

#include <signal.h>


/* One way through a namespace: its records are copied, or compared. */

#define VFS_PASS_BATCHES  16


typedef struct {
    vfs_ids_t               ids;
    size_t                  url_len;    /* what they take in a fetch's URL */
} vfs_ready_t;


typedef struct {
    vfs_scope_t             scope;
    vfs_batch_kind_e        kind;       /* COPY or COMPARE */
    vfs_list_t              from;
    vfs_list_t              to;         /* when comparing */
    vfs_ready_t             ready;      /* to be copied or compared */
    vfs_ready_t             only;       /* the source's list lacks them */
    vfs_ids_t               here;       /* ids of both lists, to be merged */
    vfs_ids_t               there;
    vfs_batch_t             batches[VFS_PASS_BATCHES];
    vfs_progress_t          progress;
    uint64_t                expected;   /* records */
    int64_t                 began_us;
    char                    title[64];
} vfs_pass_t;


/*
 * "scope" is copied.  VFS_DECLINED: *stop was set; VFS_ERROR with a message.
 */

int vfs_pass_run(const vfs_scope_t *scope, vfs_batch_kind_e kind,
    uint64_t expected, const volatile sig_atomic_t *stop, vfs_error_t *err);


#endif /* _VFS_COPY_PASS_H_INCLUDED_ */
