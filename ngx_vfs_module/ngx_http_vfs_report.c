
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_ingest.h"


#define NGX_HTTP_VFS_MAX_DIGITS  18


typedef struct {
    ngx_http_vfs_report_t   *report;
    vfs_json_t               json;
    const char              *member;
    const char              *expected;
} ngx_http_vfs_reader_t;


typedef struct {
    const char              *name;
    const char              *expected;
    ngx_int_t              (*read)(ngx_http_vfs_reader_t *reader,
                                   vfs_json_token_t *value);
} ngx_http_vfs_member_t;


static ngx_int_t ngx_http_vfs_read_name(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_definition(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_uptime(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_paused(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_counters(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_levels(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_lags(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_stored(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_named(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, ngx_str_t *names, uint64_t *numbers,
    ngx_uint_t n);
static ngx_int_t ngx_http_vfs_read_number(vfs_json_token_t *value,
    uint64_t *number);


ngx_str_t  ngx_http_vfs_counter_names[] = {
    ngx_string("events"),
    ngx_string("folded"),
    ngx_string("ignored"),
    ngx_string("item_updates"),
    ngx_string("upserts"),
    ngx_string("deletes"),
    ngx_string("batches"),
    ngx_string("retries"),
    ngx_string("dead_letters")
};


ngx_str_t  ngx_http_vfs_level_names[] = {
    ngx_string("in_flight"),
    ngx_string("pending"),
    ngx_string("state_keys")
};


static ngx_http_vfs_member_t  ngx_http_vfs_members[] = {

    { "worker", "1 to 64 characters of [A-Za-z0-9_.-]",
      ngx_http_vfs_read_name },

    { "definition", "16 hexadecimal digits",
      ngx_http_vfs_read_definition },

    { "uptime_ms", "an integer from 0",
      ngx_http_vfs_read_uptime },

    { "paused", "true or false",
      ngx_http_vfs_read_paused },

    { "counters", "an object of integers from 0",
      ngx_http_vfs_read_counters },

    { "gauges", "an object of integers from 0",
      ngx_http_vfs_read_levels },

    { "lag", "an object of integers from 0 by partition, at most 256",
      ngx_http_vfs_read_lags },

    { "event_to_stored_us", "an array of [bucket, count]",
      ngx_http_vfs_read_stored },

    { NULL, NULL, NULL }
};


/*
 * Reads a report.  NGX_DECLINED with the member and what was expected of it if
 * one is missing, repeated or wrong; members of other names are passed over.
 */

ngx_int_t
ngx_http_vfs_report_parse(ngx_http_vfs_report_t *report, ngx_str_t *text,
    const char **member, const char **expected)
{
    ngx_uint_t              i, seen;
    vfs_json_token_t        name, value;
    ngx_http_vfs_member_t  *m;
    ngx_http_vfs_reader_t   reader;

    ngx_memzero(report, sizeof(ngx_http_vfs_report_t));

    reader.report = report;
    vfs_json_init(&reader.json, (char *) text->data, text->len);

    *member = "body";
    *expected = "a JSON object";
    seen = 0;

    if (vfs_json_next(&reader.json, &name) != VFS_JSON_OBJECT) {
        return NGX_DECLINED;
    }

    while (vfs_json_next(&reader.json, &name) == VFS_JSON_NAME) {

        vfs_json_next(&reader.json, &value);

        for (i = 0; ngx_http_vfs_members[i].name != NULL; i++) {
            if (vfs_json_equal(&name, ngx_http_vfs_members[i].name)) {
                break;
            }
        }

        m = &ngx_http_vfs_members[i];

        if (m->name == NULL) {

            if (vfs_json_skip(&reader.json, &value, &value) != 0) {
                return NGX_DECLINED;
            }

            continue;
        }

        if ((seen & (1 << i)) || m->read(&reader, &value) != NGX_OK) {
            *member = m->name;
            *expected = (seen & (1 << i)) ? "one member of the name"
                                          : m->expected;
            return NGX_DECLINED;
        }

        seen |= 1 << i;
    }

    if (vfs_json_next(&reader.json, &value) != VFS_JSON_END) {
        return NGX_DECLINED;
    }

    for (i = 0; ngx_http_vfs_members[i].name != NULL; i++) {

        if (!(seen & (1 << i))) {
            *member = ngx_http_vfs_members[i].name;
            *expected = ngx_http_vfs_members[i].expected;
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_read_name(ngx_http_vfs_reader_t *reader, vfs_json_token_t *value)
{
    u_char                  c;
    size_t                  i;
    ngx_http_vfs_report_t  *report;

    report = reader->report;

    if (value->type != VFS_JSON_STRING
        || value->len == 0
        || value->len > NGX_HTTP_VFS_NAME_LEN)
    {
        return NGX_DECLINED;
    }

    for (i = 0; i < value->len; i++) {
        c = value->start[i];

        if (c != '.' && !ngx_http_vfs_id_valid(&c, 1)) {
            return NGX_DECLINED;
        }
    }

    ngx_memcpy(report->name, value->start, value->len);
    report->name_len = value->len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_read_definition(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    ngx_http_vfs_report_t  *report;

    report = reader->report;

    if (value->type != VFS_JSON_STRING
        || value->len != NGX_HTTP_VFS_DEFINITION_LEN
        || ngx_hextoi((u_char *) value->start, value->len / 2) == NGX_ERROR
        || ngx_hextoi((u_char *) value->start + value->len / 2,
                      value->len / 2)
           == NGX_ERROR)
    {
        return NGX_DECLINED;
    }

    ngx_memcpy(report->definition, value->start, value->len);
    report->definition_len = value->len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_read_uptime(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    return ngx_http_vfs_read_number(value, &reader->report->uptime);
}


static ngx_int_t
ngx_http_vfs_read_paused(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    if (value->type != VFS_JSON_TRUE && value->type != VFS_JSON_FALSE) {
        return NGX_DECLINED;
    }

    reader->report->paused = (value->type == VFS_JSON_TRUE);

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_read_counters(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    return ngx_http_vfs_read_named(reader, value, ngx_http_vfs_counter_names,
                                   reader->report->counters,
                                   NGX_HTTP_VFS_COUNTERS);
}


static ngx_int_t
ngx_http_vfs_read_levels(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    return ngx_http_vfs_read_named(reader, value, ngx_http_vfs_level_names,
                                   reader->report->levels,
                                   NGX_HTTP_VFS_LEVELS);
}


static ngx_int_t
ngx_http_vfs_read_named(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, ngx_str_t *names, uint64_t *numbers, ngx_uint_t n)
{
    uint64_t          number;
    ngx_uint_t        i;
    vfs_json_token_t  name;

    if (value->type != VFS_JSON_OBJECT) {
        return NGX_DECLINED;
    }

    while (vfs_json_next(&reader->json, &name) == VFS_JSON_NAME) {

        vfs_json_next(&reader->json, value);

        if (ngx_http_vfs_read_number(value, &number) != NGX_OK) {
            return NGX_DECLINED;
        }

        for (i = 0; i < n; i++) {
            if (vfs_json_equal(&name, (char *) names[i].data)) {
                numbers[i] = number;
                break;
            }
        }
    }

    return (reader->json.reason == NULL) ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_vfs_read_lags(ngx_http_vfs_reader_t *reader, vfs_json_token_t *value)
{
    vfs_json_token_t     name;
    ngx_http_vfs_lag_t  *lag;

    if (value->type != VFS_JSON_OBJECT) {
        return NGX_DECLINED;
    }

    while (vfs_json_next(&reader->json, &name) == VFS_JSON_NAME) {

        vfs_json_next(&reader->json, value);

        if (reader->report->nlags == NGX_HTTP_VFS_PARTITIONS) {
            return NGX_DECLINED;
        }

        lag = &reader->report->lags[reader->report->nlags++];
        name.type = VFS_JSON_NUMBER;

        if (ngx_http_vfs_read_number(&name, &lag->partition) != NGX_OK
            || ngx_http_vfs_read_number(value, &lag->lag) != NGX_OK)
        {
            return NGX_DECLINED;
        }
    }

    return (reader->json.reason == NULL) ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_vfs_read_stored(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
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

        reader->report->stored[bucket] = count;
    }

    return (token.type == VFS_JSON_ARRAY_END) ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
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
