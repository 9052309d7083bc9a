
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"

#include <ngx_md5.h>


#define NGX_HTTP_VFS_MAX_ERROR  512


static ngx_int_t ngx_http_vfs_send(ngx_http_vfs_ctx_t *ctx, ngx_uint_t status,
    u_char *text, size_t len);
static ngx_int_t ngx_http_vfs_set_etag(ngx_http_request_t *r, u_char *text,
    size_t len);
static ngx_int_t ngx_http_vfs_unsent(ngx_http_vfs_ctx_t *ctx);


static ngx_str_t  ngx_http_vfs_json_type = ngx_string("application/json");
static ngx_str_t  ngx_http_vfs_no_store = ngx_string("no-store");


static ngx_int_t
ngx_http_vfs_send(ngx_http_vfs_ctx_t *ctx, ngx_uint_t status, u_char *text,
    size_t len)
{
    ngx_int_t            rc;
    ngx_buf_t           *b;
    ngx_chain_t          out;
    ngx_http_request_t  *r;

    r = ctx->request;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->start = text;
    b->pos = text;
    b->last = text + len;
    b->end = b->last;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    r->headers_out.status = status;
    r->headers_out.content_length_n = len;

    ctx->state = NGX_HTTP_VFS_STATE_DONE;
    ctx->end = ngx_http_vfs_now();

    if (r->headers_out.content_type.len == 0) {
        r->headers_out.content_type = ngx_http_vfs_json_type;
        r->headers_out.content_type_len = ngx_http_vfs_json_type.len;
        r->headers_out.content_type_lowcase = NULL;
    }

    rc = ngx_http_send_header(r);

    if (rc != NGX_ERROR && rc <= NGX_OK && !r->header_only) {
        rc = ngx_http_output_filter(r, &out);
    }

    ctx->rc = rc;

    return NGX_DONE;
}


/* 200 with what the operator wants caches to do. */

ngx_int_t
ngx_http_vfs_send_feature(ngx_http_vfs_ctx_t *ctx, u_char *text, size_t len)
{
    ngx_http_vfs_loc_conf_t  *vlcf;

    if (ctx->request->post_action) {
        return ngx_http_vfs_unsent(ctx);
    }

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);

    if (vlcf->cache_control.len != 0
        && ngx_http_vfs_add_header(ctx, "Cache-Control", &vlcf->cache_control)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (vlcf->etag
        && ngx_http_vfs_set_etag(ctx->request, text, len) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_vfs_send(ctx, NGX_HTTP_OK, text, len);
}


/* A strong validator of the bytes; nginx itself answers If-None-Match. */

static ngx_int_t
ngx_http_vfs_set_etag(ngx_http_request_t *r, u_char *text, size_t len)
{
    u_char           *p, digest[16];
    ngx_md5_t         md5;
    ngx_table_elt_t  *h;

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, text, len);
    ngx_md5_final(digest, &md5);

    p = ngx_pnalloc(r->pool, 2 * sizeof(digest) + 2);

    if (p == NULL) {
        return NGX_ERROR;
    }

    h = ngx_list_push(&r->headers_out.headers);

    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    ngx_str_set(&h->key, "ETag");
    h->value.data = p;
    h->value.len = 2 * sizeof(digest) + 2;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    *p++ = '"';
    p = ngx_hex_dump(p, digest, sizeof(digest));
    *p = '"';

    r->headers_out.etag = h;

    return NGX_OK;
}


ngx_int_t
ngx_http_vfs_send_text(ngx_http_vfs_ctx_t *ctx, ngx_uint_t status,
    ngx_str_t *type, u_char *text, size_t len)
{
    ngx_http_request_t  *r;

    r = ctx->request;

    if (r->post_action) {
        return ngx_http_vfs_unsent(ctx);
    }

    if (type != NULL) {
        r->headers_out.content_type = *type;
        r->headers_out.content_type_len = type->len;
        r->headers_out.content_type_lowcase = NULL;
    }

    if (ngx_http_vfs_add_header(ctx, "Cache-Control", &ngx_http_vfs_no_store)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_vfs_send(ctx, status, text, len);
}


ngx_int_t
ngx_http_vfs_send_empty(ngx_http_vfs_ctx_t *ctx, ngx_uint_t status)
{
    if (ctx->request->post_action) {
        return ngx_http_vfs_unsent(ctx);
    }

    ctx->request->headers_out.status = status;
    ctx->request->header_only = 1;

    ctx->state = NGX_HTTP_VFS_STATE_DONE;
    ctx->end = ngx_http_vfs_now();
    ctx->rc = ngx_http_send_header(ctx->request);

    return NGX_DONE;
}


/* The headers are those of what the client got, and of the access log. */

static ngx_int_t
ngx_http_vfs_unsent(ngx_http_vfs_ctx_t *ctx)
{
    ctx->state = NGX_HTTP_VFS_STATE_DONE;
    ctx->rc = NGX_OK;

    return NGX_DONE;
}


/* {"error":"..."}; the message may hold bytes of the client's request. */

ngx_int_t
ngx_http_vfs_error(ngx_http_vfs_ctx_t *ctx, ngx_uint_t status,
    const char *fmt, ...)
{
    u_char   *p, *text, *last, message[NGX_HTTP_VFS_MAX_ERROR];
    va_list   args;

    va_start(args, fmt);
    last = ngx_vslprintf(message, message + sizeof(message), fmt, args);
    va_end(args);

    text = ngx_pnalloc(ctx->request->pool,
                       sizeof("{\"error\":\"\"}")
                       + 6 * (last - message));
    if (text == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(text, "{\"error\":\"", sizeof("{\"error\":\"") - 1);
    p = (u_char *) vfs_json_escape((char *) p, (char *) message,
                                   last - message);
    p = ngx_cpymem(p, "\"}", sizeof("\"}") - 1);

    return ngx_http_vfs_send_text(ctx, status, NULL, text, p - text);
}


ngx_int_t
ngx_http_vfs_add_header(ngx_http_vfs_ctx_t *ctx, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    if (ctx->request->post_action) {
        return NGX_OK;
    }

    h = ngx_list_push(&ctx->request->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    return NGX_OK;
}


/*
 * Copies text into [p, last) for a log line or a message: bytes that are not
 * printable ASCII become \xHH, what does not fit becomes "...".
 */

u_char *
ngx_http_vfs_quote(u_char *p, u_char *last, u_char *text, size_t len)
{
    size_t  i;

    if (last - p < 3) {
        return p;
    }

    last -= 3;

    for (i = 0; i < len; i++) {

        if (last - p < 4) {
            return ngx_cpymem(p, "...", 3);
        }

        if (text[i] >= 0x20 && text[i] < 0x7f) {
            *p++ = text[i];

        } else {
            p = ngx_sprintf(p, "\\x%02xd", (int) text[i]);
        }
    }

    return p;
}
