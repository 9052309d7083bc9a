
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_ANSWER_H_INCLUDED_
#define _VFS_INGEST_ANSWER_H_INCLUDED_


#include "vfs_error.h"
#include "vfs_ingest_body.h"

#include <stdint.h>


/* What an answer of the index means for the records that were sent. */

typedef enum {
    VFS_ANSWER_STORED = 0,
    VFS_ANSWER_RETRY,           /* the index is down, busy or limiting */
    VFS_ANSWER_REFUSED,         /* one of the records is at fault */
    VFS_ANSWER_STOP             /* the key, the host or the settings are */
} vfs_answer_e;


typedef struct {
    vfs_operation_e         operation;
    unsigned                count;          /* records sent */
    int                     status;         /* 0: no answer came */
    const char             *body;
    size_t                  len;
    int64_t                 retry_after_ms; /* -1: not said */
    int64_t                 elapsed_us;
    const char             *failure;        /* why no answer came, or NULL */
} vfs_answer_t;


/*
 * Sorts an answer (docs/ingest.md, "Errors").  For all but VFS_ANSWER_STORED
 * "err" says what came, with the index's own message where there is one.
 */

vfs_answer_e vfs_answer_read(const vfs_answer_t *answer, vfs_error_t *err);

/* Why a request is repeated, in fixed words, for counters and logs. */

typedef enum {
    VFS_RETRY_CONNECTION = 0,
    VFS_RETRY_SHORT_COUNT,
    VFS_RETRY_LIMIT,
    VFS_RETRY_TIMEOUT,
    VFS_RETRY_SERVER_ERROR,
    VFS_RETRY_OTHER,
    VFS_RETRY_REASONS
} vfs_retry_e;


vfs_retry_e vfs_answer_reason(const vfs_answer_t *answer);
const char *vfs_retry_name(vfs_retry_e reason);


#endif /* _VFS_INGEST_ANSWER_H_INCLUDED_ */
