
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


static ngx_int_t ngx_http_vfs_route_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_vfs_calls_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_vfs_api_key_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


enum {
    NGX_HTTP_VFS_CALL_STATUS = 0,
    NGX_HTTP_VFS_CALL_TIME
};


ngx_str_t  ngx_http_vfs_route_names[] = {
    ngx_string("fetch"),
    ngx_string("similar"),
    ngx_string("recommend"),
    ngx_string("batch"),
    ngx_string("query"),
    ngx_string("other")
};


static ngx_http_variable_t  ngx_http_vfs_variables[] = {

    { ngx_string("vfs_route"), NULL, ngx_http_vfs_route_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vfs_upstream_status"), NULL, ngx_http_vfs_calls_variable,
      NGX_HTTP_VFS_CALL_STATUS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vfs_upstream_time"), NULL, ngx_http_vfs_calls_variable,
      NGX_HTTP_VFS_CALL_TIME, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vfs_api_key"), NULL, ngx_http_vfs_api_key_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_vfs_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_vfs_variables; v->name.len; v++) {

        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_route_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t           *name;
    ngx_http_vfs_ctx_t  *ctx;

    ctx = ngx_http_vfs_client_ctx(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    name = &ngx_http_vfs_route_names[ctx->route];

    v->data = name->data;
    v->len = name->len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* One entry for each request to the index, as in $upstream_status. */

static ngx_int_t
ngx_http_vfs_calls_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char               *p;
    uint64_t              us;
    ngx_uint_t            i;
    ngx_http_vfs_ctx_t   *ctx;
    ngx_http_vfs_call_t  *call;

    ctx = ngx_http_vfs_client_ctx(r);

    if (ctx == NULL || ctx->ncalls == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, ctx->ncalls * (NGX_INT64_LEN + sizeof(".000, ")));
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->data = p;

    for (i = 0; i < ctx->ncalls; i++) {
        call = &ctx->calls[i];

        if (i != 0) {
            *p++ = ',';
            *p++ = ' ';
        }

        if (!call->done) {
            *p++ = '-';

        } else if (data == NGX_HTTP_VFS_CALL_STATUS) {
            p = ngx_sprintf(p, "%03ui", call->upstream_status);

        } else {
            us = call->elapsed;
            p = ngx_sprintf(p, "%uL.%06uL", us / 1000000, us % 1000000);
        }
    }

    v->len = p - v->data;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_api_key_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vfs_module);

    v->data = vlcf->api_key.data;
    v->len = vlcf->api_key.len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
