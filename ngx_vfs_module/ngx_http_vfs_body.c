
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


#define NGX_HTTP_VFS_MAX_NAME  64


static ngx_int_t ngx_http_vfs_json_type(ngx_http_request_t *r);
static ngx_int_t ngx_http_vfs_read_body(ngx_http_request_t *r,
    ngx_str_t *body);


/* The client's JSON text in one piece: NGX_OK, or NGX_DONE if refused. */

ngx_int_t
ngx_http_vfs_json_body(ngx_http_vfs_ctx_t *ctx, ngx_str_t *body)
{
    if (ngx_http_vfs_json_type(ctx->request) != NGX_OK) {
        return ngx_http_vfs_error(ctx, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                                  "Content-Type: expected application/json");
    }

    if (ngx_http_vfs_read_body(ctx->request, body) != NGX_OK) {
        return NGX_ERROR;
    }

    if (body->len == 0) {
        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                  "body: expected a JSON object, got nothing");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_json_type(ngx_http_request_t *r)
{
    u_char            c;
    size_t            len;
    ngx_table_elt_t  *type;

    len = sizeof("application/json") - 1;
    type = r->headers_in.content_type;

    if (type == NULL
        || type->value.len < len
        || ngx_strncasecmp(type->value.data, (u_char *) "application/json",
                           len)
           != 0)
    {
        return NGX_DECLINED;
    }

    if (type->value.len == len) {
        return NGX_OK;
    }

    c = type->value.data[len];

    return (c == ';' || c == ' ' || c == '\t') ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_vfs_read_body(ngx_http_request_t *r, ngx_str_t *body)
{
    off_t         size;
    u_char       *p;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    ngx_str_null(body);

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    cl = r->request_body->bufs;

    if (cl->next == NULL && !cl->buf->in_file) {
        body->data = cl->buf->pos;
        body->len = cl->buf->last - cl->buf->pos;
        return NGX_OK;
    }

    size = 0;

    for ( /* void */ ; cl != NULL; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = p;
    body->len = size;

    for (cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_special(b)) {

            /* the end of a chunked body */

            continue;
        }

        if (ngx_buf_in_memory(b)) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
            continue;
        }

        /* a body beyond client_body_buffer_size is in a temporary file */

        n = ngx_read_file(b->file, p, b->file_last - b->file_pos, b->file_pos);

        if (n != b->file_last - b->file_pos) {
            return NGX_ERROR;
        }

        p += n;
    }

    return NGX_OK;
}


/* The body is no JSON object: where and why. */

ngx_int_t
ngx_http_vfs_body_error(ngx_http_vfs_ctx_t *ctx, vfs_json_t *json)
{
    if (json->reason == NULL) {
        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                  "body: expected a JSON object");
    }

    return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                              "body: expected a JSON object, %s at byte %z",
                              json->reason,
                              (ssize_t) (json->pos - json->start));
}


ngx_int_t
ngx_http_vfs_unknown_member(ngx_http_vfs_ctx_t *ctx, vfs_json_token_t *name)
{
    u_char  *last, quoted[NGX_HTTP_VFS_MAX_NAME];

    last = ngx_http_vfs_quote(quoted, quoted + sizeof(quoted),
                              (u_char *) name->start, name->len);

    return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                              "body: unknown member \"%*s\"", last - quoted,
                              quoted);
}


/* The text of a string or a name, its escapes resolved. */

ngx_int_t
ngx_http_vfs_string(ngx_pool_t *pool, vfs_json_token_t *token, ngx_str_t *text)
{
    text->data = (u_char *) token->start;
    text->len = token->len;

    if (!token->escaped) {
        return NGX_OK;
    }

    text->data = ngx_pnalloc(pool, token->len);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = vfs_json_unescape(token, (char *) text->data, token->len);

    return NGX_OK;
}
