
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


static ngx_str_t  ngx_http_vfs_post_method = ngx_string("POST");


/*
 * Asks the index: GET without a body, POST with one.  When the answer is
 * there, ngx_http_vfs_resume() runs.
 */

ngx_int_t
ngx_http_vfs_subrequest(ngx_http_vfs_ctx_t *ctx, ngx_uint_t operation,
    ngx_str_t *path, ngx_str_t *args, ngx_str_t *body)
{
    ngx_uint_t                flags;
    ngx_http_request_t       *r, *sr;
    ngx_http_vfs_call_t      *call;
    ngx_http_vfs_loc_conf_t  *vlcf;
    ngx_http_vfs_prepared_t   prepared;

    r = ctx->request;

    if (r->subrequest_in_memory
        || (r->post_subrequest != NULL
            && r->post_subrequest->handler == ngx_http_vfs_subrequest_done))
    {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "vfs: the index cannot be asked in a subrequest that "
                      "is itself kept in memory, or asks the index");

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

    /* what waits in line behind a request of the background is never run */

    flags = r->background ? NGX_HTTP_SUBREQUEST_BACKGROUND
                          : NGX_HTTP_SUBREQUEST_WAITED;

    if (ngx_http_subrequest(r, &prepared.uri, args, &sr, prepared.post, flags)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->ncalls++;

    /*
     * In memory for the capturing filter alone: NGX_HTTP_SUBREQUEST_IN_MEMORY
     * would keep a cache from updating itself by a subrequest.
     */

    sr->filter_need_in_memory = 1;

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

ngx_int_t
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

    if (sr->background && ngx_http_post_request(sr->parent, NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    return NGX_OK;
}
