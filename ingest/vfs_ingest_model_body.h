
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_MODEL_BODY_H_INCLUDED_
#define _VFS_INGEST_MODEL_BODY_H_INCLUDED_


#include "vfs_definition.h"


/* A text that is asked about to learn whether a model answers at all. */

#define VFS_MODEL_PROBE  "vfs"


typedef struct {
    const char             *text;       /* UTF-8, may hold NUL */
    size_t                  len;
} vfs_model_input_t;


/*
 * The body of a request for the vectors of "n" texts, in the form of the
 * model's protocol: OpenAI's POST /v1/embeddings, text-embeddings-inference's
 * POST /embed or KServe v2's infer.  Allocated; NULL: out of memory.
 */

char *vfs_model_body(const vfs_definition_t *def, const vfs_source_t *source,
    const vfs_model_input_t *inputs, unsigned n, size_t *len);

/* Where it goes.  Allocated; NULL: out of memory. */

char *vfs_model_url(const vfs_source_t *source);


#endif /* _VFS_INGEST_MODEL_BODY_H_INCLUDED_ */
