
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_WITHOUT_H_INCLUDED_
#define _VFS_TRAIN_WITHOUT_H_INCLUDED_


#include "vfs_train_updates.h"


/*
 * The updates that no deletion has taken, in the order of Kafka's time, then of
 * partition and offset, as an array that the caller frees; within a partition
 * that is the log's order.  NULL if memory is out or there is none.
 */

vfs_noted_t **vfs_updates_array(const vfs_updates_t *updates, size_t *n);

/*
 * Calls "each" with the state of all updates but the i-th, for every i.  Sums
 * can be added and not taken back, so states of halves are merged: n log n
 * updates are folded.  VFS_ERROR with a message; else what "each" returned
 * when it was not VFS_OK, or VFS_OK.
 */

typedef int (*vfs_without_pt)(void *data, size_t i, const vfs_state_t *state);

int vfs_without_each(const vfs_definition_t *def,
    const vfs_feature_t *feature, vfs_noted_t *const *updates, size_t n,
    vfs_without_pt each, void *data, vfs_error_t *err);


#endif /* _VFS_TRAIN_WITHOUT_H_INCLUDED_ */
