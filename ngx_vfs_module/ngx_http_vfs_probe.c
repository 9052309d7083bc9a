
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_stats.h"


#define NGX_HTTP_VFS_READY_TIME  1000               /* ms */


static ngx_http_vfs_ready_t *ngx_http_vfs_ready_slot(ngx_http_vfs_ctx_t *ctx,
    ngx_atomic_uint_t *key);
static ngx_int_t ngx_http_vfs_send_ready(ngx_http_vfs_ctx_t *ctx,
    ngx_uint_t ready);
static const char *ngx_http_vfs_error_text(ngx_uint_t status);


/* GET healthz: this process answers. */

ngx_int_t
ngx_http_vfs_health_start(ngx_http_vfs_ctx_t *ctx)
{
    static u_char  text[] = "{\"status\":\"ok\"}";

    return ngx_http_vfs_send_text(ctx, NGX_HTTP_OK, NULL, text,
                                  sizeof(text) - 1);
}


/* GET v1/openapi.json */

ngx_int_t
ngx_http_vfs_openapi_start(ngx_http_vfs_ctx_t *ctx)
{
    return ngx_http_vfs_send_text(ctx, NGX_HTTP_OK, NULL,
                                  ngx_http_vfs_openapi.data,
                                  ngx_http_vfs_openapi.len);
}


/* GET readyz: the index answers, or did within the last second. */

ngx_int_t
ngx_http_vfs_ready_start(ngx_http_vfs_ctx_t *ctx)
{
    uint64_t               now;
    ngx_atomic_uint_t      key, state;
    ngx_http_vfs_ready_t  *slot;

    slot = ngx_http_vfs_ready_slot(ctx, &key);
    state = slot->state;

    now = ngx_http_vfs_now() / 1000;

    if (slot->key == key && (state >> 1) + NGX_HTTP_VFS_READY_TIME > now) {
        return ngx_http_vfs_send_ready(ctx, state & 1);
    }

    return ngx_http_vfs_index_ping(ctx);
}


ngx_int_t
ngx_http_vfs_ready_pinged(ngx_http_vfs_ctx_t *ctx)
{
    ngx_uint_t             ready;
    ngx_atomic_uint_t      key;
    ngx_http_vfs_ready_t  *slot;

    ready = (ctx->calls[0].status == NGX_HTTP_OK);

    if (!ready) {
        ngx_http_vfs_index_log(ctx);
    }

    slot = ngx_http_vfs_ready_slot(ctx, &key);

    slot->state = 0;
    slot->key = key;
    ngx_memory_barrier();
    slot->state = (ngx_http_vfs_now() / 1000) << 1 | ready;

    return ngx_http_vfs_send_ready(ctx, ready);
}


/* Different locations may ask different indexes. */

static ngx_http_vfs_ready_t *
ngx_http_vfs_ready_slot(ngx_http_vfs_ctx_t *ctx, ngx_atomic_uint_t *key)
{
    ngx_http_vfs_shared_t    *sh;
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);
    sh = ngx_http_vfs_zone(ctx->request)->sh;

    /* the configuration is at the same address in all workers */

    *key = (ngx_atomic_uint_t) vlcf;

    return &sh->ready[(*key / sizeof(ngx_http_vfs_loc_conf_t))
                      % NGX_HTTP_VFS_READY_SLOTS];
}


static ngx_int_t
ngx_http_vfs_send_ready(ngx_http_vfs_ctx_t *ctx, ngx_uint_t ready)
{
    ngx_str_t  retry_after = ngx_string("1");

    static u_char  text[] = "{\"status\":\"ready\"}";

    if (ready) {
        return ngx_http_vfs_send_text(ctx, NGX_HTTP_OK, NULL, text,
                                      sizeof(text) - 1);
    }

    if (ngx_http_vfs_add_header(ctx, "Retry-After", &retry_after) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_vfs_error(ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                              "The vector index is unavailable.");
}


/*
 * The target of error_page: nginx's own errors as JSON.  The body may be what
 * was wrong with the request, so it is not read.
 */

ngx_int_t
ngx_http_vfs_error_handler(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    ngx_uint_t           status;
    ngx_http_vfs_ctx_t  *ctx;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    ctx = ngx_http_vfs_get_ctx(r);

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    status = (r->err_status != 0) ? r->err_status : NGX_HTTP_NOT_FOUND;

    rc = ngx_http_vfs_error(ctx, status, ngx_http_vfs_error_text(status));

    return (rc == NGX_DONE) ? ctx->rc : rc;
}


static const char *
ngx_http_vfs_error_text(ngx_uint_t status)
{
    switch (status) {

    case NGX_HTTP_BAD_REQUEST:
        return "Bad request.";

    case NGX_HTTP_UNAUTHORIZED:
        return "Authorization required.";

    case NGX_HTTP_FORBIDDEN:
        return "Access denied.";

    case NGX_HTTP_NOT_FOUND:
        return "No such resource.";

    case NGX_HTTP_NOT_ALLOWED:
        return "Method not allowed.";

    case NGX_HTTP_REQUEST_ENTITY_TOO_LARGE:
        return "The request body is too large.";

    case NGX_HTTP_REQUEST_URI_TOO_LARGE:
        return "The request URI is too long.";

    case NGX_HTTP_UNSUPPORTED_MEDIA_TYPE:
        return "Content-Type: expected application/json";

    case NGX_HTTP_TOO_MANY_REQUESTS:
        return "Too many requests.";

    case NGX_HTTP_SERVICE_UNAVAILABLE:
        return "The service is unavailable.";

    default:
        return "The request failed.";
    }
}
