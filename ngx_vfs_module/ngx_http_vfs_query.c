
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


#define NGX_HTTP_VFS_MAX_DIMENSION  20000


typedef struct {
    ngx_http_vfs_ctx_t    *ctx;
    ngx_http_vfs_query_t   query;
    ngx_str_t              id;
    vfs_json_t             json;
} ngx_http_vfs_request_t;


/* Reads one member; NGX_DECLINED with what was expected in *expected. */

typedef ngx_int_t (*ngx_http_vfs_member_pt)(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected);


typedef struct {
    const char              *name;
    ngx_http_vfs_member_pt   read;
} ngx_http_vfs_query_member_t;


static ngx_int_t ngx_http_vfs_query_parse(ngx_http_vfs_request_t *request,
    ngx_uint_t *seen);
static ngx_int_t ngx_http_vfs_query_check(ngx_http_vfs_request_t *request,
    ngx_uint_t seen);
static ngx_int_t ngx_http_vfs_query_namespace(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected);
static ngx_int_t ngx_http_vfs_query_vector(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected);
static ngx_int_t ngx_http_vfs_query_id(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected);
static ngx_int_t ngx_http_vfs_query_top_k(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected);
static ngx_int_t ngx_http_vfs_query_filter(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected);
static ngx_int_t ngx_http_vfs_query_values(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected);
static ngx_int_t ngx_http_vfs_query_metadata(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected);
static ngx_int_t ngx_http_vfs_query_flag(vfs_json_token_t *value,
    const char **expected);
static const char *ngx_http_vfs_expected(ngx_http_vfs_ctx_t *ctx,
    const char *fmt, ...);


enum {
    NGX_HTTP_VFS_HAS_NAMESPACE = 0x01,
    NGX_HTTP_VFS_HAS_VECTOR = 0x02,
    NGX_HTTP_VFS_HAS_ID = 0x04,
    NGX_HTTP_VFS_HAS_TOP_K = 0x08
};


/* In the order of the bits. */

static ngx_http_vfs_query_member_t  ngx_http_vfs_query_members[] = {
    { "namespace", ngx_http_vfs_query_namespace },
    { "vector", ngx_http_vfs_query_vector },
    { "id", ngx_http_vfs_query_id },
    { "topK", ngx_http_vfs_query_top_k },
    { "filter", ngx_http_vfs_query_filter },
    { "includeValues", ngx_http_vfs_query_values },
    { "includeMetadata", ngx_http_vfs_query_metadata },
    { NULL, NULL }
};


/* POST query */

ngx_int_t
ngx_http_vfs_query_start(ngx_http_vfs_ctx_t *ctx)
{
    ngx_int_t                rc;
    ngx_str_t                body;
    ngx_uint_t               seen;
    ngx_http_vfs_request_t  *request;

    rc = ngx_http_vfs_json_body(ctx, &body);

    if (rc != NGX_OK) {
        return rc;
    }

    request = ngx_pcalloc(ctx->request->pool, sizeof(ngx_http_vfs_request_t));
    if (request == NULL) {
        return NGX_ERROR;
    }

    request->ctx = ctx;
    ctx->data = request;

    vfs_json_init(&request->json, (char *) body.data, body.len);

    rc = ngx_http_vfs_query_parse(request, &seen);

    if (rc == NGX_OK) {
        rc = ngx_http_vfs_query_check(request, seen);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_vfs_index_query(ctx, &request->query);
}


ngx_int_t
ngx_http_vfs_query_queried(ngx_http_vfs_ctx_t *ctx)
{
    ngx_http_vfs_request_t  *request;

    static ngx_str_t  head = ngx_string("{\"matches\":[");

    request = ctx->data;

    return ngx_http_vfs_send_matches(ctx, request->query.entity, &head);
}


static ngx_int_t
ngx_http_vfs_query_parse(ngx_http_vfs_request_t *request, ngx_uint_t *seen)
{
    ngx_int_t                     rc;
    ngx_uint_t                    i;
    const char                   *expected;
    vfs_json_t                   *json;
    vfs_json_token_t              name, value;
    ngx_http_vfs_query_member_t  *member;

    json = &request->json;
    *seen = 0;

    if (vfs_json_next(json, &name) != VFS_JSON_OBJECT) {
        return ngx_http_vfs_body_error(request->ctx, json);
    }

    while (vfs_json_next(json, &name) == VFS_JSON_NAME) {

        for (i = 0; ngx_http_vfs_query_members[i].name != NULL; i++) {
            if (vfs_json_equal(&name, ngx_http_vfs_query_members[i].name)) {
                break;
            }
        }

        member = &ngx_http_vfs_query_members[i];

        if (member->name == NULL) {
            return ngx_http_vfs_unknown_member(request->ctx, &name);
        }

        vfs_json_next(json, &value);

        if (*seen & (1 << i)) {
            expected = "one member of the name";
            rc = NGX_DECLINED;

        } else {
            rc = member->read(request, &value, &expected);
        }

        if (json->reason != NULL) {
            return ngx_http_vfs_body_error(request->ctx, json);
        }

        if (rc == NGX_DECLINED) {
            return ngx_http_vfs_error(request->ctx, NGX_HTTP_BAD_REQUEST,
                                      "%s: expected %s", member->name,
                                      expected);
        }

        if (rc != NGX_OK) {
            return rc;
        }

        *seen |= 1 << i;
    }

    if (vfs_json_next(json, &value) != VFS_JSON_END) {
        return ngx_http_vfs_body_error(request->ctx, json);
    }

    return NGX_OK;
}


/* What must be there, and what depends on another member. */

static ngx_int_t
ngx_http_vfs_query_check(ngx_http_vfs_request_t *request, ngx_uint_t seen)
{
    ngx_http_vfs_ctx_t       *ctx;
    ngx_http_vfs_loc_conf_t  *vlcf;

    ctx = request->ctx;
    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);

    if (!(seen & NGX_HTTP_VFS_HAS_NAMESPACE)) {
        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                  "namespace: expected a string, got nothing");
    }

    if (!(seen & NGX_HTTP_VFS_HAS_TOP_K)) {
        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                  "topK: expected an integer from 1 to %ui, "
                                  "got nothing", ngx_http_vfs_top_k_max(vlcf));
    }

    if (!(seen & NGX_HTTP_VFS_HAS_VECTOR) == !(seen & NGX_HTTP_VFS_HAS_ID)) {
        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                  "vector, id: expected one of the two");
    }

    ctx->entity = request->query.entity;
    ctx->top_k = request->query.top_k;
    ctx->include_values = request->query.include_values;

    if (seen & NGX_HTTP_VFS_HAS_ID) {
        return ngx_http_vfs_key(ctx, &request->id, &request->query.key);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_query_namespace(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected)
{
    ngx_str_t                 name, *ns;
    ngx_uint_t                i;
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(request->ctx->request,
                                        ngx_http_vfs_module);
    ns = vlcf->namespaces;

    ngx_str_null(&name);

    if (value->type == VFS_JSON_STRING
        && ngx_http_vfs_string(request->ctx->request->pool, value, &name)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_VFS_ENTITIES; i++) {

        if (name.len == ns[i].len
            && ngx_memcmp(name.data, ns[i].data, ns[i].len) == 0)
        {
            request->query.entity = i;
            return NGX_OK;
        }
    }

    *expected = ngx_http_vfs_expected(request->ctx, "\"%V\" or \"%V\"",
                                      &ns[NGX_HTTP_VFS_USER],
                                      &ns[NGX_HTTP_VFS_ITEM]);

    return (*expected != NULL) ? NGX_DECLINED : NGX_ERROR;
}


static ngx_int_t
ngx_http_vfs_query_vector(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected)
{
    size_t            n;
    vfs_json_token_t  last;

    *expected = "an array of 1 to 20000 numbers";

    if (value->type != VFS_JSON_ARRAY) {
        return NGX_DECLINED;
    }

    if (vfs_json_numbers(&request->json, &last, &n) != VFS_JSON_ARRAY_END
        || n == 0
        || n > NGX_HTTP_VFS_MAX_DIMENSION)
    {
        return NGX_DECLINED;
    }

    request->query.vector.data = (u_char *) value->start;
    request->query.vector.len = request->json.pos - value->start;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_query_id(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected)
{
    *expected = "1 to 128 characters of [A-Za-z0-9_-]";

    if (value->type != VFS_JSON_STRING) {
        return NGX_DECLINED;
    }

    if (ngx_http_vfs_string(request->ctx->request->pool, value, &request->id)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_vfs_id_valid(request->id.data, request->id.len)
           ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_vfs_query_top_k(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected)
{
    ngx_int_t                 n;
    ngx_uint_t                max;
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(request->ctx->request,
                                        ngx_http_vfs_module);

    max = ngx_http_vfs_top_k_max(vlcf);
    n = NGX_ERROR;

    if (value->type == VFS_JSON_NUMBER && value->len <= 9) {
        n = ngx_atoi((u_char *) value->start, value->len);
    }

    if (n < 1 || (ngx_uint_t) n > max) {
        *expected = ngx_http_vfs_expected(request->ctx,
                                          "an integer from 1 to %ui", max);

        return (*expected != NULL) ? NGX_DECLINED : NGX_ERROR;
    }

    request->query.top_k = n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_query_filter(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected)
{
    *expected = "an object";

    if (value->type != VFS_JSON_OBJECT
        || ngx_http_vfs_filter(&request->json, expected) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    request->query.filter.data = (u_char *) value->start;
    request->query.filter.len = request->json.pos - value->start;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_query_values(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected)
{
    request->query.include_values = (value->type == VFS_JSON_TRUE);

    return ngx_http_vfs_query_flag(value, expected);
}


static ngx_int_t
ngx_http_vfs_query_metadata(ngx_http_vfs_request_t *request,
    vfs_json_token_t *value, const char **expected)
{
    request->query.include_metadata = (value->type == VFS_JSON_TRUE);

    return ngx_http_vfs_query_flag(value, expected);
}


static ngx_int_t
ngx_http_vfs_query_flag(vfs_json_token_t *value, const char **expected)
{
    *expected = "true or false";

    return (value->type == VFS_JSON_TRUE || value->type == VFS_JSON_FALSE)
           ? NGX_OK : NGX_DECLINED;
}


static const char *
ngx_http_vfs_expected(ngx_http_vfs_ctx_t *ctx, const char *fmt, ...)
{
    u_char   *p, *last;
    va_list   args;

    p = ngx_pnalloc(ctx->request->pool, NGX_MAX_ERROR_STR);
    if (p == NULL) {
        return NULL;
    }

    va_start(args, fmt);
    last = ngx_vslprintf(p, p + NGX_MAX_ERROR_STR - 1, fmt, args);
    va_end(args);

    *last = '\0';

    return (const char *) p;
}
