
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


typedef struct {
    ngx_str_t                    uri;
    ngx_http_headers_in_t        headers;
    ngx_http_request_body_t     *body;
    ngx_http_variable_value_t   *variables;
    ngx_http_post_subrequest_t  *post;
} ngx_http_vfs_prepared_t;


static ngx_int_t ngx_http_vfs_prepare(ngx_http_request_t *r,
    ngx_http_vfs_prepared_t *prepared, ngx_str_t *path, ngx_str_t *body);
static ngx_http_request_body_t *ngx_http_vfs_subrequest_body(ngx_pool_t *pool,
    ngx_str_t *body);
static ngx_int_t ngx_http_vfs_subrequest_headers(ngx_pool_t *pool,
    ngx_http_headers_in_t *headers, ngx_str_t *body);
static ngx_int_t ngx_http_vfs_subrequest_done(ngx_http_request_t *sr,
    void *data, ngx_int_t rc);
static void ngx_http_vfs_outcome(ngx_http_request_t *sr,
    ngx_http_vfs_call_t *call, ngx_int_t rc);
static ngx_uint_t ngx_http_vfs_intercepted(ngx_http_request_t *sr,
    ngx_int_t rc);
static void ngx_http_vfs_refused(ngx_http_request_t *sr,
    ngx_http_vfs_call_t *call);
static void ngx_http_vfs_retry_after(ngx_http_request_t *sr,
    ngx_http_vfs_call_t *call);
static ngx_http_vfs_call_t *ngx_http_vfs_captured(ngx_http_request_t *r);
static ngx_int_t ngx_http_vfs_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_vfs_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_vfs_stop_reading(ngx_http_request_t *r);
static ngx_int_t ngx_http_vfs_capture(ngx_http_request_t *r,
    ngx_http_vfs_call_t *call, u_char *data, size_t len);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;

static ngx_str_t  ngx_http_vfs_post_method = ngx_string("POST");


/*
 * Asks the index: GET without a body, POST with one.  When the answer is
 * there, ngx_http_vfs_resume() runs.
 */

ngx_int_t
ngx_http_vfs_subrequest(ngx_http_vfs_ctx_t *ctx, ngx_uint_t operation,
    ngx_str_t *path, ngx_str_t *args, ngx_str_t *body)
{
    ngx_http_request_t       *r, *sr;
    ngx_http_vfs_call_t      *call;
    ngx_http_vfs_loc_conf_t  *vlcf;
    ngx_http_vfs_prepared_t   prepared;

    r = ctx->request;

    if (r->subrequest_in_memory) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "vfs: the index cannot be asked in a subrequest that "
                      "is itself kept in memory");

        return ngx_http_vfs_error(ctx, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                  "The request failed.");
    }

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vfs_module);

    call = &ctx->calls[ctx->ncalls];
    call->operation = operation;
    call->limit = vlcf->max_response_size;
    call->start = ngx_http_vfs_now();
    call->reason = "out of memory";

    if (ngx_http_vfs_prepare(r, &prepared, path, body) != NGX_OK) {
        return NGX_ERROR;
    }

    prepared.post->handler = ngx_http_vfs_subrequest_done;
    prepared.post->data = call;

    if (ngx_http_subrequest(r, &prepared.uri, args, &sr, prepared.post,
                            NGX_HTTP_SUBREQUEST_IN_MEMORY
                            |NGX_HTTP_SUBREQUEST_WAITED)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->ncalls++;

    /* nothing of the client's request goes to the index */

    sr->headers_in = prepared.headers;
    sr->headers_in.headers.last = &sr->headers_in.headers.part;

    sr->header_in = r->header_in;
    sr->request_body = prepared.body;
    sr->variables = prepared.variables;
    sr->discard_body = 0;

    if (body != NULL) {
        sr->method = NGX_HTTP_POST;
        sr->method_name = ngx_http_vfs_post_method;
    }

    r->write_event_handler = ngx_http_request_empty_handler;

    return NGX_AGAIN;
}


/*
 * Everything that can fail: once it is created, a subrequest is posted and
 * cannot be taken back.
 */

static ngx_int_t
ngx_http_vfs_prepare(ngx_http_request_t *r, ngx_http_vfs_prepared_t *prepared,
    ngx_str_t *path, ngx_str_t *body)
{
    ngx_str_t                  *uri;
    ngx_http_vfs_loc_conf_t    *vlcf;
    ngx_http_core_main_conf_t  *cmcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vfs_module);
    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    prepared->post = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    prepared->body = ngx_http_vfs_subrequest_body(r->pool, body);

    /* the parent's values, of a map or $args, must not be reused */

    prepared->variables = ngx_pcalloc(r->pool, cmcf->variables.nelts
                                          * sizeof(ngx_http_variable_value_t));

    uri = &prepared->uri;
    uri->len = vlcf->index.len + path->len;
    uri->data = ngx_pnalloc(r->pool, uri->len);

    if (prepared->post == NULL
        || prepared->body == NULL
        || prepared->variables == NULL
        || uri->data == NULL)
    {
        return NGX_ERROR;
    }

    ngx_memcpy(ngx_cpymem(uri->data, vlcf->index.data, vlcf->index.len),
               path->data, path->len);

    return ngx_http_vfs_subrequest_headers(r->pool, &prepared->headers, body);
}


static ngx_http_request_body_t *
ngx_http_vfs_subrequest_body(ngx_pool_t *pool, ngx_str_t *body)
{
    ngx_buf_t                *b;
    ngx_http_request_body_t  *rb;

    rb = ngx_pcalloc(pool, sizeof(ngx_http_request_body_t));

    if (rb == NULL || body == NULL) {
        return rb;
    }

    b = ngx_calloc_buf(pool);
    rb->bufs = ngx_alloc_chain_link(pool);

    if (b == NULL || rb->bufs == NULL) {
        return NULL;
    }

    b->start = body->data;
    b->pos = body->data;
    b->last = body->data + body->len;
    b->end = b->last;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    rb->bufs->buf = b;
    rb->bufs->next = NULL;
    rb->buf = b;

    return rb;
}


static ngx_int_t
ngx_http_vfs_subrequest_headers(ngx_pool_t *pool,
    ngx_http_headers_in_t *headers, ngx_str_t *body)
{
    ngx_table_elt_t  *h;

    ngx_memzero(headers, sizeof(ngx_http_headers_in_t));

    headers->content_length_n = -1;
    headers->keep_alive_n = -1;

    if (ngx_list_init(&headers->headers, pool, 1, sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (body == NULL) {
        return NGX_OK;
    }

    h = ngx_list_push(&headers->headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&h->key, "Content-Type");
    ngx_str_set(&h->value, "application/json");
    h->lowcase_key = (u_char *) "content-type";
    h->hash = ngx_hash_key(h->lowcase_key, h->key.len);
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    headers->content_type = h;
    headers->content_length_n = body->len;

    return NGX_OK;
}


/*
 * Runs when the subrequest is finalized, and more often: while output is
 * buffered or when an error code was returned from here.  NGX_OK whatever the
 * index did, so that nginx builds no error page; an aborted client's code is
 * handed on.
 */

static ngx_int_t
ngx_http_vfs_subrequest_done(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_http_vfs_call_t  *call = data;

    ngx_http_vfs_loc_conf_t  *vlcf;

    if (call->done || rc == NGX_AGAIN || (rc == NGX_OK && sr->buffered)) {
        return rc;
    }

    call->done = 1;
    call->elapsed = ngx_http_vfs_now() - call->start;

    vlcf = ngx_http_get_module_loc_conf(sr, ngx_http_vfs_module);
    call->api_key = vlcf->api_key;

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, sr->connection->log, 0,
                   "vfs subrequest done: rc:%i s:%ui len:%uz eof:%d",
                   rc, sr->headers_out.status, call->text.len, call->eof);

    if (rc == NGX_ERROR && call->too_large && !sr->connection->error) {

        /* it was us who broke off */

        rc = NGX_OK;
    }

    if (rc == NGX_ERROR
        || rc == NGX_HTTP_REQUEST_TIME_OUT
        || rc == NGX_HTTP_CLIENT_CLOSED_REQUEST
        || sr->connection->error)
    {
        call->status = NGX_HTTP_CLIENT_CLOSED_REQUEST;
        call->upstream_status = NGX_HTTP_CLIENT_CLOSED_REQUEST;
        call->reason = "the client went away";
        ngx_http_vfs_stats_call(sr, call);

        return rc;
    }

    ngx_http_vfs_outcome(sr, call, rc);
    ngx_http_vfs_stats_call(sr, call);

    sr->parent->write_event_handler = ngx_http_vfs_resume;

    return NGX_OK;
}


static void
ngx_http_vfs_outcome(ngx_http_request_t *sr, ngx_http_vfs_call_t *call,
    ngx_int_t rc)
{
    call->status = NGX_HTTP_BAD_GATEWAY;
    call->upstream_status = (rc >= NGX_HTTP_SPECIAL_RESPONSE)
                            ? (ngx_uint_t) rc : sr->headers_out.status;

    if (rc == NGX_HTTP_BAD_GATEWAY && !ngx_http_vfs_intercepted(sr, rc)) {

        /* nginx's own code: not connected, or no header came */

        if (sr->upstream == NULL
            || sr->upstream->state == NULL
            || sr->upstream->state->bytes_sent == 0)
        {
            call->reason = "no connection";
            call->status = NGX_HTTP_SERVICE_UNAVAILABLE;

        } else {
            call->reason = "no answer";
        }

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
