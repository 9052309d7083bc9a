
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


#define NGX_HTTP_VFS_MAX_LOG_TEXT  200


static u_char *ngx_http_vfs_json_string(u_char *p, ngx_str_t *text);
static u_char *ngx_http_vfs_mask(ngx_str_t *text, ngx_str_t *secret,
    u_char *buf, size_t size);


static const char  *ngx_http_vfs_op_names[] = { "fetch", "query", "ping" };


/* GET vectors/fetch?ids=...&ids=...&namespace=... */

ngx_int_t
ngx_http_vfs_index_fetch(ngx_http_vfs_ctx_t *ctx, ngx_str_t *keys,
    ngx_uint_t nkeys)
{
    size_t                    len;
    u_char                   *p;
    ngx_str_t                 args, *ns;
    ngx_uint_t                i;
    ngx_http_vfs_loc_conf_t  *vlcf;

    static ngx_str_t  path = ngx_string("vectors/fetch");

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);
    ns = &vlcf->namespaces[ctx->entity];

    len = sizeof("namespace=") - 1 + 3 * ns->len;

    for (i = 0; i < nkeys; i++) {
        len += sizeof("ids=&") - 1 + 3 * keys[i].len;
    }

    p = ngx_pnalloc(ctx->request->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    args.data = p;

    for (i = 0; i < nkeys; i++) {
        p = ngx_cpymem(p, "ids=", sizeof("ids=") - 1);
        p = (u_char *) ngx_escape_uri(p, keys[i].data, keys[i].len,
                                      NGX_ESCAPE_URI_COMPONENT);
        *p++ = '&';
    }

    p = ngx_cpymem(p, "namespace=", sizeof("namespace=") - 1);
    p = (u_char *) ngx_escape_uri(p, ns->data, ns->len,
                                  NGX_ESCAPE_URI_COMPONENT);

    args.len = p - args.data;
    ctx->state = NGX_HTTP_VFS_STATE_FETCH;

    return ngx_http_vfs_subrequest(ctx, NGX_HTTP_VFS_OP_FETCH, &path, &args,
                                   NULL);
}


/* POST query; the vector and the filter are copied as they stand. */

ngx_int_t
ngx_http_vfs_index_query(ngx_http_vfs_ctx_t *ctx, ngx_http_vfs_query_t *query)
{
    size_t                    len;
    u_char                   *p;
    ngx_str_t                 body, *ns;
    ngx_http_vfs_loc_conf_t  *vlcf;

    static ngx_str_t  path = ngx_string("query");

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);
    ns = &vlcf->namespaces[query->entity];

    len = sizeof("{\"topK\":,\"includeMetadata\":false,"
                 "\"includeValues\":false,\"namespace\":\"\","
                 "\"vector\":,\"filter\":}")
          + NGX_INT_T_LEN + 6 * (ns->len + query->key.len)
          + query->vector.len + query->filter.len;

    body.data = ngx_pnalloc(ctx->request->pool, len);
    if (body.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(body.data, "{\"topK\":%ui,\"includeMetadata\":%s,"
                    "\"includeValues\":%s,\"namespace\":", query->top_k,
                    query->include_metadata ? "true" : "false",
                    query->include_values ? "true" : "false");

    p = ngx_http_vfs_json_string(p, ns);

    if (query->vector.len != 0) {
        p = ngx_sprintf(p, ",\"vector\":%V", &query->vector);

    } else {
        p = ngx_cpymem(p, ",\"id\":", sizeof(",\"id\":") - 1);
        p = ngx_http_vfs_json_string(p, &query->key);
    }

    if (query->filter.len != 0) {
        p = ngx_sprintf(p, ",\"filter\":%V", &query->filter);
    }

    *p++ = '}';

    body.len = p - body.data;
    ctx->state = NGX_HTTP_VFS_STATE_QUERY;

    return ngx_http_vfs_subrequest(ctx, NGX_HTTP_VFS_OP_QUERY, &path, NULL,
                                   &body);
}


ngx_int_t
ngx_http_vfs_index_ping(ngx_http_vfs_ctx_t *ctx)
{
    static ngx_str_t  path = ngx_string("describe_index_stats");

    ctx->state = NGX_HTTP_VFS_STATE_PING;

    return ngx_http_vfs_subrequest(ctx, NGX_HTTP_VFS_OP_PING, &path, NULL,
                                   NULL);
}


static u_char *
ngx_http_vfs_json_string(u_char *p, ngx_str_t *text)
{
    *p++ = '"';
    p = (u_char *) vfs_json_escape((char *) p, (char *) text->data, text->len);
    *p++ = '"';

    return p;
}


/*
 * What the index itself said goes to the error log alone, cut, printable and
 * without the API key.
 */

void
ngx_http_vfs_index_log(ngx_http_vfs_ctx_t *ctx)
{
    u_char               *last, text[NGX_HTTP_VFS_MAX_LOG_TEXT];
    ngx_http_vfs_call_t  *call;

    call = &ctx->calls[ctx->ncalls - 1];

    last = ngx_http_vfs_mask(&call->text, &call->api_key, text, sizeof(text));

    ngx_log_error(NGX_LOG_ERR, ctx->request->connection->log, 0,
                  "vfs: %s of the index failed: %s, upstream status %ui, "
                  "%uz bytes: \"%*s\"",
                  ngx_http_vfs_op_names[call->operation], call->reason,
                  call->upstream_status, call->text.len, last - text, text);
}


/* The answer for a call that failed. */

ngx_int_t
ngx_http_vfs_index_error(ngx_http_vfs_ctx_t *ctx)
{
    ngx_str_t             retry_after;
    ngx_http_vfs_call_t  *call;

    ngx_http_vfs_index_log(ctx);

    call = &ctx->calls[ctx->ncalls - 1];

    switch (call->status) {

    case NGX_HTTP_BAD_REQUEST:

        /* only a query of the client's own making can be the client's fault */

        if (ctx->route == NGX_HTTP_VFS_ROUTE_QUERY) {
            return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                      "vector or filter: refused by the "
                                      "vector index, expected a vector of "
                                      "its dimension and a valid filter");
        }

        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_GATEWAY,
                                  "The vector index refused the request.");

    case NGX_HTTP_SERVICE_UNAVAILABLE:

        retry_after = call->retry_after;

        if (retry_after.len == 0) {
            ngx_str_set(&retry_after, "1");
        }

        if (ngx_http_vfs_add_header(ctx, "Retry-After", &retry_after)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        return ngx_http_vfs_error(ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                  "The vector index is unavailable or "
                                  "limiting requests.");

    case NGX_HTTP_GATEWAY_TIME_OUT:
        return ngx_http_vfs_error(ctx, NGX_HTTP_GATEWAY_TIME_OUT,
                                  "The vector index did not answer in time.");

    default:
        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_GATEWAY,
                                  "The vector index gave no usable answer.");
    }
}


/* The answer is well-formed, and wrong. */

ngx_int_t
ngx_http_vfs_unusable_answer(ngx_http_vfs_ctx_t *ctx, const char *reason)
{
    ngx_http_vfs_call_t  *call;

    call = &ctx->calls[ctx->ncalls - 1];

    call->status = NGX_HTTP_BAD_GATEWAY;
    call->reason = reason;

    return ngx_http_vfs_index_error(ctx);
}


/* Quotes the beginning of "text", with "secret" replaced by stars. */

static u_char *
ngx_http_vfs_mask(ngx_str_t *text, ngx_str_t *secret, u_char *buf,
    size_t size)
{
    size_t   len, rest;
    u_char  *p, *q, *last, *found;

    p = buf;
    last = buf + size;
    q = text->data;
    rest = ngx_min(text->len, size + secret->len);

    while (rest) {
        found = NULL;

        if (secret->len != 0 && rest >= secret->len) {
            found = ngx_strlcasestrn(q, q + rest, secret->data,
                                     secret->len - 1);
        }

        len = (found != NULL) ? (size_t) (found - q) : rest;
        p = ngx_http_vfs_quote(p, last, q, len);

        if (found == NULL) {
            break;
        }

        p = ngx_http_vfs_quote(p, last, (u_char *) "***", 3);
        len += secret->len;
        q += len;
        rest -= len;
    }

    return p;
}
