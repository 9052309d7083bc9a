
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_PAGE_H_INCLUDED_
#define _VFS_INDEX_PAGE_H_INCLUDED_


#include "vfs_index_request.h"


/*
 * One page of a list of names that ascend bytewise.  A page that has a next
 * one ends with a token: the base64 of {"skip_past":name,"prefix":prefix}.
 */

typedef struct {
    vfs_str_t  prefix;
    vfs_str_t  past;           /* the page begins behind this name */
    vfs_str_t  last;           /* the last name that was added */
    vfs_str_t  next;           /* the token, once there is one */
    uint32_t   limit;
    uint32_t   n;
    unsigned   more:1;
} vfs_page_t;


/* Reads "prefix", "limit" and "paginationToken" of the URL. */

int vfs_page_read(vfs_request_t *r, vfs_page_t *page);

/* Sets the limit, and where the page begins if "token" is not empty. */

int vfs_page_init(vfs_request_t *r, vfs_page_t *page, uint32_t limit,
    vfs_str_t token);

/* Whether a name begins with the prefix. */

int vfs_page_matches(const vfs_page_t *page, vfs_str_t name);

/* Counts a name in: VFS_DECLINED if it is the next page's or none's. */

int vfs_page_add(vfs_page_t *page, vfs_str_t name);

/* Makes the token, while the names are still there. */

int vfs_page_end(vfs_request_t *r, vfs_page_t *page);

/* The member "pagination", with a comma in front, if there is a next page. */

void vfs_page_reply(vfs_request_t *r, const vfs_page_t *page);


#endif /* _VFS_INDEX_PAGE_H_INCLUDED_ */
