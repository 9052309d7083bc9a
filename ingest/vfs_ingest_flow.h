
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_FLOW_H_INCLUDED_
#define _VFS_INGEST_FLOW_H_INCLUDED_


#include "vfs_ingest_fold.h"
#include "vfs_ingest_lane.h"
#include "vfs_ingest_model.h"


/*
 * The flow of events: a state machine without I/O of its own.
 *
 *   ask     models about the texts of a batch, until all answers are recorded
 *   fold    the batch into the cached states; item updates and dead letters
 *           go to Kafka
 *   write   once Kafka has acknowledged those, the states and the positions,
 *           in one transaction
 *   send    the newest vectors of what is written
 *   offset  how far a partition is done, for Kafka's commit
 *
 * A crash anywhere goes back to the last write: the same records are folded
 * again into the same states and give the same updates, which carry the same
 * positions, so that whoever has seen them declines them.  Records between what
 * is committed and what is written are read again: the vectors of their ids
 * may be missing in the index, or another worker may have stored older ones.
 */

typedef struct {
    unsigned                assigned:1;
    int32_t                 partition;
    int64_t                 next;       /* offset to fold in next; written */
    int64_t                 folded;     /* the same of the batch at hand */
    int64_t                 quiet;      /* all effects of the events below it
                                           have happened */
    int64_t                 unsure;     /* below it another worker may have
                                           sent vectors that are not logged */
    int64_t                 touched;    /* below "next" and read again, so far:
                                           what is folded in, but not known to
                                           be sent */
    vfs_progress_t          progress;
} vfs_partition_t;


typedef struct {
    const char             *topics[VFS_ENTITIES];
    const char             *group;
    size_t                  max_pending;    /* ids, before reading pauses */
    size_t                  cached_states;
    int64_t                 resend_ms;  /* of what another worker may have been
                                           sending when its partition moved */
    vfs_lane_conf_t         lane;
    vfs_asker_conf_t        asker;
} vfs_flow_conf_t;


typedef struct {
    const vfs_definition_t  *def;
    const vfs_flow_conf_t   *conf;
    const vfs_io_t          *io;
    vfs_store_t             *store;
    vfs_recorded_t          *recorded;  /* NULL: the definition has no model */

    vfs_cache_t             cache;
    vfs_pending_set_t       pending;
    vfs_lane_t              lanes[VFS_ENTITIES];
    vfs_fold_t              fold;
    vfs_asker_t             asker;
    vfs_counters_t          counters;

    vfs_partition_t       **partitions[VFS_ENTITIES];
    size_t                  npartitions[VFS_ENTITIES];

    unsigned                folded:1;   /* a batch waits to be written */
    unsigned                letters[VFS_ENTITIES];  /* of refused records, in
                                                       that batch */
    unsigned                stopped:1;
    vfs_error_t             stop;
} vfs_flow_t;


/* Where a partition stands when it is assigned. */

typedef struct {
    int64_t                 begin;      /* oldest offset that Kafka holds */
    int64_t                 end;        /* one behind the newest */
    int64_t                 committed;  /* by a worker with this definition and
                                           index; -1: none */
    unsigned                others:1;   /* someone has committed, whoever */
} vfs_assignment_t;


/*
 * The members from def to recorded are set before.  Where a model is used,
 * def->answers has to be &flow->asker.answers.
 */

int vfs_flow_init(vfs_flow_t *flow, vfs_error_t *err);
void vfs_flow_destroy(vfs_flow_t *flow);

/*
 * *start: the offset to read from.  VFS_DECLINED with a message: what is
 * stored is of another topic of this name.
 */

int vfs_flow_assign(vfs_flow_t *flow, vfs_entity_e entity, int32_t partition,
    const vfs_assignment_t *assignment, int64_t *start, vfs_error_t *err);

/* Gives up all partitions and what is on its way; the store stays. */

void vfs_flow_revoke(vfs_flow_t *flow);

/*
 * Folds a batch, which may be empty.  Records that are not next in line are
 * passed over.  VFS_DECLINED: a model has not answered yet, call it again with
 * the same records, or with none meanwhile.  VFS_ERROR: nothing has happened,
 * call it again with the same records, later.
 */

int vfs_flow_fold(vfs_flow_t *flow, const vfs_record_t *records, size_t n,
    vfs_error_t *err);

/*
 * Writes what was folded.  VFS_DECLINED: Kafka has not acknowledged all of it
 * yet, call it again.  VFS_ERROR: if flow->folded is still set, call it again,
 * later; else fold the same records again.
 */

int vfs_flow_write(vfs_flow_t *flow, vfs_error_t *err);

/* Whether vfs_flow_fold() has something to do without records. */

int vfs_flow_has_work(const vfs_flow_t *flow);

/* Nothing happens while a batch waits to be written. */

int vfs_flow_send(vfs_flow_t *flow, vfs_error_t *err);

/* Whether a batch waits for models. */

int vfs_flow_asking(const vfs_flow_t *flow);

/*
 * Milliseconds until vfs_flow_send(), or vfs_flow_fold() of a batch that waits
 * for models, has something to do; -1: not known.
 */

int64_t vfs_flow_wakeup(const vfs_flow_t *flow);

/*
 * The offset to commit, never below the one that was committed before;
 * VFS_DECLINED: not assigned.
 */

int vfs_flow_offset(const vfs_flow_t *flow, vfs_entity_e entity,
    int32_t partition, int64_t *offset);

/*
 * Up to where every effect of every event is acknowledged.  While a partition
 * is folded again from its beginning, that is below what is committed.
 */

int vfs_flow_position(const vfs_flow_t *flow, vfs_entity_e entity,
    int32_t partition, int64_t *offset);

/*
 * As many ids wait for the index as may; and, once that was so, few enough
 * again for reading to go on.
 */

int vfs_flow_full(const vfs_flow_t *flow);
int vfs_flow_relieved(const vfs_flow_t *flow);

/* Every effect of every event is acknowledged and written. */

int vfs_flow_drained(const vfs_flow_t *flow);

/* The same, but for vectors that are kept back until more is read. */

int vfs_flow_idle(const vfs_flow_t *flow);

/* Requests on their way. */

unsigned vfs_flow_in_flight(const vfs_flow_t *flow);

/* Why the worker has to stop, or NULL. */

const vfs_error_t *vfs_flow_stop(const vfs_flow_t *flow);


/* For the flow's own files. */

vfs_partition_t *vfs_flow_partition(const vfs_flow_t *flow,
    vfs_entity_e entity, int32_t partition);
void vfs_flow_undo(vfs_flow_t *flow);
void vfs_flow_stop_here(vfs_flow_t *flow, const char *why);


#endif /* _VFS_INGEST_FLOW_H_INCLUDED_ */
