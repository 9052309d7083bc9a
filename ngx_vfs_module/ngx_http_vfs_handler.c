
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


#define NGX_HTTP_VFS_MAX_QUOTE  (NGX_HTTP_VFS_MAX_ID_LEN + 32)


static void ngx_http_vfs_answered(ngx_http_request_t *r);
static void ngx_http_vfs_start(ngx_http_request_t *r);
static void ngx_http_vfs_finish(ngx_http_vfs_ctx_t *ctx, ngx_int_t rc);
static ngx_int_t ngx_http_vfs_method(ngx_http_vfs_ctx_t *ctx);
static ngx_http_vfs_ctx_t *ngx_http_vfs_create_ctx(ngx_http_request_t *r);
static ngx_http_vfs_ctx_t *ngx_http_vfs_counted_ctx(ngx_http_request_t *r);
static void ngx_http_vfs_cleanup(void *data);


static ngx_str_t  ngx_http_vfs_entity_names[] = {
    ngx_string("user"),
    ngx_string("item")
};


/*
 * Rewrite phase, the first one that knows the location: from here on the
 * request is measured, also if limits or access rules answer it.
 */

ngx_int_t
ngx_http_vfs_begin(ngx_http_request_t *r)
{
    ngx_http_vfs_ctx_t       *ctx;
    ngx_http_vfs_loc_conf_t  *vlcf;

    if (r->post_action) {
        ngx_http_vfs_answered(r);
    }

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vfs_module);

    if (vlcf->endpoint == NULL) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_vfs_get_ctx(r);

    if (ctx == NULL) {
        if (ngx_http_vfs_create_ctx(r) == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

    } else if (vlcf->endpoint->start != NULL) {

        /* rewritten to another endpoint; an error page is none */

        ngx_http_vfs_stats_leave(ctx);
        ctx->route = vlcf->endpoint->route;

        if (r == r->main && !r->post_action) {
            ngx_http_vfs_stats_enter(ctx);
        }
    }

    /* what refused the request in the access phase would refuse this, too */

    if (vlcf->endpoint->start == NULL && r->err_status != 0) {
        return ngx_http_vfs_error_handler(r);
    }

    return NGX_DECLINED;
}


/*
 * A post_action begins: it has a context of its own, and what it leaves in the
 * request's headers is not what the client got.
 */

static void
ngx_http_vfs_answered(ngx_http_request_t *r)
{
    ngx_connection_t    *c;
    ngx_http_vfs_ctx_t  *ctx;

    ctx = ngx_http_vfs_client_ctx(r);

    if (ctx == NULL || ctx->answered) {
        return;
    }

    c = r->connection;

    ctx->answered = 1;
    ctx->status = r->headers_out.status;

    /* nginx sets the status of a request that broke off when it ends */

    if (ctx->status == 0 && c->timedout) {
        ctx->status = NGX_HTTP_REQUEST_TIME_OUT;

    } else if (ctx->status == 0 && c->error) {
        ctx->status = NGX_HTTP_CLIENT_CLOSED_REQUEST;
    }

    if (ctx->end == 0) {
        ctx->end = ngx_http_vfs_now();
    }

    ngx_http_vfs_stats_leave(ctx);
}


ngx_int_t
ngx_http_vfs_handler(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    r->request_body_in_single_buf = 1;

    /* no subrequest may run while the client's body is unread */

    rc = ngx_http_read_client_request_body(r, ngx_http_vfs_start);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static void
ngx_http_vfs_start(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_http_vfs_ctx_t       *ctx;
    ngx_http_vfs_loc_conf_t  *vlcf;

    ctx = ngx_http_vfs_get_ctx(r);

    if (ctx == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vfs_module);

    /* another endpoint may have answered before (a filter's error page) */

    ctx->endpoint = vlcf->endpoint;
    ctx->state = NGX_HTTP_VFS_STATE_START;
    ctx->include_values = 0;

    ngx_memzero(ctx->calls, ctx->ncalls * sizeof(ngx_http_vfs_call_t));
    ctx->ncalls = 0;

    rc = ngx_http_vfs_method(ctx);

    if (rc == NGX_OK) {
        rc = ctx->endpoint->start(ctx);
    }

    ngx_http_vfs_finish(ctx, rc);
}


/*
 * The client's request is woken: by the end of a subrequest, or by nothing in
 * particular.
 */

void
ngx_http_vfs_resume(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_http_vfs_ctx_t   *ctx;
    ngx_http_vfs_call_t  *call;

    ctx = ngx_http_vfs_get_ctx(r);

    if (ctx->ncalls == 0) {
        return;
    }

    call = &ctx->calls[ctx->ncalls - 1];

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "vfs resume: state:%d done:%d status:%ui",
                   ctx->state, call->done, call->status);

    if (!call->done) {
        return;
    }

    r->write_event_handler = ngx_http_request_empty_handler;

    switch (ctx->state) {

    case NGX_HTTP_VFS_STATE_FETCH:
        rc = ctx->endpoint->fetched(ctx);
        break;

    case NGX_HTTP_VFS_STATE_QUERY:
        rc = ctx->endpoint->queried(ctx);
        break;

    case NGX_HTTP_VFS_STATE_PING:
        rc = ctx->endpoint->pinged(ctx);
        break;

    default:
        return;
    }

    ngx_http_vfs_finish(ctx, rc);
}


static void
ngx_http_vfs_finish(ngx_http_vfs_ctx_t *ctx, ngx_int_t rc)
{
    if (rc == NGX_AGAIN) {
        return;
    }

    ngx_http_finalize_request(ctx->request,
                              (rc == NGX_DONE) ? ctx->rc : NGX_ERROR);
}


static ngx_int_t
ngx_http_vfs_method(ngx_http_vfs_ctx_t *ctx)
{
    ngx_str_t  allow;

    if (ctx->request->method & ctx->endpoint->methods) {
        return NGX_OK;
    }

    if (ctx->endpoint->methods & NGX_HTTP_POST) {
        ngx_str_set(&allow, "POST");

    } else {
        ngx_str_set(&allow, "GET, HEAD");
    }

    if (ngx_http_vfs_add_header(ctx, "Allow", &allow) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_vfs_error(ctx, NGX_HTTP_NOT_ALLOWED,
                              "Method not allowed, expected %V.", &allow);
}


/* The directive's parameters: NGX_OK, or NGX_DONE if an error was sent. */

ngx_int_t
ngx_http_vfs_entity(ngx_http_vfs_ctx_t *ctx)
{
    ngx_str_t                 name;
    ngx_uint_t                i;
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);

    if (vlcf->entity == NULL) {
        ctx->entity = NGX_HTTP_VFS_USER;
        return NGX_OK;
    }

    if (ngx_http_complex_value(ctx->request, vlcf->entity, &name) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_VFS_ENTITIES; i++) {

        if (name.len == ngx_http_vfs_entity_names[i].len
            && ngx_strncmp(name.data, ngx_http_vfs_entity_names[i].data,
                           name.len)
               == 0)
        {
            ctx->entity = i;
            return NGX_OK;
        }
    }

    return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                              "entity: expected \"user\" or \"item\"");
}


ngx_int_t
ngx_http_vfs_id(ngx_http_vfs_ctx_t *ctx)
{
    u_char                   *last, quoted[NGX_HTTP_VFS_MAX_QUOTE];
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);

    if (ngx_http_complex_value(ctx->request, vlcf->id, &ctx->id) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ngx_http_vfs_id_valid(ctx->id.data, ctx->id.len)) {
        last = ngx_http_vfs_quote(quoted, quoted + sizeof(quoted),
                                  ctx->id.data, ctx->id.len);

        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                  "id: expected 1 to 128 characters of "
                                  "[A-Za-z0-9_-], got \"%*s\"",
                                  last - quoted, quoted);
    }

    return ngx_http_vfs_key(ctx, &ctx->id, &ctx->key);
}


/* How the index names the id, with a terminating zero behind it. */

ngx_int_t
ngx_http_vfs_key(ngx_http_vfs_ctx_t *ctx, ngx_str_t *id, ngx_str_t *key)
{
    u_char                   *p;
    ngx_str_t                *prefix;
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);
    prefix = &vlcf->prefixes[ctx->entity];

    key->len = prefix->len + id->len;
    key->data = ngx_pnalloc(ctx->request->pool, key->len + 1);

    if (key->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(key->data, prefix->data, prefix->len);
    p = ngx_cpymem(p, id->data, id->len);
    *p = '\0';

    return NGX_OK;
}


/* The directive's last parameter, or the query argument topK. */

ngx_int_t
ngx_http_vfs_top_k(ngx_http_vfs_ctx_t *ctx)
{
    u_char                   *last, quoted[NGX_HTTP_VFS_MAX_QUOTE];
    ngx_str_t                 value;
    ngx_uint_t                n, max;
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);

    ctx->top_k = (vlcf->top_k_default != NGX_CONF_UNSET_UINT)
                 ? vlcf->top_k_default : ctx->endpoint->top_k_default;

    max = ngx_http_vfs_top_k_max(vlcf);

    if (vlcf->top_k != NULL) {

        if (ngx_http_complex_value(ctx->request, vlcf->top_k, &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (value.len == 0) {
            return NGX_OK;
        }

    } else if (ngx_http_arg(ctx->request, (u_char *) "topK", 4, &value)
               != NGX_OK)
    {
        return NGX_OK;
    }

    n = ngx_http_vfs_parse_top_k(value.data, value.len, max);

    if (n == 0) {
        last = ngx_http_vfs_quote(quoted, quoted + sizeof(quoted),
                                  value.data, value.len);

        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                  "topK: expected an integer from 1 to %ui, "
                                  "got \"%*s\"", max, last - quoted, quoted);
    }

    ctx->top_k = n;

    return NGX_OK;
}


ngx_uint_t
ngx_http_vfs_top_k_max(ngx_http_vfs_loc_conf_t *vlcf)
{
    if (vlcf->top_k_max != NGX_CONF_UNSET_UINT) {
        return vlcf->top_k_max;
    }

    if (vlcf->top_k_default != NGX_CONF_UNSET_UINT) {
        return ngx_max(vlcf->top_k_default, vlcf->endpoint->top_k_max);
    }

    return vlcf->endpoint->top_k_max;
}


static ngx_http_vfs_ctx_t *
ngx_http_vfs_create_ctx(ngx_http_request_t *r)
{
    ngx_http_vfs_ctx_t       *ctx;
    ngx_pool_cleanup_t       *cln;
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vfs_module);

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_vfs_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    ctx->request = r;
    ctx->endpoint = vlcf->endpoint;
    ctx->route = vlcf->endpoint->route;
    ctx->start = ngx_http_vfs_now();

    ngx_http_set_ctx(r, ctx, ngx_http_vfs_module);

    if (r != r->main || r->post_action) {
        return ctx;
    }

    /* what is counted is the client's request */

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_vfs_cleanup;
    cln->data = ctx;

    ngx_http_vfs_stats_enter(ctx);

    return ctx;
}


/*
 * The context of a request to one of our locations.  An internal redirect
 * (error_page) clears the module's slot, the cleanup stays.
 */

ngx_http_vfs_ctx_t *
ngx_http_vfs_get_ctx(ngx_http_request_t *r)
{
    ngx_http_vfs_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_vfs_module);

    if (ctx != NULL
        || r != r->main
        || r->post_action
        || (!r->internal && !r->filter_finalize))
    {
        return ctx;
    }

    ctx = ngx_http_vfs_counted_ctx(r);

    ngx_http_set_ctx(r, ctx, ngx_http_vfs_module);

    return ctx;
}


/* The context of what the client asked for, also while a post_action runs. */

ngx_http_vfs_ctx_t *
ngx_http_vfs_client_ctx(ngx_http_request_t *r)
{
    r = r->main;

    return r->post_action ? ngx_http_vfs_counted_ctx(r)
                          : ngx_http_vfs_get_ctx(r);
}


static ngx_http_vfs_ctx_t *
ngx_http_vfs_counted_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->pool->cleanup; cln != NULL; cln = cln->next) {

        if (cln->handler == ngx_http_vfs_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}


static void
ngx_http_vfs_cleanup(void *data)
{
    ngx_http_vfs_ctx_t  *ctx = data;

    ngx_http_vfs_stats_leave(ctx);
}


uint64_t
ngx_http_vfs_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
