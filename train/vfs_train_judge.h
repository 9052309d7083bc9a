
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_JUDGE_H_INCLUDED_
#define _VFS_TRAIN_JUDGE_H_INCLUDED_


#include "vfs_train_track.h"


typedef enum {
    VFS_VERDICT_EQUAL = 0,
    VFS_VERDICT_DIFFERENT,
    VFS_VERDICT_MISSING,        /* not served, though the history has it */
    VFS_VERDICT_EXTRA,          /* served, though the history has it not */
    VFS_VERDICT_CUT,            /* the history does not reach back */
    VFS_VERDICT_WAITING,        /* not served, and perhaps not stored yet */
    VFS_VERDICT_ABSENT,         /* neither served nor in the history */
    VFS_VERDICTS
} vfs_verdict_e;


const char *vfs_verdict_name(vfs_verdict_e verdict);

/*
 * Compares the answer for one id with the replay.  "vector" has room for one;
 * "text", VFS_DIFFERENCE_LEN bytes, says what is wrong.  VFS_ERROR with a
 * message: memory.
 */

int vfs_judge(const vfs_track_t *track, const vfs_tracked_t *tracked,
    float *vector, vfs_verdict_e *verdict, char *text, vfs_error_t *err);

/*
 * Prints what is known of a difference: the last version of the vector that is
 * equal, the events since, and the one event whose lack or repetition gives
 * what is served.  "updates": all up to the answer's watermark.
 */

int vfs_judge_detail(const vfs_track_t *track, const vfs_tracked_t *tracked,
    const vfs_updates_t *updates, vfs_error_t *err);


#endif /* _VFS_TRAIN_JUDGE_H_INCLUDED_ */
