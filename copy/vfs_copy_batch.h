
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_BATCH_H_INCLUDED_
#define _VFS_COPY_BATCH_H_INCLUDED_


#include "vfs_copy_client.h"
#include "vfs_copy_outcome.h"
#include "vfs_copy_records.h"


/* Some records of a namespace on their way through one fetch. */

typedef enum {
    VFS_BATCH_COPY = 0,         /* fetched here, stored there */
    VFS_BATCH_COMPARE,          /* fetched at both */
    VFS_BATCH_CONFIRM           /* whether only the target has them */
} vfs_batch_kind_e;


/* What the batches of a namespace have in common. */

typedef struct {
    vfs_client_t           *client;
    const char             *namespace_name;
    size_t                  max_ids;        /* of a fetch */
    int64_t                 deadline_us;    /* until then what differs is
                                               compared again */
    vfs_outcome_t          *outcome;
} vfs_scope_t;


typedef struct {
    vfs_scope_t            *scope;
    vfs_batch_kind_e        kind;
    vfs_ids_t               ids;
    vfs_call_t              from;
    vfs_call_t              to;
    vfs_buf_t               from_url;
    vfs_buf_t               to_url;
    vfs_records_t           here;
    vfs_records_t           there;
    vfs_buf_t               body;           /* of an upsert */
    size_t                  next;           /* the record of the next one */
    uint64_t                sent;           /* records in it */
    int64_t                 due_us;         /* when it is compared again */
    unsigned                pending;        /* answers */
    unsigned                busy:1;
    unsigned                again:1;        /* waits to be compared again */
} vfs_batch_t;


/* The bytes of ids that a fetch's URL may have. */

#define VFS_BATCH_URL  6000

size_t vfs_batch_url_len(const char *id, size_t len);


/*
 * Takes as many of "ids" as one fetch may have, at least one, and asks for
 * them.  VFS_ERROR with a message: out of memory.
 */

int vfs_batch_start(vfs_batch_t *batch, vfs_scope_t *scope,
    vfs_batch_kind_e kind, vfs_ids_t *ids, vfs_error_t *err);

/* Compares what differed once more. */

int vfs_batch_again(vfs_batch_t *batch, vfs_error_t *err);

void vfs_batch_free(vfs_batch_t *batch);


#endif /* _VFS_COPY_BATCH_H_INCLUDED_ */
