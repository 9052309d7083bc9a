
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_MODEL_ANSWER_H_INCLUDED_
#define _VFS_INGEST_MODEL_ANSWER_H_INCLUDED_


#include "vfs_definition.h"


/* What the answer of a model means for the texts that it was asked about. */

typedef enum {
    VFS_MODEL_ANSWERED = 0,
    VFS_MODEL_RETRY,            /* the service is down, busy or limiting */
    VFS_MODEL_REFUSED,          /* one of the texts is at fault */
    VFS_MODEL_NO_NUMBERS,       /* of one of the texts: NaN, null, beyond the
                                   range of a component */
    VFS_MODEL_STOP              /* the key, the address, the model's name or
                                   its dimension is wrong */
} vfs_model_answer_e;


typedef struct {
    unsigned                count;          /* texts sent */
    int                     status;         /* 0: no answer came */
    const char             *body;
    size_t                  len;
    int64_t                 retry_after_ms; /* -1: not said */
    const char             *failure;        /* why no answer came, or NULL */
} vfs_model_answer_t;


/*
 * Sorts an answer (docs/ingest.md, "Models") and reads its vectors, in the
 * order of the texts: "vectors" has room for one more than answer->count, of
 * def->dimension.  For all but VFS_MODEL_ANSWERED "err" says what came; never
 * the service's own words, which may repeat a text or a key.
 */

vfs_model_answer_e vfs_model_answer_read(const vfs_definition_t *def,
    const vfs_source_t *source, const vfs_model_answer_t *answer,
    float *vectors, vfs_error_t *err);

/* A fixed word for the reason of a retry. */

const char *vfs_model_answer_reason(const vfs_model_answer_t *answer);

/* Bytes that a good answer may have. */

size_t vfs_model_answer_max(const vfs_definition_t *def, unsigned count);


#endif /* _VFS_INGEST_MODEL_ANSWER_H_INCLUDED_ */
