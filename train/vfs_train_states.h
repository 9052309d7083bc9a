
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_STATES_H_INCLUDED_
#define _VFS_TRAIN_STATES_H_INCLUDED_


#include "vfs_key.h"
#include "vfs_state.h"


/*
 * States by key.  What does not fit into the memory given goes to a temporary
 * LMDB file in TMPDIR, which is gone with the process.
 */

typedef struct vfs_states_s  vfs_states_t;


/* "memory": bytes for decoded states.  NULL if memory is out. */

vfs_states_t *vfs_states_create(const vfs_definition_t *def, size_t memory);
void vfs_states_free(vfs_states_t *states);

/*
 * The state of "key", an empty one if there was none; NULL with a message.  It
 * stays valid until the next call.
 */

vfs_state_t *vfs_states_get(vfs_states_t *states, const vfs_key_t *key,
    vfs_error_t *err);
int vfs_states_delete(vfs_states_t *states, const vfs_key_t *key,
    vfs_error_t *err);

/* Calls "each" for every state, ascending by key, until it is not VFS_OK. */

typedef int (*vfs_states_each_pt)(void *data, const vfs_key_t *key,
    const vfs_state_t *state, vfs_error_t *err);

int vfs_states_each(vfs_states_t *states, vfs_states_each_pt each, void *data,
    vfs_error_t *err);


#endif /* _VFS_TRAIN_STATES_H_INCLUDED_ */
