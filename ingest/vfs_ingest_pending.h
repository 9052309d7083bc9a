
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_PENDING_H_INCLUDED_
#define _VFS_INGEST_PENDING_H_INCLUDED_


#include "vfs_key.h"
#include "vfs_state.h"

#include <sys/queue.h>


/*
 * Which ids the index does not have the newest vector of, and how far each
 * partition is done.  Rules kept here: an id is in at most one request, so two
 * versions of it never race; what is sent is the newest version at that time;
 * what changes meanwhile goes out after the answer.
 */

typedef struct vfs_pending_s  vfs_pending_t;

TAILQ_HEAD(vfs_pending_list_s, vfs_pending_s);

typedef struct vfs_pending_list_s  vfs_pending_list_t;


/* Why the vector of an id has to go out. */

typedef struct {
    int64_t                 first;      /* offset of the oldest event that is
                                           not acknowledged */
    int64_t                 time_ms;    /* and Kafka's time of that one */
    vfs_position_t          source;     /* of the newest, in the events' topic
                                         */
    int64_t                 source_ms;  /* and Kafka's time of it */
    unsigned                unsure:1;   /* a worker that is gone may have sent
                                           another version meanwhile */
} vfs_change_t;


typedef struct vfs_slot_s  vfs_slot_t;

struct vfs_slot_s {
    TAILQ_ENTRY(vfs_slot_s)  link;
    int64_t                 offset;
    unsigned                used:1;
};


TAILQ_HEAD(vfs_slots_s, vfs_slot_s);

typedef struct vfs_slots_s  vfs_slots_t;


/*
 * Of one partition: the offsets of events with an effect that is not
 * acknowledged, ascending.  An id occupies at most two places: the oldest event
 * that what was sent covers, and the oldest after it.  While a partition is
 * held, its ids are kept back.
 */

typedef struct {
    vfs_slots_t             slots;
    vfs_pending_list_t      kept;
    unsigned                held:1;
} vfs_progress_t;


typedef enum {
    VFS_PENDING_KEPT = 0,       /* its partition is held */
    VFS_PENDING_WAITING,        /* in the queue */
    VFS_PENDING_TAKEN,          /* in a request that is not on its way */
    VFS_PENDING_SENT            /* in a request that is */
} vfs_pending_state_e;


struct vfs_pending_s {
    TAILQ_ENTRY(vfs_pending_s)  link;
    vfs_progress_t         *progress;
    vfs_slot_t              covered;    /* by what was sent, or is to be */
    vfs_slot_t              newer;      /* changed since it was sent */
    int64_t                 covered_ms; /* Kafka's time of those events */
    int64_t                 newer_ms;
    vfs_position_t          source;     /* of the newest event */
    int64_t                 source_ms;  /* Kafka's time of it */
    vfs_position_t          sent_source;    /* of the newest that was sent */
    vfs_pending_state_e     state;
    unsigned                unsure:1;
    unsigned                newer_unsure:1;
    vfs_map_node_t          node;       /* last: vfs_map_size() */
};


typedef struct {
    vfs_map_t               map;
    vfs_pending_list_t      waiting[VFS_ENTITIES];
    size_t                  nwaiting[VFS_ENTITIES];
    size_t                  nkept;
} vfs_pending_set_t;


int vfs_pending_init(vfs_pending_set_t *set);
void vfs_pending_destroy(vfs_pending_set_t *set);

/* A new version of "key" is stored.  VFS_ERROR: out of memory. */

int vfs_pending_add(vfs_pending_set_t *set, vfs_progress_t *progress,
    const vfs_key_t *key, const vfs_change_t *change);

/* The first that waits, now taken; NULL if none. */

vfs_pending_t *vfs_pending_take(vfs_pending_set_t *set, vfs_entity_e entity);

/* Taken, and to wait again, before all others. */

void vfs_pending_put_back(vfs_pending_set_t *set, vfs_pending_t *entry);

/* Its newest version is on its way. */

void vfs_pending_send(vfs_pending_t *entry);

/* What was sent failed: it is taken again and covers all up to now. */

void vfs_pending_fail(vfs_pending_t *entry);

/*
 * What was sent is stored, or given up.  VFS_OK: nothing newer, the entry is
 * gone.  VFS_DECLINED: it changed meanwhile and waits again, behind the others.
 */

int vfs_pending_done(vfs_pending_set_t *set, vfs_pending_t *entry);

/* Drops all, whatever their state; each progress has to be made anew. */

void vfs_pending_clear(vfs_pending_set_t *set);


void vfs_progress_init(vfs_progress_t *progress);

/* Nothing of the partition goes out until it is released. */

void vfs_progress_hold(vfs_progress_t *progress);
void vfs_progress_release(vfs_pending_set_t *set, vfs_progress_t *progress);

/* All events below it have had all their effects; "next" if none is open. */

int64_t vfs_progress_offset(const vfs_progress_t *progress, int64_t next);


#endif /* _VFS_INGEST_PENDING_H_INCLUDED_ */
