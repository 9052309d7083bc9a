
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


static ngx_int_t ngx_http_vfs_source(ngx_http_vfs_ctx_t *ctx);
static ngx_int_t ngx_http_vfs_find(ngx_http_vfs_ctx_t *ctx,
    ngx_http_vfs_record_t *record);
static ngx_int_t ngx_http_vfs_send_neighbours(ngx_http_vfs_ctx_t *ctx,
    ngx_uint_t entity, ngx_str_t *source, const char *list);
static u_char *ngx_http_vfs_match(u_char *p, ngx_str_t *prefix,
    ngx_http_vfs_record_t *record, ngx_uint_t values);
static u_char *ngx_http_vfs_member(u_char *p, const char *name,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_not_found(ngx_http_vfs_ctx_t *ctx);


/* GET features/user/ID: {"id":...,"values":[...],"metadata":{...}} */

ngx_int_t
ngx_http_vfs_fetch_start(ngx_http_vfs_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_vfs_source(ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_vfs_index_fetch(ctx, &ctx->key, 1);
}


ngx_int_t
ngx_http_vfs_fetch_fetched(ngx_http_vfs_ctx_t *ctx)
{
    u_char                 *text, *last;
    ngx_int_t               rc;
    ngx_http_vfs_record_t   record;

    rc = ngx_http_vfs_find(ctx, &record);

    if (rc != NGX_OK) {
        return rc;
    }

    text = ngx_pnalloc(ctx->request->pool, NGX_HTTP_VFS_FEATURE_LEN
                                           + ctx->id.len + record.values.len
                                           + record.metadata.len);
    if (text == NULL) {
        return NGX_ERROR;
    }

    last = ngx_http_vfs_feature(text, &ctx->id, &record);

    return ngx_http_vfs_send_feature(ctx, text, last - text);
}


/* GET features/user/ID/similar: one query by id, which also finds itself. */

ngx_int_t
ngx_http_vfs_similar_start(ngx_http_vfs_ctx_t *ctx)
{
    ngx_int_t             rc;
    ngx_http_vfs_query_t  query;

    rc = ngx_http_vfs_source(ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_vfs_top_k(ctx);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_memzero(&query, sizeof(ngx_http_vfs_query_t));

    query.entity = ctx->entity;
    query.top_k = ngx_min(ctx->top_k + 1, NGX_HTTP_VFS_MAX_TOP_K);
    query.key = ctx->key;
    query.include_metadata = 1;

    return ngx_http_vfs_index_query(ctx, &query);
}


ngx_int_t
ngx_http_vfs_similar_queried(ngx_http_vfs_ctx_t *ctx)
{
    static ngx_str_t  names[] = {
        ngx_string("sourceUserId"),
        ngx_string("sourceItemId")
    };

    return ngx_http_vfs_send_neighbours(ctx, ctx->entity, &names[ctx->entity],
                                        "similar");
}


/* GET recommend/user/ID: the user's vector, asked of the items. */

ngx_int_t
ngx_http_vfs_recommend_start(ngx_http_vfs_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_vfs_source(ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_vfs_top_k(ctx);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_vfs_index_fetch(ctx, &ctx->key, 1);
}


ngx_int_t
ngx_http_vfs_recommend_fetched(ngx_http_vfs_ctx_t *ctx)
{
    ngx_int_t              rc;
    ngx_http_vfs_query_t   query;
    ngx_http_vfs_record_t  record;

    rc = ngx_http_vfs_find(ctx, &record);

    if (rc != NGX_OK) {
        return rc;
    }

    if (record.nvalues == 0) {
        return ngx_http_vfs_unusable_answer(ctx, "a vector without values");
    }

    ngx_memzero(&query, sizeof(ngx_http_vfs_query_t));

    query.entity = NGX_HTTP_VFS_ITEM;
    query.top_k = ctx->top_k;
    query.vector.data = (u_char *) record.values.start;
    query.vector.len = record.values.len;
    query.include_metadata = 1;

    return ngx_http_vfs_index_query(ctx, &query);
}


ngx_int_t
ngx_http_vfs_recommend_queried(ngx_http_vfs_ctx_t *ctx)
{
    static ngx_str_t  name = ngx_string("userId");

    return ngx_http_vfs_send_neighbours(ctx, NGX_HTTP_VFS_ITEM, &name,
                                        "items");
}


static ngx_int_t
ngx_http_vfs_source(ngx_http_vfs_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_vfs_entity(ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_vfs_id(ctx);
}


/* The record of ctx->key in the answer to a fetch. */

static ngx_int_t
ngx_http_vfs_find(ngx_http_vfs_ctx_t *ctx, ngx_http_vfs_record_t *record)
{
    ngx_array_t             records;
    ngx_http_vfs_call_t    *call;

    call = &ctx->calls[ctx->ncalls - 1];

    if (call->status != NGX_HTTP_OK) {
        return ngx_http_vfs_index_error(ctx);
    }

    if (ngx_array_init(&records, ctx->request->pool, 1,
                       sizeof(ngx_http_vfs_record_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_vfs_answer_vectors(call, &records, 1) != NGX_OK) {
        return ngx_http_vfs_index_error(ctx);
    }

    if (records.nelts == 0) {
        return ngx_http_vfs_not_found(ctx);
    }

    *record = *(ngx_http_vfs_record_t *) records.elts;

    if (!vfs_json_equal(&record->id, (char *) ctx->key.data)) {
        return ngx_http_vfs_unusable_answer(ctx, "another vector than was "
                                            "asked for");
    }

    return NGX_OK;
}


/*
 * {"id":...,"values":[...],"metadata":{...}}, at most NGX_HTTP_VFS_FEATURE_LEN
 * bytes longer than the three.
 */

u_char *
ngx_http_vfs_feature(u_char *p, ngx_str_t *id, ngx_http_vfs_record_t *record)
{
    p = ngx_http_vfs_copy(p, "{\"id\":\"");
    p = ngx_cpymem(p, id->data, id->len);
    p = ngx_http_vfs_copy(p, "\",\"values\":");
    p = ngx_cpymem(p, record->values.start, record->values.len);
    p = ngx_http_vfs_copy(p, ",\"metadata\":");

    if (record->metadata.type == VFS_JSON_END) {
        p = ngx_http_vfs_copy(p, "{}");

    } else {
        p = ngx_cpymem(p, record->metadata.start, record->metadata.len);
    }

    *p++ = '}';

    return p;
}


static ngx_int_t
ngx_http_vfs_send_neighbours(ngx_http_vfs_ctx_t *ctx, ngx_uint_t entity,
    ngx_str_t *source, const char *list)
{
    ngx_str_t  head;

    head.data = ngx_pnalloc(ctx->request->pool, sizeof("{\"\":\"\",\"\":[")
                            + source->len + ctx->id.len + ngx_strlen(list));
    if (head.data == NULL) {
        return NGX_ERROR;
    }

    head.len = ngx_sprintf(head.data, "{\"%V\":\"%V\",\"%s\":[", source,
                           &ctx->id, list)
               - head.data;

    return ngx_http_vfs_send_matches(ctx, entity, &head);
}


/*
 * The answer to a query: "head", which opens an object and a list, and the
 * matches, without the one that was asked for its neighbours.
 */

ngx_int_t
ngx_http_vfs_send_matches(ngx_http_vfs_ctx_t *ctx, ngx_uint_t entity,
    ngx_str_t *head)
{
    u_char                   *p, *start;
    ngx_uint_t                i, n, max, similar;
    ngx_array_t               records;
    ngx_http_vfs_call_t      *call;
    ngx_http_vfs_record_t    *record;
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);
    call = &ctx->calls[ctx->ncalls - 1];
    similar = (ctx->endpoint->route == NGX_HTTP_VFS_ROUTE_SIMILAR);

    if (call->status != NGX_HTTP_OK) {
        return ngx_http_vfs_index_error(ctx);
    }

    max = ctx->top_k + similar;

    if (ngx_array_init(&records, ctx->request->pool, ngx_min(max, 128),
                       sizeof(ngx_http_vfs_record_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_vfs_answer_matches(call, &records, max) != NGX_OK) {
        return ngx_http_vfs_index_error(ctx);
    }

    if (records.nelts == 0 && similar) {
        return ngx_http_vfs_not_found(ctx);
    }

    /* no match gets longer than the index's text for it */

    start = ngx_pnalloc(ctx->request->pool, head->len + call->text.len + 2);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(start, head->data, head->len);

    record = records.elts;
    n = 0;

    for (i = 0; i < records.nelts && n < ctx->top_k; i++) {

        if (similar
            && vfs_json_equal(&record[i].id, (char *) ctx->key.data))
        {
            continue;
        }

        if (n++ != 0) {
            *p++ = ',';
        }

        p = ngx_http_vfs_match(p, &vlcf->prefixes[entity], &record[i],
                               ctx->include_values);
    }

    *p++ = ']';
    *p++ = '}';

    return ngx_http_vfs_send_feature(ctx, start, p - start);
}


static u_char *
ngx_http_vfs_match(u_char *p, ngx_str_t *prefix,
    ngx_http_vfs_record_t *record, ngx_uint_t values)
{
    size_t  skip;

    /* the id as the client knows it, still as the inside of a JSON string */

    skip = vfs_json_prefix(&record->id, (char *) prefix->data, prefix->len);

    p = ngx_http_vfs_copy(p, "{\"id\":\"");
    p = ngx_cpymem(p, record->id.start + skip, record->id.len - skip);
    *p++ = '"';

    p = ngx_http_vfs_member(p, ",\"score\":", &record->score);

    if (values) {
        p = ngx_http_vfs_member(p, ",\"values\":", &record->values);
    }

    p = ngx_http_vfs_member(p, ",\"metadata\":", &record->metadata);
    *p++ = '}';

    return p;
}


static u_char *
ngx_http_vfs_member(u_char *p, const char *name, vfs_json_token_t *value)
{
    if (value->type == VFS_JSON_END) {
        return p;
    }

    p = ngx_cpymem(p, name, ngx_strlen(name));

    return ngx_cpymem(p, value->start, value->len);
}


static ngx_int_t
ngx_http_vfs_not_found(ngx_http_vfs_ctx_t *ctx)
{
    const char  **texts;

    static const char  *own[] = {
        "User feature vector not found.",
        "Item feature vector not found."
    };

    static const char  *source[] = {
        "Source user feature vector not found.",
        "Source item feature vector not found."
    };

    texts = (ctx->endpoint->route == NGX_HTTP_VFS_ROUTE_FETCH)
            ? own : source;

    return ngx_http_vfs_error(ctx, NGX_HTTP_NOT_FOUND, texts[ctx->entity]);
}
