
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_MODEL_ONCE_H_INCLUDED_
#define _VFS_INGEST_MODEL_ONCE_H_INCLUDED_


#include "vfs_http.h"
#include "vfs_ingest_model_answer.h"
#include "vfs_ingest_model_body.h"


/* One question to a model that is waited for. */

typedef struct {
    const vfs_definition_t  *def;
    const vfs_source_t      *source;
    vfs_model_input_t        input;
    int64_t                  timeout_ms;

    /* what came of it */
    vfs_model_answer_e       result;
    int                      status;        /* of HTTP; 0: no answer */
    float                   *vectors;       /* the caller's, room for two */
    vfs_error_t              why;
} vfs_model_once_t;


/* The members up to timeout_ms and "vectors" are set before. */

void vfs_model_once(vfs_http_t *http, vfs_model_once_t *once);


#endif /* _VFS_INGEST_MODEL_ONCE_H_INCLUDED_ */
