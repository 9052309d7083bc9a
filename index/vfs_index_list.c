
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"
#include "vfs_index_page.h"

#include <string.h>


static int vfs_list_read(vfs_request_t *r, vfs_str_t *ns, vfs_page_t *page);
static int vfs_list_reply(vfs_request_t *r, vfs_collection_t *c,
    vfs_page_t *page);


int
vfs_list_handler(vfs_request_t *r)
{
    int                 rc;
    vfs_str_t           ns;
    vfs_page_t          page;
    vfs_collection_t   *c;
    vfs_index_shape_t   shape;

    if (vfs_list_read(r, &ns, &page) != VFS_OK
        || vfs_request_collection(r, ns, &shape, &c) == VFS_ERROR)
    {
        return VFS_ERROR;
    }

    rc = VFS_OK;
    vfs_buf_text(&r->reply, "{\"vectors\":[");

    if (c != NULL) {
        (void) pthread_rwlock_wrlock(&c->lock);
        rc = vfs_list_reply(r, c, &page);
        (void) pthread_rwlock_unlock(&c->lock);

        vfs_collection_release(c);
    }

    vfs_buf_text(&r->reply, "]");
    vfs_page_reply(r, &page);
    vfs_reply_namespace(r, ns);
    vfs_reply_usage(r, 1);
    vfs_buf_text(&r->reply, "}");

    return rc;
}


static int
vfs_list_read(vfs_request_t *r, vfs_str_t *ns, vfs_page_t *page)
{
    size_t  offset;

    offset = 0;
    ns->data = "";
    ns->len = 0;

    if (vfs_request_argument(r, "namespace", &offset, ns) == VFS_ERROR) {
        return VFS_ERROR;
    }

    return vfs_page_read(r, page);
}


static int
vfs_list_reply(vfs_request_t *r, vfs_collection_t *c, vfs_page_t *page)
{
    uint32_t      i, n, first;
    vfs_str_t     id;
    vfs_node_t  **order;

    order = vfs_collection_order(c, &n);
    if (order == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    i = vfs_order_after(order, n, page->past);
    first = vfs_order_from(order, n, page->prefix);

    for (i = i > first ? i : first; i < n; i++) {
        id.data = order[i]->id;
        id.len = order[i]->id_len;

        if (vfs_page_add(page, id) != VFS_OK) {
            break;
        }

        vfs_buf_text(&r->reply, page->n == 1 ? "{\"id\":" : ",{\"id\":");
        vfs_buf_string(&r->reply, id.data, id.len);
        vfs_buf_text(&r->reply, "}");
    }

    return vfs_page_end(r, page);
}
