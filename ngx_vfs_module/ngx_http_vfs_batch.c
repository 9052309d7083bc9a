
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


#define NGX_HTTP_VFS_MAX_BATCH  100


typedef struct {
    ngx_uint_t              n;
    ngx_str_t               ids[NGX_HTTP_VFS_MAX_BATCH];
    ngx_str_t               keys[NGX_HTTP_VFS_MAX_BATCH];
    ngx_http_vfs_record_t  *records[NGX_HTTP_VFS_MAX_BATCH];
} ngx_http_vfs_batch_t;


static ngx_int_t ngx_http_vfs_batch_parse(ngx_http_vfs_ctx_t *ctx,
    ngx_http_vfs_batch_t *batch, ngx_str_t *body);
static ngx_int_t ngx_http_vfs_batch_ids(ngx_http_vfs_ctx_t *ctx,
    ngx_http_vfs_batch_t *batch, vfs_json_t *json);
static ngx_int_t ngx_http_vfs_batch_add(ngx_http_vfs_ctx_t *ctx,
    ngx_http_vfs_batch_t *batch, ngx_str_t *id);
static ngx_int_t ngx_http_vfs_batch_match(ngx_http_vfs_batch_t *batch,
    ngx_array_t *records);
static u_char *ngx_http_vfs_batch_answer(u_char *p,
    ngx_http_vfs_batch_t *batch);


/* POST features/user/batch {"ids":[...]}: one fetch for all of them. */

ngx_int_t
ngx_http_vfs_batch_start(ngx_http_vfs_ctx_t *ctx)
{
    ngx_int_t              rc;
    ngx_str_t              body;
    ngx_http_vfs_batch_t  *batch;

    rc = ngx_http_vfs_entity(ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_vfs_json_body(ctx, &body);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    batch = ngx_pcalloc(ctx->request->pool, sizeof(ngx_http_vfs_batch_t));
    if (batch == NULL) {
        return NGX_ERROR;
    }

    ctx->data = batch;

    rc = ngx_http_vfs_batch_parse(ctx, batch, &body);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_vfs_index_fetch(ctx, batch->keys, batch->n);
}


static ngx_int_t
ngx_http_vfs_batch_parse(ngx_http_vfs_ctx_t *ctx, ngx_http_vfs_batch_t *batch,
    ngx_str_t *body)
{
    ngx_int_t         rc;
    vfs_json_t        json;
    vfs_json_token_t  token;

    vfs_json_init(&json, (char *) body->data, body->len);

    if (vfs_json_next(&json, &token) != VFS_JSON_OBJECT) {
        return ngx_http_vfs_body_error(ctx, &json);
    }

    while (vfs_json_next(&json, &token) == VFS_JSON_NAME) {

        if (!vfs_json_equal(&token, "ids")) {
            return ngx_http_vfs_unknown_member(ctx, &token);
        }

        if (batch->n != 0 || vfs_json_next(&json, &token) != VFS_JSON_ARRAY) {
            goto invalid;
        }

        rc = ngx_http_vfs_batch_ids(ctx, batch, &json);

        if (rc != NGX_OK) {
            return rc;
        }

        if (batch->n == 0) {
            goto invalid;
        }
    }

    if (vfs_json_next(&json, &token) != VFS_JSON_END) {
        return ngx_http_vfs_body_error(ctx, &json);
    }

    if (batch->n != 0) {
        return NGX_OK;
    }

invalid:

    if (json.reason != NULL) {
        return ngx_http_vfs_body_error(ctx, &json);
    }

    return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                              "ids: expected one array of 1 to %d ids",
                              NGX_HTTP_VFS_MAX_BATCH);
}


static ngx_int_t
ngx_http_vfs_batch_ids(ngx_http_vfs_ctx_t *ctx, ngx_http_vfs_batch_t *batch,
    vfs_json_t *json)
{
    ngx_int_t         rc;
    ngx_str_t         id;
    ngx_uint_t        i;
    vfs_json_token_t  token;

    for (i = 0; /* void */ ; i++) {

        switch (vfs_json_next(json, &token)) {

        case VFS_JSON_ARRAY_END:
            return NGX_OK;

        case VFS_JSON_INVALID:
            return ngx_http_vfs_body_error(ctx, json);

        case VFS_JSON_STRING:
            break;

        default:
            return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                      "ids[%ui]: expected a string", i);
        }

        if (i == NGX_HTTP_VFS_MAX_BATCH) {
            return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                      "ids: expected one array of 1 to %d ids",
                                      NGX_HTTP_VFS_MAX_BATCH);
        }

        if (ngx_http_vfs_string(ctx->request->pool, &token, &id) != NGX_OK) {
            return NGX_ERROR;
        }

        if (!ngx_http_vfs_id_valid(id.data, id.len)) {
            return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                      "ids[%ui]: expected 1 to 128 characters "
                                      "of [A-Za-z0-9_-]", i);
        }

        rc = ngx_http_vfs_batch_add(ctx, batch, &id);

        if (rc != NGX_OK) {
            return rc;
        }
    }
}


/* An id that is named again is asked for and answered once. */

static ngx_int_t
ngx_http_vfs_batch_add(ngx_http_vfs_ctx_t *ctx, ngx_http_vfs_batch_t *batch,
    ngx_str_t *id)
{
    ngx_uint_t  i;

    for (i = 0; i < batch->n; i++) {

        if (batch->ids[i].len == id->len
            && ngx_memcmp(batch->ids[i].data, id->data, id->len) == 0)
        {
            return NGX_OK;
        }
    }

    batch->ids[i] = *id;
    batch->n++;

    return ngx_http_vfs_key(ctx, id, &batch->keys[i]);
}


/* {"features":[...],"missing":[...]}, both in the order of the request */

ngx_int_t
ngx_http_vfs_batch_fetched(ngx_http_vfs_ctx_t *ctx)
{
    size_t                 len;
    u_char                *text, *last;
    ngx_uint_t             i;
    ngx_array_t            records;
    ngx_http_vfs_call_t   *call;
    ngx_http_vfs_batch_t  *batch;

    batch = ctx->data;
    call = &ctx->calls[ctx->ncalls - 1];

    if (call->status != NGX_HTTP_OK) {
        return ngx_http_vfs_index_error(ctx);
    }

    if (ngx_array_init(&records, ctx->request->pool, batch->n,
                       sizeof(ngx_http_vfs_record_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_vfs_answer_vectors(call, &records, batch->n) != NGX_OK) {
        return ngx_http_vfs_index_error(ctx);
    }

    if (ngx_http_vfs_batch_match(batch, &records) != NGX_OK) {
        return ngx_http_vfs_unusable_answer(ctx, "another vector than was "
                                            "asked for");
    }

    len = sizeof("{\"features\":[],\"missing\":[]}") - 1 + call->text.len;

    for (i = 0; i < batch->n; i++) {
        len += NGX_HTTP_VFS_FEATURE_LEN + batch->ids[i].len;
    }

    text = ngx_pnalloc(ctx->request->pool, len);
    if (text == NULL) {
        return NGX_ERROR;
    }

    last = ngx_http_vfs_batch_answer(text, batch);

    return ngx_http_vfs_send_feature(ctx, text, last - text);
}


static ngx_int_t
ngx_http_vfs_batch_match(ngx_http_vfs_batch_t *batch, ngx_array_t *records)
{
    ngx_uint_t              i, k;
    ngx_http_vfs_record_t  *record;

    record = records->elts;

    for (k = 0; k < records->nelts; k++) {

        for (i = 0; i < batch->n; i++) {

            if (batch->records[i] == NULL
                && vfs_json_equal(&record[k].id, (char *) batch->keys[i].data))
            {
                batch->records[i] = &record[k];
                break;
            }
        }

        if (i == batch->n) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static u_char *
ngx_http_vfs_batch_answer(u_char *p, ngx_http_vfs_batch_t *batch)
{
    ngx_str_t   *id;
    ngx_uint_t   i, n;

    p = ngx_http_vfs_copy(p, "{\"features\":[");
    n = 0;

    for (i = 0; i < batch->n; i++) {

        if (batch->records[i] == NULL) {
            continue;
        }

        if (n++ != 0) {
            *p++ = ',';
        }

        p = ngx_http_vfs_feature(p, &batch->ids[i], batch->records[i]);
    }

    p = ngx_http_vfs_copy(p, "],\"missing\":[");
    n = 0;

    for (i = 0; i < batch->n; i++) {
        id = &batch->ids[i];

        if (batch->records[i] != NULL) {
            continue;
        }

        if (n++ != 0) {
            *p++ = ',';
        }

        *p++ = '"';
        p = ngx_cpymem(p, id->data, id->len);
        *p++ = '"';
    }

    return ngx_http_vfs_copy(p, "]}");
}
