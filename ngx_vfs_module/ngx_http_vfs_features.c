
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


static ngx_int_t ngx_http_vfs_source(ngx_http_vfs_ctx_t *ctx);
static ngx_int_t ngx_http_vfs_find(ngx_http_vfs_ctx_t *ctx,
    ngx_http_vfs_record_t *record);
static ngx_int_t ngx_http_vfs_feature(ngx_http_vfs_out_t *out, ngx_str_t *id,
    ngx_http_vfs_record_t *record);
static ngx_int_t ngx_http_vfs_send_matches(ngx_http_vfs_ctx_t *ctx,
    ngx_uint_t entity, ngx_str_t *source, ngx_str_t *list);
static u_char *ngx_http_vfs_match(u_char *p, ngx_str_t *id,
    ngx_http_vfs_record_t *record);
static void ngx_http_vfs_match_id(ngx_str_t *prefix, vfs_json_token_t *token,
    ngx_str_t *id);
static ngx_int_t ngx_http_vfs_not_found(ngx_http_vfs_ctx_t *ctx);


static ngx_str_t  ngx_http_vfs_source_names[] = {
    ngx_string("sourceUserId"),
    ngx_string("sourceItemId")
};


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
    ngx_int_t              rc;
    ngx_http_vfs_out_t     out;
    ngx_http_vfs_record_t  record;

    rc = ngx_http_vfs_find(ctx, &record);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_http_vfs_out_init(&out, ctx->request->pool);

    if (ngx_http_vfs_feature(&out, &ctx->id, &record) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_vfs_send_feature(ctx, &out);
}


/* GET features/user/ID/similar: one query by id, which also finds itself. */

ngx_int_t
ngx_http_vfs_similar_start(ngx_http_vfs_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_vfs_source(ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_vfs_top_k(ctx);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_vfs_index_query(ctx, ctx->entity, ctx->top_k + 1, NULL);
}


ngx_int_t
ngx_http_vfs_similar_queried(ngx_http_vfs_ctx_t *ctx)
{
    static ngx_str_t  list = ngx_string("similar");

    return ngx_http_vfs_send_matches(ctx, ctx->entity,
                                     &ngx_http_vfs_source_names[ctx->entity],
                                     &list);
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
    ngx_str_t              vector;
    ngx_http_vfs_record_t  record;

    rc = ngx_http_vfs_find(ctx, &record);

    if (rc != NGX_OK) {
        return rc;
    }

    vector.data = (u_char *) record.values.start;
    vector.len = record.values.len;

    return ngx_http_vfs_index_query(ctx, NGX_HTTP_VFS_ITEM, ctx->top_k,
                                    &vector);
}


ngx_int_t
ngx_http_vfs_recommend_queried(ngx_http_vfs_ctx_t *ctx)
{
    static ngx_str_t  source = ngx_string("userId");
    static ngx_str_t  list = ngx_string("items");

    return ngx_http_vfs_send_matches(ctx, NGX_HTTP_VFS_ITEM, &source, &list);
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

    if (ngx_http_vfs_index_vectors(call, &records) != NGX_OK) {
        return ngx_http_vfs_index_error(ctx);
    }

    if (records.nelts == 0) {
        return ngx_http_vfs_not_found(ctx);
    }

    *record = *(ngx_http_vfs_record_t *) records.elts;

    if (!vfs_json_equal(&record->id, (char *) ctx->key.data)) {
        call->status = NGX_HTTP_BAD_GATEWAY;
        call->reason = "answer has another vector than was asked for";

        return ngx_http_vfs_index_error(ctx);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_feature(ngx_http_vfs_out_t *out, ngx_str_t *id,
    ngx_http_vfs_record_t *record)
{
    vfs_json_token_t  *metadata;

    static vfs_json_token_t  empty = { VFS_JSON_OBJECT, "{}", 2, 0 };

    metadata = &record->metadata;

    if (metadata->type == VFS_JSON_END) {
        metadata = &empty;
    }

    if (ngx_http_vfs_out_add(out, ngx_http_vfs_lit("{\"id\":\"")) != NGX_OK
        || ngx_http_vfs_out_add(out, id->data, id->len) != NGX_OK
        || ngx_http_vfs_out_add(out, ngx_http_vfs_lit("\",\"values\":"))
           != NGX_OK
        || ngx_http_vfs_out_add(out, record->values.start, record->values.len)
           != NGX_OK
        || ngx_http_vfs_out_add(out, ngx_http_vfs_lit(",\"metadata\":"))
           != NGX_OK
        || ngx_http_vfs_out_add(out, metadata->start, metadata->len) != NGX_OK
        || ngx_http_vfs_out_add(out, ngx_http_vfs_lit("}")) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* {"SOURCE":"ID","LIST":[{"id","score","metadata"?},...]} without ID itself */

static ngx_int_t
ngx_http_vfs_send_matches(ngx_http_vfs_ctx_t *ctx, ngx_uint_t entity,
    ngx_str_t *source, ngx_str_t *list)
{
    u_char                   *p, *start;
    ngx_str_t                 id;
    ngx_uint_t                i, n;
    ngx_array_t               records;
    ngx_http_vfs_out_t        out;
    ngx_http_vfs_call_t      *call;
    ngx_http_vfs_record_t    *record;
    ngx_http_vfs_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vfs_module);
    call = &ctx->calls[ctx->ncalls - 1];

    if (call->status != NGX_HTTP_OK) {
        return ngx_http_vfs_index_error(ctx);
    }

    if (ngx_array_init(&records, ctx->request->pool, ctx->top_k + 1,
                       sizeof(ngx_http_vfs_record_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_vfs_index_matches(call, &records) != NGX_OK) {
        return ngx_http_vfs_index_error(ctx);
    }

    if (records.nelts == 0 && ctx->route == NGX_HTTP_VFS_ROUTE_SIMILAR) {
        return ngx_http_vfs_not_found(ctx);
    }

    /* each match is at most as long as the index's text for it */

    start = ngx_pnalloc(ctx->request->pool, call->text.len
                        + sizeof("{\"\":\"\",\"\":[]}") + source->len
                        + ctx->id.len + list->len);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(start, "{\"%V\":\"%V\",\"%V\":[", source, &ctx->id, list);

    record = records.elts;
    n = 0;

    for (i = 0; i < records.nelts && n < ctx->top_k; i++) {

        if (ctx->route == NGX_HTTP_VFS_ROUTE_SIMILAR
            && vfs_json_equal(&record[i].id, (char *) ctx->key.data))
        {
            continue;
        }

        ngx_http_vfs_match_id(&vlcf->prefixes[entity], &record[i].id, &id);

        if (n++ != 0) {
            *p++ = ',';
        }

        p = ngx_http_vfs_match(p, &id, &record[i]);
    }

    *p++ = ']';
    *p++ = '}';

    ngx_http_vfs_out_init(&out, ctx->request->pool);

    if (ngx_http_vfs_out_add(&out, start, p - start) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_vfs_send_feature(ctx, &out);
}


static u_char *
ngx_http_vfs_match(u_char *p, ngx_str_t *id, ngx_http_vfs_record_t *record)
{
    p = ngx_cpymem(p, "{\"id\":\"", sizeof("{\"id\":\"") - 1);
    p = ngx_cpymem(p, id->data, id->len);
    p = ngx_cpymem(p, "\",\"score\":", sizeof("\",\"score\":") - 1);
    p = ngx_cpymem(p, record->score.start, record->score.len);

    if (record->metadata.type != VFS_JSON_END) {
        p = ngx_cpymem(p, ",\"metadata\":", sizeof(",\"metadata\":") - 1);
        p = ngx_cpymem(p, record->metadata.start, record->metadata.len);
    }

    *p++ = '}';

    return p;
}


/* The id as the client knows it, still as the inside of a JSON string. */

static void
ngx_http_vfs_match_id(ngx_str_t *prefix, vfs_json_token_t *token,
    ngx_str_t *id)
{
    id->data = (u_char *) token->start;
    id->len = token->len;

    if (token->len >= prefix->len
        && ngx_memcmp(token->start, prefix->data, prefix->len) == 0)
    {
        id->data += prefix->len;
        id->len -= prefix->len;
    }
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

    texts = (ctx->route == NGX_HTTP_VFS_ROUTE_FETCH) ? own : source;

    return ngx_http_vfs_error(ctx, NGX_HTTP_NOT_FOUND, texts[ctx->entity]);
}
