
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_skew.h"


#define NGX_HTTP_VFS_SKEW_INTERVAL_MAX  86400000


static ngx_int_t ngx_http_vfs_skew_parse(ngx_http_vfs_verifier_t *verifier,
    ngx_str_t *text, const char **member, const char **expected);
static ngx_int_t ngx_http_vfs_skew_member(ngx_http_vfs_verifier_t *verifier,
    vfs_json_token_t *name, vfs_json_token_t *value, ngx_uint_t *seen,
    const char **member, const char **expected);
static ngx_int_t ngx_http_vfs_skew_word(vfs_json_token_t *value, size_t max,
    u_char *word, size_t *len);
static ngx_int_t ngx_http_vfs_skew_keep(ngx_http_vfs_zone_t *zone,
    ngx_http_vfs_verifier_t *verifier);
static ngx_uint_t ngx_http_vfs_skew_used(ngx_http_vfs_verifier_t *verifier,
    uint64_t now);


/* In the order of the numbers, then the texts. */

static const char  *ngx_http_vfs_skew_names[] = {
    "uptime_ms",
    "interval_ms",
    "rounds",
    "compared",
    "different",
    "missing",
    "extra",
    "not_comparable",
    "round_compared",
    "round_mismatches",
    "verifier",
    "definition"
};


#define NGX_HTTP_VFS_SKEW_NAME        NGX_HTTP_VFS_SKEW_NUMBERS
#define NGX_HTTP_VFS_SKEW_DEFINITION  (NGX_HTTP_VFS_SKEW_NUMBERS + 1)
#define NGX_HTTP_VFS_SKEW_MEMBERS     (NGX_HTTP_VFS_SKEW_NUMBERS + 2)


ngx_uint_t
ngx_http_vfs_skew_is(ngx_str_t *text)
{
    vfs_json_t        json;
    vfs_json_token_t  name, value;

    vfs_json_init(&json, (char *) text->data, text->len);

    if (vfs_json_next(&json, &name) != VFS_JSON_OBJECT) {
        return 0;
    }

    while (vfs_json_next(&json, &name) == VFS_JSON_NAME) {

        if (vfs_json_equal(&name, "verifier")) {
            return 1;
        }

        vfs_json_next(&json, &value);

        if (vfs_json_skip(&json, &value, &value) != 0) {
            return 0;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_vfs_skew_take(ngx_http_vfs_zone_t *zone, ngx_str_t *text,
    const char **member, const char **expected)
{
    ngx_http_vfs_verifier_t  verifier;

    if (ngx_http_vfs_skew_parse(&verifier, text, member, expected) != NGX_OK) {
        return NGX_DECLINED;
    }

    return ngx_http_vfs_skew_keep(zone, &verifier);
}


static ngx_int_t
ngx_http_vfs_skew_parse(ngx_http_vfs_verifier_t *verifier, ngx_str_t *text,
    const char **member, const char **expected)
{
    ngx_uint_t        i, seen;
    vfs_json_t        json;
    vfs_json_token_t  name, value;

    ngx_memzero(verifier, sizeof(ngx_http_vfs_verifier_t));

    *member = "body";
    *expected = "a JSON object";
    seen = 0;

    vfs_json_init(&json, (char *) text->data, text->len);

    if (vfs_json_next(&json, &name) != VFS_JSON_OBJECT) {
        return NGX_DECLINED;
    }

    while (vfs_json_next(&json, &name) == VFS_JSON_NAME) {

        vfs_json_next(&json, &value);

        if (ngx_http_vfs_skew_member(verifier, &name, &value, &seen, member,
                                     expected)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }

        if (vfs_json_skip(&json, &value, &value) != 0) {
            return NGX_DECLINED;
        }
    }

    if (vfs_json_next(&json, &value) != VFS_JSON_END) {
        return NGX_DECLINED;
    }

    for (i = 0; i < NGX_HTTP_VFS_SKEW_MEMBERS; i++) {

        if (!(seen & (1 << i))) {
            *member = ngx_http_vfs_skew_names[i];
            *expected = "it to be there";
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_skew_member(ngx_http_vfs_verifier_t *verifier,
    vfs_json_token_t *name, vfs_json_token_t *value, ngx_uint_t *seen,
    const char **member, const char **expected)
{
    size_t      len;
    ngx_int_t   rc;
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_VFS_SKEW_MEMBERS; i++) {
        if (vfs_json_equal(name, ngx_http_vfs_skew_names[i])) {
            break;
        }
    }

    if (i == NGX_HTTP_VFS_SKEW_MEMBERS) {
        return NGX_OK;
    }

    if (*seen & (1 << i)) {
        *expected = "one member of the name";
        rc = NGX_DECLINED;

    } else if (i == NGX_HTTP_VFS_SKEW_NAME) {
        *expected = "1 to 64 characters of [A-Za-z0-9_.-]";
        rc = ngx_http_vfs_skew_word(value, NGX_HTTP_VFS_NAME_LEN,
                                    verifier->name, &verifier->name_len);

    } else if (i == NGX_HTTP_VFS_SKEW_DEFINITION) {
        *expected = "16 hexadecimal digits";
        rc = ngx_http_vfs_skew_word(value, NGX_HTTP_VFS_DEFINITION_LEN,
                                    verifier->definition, &len);

        if (rc == NGX_OK
            && (len != NGX_HTTP_VFS_DEFINITION_LEN
                || ngx_hextoi(verifier->definition, len / 2) == NGX_ERROR
                || ngx_hextoi(verifier->definition + len / 2, len / 2)
                   == NGX_ERROR))
        {
            rc = NGX_DECLINED;
        }

    } else {
        *expected = "an integer from 0";
        rc = ngx_http_vfs_read_number(value, &verifier->numbers[i]);
    }

    *seen |= 1 << i;

    if (rc != NGX_OK) {
        *member = ngx_http_vfs_skew_names[i];
        return NGX_DECLINED;
    }

    *expected = "a JSON object";

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_skew_word(vfs_json_token_t *value, size_t max, u_char *word,
    size_t *len)
{
    if (value->type != VFS_JSON_STRING) {
        return NGX_DECLINED;
    }

    return ngx_http_vfs_read_word(value, max, ".", word, len);
}


static ngx_int_t
ngx_http_vfs_skew_keep(ngx_http_vfs_zone_t *zone,
    ngx_http_vfs_verifier_t *verifier)
{
    ngx_uint_t                i;
    ngx_http_vfs_verifier_t  *slot, *found;

    verifier->time = ngx_http_vfs_now() / 1000;
    found = NULL;

    ngx_shmtx_lock(&zone->shpool->mutex);

    for (i = 0; i < NGX_HTTP_VFS_VERIFIERS; i++) {
        slot = &zone->sh->verifiers[i];

        if (!ngx_http_vfs_skew_used(slot, verifier->time)) {

            if (found == NULL) {
                found = slot;
            }

            continue;
        }

        if (slot->name_len == verifier->name_len
            && ngx_memcmp(slot->name, verifier->name, slot->name_len) == 0)
        {
            found = slot;
            break;
        }
    }

    if (found != NULL) {
        *found = *verifier;
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return (found != NULL) ? NGX_OK : NGX_BUSY;
}


/*
 * Until three rounds and a minute have passed without a report, or three days:
 * a slot is not to be had for ever.
 */

static ngx_uint_t
ngx_http_vfs_skew_used(ngx_http_vfs_verifier_t *verifier, uint64_t now)
{
    uint64_t  interval;

    interval = ngx_min(verifier->numbers[NGX_HTTP_VFS_SKEW_INTERVAL],
                       NGX_HTTP_VFS_SKEW_INTERVAL_MAX);

    return verifier->time != 0
           && verifier->time + NGX_HTTP_VFS_EXPIRE + 3 * interval >= now;
}


ngx_uint_t
ngx_http_vfs_skew(ngx_http_vfs_zone_t *zone,
    ngx_http_vfs_verifier_t *verifiers)
{
    uint64_t    now;
    ngx_uint_t  i, n;

    now = ngx_http_vfs_now() / 1000;
    n = 0;

    ngx_shmtx_lock(&zone->shpool->mutex);

    for (i = 0; i < NGX_HTTP_VFS_VERIFIERS; i++) {
        if (ngx_http_vfs_skew_used(&zone->sh->verifiers[i], now)) {
            verifiers[n++] = zone->sh->verifiers[i];
        }
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return n;
}
