
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_HTTP_REQUEST_H_INCLUDED_
#define _VFS_INDEX_HTTP_REQUEST_H_INCLUDED_


#include "vfs_index_http.h"

#include <microhttpd.h>


/* Shared by the files of the HTTP server. */

struct vfs_http_s {
    vfs_service_t          *service;
    vfs_http_options_t      options;
    struct MHD_Daemon      *daemon;
    vfs_metrics_t          *metrics;
    atomic_uint             working;       /* requests in the handlers' hands */
    atomic_size_t           bodies;        /* bytes held */
    atomic_int              stopping;
    atomic_int              closed;        /* to requests of any connection */
};


/* A request from its first line to the end of its answer. */

typedef struct {
    vfs_request_t           r;
    vfs_http_t             *http;
    struct MHD_Connection  *connection;
    char                   *body;
    size_t                  body_len;
    size_t                  body_size;
    unsigned                refused:1;     /* before its body was read */
    unsigned                dispatched:1;
    int                     rc;

    /* for the metrics and the access log */

    char                    method[16];
    const char             *url;
    unsigned                status;        /* 0: not answered yet */
    uint64_t                us;
    size_t                  sent;
} vfs_http_request_t;


/* The text of a header; empty if it is missing. */

vfs_str_t vfs_http_header(vfs_http_request_t *h, const char *name);

/* VFS_ERROR with the fault set if the client may not ask. */

int vfs_http_authorize(vfs_http_request_t *h);

/*
 * The announced length of the body, 0 if none is; VFS_ERROR with the fault set
 * if it exceeds the limit.
 */

int vfs_http_length(vfs_http_request_t *h, size_t *len);

/*
 * Takes a piece of the body; sets h->refused if that cannot be.  VFS_ERROR if
 * the client is so slow that the connection is to be closed.
 */

int vfs_http_body(vfs_http_request_t *h, const char *data, size_t len);

/* Queues the answer, of which the handler or the fault tells. */

enum MHD_Result vfs_http_respond(vfs_http_request_t *h);


#endif /* _VFS_INDEX_HTTP_REQUEST_H_INCLUDED_ */
