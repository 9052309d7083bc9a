
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_COUNTERS_H_INCLUDED_
#define _VFS_INGEST_COUNTERS_H_INCLUDED_


#include "vfs_event.h"
#include "vfs_histogram.h"
#include "vfs_ingest_answer.h"


/* What the worker counts; all are totals since its start. */

typedef enum {
    VFS_RESULT_STORED = 0,      /* vectors that the index has acknowledged */
    VFS_RESULT_RETRIED,         /* those of requests that failed */
    VFS_RESULT_REFUSED,         /* those that it will not have */
    VFS_RESULTS
} vfs_result_e;


/* "counts" by the buckets of lib/vfs_histogram.h, whatever the unit. */

typedef struct {
    uint64_t                counts[VFS_HISTOGRAM_BUCKETS];
    uint64_t                sum;
} vfs_distribution_t;


typedef struct {
    uint64_t                events;
    uint64_t                folded;
    uint64_t                ignored;
    uint64_t                item_updates;
    uint64_t                dead_letters[VFS_REASONS];
} vfs_fold_counters_t;


typedef struct {
    vfs_fold_counters_t     fold;
    uint64_t                upserts[VFS_ENTITIES][VFS_RESULTS];
    uint64_t                deletes;
    uint64_t                batches;
    uint64_t                retries[VFS_RETRY_REASONS];
    vfs_distribution_t      stored_us;      /* of an event, see stats.md */
    vfs_distribution_t      batch_us;       /* how long an upsert took */
    vfs_distribution_t      batch_bytes;    /* and its size */
} vfs_counters_t;


/* Of one source of the type "model". */

typedef enum {
    VFS_ASK_ANSWERED = 0,
    VFS_ASK_RETRIED,
    VFS_ASK_REFUSED,            /* as a whole, to be halved */
    VFS_ASK_RESULTS
} vfs_ask_result_e;


typedef struct {
    const char             *source;
    uint64_t                requests[VFS_ASK_RESULTS];
    uint64_t                recorded;       /* texts with a vector */
    uint64_t                refused;        /* texts without */
} vfs_model_counters_t;


void vfs_distribution_add(vfs_distribution_t *distribution, uint64_t value);
uint64_t vfs_sum(const uint64_t *numbers, unsigned n);
uint64_t vfs_counters_upserts(const vfs_counters_t *counters,
    vfs_result_e result);

const char *vfs_result_name(vfs_result_e result);
const char *vfs_ask_result_name(vfs_ask_result_e result);


#endif /* _VFS_INGEST_COUNTERS_H_INCLUDED_ */
