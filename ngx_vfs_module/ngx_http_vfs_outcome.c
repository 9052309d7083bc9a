
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


typedef enum {
    NGX_HTTP_VFS_TLS_NONE = 0,
    NGX_HTTP_VFS_TLS_BEGUN,
    NGX_HTTP_VFS_TLS_UNKNOWN
} ngx_http_vfs_tls_e;


static void ngx_http_vfs_no_header(ngx_http_upstream_t *u,
    ngx_http_vfs_call_t *call);
static ngx_http_vfs_tls_e ngx_http_vfs_tls(ngx_http_upstream_t *u);
static ngx_uint_t ngx_http_vfs_intercepted(ngx_http_request_t *sr,
    ngx_int_t rc);
static void ngx_http_vfs_refused(ngx_http_request_t *sr,
    ngx_http_vfs_call_t *call);
static void ngx_http_vfs_retry_after(ngx_http_request_t *sr,
    ngx_http_vfs_call_t *call);


/*
 * What came of a request to the index, in the client's terms: call->status and
 * call->reason.
 */

void
ngx_http_vfs_outcome(ngx_http_request_t *sr, ngx_http_vfs_call_t *call,
    ngx_int_t rc)
{
    call->status = NGX_HTTP_BAD_GATEWAY;
    call->upstream_status = (rc >= NGX_HTTP_SPECIAL_RESPONSE)
                            ? (ngx_uint_t) rc : sr->headers_out.status;

    if (rc == NGX_HTTP_BAD_GATEWAY && !ngx_http_vfs_intercepted(sr, rc)) {

        ngx_http_vfs_no_header(sr->upstream, call);
        return;
    }

    if (call->upstream_status != NGX_HTTP_OK) {
        ngx_http_vfs_refused(sr, call);
        return;
    }

    if (call->too_large) {
        call->reason = "answer larger than vfs_max_response_size";

    } else if (sr->headers_out.content_encoding != NULL
               && sr->headers_out.content_encoding->value.len != 0)
    {
        call->reason = "answer with a content encoding";

    } else if (!call->eof) {
        call->reason = "answer cut short";

    } else {
        call->status = NGX_HTTP_OK;
    }
}


/* nginx's own code: not connected, or no header came. */

static void
ngx_http_vfs_no_header(ngx_http_upstream_t *u, ngx_http_vfs_call_t *call)
{
    if (u != NULL && u->state != NULL && u->state->bytes_sent != 0) {
        call->reason = "no answer";
        return;
    }

    switch (ngx_http_vfs_tls(u)) {

    case NGX_HTTP_VFS_TLS_BEGUN:
        call->reason = "TLS handshake failed";
        return;

    case NGX_HTTP_VFS_TLS_UNKNOWN:
        call->reason = "no connection, or TLS handshake failed";
        break;

    default:
        call->reason = "no connection";
    }

    call->status = NGX_HTTP_SERVICE_UNAVAILABLE;
}


/*
 * Whether there was a connection to begin TLS on: nginx then puts the name that
 * it sends or checks in the place of the upstream's.  It leaves no other trace
 * of it, and none at all if it has to send and check no name of its own.
 */

static ngx_http_vfs_tls_e
ngx_http_vfs_tls(ngx_http_upstream_t *u)
{
#if (NGX_HTTP_SSL)

    ngx_str_t                 *host;
    ngx_http_upstream_conf_t  *conf;

    if (u == NULL || !u->ssl) {
        return NGX_HTTP_VFS_TLS_NONE;
    }

    host = NULL;
    conf = u->conf;

    if (u->upstream != NULL) {
        host = &u->upstream->host;

    } else if (u->resolved != NULL) {
        host = &u->resolved->host;
    }

    if (host == NULL) {
        return NGX_HTTP_VFS_TLS_NONE;
    }

    if (u->ssl_name.data != host->data) {
        return NGX_HTTP_VFS_TLS_BEGUN;
    }

    if (conf->ssl_name != NULL) {
        return (conf->ssl_server_name || conf->ssl_verify)
               ? NGX_HTTP_VFS_TLS_NONE : NGX_HTTP_VFS_TLS_UNKNOWN;
    }

    /* addresses are not sent as names (RFC 6066) */

    if (!conf->ssl_server_name
        || host->len == 0
        || host->data[0] == '['
        || ngx_inet_addr(host->data, host->len) != INADDR_NONE)
    {
        return NGX_HTTP_VFS_TLS_UNKNOWN;
    }

#endif

    return NGX_HTTP_VFS_TLS_NONE;
}


/* Whether the code is the index's, handed over by proxy_intercept_errors. */

static ngx_uint_t
ngx_http_vfs_intercepted(ngx_http_request_t *sr, ngx_int_t rc)
{
    return sr->upstream != NULL
           && sr->upstream->headers_in.status_n == (ngx_uint_t) rc;
}


/* Statuses but 200, the index's or those of limits on the way to it. */

static void
ngx_http_vfs_refused(ngx_http_request_t *sr, ngx_http_vfs_call_t *call)
{
    switch (call->upstream_status) {

    case 0:
        call->reason = "answer is not HTTP";
        return;

    case NGX_HTTP_BAD_REQUEST:
        call->status = NGX_HTTP_BAD_REQUEST;
        call->reason = "request refused";
        return;

    case NGX_HTTP_UNAUTHORIZED:
    case NGX_HTTP_FORBIDDEN:
        call->reason = "API key refused";
        return;

    case NGX_HTTP_REQUEST_TIME_OUT:
    case NGX_HTTP_GATEWAY_TIME_OUT:
        call->reason = "timed out";
        call->status = NGX_HTTP_GATEWAY_TIME_OUT;
        return;

    case NGX_HTTP_TOO_MANY_REQUESTS:
        call->reason = "requests limited";
        break;

    case NGX_HTTP_SERVICE_UNAVAILABLE:
        call->reason = "unavailable";
        break;

    default:
        call->reason = "unexpected status";
        return;
    }

    call->status = NGX_HTTP_SERVICE_UNAVAILABLE;
    ngx_http_vfs_retry_after(sr, call);
}


/* Only a well-formed Retry-After is passed on: seconds or a date. */

static void
ngx_http_vfs_retry_after(ngx_http_request_t *sr, ngx_http_vfs_call_t *call)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &sr->headers_out.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                return;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].hash == 0
            || h[i].key.len != sizeof("Retry-After") - 1
            || ngx_strncasecmp(h[i].key.data, (u_char *) "Retry-After",
                               sizeof("Retry-After") - 1)
               != 0)
        {
            continue;
        }

        if ((h[i].value.len <= 6
             && ngx_atoi(h[i].value.data, h[i].value.len) != NGX_ERROR)
            || ngx_parse_http_time(h[i].value.data, h[i].value.len)
               != NGX_ERROR)
        {
            call->retry_after = h[i].value;
        }

        return;
    }
}
