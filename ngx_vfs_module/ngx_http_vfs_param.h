
/*
 * Copyright (C) the vfs authors
 */


#ifndef _NGX_HTTP_VFS_PARAM_H_INCLUDED_
#define _NGX_HTTP_VFS_PARAM_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/* A client's parameters as text: without nginx, so that fuzzers can link it. */

#define NGX_HTTP_VFS_MAX_ID_LEN  128
#define NGX_HTTP_VFS_MAX_TOP_K   10000


/* Whether "id" is 1 to 128 characters of [A-Za-z0-9_-]. */

uintptr_t ngx_http_vfs_id_valid(const unsigned char *id, size_t len);

/*
 * The decimal integer from 1 to "max" that "text" is, nothing but digits and
 * at most nine of them; 0 if it is none.
 */

uintptr_t ngx_http_vfs_parse_top_k(const unsigned char *text, size_t len,
    uintptr_t max);


#endif /* _NGX_HTTP_VFS_PARAM_H_INCLUDED_ */
