
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_UPDATES_H_INCLUDED_
#define _VFS_TRAIN_UPDATES_H_INCLUDED_


#include "vfs_train_replay.h"

#include <sys/queue.h>


/* Updates of one id, copied, in the order in which they were added. */

typedef struct vfs_noted_s  vfs_noted_t;

struct vfs_noted_s {
    TAILQ_ENTRY(vfs_noted_s)  link;
    vfs_position_t          position;
    int64_t                 record_ms;
    unsigned                tombstone:1;    /* then there is no update */
    vfs_update_t            update;
    char                    other[VFS_MAX_ID_LEN + 1];  /* the event's item of
                                                           a user's update,
                                                           and vice versa */
};


TAILQ_HEAD(vfs_noted_list_s, vfs_noted_s);

typedef struct vfs_noted_list_s  vfs_noted_list_t;


typedef struct {
    vfs_noted_list_t        list;
    size_t                  n;
} vfs_updates_t;


void vfs_updates_init(vfs_updates_t *updates);
void vfs_updates_clear(vfs_updates_t *updates);

/* VFS_ERROR with a message if memory is out. */

int vfs_updates_add(vfs_updates_t *updates, const vfs_definition_t *def,
    const vfs_replayed_t *replayed, vfs_error_t *err);
void vfs_updates_remove(vfs_updates_t *updates, vfs_noted_t *noted);

/*
 * Folds one into *state (NULL: none yet), as the worker does; a tombstone
 * leaves none.
 */

int vfs_updates_fold(vfs_state_t **state, const vfs_definition_t *def,
    const vfs_feature_t *feature, const vfs_update_t *update,
    vfs_error_t *err);


#endif /* _VFS_TRAIN_UPDATES_H_INCLUDED_ */
