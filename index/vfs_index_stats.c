
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"


/* Before this version of the API the default namespace has an empty name. */

#define VFS_STATS_NAME_VERSION  202504


static int vfs_stats_check(vfs_request_t *r);
static void vfs_stats_reply(vfs_request_t *r, vfs_index_t *index);


int
vfs_stats_handler(vfs_request_t *r)
{
    int           rc;
    vfs_index_t  *index;

    if (vfs_stats_check(r) != VFS_OK) {
        return VFS_ERROR;
    }

    (void) pthread_rwlock_rdlock(&r->service->catalog.lock);

    rc = VFS_OK;
    index = vfs_catalog_index(&r->service->catalog, r->index);

    if (index == NULL) {
        rc = vfs_catalog_missing(r->index, &r->fault);
    }

    if (rc != VFS_ERROR) {
        vfs_stats_reply(r, index);
        rc = VFS_OK;
    }

    (void) pthread_rwlock_unlock(&r->service->catalog.lock);

    return rc;
}


static int
vfs_stats_check(vfs_request_t *r)
{
    int           rc;
    vfs_str_t     span, name;
    vfs_reader_t  reader;

    if (r->body.len == 0) {
        return VFS_OK;
    }

    if (vfs_reader_open(&reader, &r->arena, &r->fault, r->body.data,
                        r->body.len)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_member(&reader)) == VFS_OK) {

        if (!vfs_reader_is(&reader, "filter")) {
            rc = vfs_reader_span(&reader, &span);

        } else {
            rc = vfs_reader_object(&reader, "filter");

            if (rc == VFS_OK && vfs_reader_field(&reader, &name) == VFS_OK) {
                return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                                 "Serverless indexes do not support "
                                 "describing index stats with metadata "
                                 "filtering");
            }
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
}


/* "index" is NULL for the default index before its first upsert. */

static void
vfs_stats_reply(vfs_request_t *r, vfs_index_t *index)
{
    uint32_t            i, n;
    uint64_t            total;
    vfs_str_t           name;
    const char         *comma;
    vfs_namespace_t    *ns;
    vfs_index_shape_t   shape;

    comma = "";
    total = 0;
    shape.dimension = 0;
    shape.metric = r->service->metric;

    vfs_buf_text(&r->reply, "{\"namespaces\":{");

    if (index != NULL) {
        shape = index->shape;

        for (i = 0; i < index->namespaces.n; i++) {
            ns = (vfs_namespace_t *) index->namespaces.items[i];

            if (!ns->committed) {
                continue;
            }

            name = ns->name;

            if (r->version < VFS_STATS_NAME_VERSION
                && vfs_namespace_is_default(name))
            {
                name.len = 0;
            }

            (void) pthread_rwlock_rdlock(&ns->collection->lock);
            n = ns->collection->nrecords;
            (void) pthread_rwlock_unlock(&ns->collection->lock);

            total += n;

            vfs_buf_text(&r->reply, comma);
            vfs_buf_string(&r->reply, name.data, name.len);
            vfs_buf_print(&r->reply, ":{\"vectorCount\":%u}", n);
            comma = ",";
        }
    }

    vfs_buf_text(&r->reply, "}");

    if (shape.dimension != 0) {
        vfs_buf_print(&r->reply, ",\"dimension\":%u", shape.dimension);
    }

    vfs_buf_print(&r->reply, ",\"indexFullness\":0,\"totalVectorCount\":%llu,"
                  "\"metric\":\"%s\",\"vectorType\":\"%s\"}",
                  (unsigned long long) total,
                  vfs_index_metric_name(shape.metric),
                  index == NULL || shape.dimension != 0 ? "dense" : "sparse");
}
