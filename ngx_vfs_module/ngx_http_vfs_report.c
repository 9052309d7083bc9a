
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
    ngx_uint_t               optional;
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
static ngx_int_t ngx_http_vfs_read_retries(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_letters(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_upserts(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_counted(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, ngx_http_vfs_counted_t *counted, ngx_uint_t max,
    ngx_uint_t *n);
static ngx_int_t ngx_http_vfs_read_sums(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_stored(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_batch_us(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_batch_bytes(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value);
static ngx_int_t ngx_http_vfs_read_buckets(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, uint64_t *buckets);
static ngx_int_t ngx_http_vfs_read_named(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, ngx_str_t *names, uint64_t *numbers,
    ngx_uint_t n);


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
    ngx_string("state_keys"),
    ngx_string("state_bytes")
};


ngx_str_t  ngx_http_vfs_distribution_names[] = {
    ngx_string("event_to_stored_us"),
    ngx_string("batch_us"),
    ngx_string("batch_bytes")
};


static ngx_http_vfs_member_t  ngx_http_vfs_members[] = {

    { "worker", "1 to 64 characters of [A-Za-z0-9_.-]",
      ngx_http_vfs_read_name, 0 },

    { "definition", "16 hexadecimal digits",
      ngx_http_vfs_read_definition, 0 },

    { "uptime_ms", "an integer from 0",
      ngx_http_vfs_read_uptime, 0 },

    { "paused", "true or false",
      ngx_http_vfs_read_paused, 0 },

    { "counters", "an object of integers from 0",
      ngx_http_vfs_read_counters, 0 },

    { "gauges", "an object of integers from 0",
      ngx_http_vfs_read_levels, 0 },

    { "lag", "an object of integers from 0 by partition, at most 256",
      ngx_http_vfs_read_lags, 0 },

    { "event_to_stored_us", "an array of [bucket, count]",
      ngx_http_vfs_read_stored, 0 },

    { "retries", "an object of integers from 0 by reason, at most 24",
      ngx_http_vfs_read_retries, 1 },

    { "dead_letters", "an object of integers from 0 by reason, at most 24",
      ngx_http_vfs_read_letters, 1 },

    { "upserts", "an object of at most 4 namespaces, each an object of "
      "integers from 0 by result, at most 8",
      ngx_http_vfs_read_upserts, 1 },

    { "sums", "an object of integers from 0",
      ngx_http_vfs_read_sums, 1 },

    { "batch_us", "an array of [bucket, count]",
      ngx_http_vfs_read_batch_us, 1 },

    { "batch_bytes", "an array of [bucket, count]",
      ngx_http_vfs_read_batch_bytes, 1 },

    { NULL, NULL, NULL, 0 }
};


/*
 * Reads a report.  NGX_DECLINED with the member and what was expected of it if
 * one that has to be there is missing, or one is repeated or wrong; members of
 * other names are passed over.
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

        if (!(seen & (1 << i)) && !ngx_http_vfs_members[i].optional) {
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
    ngx_http_vfs_report_t  *report;

    report = reader->report;

    if (value->type != VFS_JSON_STRING) {
        return NGX_DECLINED;
    }

    return ngx_http_vfs_read_word(value, NGX_HTTP_VFS_NAME_LEN, ".",
                                  report->name, &report->name_len);
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
ngx_http_vfs_read_retries(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    ngx_http_vfs_report_t  *report;

    report = reader->report;

    return ngx_http_vfs_read_counted(reader, value, report->retries,
                                     NGX_HTTP_VFS_WORDS, &report->nretries);
}


static ngx_int_t
ngx_http_vfs_read_letters(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    ngx_http_vfs_report_t  *report;

    report = reader->report;

    return ngx_http_vfs_read_counted(reader, value, report->letters,
                                     NGX_HTTP_VFS_WORDS, &report->nletters);
}


static ngx_int_t
ngx_http_vfs_read_upserts(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    vfs_json_token_t           name;
    ngx_http_vfs_report_t     *report;
    ngx_http_vfs_namespace_t  *space;

    report = reader->report;

    if (value->type != VFS_JSON_OBJECT) {
        return NGX_DECLINED;
    }

    while (vfs_json_next(&reader->json, &name) == VFS_JSON_NAME) {

        if (report->nnamespaces == NGX_HTTP_VFS_NAMESPACES) {
            return NGX_DECLINED;
        }

        space = &report->namespaces[report->nnamespaces++];

        if (ngx_http_vfs_read_word(&name, NGX_HTTP_VFS_NAME_LEN, ".@",
                                   space->name, &space->name_len)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }

        vfs_json_next(&reader->json, value);

        if (ngx_http_vfs_read_counted(reader, value, space->results,
                                      NGX_HTTP_VFS_RESULTS, &space->nresults)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }
    }

    return (reader->json.reason == NULL) ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_vfs_read_counted(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, ngx_http_vfs_counted_t *counted, ngx_uint_t max,
    ngx_uint_t *n)
{
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

        one = &counted[(*n)++];

        if (ngx_http_vfs_read_word(&name, NGX_HTTP_VFS_WORD_LEN, ".",
                                   one->word, &one->len)
            != NGX_OK
            || ngx_http_vfs_read_number(value, &one->count) != NGX_OK)
        {
            return NGX_DECLINED;
        }
    }

    return (reader->json.reason == NULL) ? NGX_OK : NGX_DECLINED;
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


static ngx_int_t
ngx_http_vfs_read_sums(ngx_http_vfs_reader_t *reader, vfs_json_token_t *value)
{
    reader->report->summed = 1;

    return ngx_http_vfs_read_named(reader, value,
                                   ngx_http_vfs_distribution_names,
                                   reader->report->sums,
                                   NGX_HTTP_VFS_DISTRIBUTIONS);
}


static ngx_int_t
ngx_http_vfs_read_stored(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    return ngx_http_vfs_read_buckets(reader, value,
                             reader->report->buckets[NGX_HTTP_VFS_STORED_US]);
}


static ngx_int_t
ngx_http_vfs_read_batch_us(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    return ngx_http_vfs_read_buckets(reader, value,
                             reader->report->buckets[NGX_HTTP_VFS_BATCH_US]);
}


static ngx_int_t
ngx_http_vfs_read_batch_bytes(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value)
{
    return ngx_http_vfs_read_buckets(reader, value,
                             reader->report->buckets[NGX_HTTP_VFS_BATCH_BYTES]);
}


static ngx_int_t
ngx_http_vfs_read_buckets(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, uint64_t *buckets)
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

        buckets[bucket] = count;
    }

    return (token.type == VFS_JSON_ARRAY_END) ? NGX_OK : NGX_DECLINED;
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
