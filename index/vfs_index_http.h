
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_HTTP_H_INCLUDED_
#define _VFS_INDEX_HTTP_H_INCLUDED_


#include "vfs_index_request.h"


/* The HTTP server: libmicrohttpd in front of the handlers. */

typedef struct vfs_http_s  vfs_http_t;


typedef struct {
    int                 listen_fd;      /* bound and listening */
    const char         *key;            /* NULL: none is asked for */
    const char *const  *hosts;          /* names to go by without a key */
    unsigned            nhosts;
    unsigned            threads;
    unsigned            connections;    /* at most */
    unsigned            timeout;        /* seconds that a client may be silent,
                                           or take to send a body */
    size_t              max_body;
    size_t              max_bodies;     /* of all requests together */
} vfs_http_options_t;


vfs_http_t *vfs_http_start(vfs_service_t *service,
    const vfs_http_options_t *options, vfs_error_t *err);

/* Takes no new connections, finishes what it has begun, and ends. */

void vfs_http_stop(vfs_http_t *http);


#endif /* _VFS_INDEX_HTTP_H_INCLUDED_ */
