
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_VERIFY_H_INCLUDED_
#define _VFS_TRAIN_VERIFY_H_INCLUDED_


#include "vfs_train_gateway.h"
#include "vfs_train_judge.h"
#include "vfs_train_open.h"


typedef struct {
    vfs_train_files_t       files;
    size_t                  sample;     /* as of vfs_track_t */
    int64_t                 wanted;     /* --sample; 0: not said */
    int                     all;
    char *const            *ids;
    unsigned                nids;
    int64_t                 interval;   /* seconds between rounds */
    int64_t                 rounds;     /* 0: without end */
    int64_t                 settle;     /* seconds */
    int64_t                 details;
    int                     watch;
    const char             *gateway;
    const char             *stats;      /* NULL: no reports */
    const char             *index;      /* NULL: ids are the history's alone */
    const char             *api_key;
} vfs_verify_options_t;


typedef struct {
    uint64_t                verdicts[VFS_VERDICTS];
} vfs_verify_counts_t;


typedef struct {
    const vfs_verify_options_t  *options;
    vfs_definition_t        *def;
    vfs_history_t           *history;
    vfs_track_t              track;
    vfs_replay_t            *replay;
    vfs_web_t               *gateway;
    vfs_web_t               *index;
    float                   *vector;
    vfs_verify_counts_t      total;
    vfs_verify_counts_t      round;
    uint64_t                 rounds;
    int64_t                  details;   /* still to be given */
    int64_t                  started_ms;
    unsigned                 settled:1;
} vfs_verify_t;


/* Each is VFS_ERROR with a message if it cannot do its work. */

int vfs_verify_open(vfs_verify_t *verify, const vfs_verify_options_t *options,
    vfs_error_t *err);
void vfs_verify_close(vfs_verify_t *verify);

/* Fetches, replays and compares once; prints what is not equal. */

int vfs_verify_round(vfs_verify_t *verify, vfs_error_t *err);

/* Details of the ids that are listed, from a replay of its own. */

int vfs_verify_details(vfs_verify_t *verify, vfs_tracked_t **different,
    size_t n, vfs_error_t *err);

/* POSTs the counts to NGINX; whether they arrive is of no consequence. */

void vfs_verify_report(vfs_verify_t *verify);

uint64_t vfs_verify_compared(const vfs_verify_counts_t *counts);
uint64_t vfs_verify_mismatches(const vfs_verify_counts_t *counts);
int64_t vfs_verify_now(void);           /* ms, monotonic */


#endif /* _VFS_TRAIN_VERIFY_H_INCLUDED_ */
