
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_report.h"


#define NGX_HTTP_VFS_MAX_DIGITS  18


static ngx_int_t ngx_http_vfs_read_words(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, ngx_http_vfs_counted_t *words, ngx_uint_t max,
    ngx_uint_t *n, const char *twice);
static ngx_int_t ngx_http_vfs_twice(ngx_http_vfs_reader_t *reader,
    const char *expected);


ngx_int_t
ngx_http_vfs_read_numbers(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, ngx_str_t *names, uint64_t *numbers, ngx_uint_t n)
{
    uint64_t          number;
    ngx_uint_t        i, seen;
    vfs_json_token_t  name;

    if (value->type != VFS_JSON_OBJECT) {
        return NGX_DECLINED;
    }

    seen = 0;

    while (vfs_json_next(&reader->json, &name) == VFS_JSON_NAME) {

        vfs_json_next(&reader->json, value);

        if (ngx_http_vfs_read_number(value, &number) != NGX_OK) {
            return NGX_DECLINED;
        }

        for (i = 0; i < n; i++) {
            if (vfs_json_equal(&name, (char *) names[i].data)) {
                break;
            }
        }

        if (i == n) {
            continue;
        }

        if (seen & (1 << i)) {
            return ngx_http_vfs_twice(reader, "one member of each name");
        }

        numbers[i] = number;
        seen |= 1 << i;
    }

    return (reader->json.reason == NULL) ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_http_vfs_read_lags(ngx_http_vfs_reader_t *reader, vfs_json_token_t *value,
    void *place)
{
    ngx_http_vfs_lags_t *lags = place;

    ngx_uint_t           i;
    vfs_json_token_t     name;
    ngx_http_vfs_lag_t  *lag;

    if (value->type != VFS_JSON_OBJECT) {
        return NGX_DECLINED;
    }

    while (vfs_json_next(&reader->json, &name) == VFS_JSON_NAME) {

        vfs_json_next(&reader->json, value);

        if (lags->n == NGX_HTTP_VFS_PARTITIONS) {
            return NGX_DECLINED;
        }

        lag = &lags->elts[lags->n];
        name.type = VFS_JSON_NUMBER;

        if ((name.len > 1 && *name.start == '0')
            || ngx_http_vfs_read_number(&name, &lag->partition) != NGX_OK
            || ngx_http_vfs_read_number(value, &lag->lag) != NGX_OK)
        {
            return NGX_DECLINED;
        }

        for (i = 0; i < lags->n; i++) {
            if (lags->elts[i].partition == lag->partition) {
                return ngx_http_vfs_twice(reader, "each partition once");
            }
        }

        lags->n++;
    }

    return (reader->json.reason == NULL) ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_http_vfs_read_reasons(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place)
{
    ngx_http_vfs_reasons_t  *reasons = place;

    return ngx_http_vfs_read_words(reader, value, reasons->elts,
                                   NGX_HTTP_VFS_REASONS, &reasons->n,
                                   "each reason once");
}


ngx_int_t
ngx_http_vfs_read_namespaces(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place)
{
    ngx_http_vfs_namespaces_t *namespaces = place;

    ngx_uint_t                 i;
    vfs_json_token_t           name;
    ngx_http_vfs_namespace_t  *space;

    if (value->type != VFS_JSON_OBJECT) {
        return NGX_DECLINED;
    }

    while (vfs_json_next(&reader->json, &name) == VFS_JSON_NAME) {

        if (namespaces->n == NGX_HTTP_VFS_NAMESPACES) {
            return NGX_DECLINED;
        }

        space = &namespaces->elts[namespaces->n];

        if (ngx_http_vfs_read_word(&name, NGX_HTTP_VFS_NAME_LEN, ".@",
                                   space->name, &space->name_len)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }

        for (i = 0; i < namespaces->n; i++) {
            if (namespaces->elts[i].name_len == space->name_len
                && ngx_memcmp(namespaces->elts[i].name, space->name,
                              space->name_len)
                   == 0)
            {
                return ngx_http_vfs_twice(reader, "each namespace once");
            }
        }

        namespaces->n++;

        vfs_json_next(&reader->json, value);

        if (ngx_http_vfs_read_words(reader, value, space->results,
                                    NGX_HTTP_VFS_RESULTS, &space->nresults,
                                    "each result of a namespace once")
            != NGX_OK)
        {
            return NGX_DECLINED;
        }
    }

    return (reader->json.reason == NULL) ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_vfs_read_words(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, ngx_http_vfs_counted_t *words, ngx_uint_t max,
    ngx_uint_t *n, const char *twice)
{
    ngx_uint_t               i;
    vfs_json_token_t         name;
    ngx_http_vfs_counted_t  *one;

    if (value->type != VFS_JSON_OBJECT) {
        return NGX_DECLINED;
    }

    while (vfs_json_next(&reader->json, &name) == VFS_JSON_NAME) {

        vfs_json_next(&reader->json, value);

        if (*n == max) {
            return NGX_DECLINED;
        }

        one = &words[*n];

        if (ngx_http_vfs_read_word(&name, NGX_HTTP_VFS_WORD_LEN, ".",
                                   one->word, &one->len)
            != NGX_OK
            || ngx_http_vfs_read_number(value, &one->count) != NGX_OK)
        {
            return NGX_DECLINED;
        }

        for (i = 0; i < *n; i++) {
            if (words[i].len == one->len
                && ngx_memcmp(words[i].word, one->word, one->len) == 0)
            {
                return ngx_http_vfs_twice(reader, twice);
            }
        }

        (*n)++;
    }

    return (reader->json.reason == NULL) ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_http_vfs_read_buckets(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place)
{
    uint64_t *buckets = place;

    uint64_t           bucket, count;
    vfs_json_t        *json;
    vfs_json_token_t   token;

    if (value->type != VFS_JSON_ARRAY) {
        return NGX_DECLINED;
    }

    json = &reader->json;

    while (vfs_json_next(json, &token) == VFS_JSON_ARRAY) {

        vfs_json_next(json, &token);

        if (ngx_http_vfs_read_number(&token, &bucket) != NGX_OK
            || bucket >= VFS_HISTOGRAM_BUCKETS)
        {
            return NGX_DECLINED;
        }

        vfs_json_next(json, &token);

        if (ngx_http_vfs_read_number(&token, &count) != NGX_OK
            || vfs_json_next(json, &token) != VFS_JSON_ARRAY_END)
        {
            return NGX_DECLINED;
        }

        /* an empty one says nothing, however often */

        if (buckets[bucket] != 0) {
            return ngx_http_vfs_twice(reader, "each bucket once");
        }

        buckets[bucket] = count;
    }

    return (token.type == VFS_JSON_ARRAY_END) ? NGX_OK : NGX_DECLINED;
}


/* Characters that need no escape in JSON and in Prometheus text. */

ngx_int_t
ngx_http_vfs_read_word(vfs_json_token_t *value, size_t max,
    const char *others, u_char *word, size_t *len)
{
    u_char  c;
    size_t  i;

    if (value->len == 0 || value->len > max) {
        return NGX_DECLINED;
    }

    for (i = 0; i < value->len; i++) {
        c = value->start[i];

        if (c == '\0'
            || (ngx_strchr(others, c) == NULL
                && !ngx_http_vfs_id_valid(&c, 1)))
        {
            return NGX_DECLINED;
        }
    }

    ngx_memcpy(word, value->start, value->len);
    *len = value->len;

    return NGX_OK;
}


ngx_int_t
ngx_http_vfs_read_number(vfs_json_token_t *value, uint64_t *number)
{
    ngx_int_t  n;

    if (value->type != VFS_JSON_NUMBER
        || value->len > NGX_HTTP_VFS_MAX_DIGITS)
    {
        return NGX_DECLINED;
    }

    n = ngx_atoi((u_char *) value->start, value->len);

    if (n == NGX_ERROR) {
        return NGX_DECLINED;
    }

    *number = n;

    return NGX_OK;
}


/* What came twice is refused, and named in the place of the member's form. */

static ngx_int_t
ngx_http_vfs_twice(ngx_http_vfs_reader_t *reader, const char *expected)
{
    reader->expected = expected;

    return NGX_DECLINED;
}
