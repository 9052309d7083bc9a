
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_REPLAY_H_INCLUDED_
#define _VFS_TRAIN_REPLAY_H_INCLUDED_


#include "vfs_effect.h"
#include "vfs_train_history.h"


/*
 * Raw events to updates of users and items, exactly as the worker makes them:
 * an event that the worker would send to the dead letters has no update.  The
 * receiver folds the updates that it wants: all up to a position or a time
 * give the state at that moment, whatever order partitions come in.
 */

typedef struct {
    vfs_entity_e            entity;
    const char             *id;
    vfs_position_t          position;
    const vfs_raw_t        *raw;
    const vfs_event_t      *event;      /* NULL: a tombstone */
    const vfs_update_t     *update;     /* NULL: a tombstone deletes the state
                                           of this user and partition */
} vfs_replayed_t;


typedef struct {

    /* Whether the updates of an id are asked for; NULL: all are. */

    int                   (*wanted)(void *data, vfs_entity_e entity,
                                    const char *id);

    /* VFS_ERROR with a message ends the replay. */

    int                   (*update)(void *data, const vfs_replayed_t *replayed,
                                    vfs_error_t *err);
    void                   *data;

    /* No vectors: the ids alone are of interest, updates have no vector. */

    unsigned                ids:1;
} vfs_replay_handler_t;


typedef struct {
    uint64_t                records;
    uint64_t                folded;
    uint64_t                ignored;    /* of weight 0 */
    uint64_t                dead;
    uint64_t                tombstones;
} vfs_replay_counters_t;


typedef struct vfs_replay_s  vfs_replay_t;


/*
 * "memory": bytes for the states of users, which are all folded where items
 * fold them; what is beyond goes to a temporary file.  NULL with a message.
 */

vfs_replay_t *vfs_replay_create(const vfs_definition_t *def, size_t memory,
    const vfs_replay_handler_t *handler, vfs_error_t *err);
void vfs_replay_free(vfs_replay_t *replay);

/* Reads the history on to its end; a vfs_raw_pt does the same to one record. */

int vfs_replay_history(vfs_replay_t *replay, vfs_history_t *history,
    vfs_error_t *err);
int vfs_replay_record(void *data, const vfs_raw_t *raw, vfs_error_t *err);

const vfs_replay_counters_t *vfs_replay_counters(const vfs_replay_t *replay);

/*
 * A user has one vector where the events are in one partition alone.  VFS_ERROR
 * with a message that ends with "hint" if an update is of a user of whom others
 * are in "partition" (-1: in none) and it is elsewhere.
 */

int vfs_replayed_spread(const vfs_replayed_t *replayed, int32_t partition,
    const char *hint, vfs_error_t *err);


#endif /* _VFS_TRAIN_REPLAY_H_INCLUDED_ */
