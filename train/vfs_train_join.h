
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_JOIN_H_INCLUDED_
#define _VFS_TRAIN_JOIN_H_INCLUDED_


#include "vfs_train_labels.h"
#include "vfs_train_picks.h"
#include "vfs_train_rows.h"
#include "vfs_train_source.h"


/* A point-in-time correct training set: labels with the vectors of their time.
 */

typedef enum {
    VFS_JOIN_OK = 0,
    VFS_JOIN_NONE,          /* no version before the label */
    VFS_JOIN_DELETED,       /* the record was deleted then */
    VFS_JOIN_OPEN,          /* a newer version was on its way to the index */
    VFS_JOIN_GAP,           /* a newer one may have been, which the log lacks
                             */
    VFS_JOIN_FUTURE,        /* the log does not reach so far */
    VFS_JOIN_STALE,         /* the newest is older than was asked for */
    VFS_JOIN_STATUSES
} vfs_join_status_e;


typedef struct {
    vfs_labels_conf_t       labels;
    vfs_source_options_t    source;
    vfs_rows_conf_t         rows;
    vfs_by_e                by;
    int64_t                 max_age_ms; /* 0: any */
    int                     strict;     /* no row of which the vector may not
                                           be the newest */
} vfs_join_options_t;


typedef struct {
    uint64_t                rows;
    uint64_t                of[VFS_JOIN_STATUSES];
    uint64_t                duplicates; /* same id and time as another */
    uint64_t                unknown;    /* ids that the log never names */
    uint64_t                without_id;
    uint64_t                before;     /* the log's first version */
    uint64_t                ancient;    /* perhaps seconds, not ms */
} vfs_join_counts_t;


/* The member "options" is set before, the others are 0. */

typedef struct {
    vfs_join_options_t      options;
    vfs_join_counts_t       counts;
    vfs_picks_t             picks;
    vfs_journal_t           journal;
    vfs_labels_t            labels;
    vfs_rows_t              rows;
    vfs_progress_t          progress;
    uint32_t               *order;      /* of picks, by row */
    size_t                  longest;    /* id */
    char                   *lead;
    size_t                  lead_size;
} vfs_join_t;


int vfs_join_run(vfs_join_t *join, vfs_error_t *err);
void vfs_join_free(vfs_join_t *join);

/*
 * The columns of a label for its row: the record as it stands there, or in the
 * other form.  "buf" grows as needed.  VFS_ERROR: out of memory.
 */

int vfs_lead_write(char **buf, size_t *size, const vfs_labels_t *labels,
    int json, vfs_row_t *row);


#endif /* _VFS_TRAIN_JOIN_H_INCLUDED_ */
