
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_BODY_H_INCLUDED_
#define _VFS_INGEST_BODY_H_INCLUDED_


#include "vfs_state.h"


/*
 * The bodies of POST /vectors/upsert and POST /vectors/delete, written straight
 * into one buffer that is kept from request to request.  The limit is measured
 * on these bytes.
 */

typedef enum {
    VFS_UPSERT = 0,
    VFS_DELETE
} vfs_operation_e;


typedef struct {
    char                   *data;
    size_t                  len;
    size_t                  size;       /* allocated */
    size_t                  limit;      /* of the whole body */
    unsigned                count;      /* records in it */
    char                   *tail;       /* what ends every body */
    size_t                  tail_len;
} vfs_body_t;


/* The namespace ends every body.  VFS_ERROR: out of memory. */

int vfs_body_init(vfs_body_t *body, const char *namespace_name, size_t limit);
void vfs_body_destroy(vfs_body_t *body);

int vfs_body_begin(vfs_body_t *body, vfs_operation_e operation);

/*
 * Appends a record: "vector" is of def->dimension finite floats.  VFS_DECLINED:
 * it would exceed the limit, and the body is as before; the first record is
 * always taken.  VFS_ERROR: out of memory.
 */

int vfs_body_vector(vfs_body_t *body, const vfs_definition_t *def,
    vfs_entity_e entity, const char *id, size_t len, const float *vector,
    const vfs_state_t *state);
int vfs_body_id(vfs_body_t *body, vfs_entity_e entity, const char *id,
    size_t len);

int vfs_body_end(vfs_body_t *body);


#endif /* _VFS_INGEST_BODY_H_INCLUDED_ */
