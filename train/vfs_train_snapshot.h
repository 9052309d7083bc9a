
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_SNAPSHOT_H_INCLUDED_
#define _VFS_TRAIN_SNAPSHOT_H_INCLUDED_


#include "vfs_train_open.h"
#include "vfs_train_picks.h"
#include "vfs_train_rows.h"
#include "vfs_train_source.h"


/* All vectors as they stood before a moment. */

typedef enum {
    VFS_FROM_UNSAID = 0,
    VFS_FROM_LOG,
    VFS_FROM_EVENTS
} vfs_from_e;


typedef struct {
    vfs_source_options_t    source;
    vfs_train_files_t       files;      /* of raw events */
    vfs_rows_conf_t         rows;
    vfs_from_e              from;
    vfs_by_e                by;
    int64_t                 as_of_ms;   /* -1: not said */
} vfs_snapshot_options_t;


typedef struct {
    uint64_t                vectors;
    uint64_t                without;    /* deleted, or with none */
} vfs_snapshot_counts_t;


/* From the feature log, and from the raw events. */

int vfs_snapshot_log(vfs_snapshot_options_t *options,
    vfs_snapshot_counts_t *counts, vfs_error_t *err);
int vfs_snapshot_events(vfs_snapshot_options_t *options,
    vfs_snapshot_counts_t *counts, vfs_error_t *err);

/* A row for one vector. */

int vfs_snapshot_row(vfs_rows_t *rows, const char *id, size_t id_len,
    const vfs_version_t *version, vfs_error_t *err);


#endif /* _VFS_TRAIN_SNAPSHOT_H_INCLUDED_ */
