
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_LIST_H_INCLUDED_
#define _VFS_COPY_LIST_H_INCLUDED_


#include "vfs_copy_answer.h"
#include "vfs_copy_client.h"


/* The ids of a namespace, page by page. */

typedef struct vfs_list_s  vfs_list_t;


/* Takes the ids of a page.  VFS_ERROR with a message ends everything. */

typedef int (*vfs_list_page_pt)(void *data, const vfs_ids_t *ids,
    vfs_error_t *err);


struct vfs_list_s {
    vfs_call_t              call;
    vfs_list_page_pt        handler;
    void                   *data;
    vfs_buf_t               url;
    size_t                  url_len;    /* without the token */
    vfs_ids_t               ids;
    vfs_buf_t               token;
    vfs_buf_t               seen;       /* a token of before */
    uint64_t                pages;
    uint64_t                look;       /* the page whose token is kept next */
    unsigned                empty;      /* pages without an id in a row */
    unsigned                busy:1;
    unsigned                ended:1;
};


int vfs_list_open(vfs_list_t *list, vfs_client_t *client, vfs_remote_t *remote,
    const char *namespace_name, vfs_list_page_pt handler, void *data,
    vfs_error_t *err);
void vfs_list_close(vfs_list_t *list);

/* Asks for the next page, unless one is on its way or there is none. */

void vfs_list_next(vfs_list_t *list);


#endif /* _VFS_COPY_LIST_H_INCLUDED_ */
