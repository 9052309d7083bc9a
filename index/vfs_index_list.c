
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"
#include "vfs_index_page.h"

#include <string.h>


typedef struct {
    vfs_str_t          ns;
    vfs_page_t         page;
    vfs_collection_t  *c;
} vfs_list_t;


static int vfs_list_read(vfs_request_t *r, vfs_list_t *list);
static int vfs_list_run(vfs_request_t *r, void *data);
static int vfs_list_scan(vfs_request_t *r, vfs_list_t *list);


int
vfs_list_handler(vfs_request_t *r)
{
    vfs_list_t         *list;
    vfs_index_shape_t   shape;

    list = vfs_arena_alloc(&r->arena, sizeof(vfs_list_t));
    if (list == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    if (vfs_list_read(r, list) != VFS_OK
        || vfs_request_collection(r, list->ns, &shape, &list->c) == VFS_ERROR)
    {
        return VFS_ERROR;
    }

    /* the first list of a namespace sorts it */

    return vfs_request_defer(r, vfs_list_run, list);
}


static int
vfs_list_read(vfs_request_t *r, vfs_list_t *list)
{
    uint32_t  i;

    i = 0;
    list->ns.data = "";
    list->ns.len = 0;

    if (vfs_request_argument(r, "namespace", &i, &list->ns)
        == VFS_ERROR)
    {
        return VFS_ERROR;
    }

    return vfs_page_read(r, &list->page);
}


static int
vfs_list_run(vfs_request_t *r, void *data)
{
    int          rc;
    vfs_list_t  *list;

    list = data;
    rc = VFS_OK;

    vfs_buf_text(&r->reply, "{\"vectors\":[");

    if (list->c != NULL) {
        rc = vfs_list_scan(r, list);
        vfs_collection_release(list->c);
    }

    vfs_buf_text(&r->reply, "]");
    vfs_page_reply(r, &list->page);
    vfs_reply_namespace(r, list->ns);
    vfs_reply_usage(r, 1);
    vfs_buf_text(&r->reply, "}");

    return rc;
}


static int
vfs_list_scan(vfs_request_t *r, vfs_list_t *list)
{
    int           rc;
    uint32_t      i, n, first;
    vfs_str_t     id;
    vfs_page_t   *page;
    vfs_node_t  **order;

    page = &list->page;

    order = vfs_collection_order(list->c, &n);
    if (order == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    i = vfs_order_after(order, n, page->past);
    first = vfs_order_from(order, n, page->prefix);

    for (i = i > first ? i : first; i < n; i++) {
        id = vfs_node_id(order[i]);

        if (order[i]->dead) {
            continue;
        }

        if (vfs_page_add(page, id) != VFS_OK) {
            break;
        }

        vfs_buf_text(&r->reply, page->n == 1 ? "{\"id\":" : ",{\"id\":");
        vfs_buf_string(&r->reply, id.data, id.len);
        vfs_buf_text(&r->reply, "}");
    }

    rc = vfs_page_end(r, page);

    (void) pthread_rwlock_unlock(&list->c->lock);

    return rc;
}
