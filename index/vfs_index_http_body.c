
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_http_request.h"

#include <stdlib.h>
#include <string.h>


static int vfs_http_body_reserve(vfs_http_request_t *h, size_t len);


int
vfs_http_length(vfs_http_request_t *h, size_t *len)
{
    vfs_str_t  value;

    *len = 0;
    value = vfs_http_header(h, MHD_HTTP_HEADER_CONTENT_LENGTH);

    if (value.len != 0) {
        *len = strtoull(value.data, NULL, 10);
    }

    if (*len > h->http->options.max_body) {
        return vfs_fault(&h->r.fault, VFS_CODE_TOO_LARGE,
                         "Request body is %zu bytes, which exceeds the limit "
                         "of %zu bytes", *len, h->http->options.max_body);
    }

    return VFS_OK;
}


int
vfs_http_body(vfs_http_request_t *h, const char *data, size_t len)
{
    time_t           seconds, timeout;
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    seconds = now.tv_sec - h->r.start.tv_sec;
    timeout = (time_t) h->http->options.timeout;

    /* a refusal is told when the body has come, unless that has no end */

    if (seconds > 2 * timeout) {
        return VFS_ERROR;
    }

    if (h->refused) {
        return VFS_OK;
    }

    if (seconds > timeout) {
        h->refused = 1;
        h->rc = vfs_fault(&h->r.fault, VFS_CODE_TIMEOUT,
                          "Request body took longer than %u seconds",
                          h->http->options.timeout);
        return VFS_OK;
    }

    if (vfs_http_body_reserve(h, len) != VFS_OK) {
        h->refused = 1;
        h->rc = VFS_ERROR;
        return VFS_OK;
    }

    memcpy(h->body + h->body_len, data, len);
    h->body_len += len;

    return VFS_OK;
}


static int
vfs_http_body_reserve(vfs_http_request_t *h, size_t len)
{
    char        *body;
    size_t       size, announced;
    vfs_http_t  *http;

    http = h->http;

    if (h->body_size - h->body_len >= len) {
        return VFS_OK;
    }

    if (h->body_len + len > http->options.max_body) {
        return vfs_fault(&h->r.fault, VFS_CODE_TOO_LARGE,
                         "Request body exceeds the limit of %zu bytes",
                         http->options.max_body);
    }

    (void) vfs_http_length(h, &announced);

    size = 2 * h->body_size;
    size = size < h->body_len + len ? h->body_len + len : size;
    size = size < announced ? announced : size;

    if (atomic_fetch_add(&http->bodies, size - h->body_size) + size
        - h->body_size > http->options.max_bodies)
    {
        atomic_fetch_sub(&http->bodies, size - h->body_size);

        return vfs_fault(&h->r.fault, VFS_CODE_UNAVAILABLE,
                         "Too many requests are in flight");
    }

    body = realloc(h->body, size);

    if (body == NULL) {
        atomic_fetch_sub(&http->bodies, size - h->body_size);
        return vfs_fault_memory(&h->r.fault);
    }

    h->body = body;
    h->body_size = size;

    return VFS_OK;
}
