
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_report.h"


/* Reads a value, whose token was just returned, into "place". */

typedef ngx_int_t (*ngx_http_vfs_read_pt)(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);


typedef struct {
    const char             *name;
    const char             *expected;
    ngx_http_vfs_read_pt    read;
    size_t                  offset;   /* of the place in the report */
    ngx_uint_t              optional;
} ngx_http_vfs_member_t;


static ngx_http_vfs_member_t *ngx_http_vfs_report_member(
    vfs_json_token_t *name);
static ngx_int_t ngx_http_vfs_read_name(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);
static ngx_int_t ngx_http_vfs_read_definition(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);
static ngx_int_t ngx_http_vfs_read_uptime(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);
static ngx_int_t ngx_http_vfs_read_paused(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);
static ngx_int_t ngx_http_vfs_read_counters(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);
static ngx_int_t ngx_http_vfs_read_levels(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);
static ngx_int_t ngx_http_vfs_read_sums(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);


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


#define ngx_http_vfs_place(field)  offsetof(ngx_http_vfs_report_t, field)


static ngx_http_vfs_member_t  ngx_http_vfs_members[] = {

    { "worker", "1 to 64 characters of [A-Za-z0-9_.-]",
      ngx_http_vfs_read_name, 0, 0 },

    { "definition", "16 hexadecimal digits",
      ngx_http_vfs_read_definition, 0, 0 },

    { "uptime_ms", "an integer from 0",
      ngx_http_vfs_read_uptime, ngx_http_vfs_place(uptime), 0 },

    { "paused", "true or false",
      ngx_http_vfs_read_paused, ngx_http_vfs_place(paused), 0 },

    { "counters", "an object of integers from 0",
      ngx_http_vfs_read_counters, ngx_http_vfs_place(counters), 0 },

    { "gauges", "an object of integers from 0",
      ngx_http_vfs_read_levels, ngx_http_vfs_place(levels), 0 },

    { "lag", "an object of integers from 0 by partition, at most 256",
      ngx_http_vfs_read_lags, ngx_http_vfs_place(lags), 0 },

    { "event_to_stored_us", "an array of [bucket, count]",
      ngx_http_vfs_read_buckets,
      ngx_http_vfs_place(buckets[NGX_HTTP_VFS_STORED_US]), 0 },

    { "retries", "an object of integers from 0 by reason, at most 24",
      ngx_http_vfs_read_reasons, ngx_http_vfs_place(retries), 1 },

    { "dead_letters", "an object of integers from 0 by reason, at most 24",
      ngx_http_vfs_read_reasons, ngx_http_vfs_place(letters), 1 },

    { "upserts", "an object of at most 4 namespaces, each an object of "
      "integers from 0 by result, at most 8",
      ngx_http_vfs_read_namespaces, ngx_http_vfs_place(upserts), 1 },

    { "sums", "an object of integers from 0",
      ngx_http_vfs_read_sums, ngx_http_vfs_place(sums), 1 },

    { "batch_us", "an array of [bucket, count]",
      ngx_http_vfs_read_buckets,
      ngx_http_vfs_place(buckets[NGX_HTTP_VFS_BATCH_US]), 1 },

    { "batch_bytes", "an array of [bucket, count]",
      ngx_http_vfs_read_buckets,
      ngx_http_vfs_place(buckets[NGX_HTTP_VFS_BATCH_BYTES]), 1 },

    { NULL, NULL, NULL, 0, 0 }
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
    ngx_uint_t              bit, seen;
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

        m = ngx_http_vfs_report_member(&name);

        if (m->name == NULL) {

            if (vfs_json_skip(&reader.json, &value, &value) != 0) {
                return NGX_DECLINED;
            }

            continue;
        }

        bit = (ngx_uint_t) 1 << (m - ngx_http_vfs_members);
        reader.expected = m->expected;

        if (seen & bit) {
            reader.expected = "one member of the name";
        }

        if ((seen & bit)
            || m->read(&reader, &value, (u_char *) report + m->offset)
               != NGX_OK)
        {
            *member = m->name;
            *expected = reader.expected;
            return NGX_DECLINED;
        }

        seen |= bit;
    }

    if (vfs_json_next(&reader.json, &value) != VFS_JSON_END) {
        return NGX_DECLINED;
    }

    for (m = ngx_http_vfs_members; m->name != NULL; m++) {
        bit = (ngx_uint_t) 1 << (m - ngx_http_vfs_members);

        if (!(seen & bit) && !m->optional) {
            *member = m->name;
            *expected = m->expected;
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


/* The last entry, which has no name, for a name that is none of ours. */

static ngx_http_vfs_member_t *
ngx_http_vfs_report_member(vfs_json_token_t *name)
{
    ngx_http_vfs_member_t  *m;

    for (m = ngx_http_vfs_members; m->name != NULL; m++) {
        if (vfs_json_equal(name, m->name)) {
            break;
        }
    }

    return m;
}


static ngx_int_t
ngx_http_vfs_read_name(ngx_http_vfs_reader_t *reader, vfs_json_token_t *value,
    void *place)
{
    ngx_http_vfs_report_t  *report = place;

    if (value->type != VFS_JSON_STRING) {
        return NGX_DECLINED;
    }

    return ngx_http_vfs_read_word(value, NGX_HTTP_VFS_NAME_LEN, ".",
                                  report->name, &report->name_len);
}


static ngx_int_t
ngx_http_vfs_read_definition(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place)
{
    ngx_http_vfs_report_t  *report = place;

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
    vfs_json_token_t *value, void *place)
{
    return ngx_http_vfs_read_number(value, place);
}


static ngx_int_t
ngx_http_vfs_read_paused(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place)
{
    ngx_uint_t  *paused = place;

    if (value->type != VFS_JSON_TRUE && value->type != VFS_JSON_FALSE) {
        return NGX_DECLINED;
    }

    *paused = (value->type == VFS_JSON_TRUE);

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_read_counters(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place)
{
    return ngx_http_vfs_read_numbers(reader, value, ngx_http_vfs_counter_names,
                                     place, NGX_HTTP_VFS_COUNTERS);
}


static ngx_int_t
ngx_http_vfs_read_levels(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place)
{
    return ngx_http_vfs_read_numbers(reader, value, ngx_http_vfs_level_names,
                                     place, NGX_HTTP_VFS_LEVELS);
}


static ngx_int_t
ngx_http_vfs_read_sums(ngx_http_vfs_reader_t *reader, vfs_json_token_t *value,
    void *place)
{
    reader->report->summed = 1;

    return ngx_http_vfs_read_numbers(reader, value,
                                     ngx_http_vfs_distribution_names, place,
                                     NGX_HTTP_VFS_DISTRIBUTIONS);
}
