
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


#define NGX_HTTP_VFS_NAMES  8


static ngx_int_t ngx_http_vfs_list_member(ngx_http_vfs_call_t *call,
    vfs_json_t *json, const char *name, vfs_json_type_e type);
static ngx_int_t ngx_http_vfs_rest(ngx_http_vfs_call_t *call,
    vfs_json_t *json, const char *name);
static ngx_int_t ngx_http_vfs_record(ngx_http_vfs_call_t *call,
    vfs_json_t *json, ngx_http_vfs_record_t *record, ngx_array_t *names);
static ngx_int_t ngx_http_vfs_values(ngx_http_vfs_call_t *call,
    vfs_json_t *json, ngx_http_vfs_record_t *record);
static ngx_int_t ngx_http_vfs_metadata(ngx_http_vfs_call_t *call,
    vfs_json_t *json, ngx_http_vfs_record_t *record, ngx_array_t *names);
static ngx_uint_t ngx_http_vfs_has_duplicate(ngx_array_t *names);
static int ngx_http_vfs_compare(const void *one, const void *two);
static ngx_int_t ngx_http_vfs_unusable(ngx_http_vfs_call_t *call,
    vfs_json_t *json, const char *reason);


/*
 * The answer to a fetch, {"vectors":{"ID":{...},...},...}.  Adds a record for
 * each vector; the record's id is the member's name.  NGX_ERROR with
 * call->status and call->reason if the answer is not of that form, or has more
 * than "max" of them.
 */

ngx_int_t
ngx_http_vfs_answer_vectors(ngx_http_vfs_call_t *call, ngx_array_t *records,
    ngx_uint_t max)
{
    vfs_json_t              json;
    ngx_array_t             names;
    vfs_json_token_t        name, value;
    ngx_http_vfs_record_t  *record;

    if (ngx_array_init(&names, records->pool, NGX_HTTP_VFS_NAMES,
                       sizeof(ngx_str_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    vfs_json_init(&json, (char *) call->text.data, call->text.len);

    if (ngx_http_vfs_list_member(call, &json, "vectors", VFS_JSON_OBJECT)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    while (vfs_json_next(&json, &name) == VFS_JSON_NAME) {

        if (vfs_json_next(&json, &value) != VFS_JSON_OBJECT) {
            return ngx_http_vfs_unusable(call, &json,
                                         "a vector is not an object");
        }

        if (records->nelts == max) {
            return ngx_http_vfs_unusable(call, &json,
                                         "more vectors than asked for");
        }

        record = ngx_array_push(records);
        if (record == NULL) {
            return NGX_ERROR;
        }

        if (ngx_http_vfs_record(call, &json, record, &names) != NGX_OK) {
            return NGX_ERROR;
        }

        if (record->values.type == VFS_JSON_END) {
            return ngx_http_vfs_unusable(call, &json,
                                         "a vector has no values");
        }

        record->id = name;
    }

    return ngx_http_vfs_rest(call, &json, "vectors");
}


/*
 * The answer to a query, {"matches":[{"id":...,"score":...},...],...}.  What
 * goes beyond "max" matches is checked and dropped.
 */

ngx_int_t
ngx_http_vfs_answer_matches(ngx_http_vfs_call_t *call, ngx_array_t *records,
    ngx_uint_t max)
{
    vfs_json_t              json;
    ngx_array_t             names;
    vfs_json_token_t        token;
    ngx_http_vfs_record_t  *record, spare;

    if (ngx_array_init(&names, records->pool, NGX_HTTP_VFS_NAMES,
                       sizeof(ngx_str_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    vfs_json_init(&json, (char *) call->text.data, call->text.len);

    if (ngx_http_vfs_list_member(call, &json, "matches", VFS_JSON_ARRAY)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for ( ;; ) {

        switch (vfs_json_next(&json, &token)) {

        case VFS_JSON_OBJECT:
            break;

        case VFS_JSON_ARRAY_END:
            return ngx_http_vfs_rest(call, &json, "matches");

        default:
            return ngx_http_vfs_unusable(call, &json,
                                         "a match is not an object");
        }

        record = (records->nelts < max) ? ngx_array_push(records) : &spare;

        if (record == NULL) {
            return NGX_ERROR;
        }

        if (ngx_http_vfs_record(call, &json, record, &names) != NGX_OK) {
            return NGX_ERROR;
        }

        if (record->id.type == VFS_JSON_END
            || record->score.type == VFS_JSON_END)
        {
            return ngx_http_vfs_unusable(call, &json,
                                         "a match has no id or no score");
        }
    }
}


/* Moves to the member "name" of the answer, an array or an object. */

static ngx_int_t
ngx_http_vfs_list_member(ngx_http_vfs_call_t *call, vfs_json_t *json,
    const char *name, vfs_json_type_e type)
{
    vfs_json_token_t  token, value;

    if (vfs_json_next(json, &token) != VFS_JSON_OBJECT) {
        return ngx_http_vfs_unusable(call, json, "answer is not an object");
    }

    while (vfs_json_next(json, &token) == VFS_JSON_NAME) {

        if (vfs_json_next(json, &value) == type
            && vfs_json_equal(&token, name))
        {
            return NGX_OK;
        }

        if (vfs_json_equal(&token, name)) {
            return ngx_http_vfs_unusable(call, json,
                                         "vectors or matches of a wrong type");
        }

        if (vfs_json_skip(json, &value, &value) != 0) {
            break;
        }
    }

    return ngx_http_vfs_unusable(call, json, "no vectors or matches");
}


/* Validates what follows the list, to the end of the text. */

static ngx_int_t
ngx_http_vfs_rest(ngx_http_vfs_call_t *call, vfs_json_t *json,
    const char *name)
{
    vfs_json_token_t  token, value;

    while (vfs_json_next(json, &token) == VFS_JSON_NAME) {

        if (vfs_json_equal(&token, name)) {
            return ngx_http_vfs_unusable(call, json, "duplicate member");
        }

        vfs_json_next(json, &value);

        if (vfs_json_skip(json, &value, &value) != 0) {
            break;
        }
    }

    if (vfs_json_next(json, &token) != VFS_JSON_END) {
        return ngx_http_vfs_unusable(call, json, "invalid JSON");
    }

    return NGX_OK;
}


/* The members of one vector or match, behind its opening brace. */

static ngx_int_t
ngx_http_vfs_record(ngx_http_vfs_call_t *call, vfs_json_t *json,
    ngx_http_vfs_record_t *record, ngx_array_t *names)
{
    vfs_json_type_e    type;
    vfs_json_token_t   name, value, *member;

    ngx_memzero(record, sizeof(ngx_http_vfs_record_t));

    while (vfs_json_next(json, &name) == VFS_JSON_NAME) {

        if (vfs_json_equal(&name, "id")) {
            member = &record->id;
            type = VFS_JSON_STRING;

        } else if (vfs_json_equal(&name, "score")) {
            member = &record->score;
            type = VFS_JSON_NUMBER;

        } else if (vfs_json_equal(&name, "values")) {
            member = &record->values;
            type = VFS_JSON_ARRAY;

        } else if (vfs_json_equal(&name, "metadata")) {
            member = &record->metadata;
            type = VFS_JSON_OBJECT;

        } else {
            member = NULL;
            type = VFS_JSON_END;
        }

        vfs_json_next(json, &value);

        if (member == NULL || value.type == VFS_JSON_NULL) {

            if (vfs_json_skip(json, &value, &value) != 0) {
                break;
            }

            continue;
        }

        if (value.type != type) {
            return ngx_http_vfs_unusable(call, json, "member of a wrong type");
        }

        if (member->type != VFS_JSON_END) {
            return ngx_http_vfs_unusable(call, json, "duplicate member");
        }

        *member = value;

        if (type == VFS_JSON_ARRAY) {
            if (ngx_http_vfs_values(call, json, record) != NGX_OK) {
                return NGX_ERROR;
            }

        } else if (type == VFS_JSON_OBJECT) {
            if (ngx_http_vfs_metadata(call, json, record, names) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    if (json->reason != NULL) {
        return ngx_http_vfs_unusable(call, json, "invalid JSON");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_values(ngx_http_vfs_call_t *call, vfs_json_t *json,
    ngx_http_vfs_record_t *record)
{
    vfs_json_token_t  value;

    if (vfs_json_numbers(json, &value, &record->nvalues)
        != VFS_JSON_ARRAY_END)
    {
        return ngx_http_vfs_unusable(call, json, "a value is not a number");
    }

    record->values.len = json->pos - record->values.start;

    return NGX_OK;
}


/* Passed on as it stands, unless two members have one name. */

static ngx_int_t
ngx_http_vfs_metadata(ngx_http_vfs_call_t *call, vfs_json_t *json,
    ngx_http_vfs_record_t *record, ngx_array_t *names)
{
    ngx_str_t         *name;
    vfs_json_token_t   token, value;

    names->nelts = 0;

    while (vfs_json_next(json, &token) == VFS_JSON_NAME) {

        name = ngx_array_push(names);

        if (name == NULL
            || ngx_http_vfs_string(names->pool, &token, name) != NGX_OK)
        {
            return NGX_ERROR;
        }

        vfs_json_next(json, &value);

        if (vfs_json_skip(json, &value, &value) != 0) {
            break;
        }
    }

    if (json->reason != NULL) {
        return ngx_http_vfs_unusable(call, json, "invalid JSON");
    }

    record->metadata.len = json->pos - record->metadata.start;

    if (ngx_http_vfs_has_duplicate(names)) {
        return ngx_http_vfs_unusable(call, json, "duplicate member");
    }

    return NGX_OK;
}


/* A few are compared with each other, which is cheaper than sorting them. */

static ngx_uint_t
ngx_http_vfs_has_duplicate(ngx_array_t *names)
{
    ngx_str_t   *name;
    ngx_uint_t   i, k;

    name = names->elts;

    if (names->nelts <= NGX_HTTP_VFS_NAMES) {

        for (i = 1; i < names->nelts; i++) {
            for (k = 0; k < i; k++) {
                if (ngx_http_vfs_compare(&name[k], &name[i]) == 0) {
                    return 1;
                }
            }
        }

        return 0;
    }

    qsort(name, names->nelts, sizeof(ngx_str_t), ngx_http_vfs_compare);

    for (i = 1; i < names->nelts; i++) {
        if (ngx_http_vfs_compare(&name[i - 1], &name[i]) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
ngx_http_vfs_compare(const void *one, const void *two)
{
    const ngx_str_t  *a = one;
    const ngx_str_t  *b = two;

    if (a->len != b->len) {
        return (a->len < b->len) ? -1 : 1;
    }

    return ngx_memcmp(a->data, b->data, a->len);
}


static ngx_int_t
ngx_http_vfs_unusable(ngx_http_vfs_call_t *call, vfs_json_t *json,
    const char *reason)
{
    call->status = NGX_HTTP_BAD_GATEWAY;
    call->reason = (json->reason != NULL) ? json->reason : reason;

    return NGX_ERROR;
}
