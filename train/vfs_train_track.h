
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_TRACK_H_INCLUDED_
#define _VFS_TRAIN_TRACK_H_INCLUDED_


#include "vfs_key.h"
#include "vfs_train_answer.h"
#include "vfs_train_updates.h"


/*
 * The ids that are compared.  Each has the answer that the gateway gave last,
 * a state that goes as far as that answer's watermark, and the updates beyond
 * it for the next comparison.
 */

typedef struct vfs_tracked_s  vfs_tracked_t;

struct vfs_tracked_s {
    vfs_map_node_t          node;       /* first: it is its entry */
    TAILQ_ENTRY(vfs_tracked_s)  link;
    char                    id[VFS_MAX_ID_LEN + 1];
    uint64_t                hash;       /* of the sample's order */
    vfs_answer_t            answer;
    vfs_state_t            *state;      /* NULL: none */
    vfs_updates_t           later;
    vfs_position_t          stale;      /* stored, but not in the answer */
    unsigned                is_stale:1;
    unsigned                waiting:1;  /* for events not known as stored */
    unsigned                ended:1;    /* by a deletion among those */
    unsigned                asked:1;    /* in this round */
    unsigned                named:1;    /* on the command line */
    unsigned                detailed:1;
};


TAILQ_HEAD(vfs_tracked_list_s, vfs_tracked_s);

typedef struct vfs_tracked_list_s  vfs_tracked_list_t;


typedef struct {
    const vfs_definition_t  *def;
    vfs_map_t                map;
    vfs_tracked_list_t       list;
    vfs_tracked_t          **heap;      /* of the sample, greatest hash first */
    size_t                   nheap;
    size_t                   sample;    /* how many: 0 none, SIZE_MAX all */
    unsigned                 keep:1;    /* updates beyond the watermark */
    vfs_history_t           *history;
} vfs_track_t;


/* VFS_ERROR if memory is out. */

int vfs_track_init(vfs_track_t *track, const vfs_definition_t *def,
    vfs_history_t *history, size_t sample);
void vfs_track_destroy(vfs_track_t *track);

vfs_entity_e vfs_tracked_entity(const vfs_tracked_t *tracked);
vfs_tracked_t *vfs_track_find(const vfs_track_t *track, vfs_entity_e entity,
    const char *id);

/* An id of the command line; VFS_ERROR with a message. */

int vfs_track_name(vfs_track_t *track, vfs_entity_e entity, const char *id,
    vfs_error_t *err);

/*
 * An id that was seen: it is of the sample if its hash is among the least.
 * An id that enters a full sample drives another out.
 */

int vfs_track_see(vfs_track_t *track, vfs_entity_e entity, const char *id,
    vfs_error_t *err);

/* Handlers of a replay ("data" is the track). */

int vfs_track_on_id(void *data, const vfs_replayed_t *replayed,
    vfs_error_t *err);
int vfs_track_wanted(void *data, vfs_entity_e entity, const char *id);
int vfs_track_on_update(void *data, const vfs_replayed_t *replayed,
    vfs_error_t *err);

/* Folds what the newest answers have now. */

int vfs_track_advance(vfs_track_t *track, vfs_error_t *err);

/* Whether it is known that the event there may not be in the index yet. */

int vfs_track_unstored(const vfs_track_t *track,
    const vfs_tracked_t *tracked, const vfs_position_t *position);

/* Whether the position is in the answer. */

int vfs_tracked_has(const vfs_tracked_t *tracked,
    const vfs_position_t *position);


#endif /* _VFS_TRAIN_TRACK_H_INCLUDED_ */
