
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_FOLD_H_INCLUDED_
#define _VFS_INGEST_FOLD_H_INCLUDED_


#include "vfs_ingest_cache.h"
#include "vfs_ingest_counters.h"
#include "vfs_ingest_io.h"


/*
 * One record at a time: decodes it, folds it into the states that its
 * partition owns, and hands on to Kafka what belongs elsewhere (the item's
 * update, a dead letter).  An event counts as a whole or not at all: whatever
 * may be wrong with it is found before anything changes.
 */

typedef struct {
    const vfs_definition_t  *def;
    const vfs_io_t          *io;
    vfs_cache_t             *cache;
    const char              *topics[VFS_ENTITIES];
    const char              *group;
    vfs_fold_counters_t      counters;   /* since vfs_fold_begin() */
    float                   *vectors;
    unsigned                 warned_key:1;
} vfs_fold_t;


typedef enum {
    VFS_FOLD_LIVE = 0,      /* all its effects are still to come */
    VFS_FOLD_RESEND,        /* all have happened, the vectors go out again */
    VFS_FOLD_QUIET          /* all have happened */
} vfs_fold_mode_e;


int vfs_fold_init(vfs_fold_t *fold);
void vfs_fold_destroy(vfs_fold_t *fold);
void vfs_fold_begin(vfs_fold_t *fold);

/*
 * VFS_ERROR: memory, the store or Kafka's client failed.  The states in the
 * cache may then hold a part of the record, so the caller undoes the batch.
 */

int vfs_fold_record(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_error_t *err);

/*
 * Which state a record was folded into, and the position of its event;
 * VFS_DECLINED: none.
 */

int vfs_fold_key(vfs_fold_t *fold, const vfs_record_t *record, vfs_key_t *key,
    vfs_position_t *source);

/* Whether an item update is of this definition. */

int vfs_fold_is_ours(const vfs_fold_t *fold, const vfs_record_t *record);


#endif /* _VFS_INGEST_FOLD_H_INCLUDED_ */
