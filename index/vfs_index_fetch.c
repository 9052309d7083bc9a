
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"

#include <string.h>


typedef struct {
    vfs_str_t  *ids;
    uint32_t    n;
} vfs_fetch_ids_t;


static int vfs_fetch_read(vfs_request_t *r, vfs_str_t *ns,
    vfs_fetch_ids_t *ids);
static void vfs_fetch_reply(vfs_request_t *r, vfs_collection_t *c,
    const vfs_fetch_ids_t *ids);


int
vfs_fetch_handler(vfs_request_t *r)
{
    vfs_str_t           ns;
    vfs_fetch_ids_t     ids;
    vfs_collection_t   *c;
    vfs_index_shape_t   shape;

    if (vfs_fetch_read(r, &ns, &ids) != VFS_OK
        || vfs_request_collection(r, ns, &shape, &c) == VFS_ERROR)
    {
        return VFS_ERROR;
    }

    vfs_buf_text(&r->reply, "{\"vectors\":{");

    if (c != NULL) {
        (void) pthread_rwlock_rdlock(&c->lock);
        vfs_fetch_reply(r, c, &ids);
        (void) pthread_rwlock_unlock(&c->lock);

        vfs_collection_release(c);
    }

    vfs_buf_text(&r->reply, "}");
    vfs_reply_namespace(r, ns);
    vfs_reply_usage(r, (ids.n + 9) / 10);
    vfs_buf_text(&r->reply, "}");

    return VFS_OK;
}


static int
vfs_fetch_read(vfs_request_t *r, vfs_str_t *ns, vfs_fetch_ids_t *ids)
{
    int        rc;
    uint32_t   i;
    vfs_str_t  id;

    i = 0;
    ns->data = "";
    ns->len = 0;

    if (vfs_request_argument(r, "namespace", &i, ns) == VFS_ERROR) {
        return VFS_ERROR;
    }

    ids->n = 0;
    ids->ids = vfs_arena_alloc(&r->arena,
                               VFS_INDEX_MAX_IDS * sizeof(vfs_str_t));
    if (ids->ids == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    i = 0;

    while ((rc = vfs_request_argument(r, "ids", &i, &id)) == VFS_OK) {

        if (ids->n == VFS_INDEX_MAX_IDS) {
            return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                             "A fetch takes at most %d ids",
                             VFS_INDEX_MAX_IDS);
        }

        if (vfs_check_id(id, &r->fault) != VFS_OK) {
            return VFS_ERROR;
        }

        ids->ids[ids->n++] = id;
    }

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (ids->n == 0) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "No IDs provided for fetch query: 'ids' must be "
                         "given 1 to %d times", VFS_INDEX_MAX_IDS);
    }

    return VFS_OK;
}


static void
vfs_fetch_reply(vfs_request_t *r, vfs_collection_t *c,
    const vfs_fetch_ids_t *ids)
{
    uint32_t       i;
    const char    *comma;
    vfs_node_t    *node;
    vfs_record_t   record;

    comma = "";

    for (i = 0; i < ids->n; i++) {
        node = vfs_collection_find(c, ids->ids[i]);

        if (node == NULL) {
            continue;
        }

        vfs_collection_record(c, node, &record);

        vfs_buf_text(&r->reply, comma);
        vfs_reply_record(r, &record);
        comma = ",";
    }
}
