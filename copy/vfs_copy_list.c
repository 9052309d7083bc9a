
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_list.h"

#include <stdio.h>
#include <string.h>


/* after a deletion an index may answer some pages that are empty */

#define VFS_LIST_EMPTY  1000


static int vfs_list_url(vfs_list_t *list);
static int vfs_list_done(vfs_call_t *call, const char *body, size_t len,
    vfs_error_t *err);
static int vfs_list_check(vfs_list_t *list, vfs_error_t *err);


int
vfs_list_open(vfs_list_t *list, vfs_client_t *client, vfs_remote_t *remote,
    const char *namespace_name, vfs_list_page_pt handler, void *data,
    vfs_error_t *err)
{
    char  limit[32];

    memset(list, 0, sizeof(vfs_list_t));

    list->handler = handler;
    list->data = data;
    list->look = 1;

    (void) snprintf(limit, sizeof(limit), "&limit=%d", VFS_PAGE);

    if (vfs_buf_text(&list->url, remote->url) != VFS_OK
        || vfs_buf_text(&list->url, "/vectors/list?namespace=") != VFS_OK
        || vfs_buf_query(&list->url, namespace_name, strlen(namespace_name))
           != VFS_OK
        || vfs_buf_text(&list->url, limit) != VFS_OK)
    {
        goto failed;
    }

    list->url_len = list->url.len;

    if (vfs_list_url(list) != VFS_OK) {
        goto failed;
    }

    list->call.client = client;
    list->call.remote = remote;
    list->call.path = "/vectors/list";
    list->call.done = vfs_list_done;
    list->call.data = list;

    return VFS_OK;

failed:

    vfs_error_set(err, "out of memory");
    vfs_list_close(list);

    return VFS_ERROR;
}


void
vfs_list_close(vfs_list_t *list)
{
    vfs_buf_free(&list->url);
    vfs_buf_free(&list->token);
    vfs_buf_free(&list->seen);
    vfs_ids_free(&list->ids);
}


void
vfs_list_next(vfs_list_t *list)
{
    if (list->busy || list->ended) {
        return;
    }

    list->busy = 1;
    list->call.url = list->url.data;

    vfs_client_ask(list->call.client, &list->call);
}


static int
vfs_list_url(vfs_list_t *list)
{
    list->url.len = list->url_len;

    if (list->token.len != 0
        && (vfs_buf_text(&list->url, "&paginationToken=") != VFS_OK
            || vfs_buf_query(&list->url, list->token.data, list->token.len)
               != VFS_OK))
    {
        return VFS_ERROR;
    }

    return vfs_buf_add(&list->url, "", 1);
}


static int
vfs_list_done(vfs_call_t *call, const char *body, size_t len, vfs_error_t *err)
{
    vfs_list_t  *list;

    list = call->data;
    list->busy = 0;

    if (vfs_page_read(body, len, &list->ids, &list->token, err) != VFS_OK
        || vfs_list_check(list, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (list->token.len == 0) {
        list->ended = 1;

    } else if (vfs_list_url(list) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return list->handler(list->data, &list->ids, err);
}


/*
 * A list that goes round in a circle comes back to the token that is kept,
 * which is a later one each time (Brent's cycle detection).
 */

static int
vfs_list_check(vfs_list_t *list, vfs_error_t *err)
{
    list->empty = (vfs_ids_count(&list->ids) == 0) ? list->empty + 1 : 0;

    if (list->token.len == 0) {
        return VFS_OK;
    }

    if (list->empty > VFS_LIST_EMPTY) {
        vfs_error_set(err, "%d empty pages in a row", VFS_LIST_EMPTY);
        return VFS_ERROR;
    }

    if (list->token.len == list->seen.len
        && memcmp(list->token.data, list->seen.data, list->seen.len) == 0)
    {
        vfs_error_set(err, "the list repeats a page");
        return VFS_ERROR;
    }

    if (++list->pages == list->look) {
        list->look *= 2;
        list->seen.len = 0;

        if (vfs_buf_add(&list->seen, list->token.data, list->token.len)
            != VFS_OK)
        {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}
