
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_filter.h"
#include "vfs_index_handlers.h"
#include "vfs_index_page.h"

#include <string.h>


/* From this version of the API on a filter must be given. */

#define VFS_FETCH_FILTER_VERSION  202607


typedef struct {
    vfs_str_t          ns;
    vfs_filter_t      *filter;
    unsigned           has_filter:1;
    vfs_page_t         page;
    vfs_collection_t  *c;
} vfs_fetch_filter_t;


static int vfs_fetch_filter_read(vfs_request_t *r, vfs_fetch_filter_t *fetch);
static int vfs_fetch_filter_run(vfs_request_t *r, void *data);
static int vfs_fetch_filter_scan(vfs_request_t *r, vfs_fetch_filter_t *fetch);


int
vfs_fetch_filter_handler(vfs_request_t *r)
{
    vfs_index_shape_t    shape;
    vfs_fetch_filter_t  *fetch;

    fetch = vfs_arena_alloc(&r->arena, sizeof(vfs_fetch_filter_t));
    if (fetch == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    if (vfs_fetch_filter_read(r, fetch) != VFS_OK
        || vfs_request_collection(r, fetch->ns, &shape, &fetch->c)
           == VFS_ERROR)
    {
        return VFS_ERROR;
    }

    return vfs_request_defer(r, vfs_fetch_filter_run, fetch);
}


static int
vfs_fetch_filter_read(vfs_request_t *r, vfs_fetch_filter_t *fetch)
{
    int           rc;
    uint32_t      limit;
    vfs_str_t     token;
    vfs_reader_t  reader;

    memset(fetch, 0, sizeof(vfs_fetch_filter_t));
    fetch->ns.data = "";
    token.data = "";
    token.len = 0;
    limit = VFS_INDEX_MAX_PAGE;

    if (vfs_reader_open(&reader, &r->arena, &r->fault, r->body.data,
                        r->body.len)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_member(&reader)) == VFS_OK) {

        if (vfs_reader_is(&reader, "filter")) {
            fetch->has_filter = 1;
            rc = vfs_filter_read(&reader, &fetch->filter);

        } else if (vfs_reader_is(&reader, "namespace")) {
            rc = vfs_reader_string(&reader, "namespace", &fetch->ns);

        } else if (vfs_reader_is(&reader, "limit")) {
            rc = vfs_reader_uint(&reader, "limit", &limit);

        } else if (vfs_reader_is(&reader, "paginationToken")) {
            rc = vfs_reader_string(&reader, "paginationToken", &token);

        } else {
            rc = vfs_reader_skip(&reader);
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (!fetch->has_filter && r->version >= VFS_FETCH_FILTER_VERSION) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "A fetch by metadata needs a 'filter'");
    }

    if (limit < 1 || limit > VFS_INDEX_MAX_IDS) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "'limit' must be a whole number from 1 to %d, got %u",
                         VFS_INDEX_MAX_IDS, limit);
    }

    return vfs_page_init(r, &fetch->page, limit, token);
}


static int
vfs_fetch_filter_run(vfs_request_t *r, void *data)
{
    int                  rc;
    vfs_fetch_filter_t  *fetch;

    fetch = data;
    rc = VFS_OK;

    vfs_buf_text(&r->reply, "{\"vectors\":{");

    if (fetch->c != NULL) {
        rc = vfs_fetch_filter_scan(r, fetch);
        vfs_collection_release(fetch->c);
    }

    vfs_buf_text(&r->reply, "}");
    vfs_page_reply(r, &fetch->page);
    vfs_reply_namespace(r, fetch->ns);
    vfs_reply_usage(r, fetch->page.n == 0 ? 1 : (fetch->page.n + 9) / 10);
    vfs_buf_text(&r->reply, "}");

    return rc;
}


static int
vfs_fetch_filter_scan(vfs_request_t *r, vfs_fetch_filter_t *fetch)
{
    int           rc;
    uint32_t      i, n;
    vfs_node_t  **order;
    vfs_record_t  record;

    order = vfs_collection_order(fetch->c, &n);
    if (order == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    for (i = vfs_order_after(order, n, fetch->page.past); i < n; i++) {

        if (order[i]->dead) {
            continue;
        }

        vfs_collection_record(fetch->c, order[i], &record);

        if (fetch->filter != NULL
            && !vfs_filter_match(fetch->filter, record.metadata))
        {
            continue;
        }

        if (vfs_page_add(&fetch->page, record.id) != VFS_OK) {
            break;
        }

        vfs_buf_text(&r->reply, fetch->page.n == 1 ? "" : ",");
        vfs_reply_record(r, &record);
    }

    rc = vfs_page_end(r, &fetch->page);

    (void) pthread_rwlock_unlock(&fetch->c->lock);

    return rc;
}
