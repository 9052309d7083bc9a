
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_http_request.h"
#include "vfs_index_handlers.h"

#include <stdio.h>


static uint64_t vfs_http_elapsed(const struct timespec *start);
static void vfs_http_add_headers(vfs_http_request_t *h,
    struct MHD_Response *response, unsigned status);
static void vfs_http_allow(vfs_http_request_t *h,
    struct MHD_Response *response);


enum MHD_Result
vfs_http_respond(vfs_http_request_t *h)
{
    unsigned              status;
    enum MHD_Result       rc;
    struct MHD_Response  *response;

    status = h->r.status;

    if (h->rc == VFS_OK && h->r.reply.failed) {
        h->rc = h->r.reply.len > h->r.reply.max / 2
                ? vfs_fault(&h->r.fault, VFS_CODE_OUT_OF_RANGE,
                            "The answer exceeds the limit of %zu bytes",
                                h->r.reply.max)
                : vfs_fault_memory(&h->r.fault);
    }

    if (h->rc != VFS_OK) {
        status = vfs_fault_status(h->r.fault.code);
        vfs_reply_fault(&h->r);
    }

    h->status = status;
    h->sent = h->r.reply.len;
    h->us = vfs_http_elapsed(&h->r.start);

    response = MHD_create_response_from_buffer(h->r.reply.len,
                                               h->r.reply.data == NULL
                                               ? "" : h->r.reply.data,
                                               h->r.reply.data == NULL
                                               ? MHD_RESPMEM_PERSISTENT
                                               : MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        return MHD_NO;
    }

    /* the response frees it now */

    h->r.reply.data = NULL;
    vfs_buf_free(&h->r.reply);

    vfs_http_add_headers(h, response, status);

    rc = MHD_queue_response(h->connection, status, response);
    MHD_destroy_response(response);

    return rc;
}


/* In microseconds. */

static uint64_t
vfs_http_elapsed(const struct timespec *start)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) ((int64_t) (now.tv_sec - start->tv_sec) * 1000000
                       + (now.tv_nsec - start->tv_nsec) / 1000);
}


static void
vfs_http_add_headers(vfs_http_request_t *h, struct MHD_Response *response,
    unsigned status)
{
    char  number[24];

    (void) MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                   h->r.content_type == NULL
                                   ? "application/json" : h->r.content_type);

    if (h->r.lsn_header != NULL) {
        (void) snprintf(number, sizeof(number), "%llu",
                        (unsigned long long) h->r.lsn);
        (void) MHD_add_response_header(response, h->r.lsn_header, number);
    }

    switch (status) {

    case MHD_HTTP_UNAUTHORIZED:
        (void) MHD_add_response_header(response,
                                       "x-pinecone-auth-rejected-reason",
                                       "Wrong API key");
        break;

    case MHD_HTTP_METHOD_NOT_ALLOWED:
        vfs_http_allow(h, response);
        break;

    case MHD_HTTP_SERVICE_UNAVAILABLE:
        (void) MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER,
                                       "1");
        break;
    }

    if (atomic_load(&h->http->stopping)) {
        (void) MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION,
                                       "close");
    }
}


static void
vfs_http_allow(vfs_http_request_t *h, struct MHD_Response *response)
{
    char      text[64];
    unsigned  methods;

    methods = h->r.allowed != 0 ? h->r.allowed
                                : VFS_GET|VFS_POST|VFS_PATCH|VFS_DELETE;

    (void) snprintf(text, sizeof(text), "%s%s%s%s",
                    methods & VFS_GET ? ", GET" : "",
                    methods & VFS_POST ? ", POST" : "",
                    methods & VFS_PATCH ? ", PATCH" : "",
                    methods & VFS_DELETE ? ", DELETE" : "");

    (void) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, text + 2);
}
