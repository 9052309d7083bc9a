
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


static ngx_http_vfs_call_t *ngx_http_vfs_captured(ngx_http_request_t *r);
static ngx_int_t ngx_http_vfs_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_vfs_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_vfs_stop_reading(ngx_http_request_t *r);
static ngx_int_t ngx_http_vfs_capture(ngx_http_request_t *r,
    ngx_http_vfs_call_t *call, u_char *data, size_t len);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


/*
 * Found through the subrequest itself: its module context is cleared by an
 * internal redirect, and other modules' subrequests must be let alone.
 */

static ngx_http_vfs_call_t *
ngx_http_vfs_captured(ngx_http_request_t *r)
{
    if (r == r->main
        || r->post_subrequest == NULL
        || r->post_subrequest->handler != ngx_http_vfs_subrequest_done)
    {
        return NULL;
    }

    return r->post_subrequest->data;
}


static ngx_int_t
ngx_http_vfs_header_filter(ngx_http_request_t *r)
{
    ngx_http_vfs_call_t  *call;

    call = ngx_http_vfs_captured(r);

    if (call == NULL) {
        return ngx_http_next_header_filter(r);
    }

    if (r->headers_out.content_length_n > (off_t) call->limit) {
        call->too_large = 1;
        ngx_http_vfs_stop_reading(r);
    }

    r->header_sent = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t            *b;
    ngx_http_vfs_call_t  *call;

    call = ngx_http_vfs_captured(r);

    if (call == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    for ( /* void */ ; in != NULL; in = in->next) {
        b = in->buf;

        if (b->last_in_chain || b->last_buf) {
            call->eof = 1;
        }

        if (ngx_buf_special(b)) {
            continue;
        }

        if (ngx_http_vfs_capture(r, call, b->pos, b->last - b->pos) != NGX_OK)
        {
            return NGX_ERROR;
        }

        b->pos = b->last;
    }

    if (call->too_large) {
        ngx_http_vfs_stop_reading(r);
    }

    return NGX_OK;
}


/*
 * An answer without end must not hold the client: the upstream module is told
 * what it is told when a client has gone.  An error returned from a filter
 * would end the client's connection.
 */

static void
ngx_http_vfs_stop_reading(ngx_http_request_t *r)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    if (u == NULL) {
        return;
    }

    if (!u->buffering) {
        u->length = 0;

    } else if (u->pipe != NULL) {
        u->pipe->downstream_error = 1;
    }
}


static ngx_int_t
ngx_http_vfs_capture(ngx_http_request_t *r, ngx_http_vfs_call_t *call,
    u_char *data, size_t len)
{
    size_t   size;
    u_char  *p;

    if (call->too_large) {
        return NGX_OK;
    }

    if (len > call->limit - call->text.len) {
        call->too_large = 1;
        call->text.len = 0;
        return NGX_OK;
    }

    if (call->text.len + len > call->size) {

        size = ngx_max(call->size * 2, call->text.len + len);

        if (r->headers_out.content_length_n > (off_t) size) {
            size = r->headers_out.content_length_n;
        }

        p = ngx_pnalloc(r->pool, size);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (call->text.len) {
            ngx_memcpy(p, call->text.data, call->text.len);
            (void) ngx_pfree(r->pool, call->text.data);
        }

        call->text.data = p;
        call->size = size;
    }

    ngx_memcpy(call->text.data + call->text.len, data, len);
    call->text.len += len;

    return NGX_OK;
}


ngx_int_t
ngx_http_vfs_filter_init(ngx_conf_t *cf)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_vfs_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_vfs_body_filter;

    return NGX_OK;
}
