
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_reply.h"
#include "vfs_float.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>


static int vfs_reply_invalid(vfs_reply_t *reply);
static int vfs_reply_enter(vfs_reply_t *reply, vfs_json_type_e type,
    const char *what, const char *expected);


int
vfs_reply_open(vfs_reply_t *reply, const char *body, size_t len,
    vfs_error_t *err)
{
    reply->err = err;
    vfs_json_init(&reply->json, body, len);

    if (vfs_json_next(&reply->json, &reply->value) != VFS_JSON_OBJECT) {
        vfs_error_set(err, "the answer is no JSON object");
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_reply_close(vfs_reply_t *reply)
{
    if (vfs_json_next(&reply->json, &reply->value) != VFS_JSON_END) {
        return vfs_reply_invalid(reply);
    }

    return VFS_OK;
}


static int
vfs_reply_invalid(vfs_reply_t *reply)
{
    vfs_error_set(reply->err, "the answer is no JSON: %s at byte %zu",
                  (reply->json.reason != NULL) ? reply->json.reason
                                               : "something unexpected",
                  (size_t) (reply->json.pos - reply->json.start));

    return VFS_ERROR;
}


int
vfs_reply_member(vfs_reply_t *reply)
{
    vfs_json_type_e  type;

    type = vfs_json_next(&reply->json, &reply->name);

    if (type == VFS_JSON_OBJECT_END) {
        return VFS_DECLINED;
    }

    if (type != VFS_JSON_NAME
        || vfs_json_next(&reply->json, &reply->value) == VFS_JSON_INVALID)
    {
        return vfs_reply_invalid(reply);
    }

    return VFS_OK;
}


int
vfs_reply_element(vfs_reply_t *reply)
{
    switch (vfs_json_next(&reply->json, &reply->value)) {

    case VFS_JSON_ARRAY_END:
        return VFS_DECLINED;

    case VFS_JSON_INVALID:
        return vfs_reply_invalid(reply);

    default:
        return VFS_OK;
    }
}


int
vfs_reply_is(const vfs_reply_t *reply, const char *name)
{
    return vfs_json_equal(&reply->name, name);
}


int
vfs_reply_skip(vfs_reply_t *reply, vfs_json_token_t *span)
{
    vfs_json_token_t  whole;

    if (vfs_json_skip(&reply->json, &reply->value, &whole) != 0) {
        return vfs_reply_invalid(reply);
    }

    if (span != NULL) {
        *span = whole;
    }

    return VFS_OK;
}


int
vfs_reply_object(vfs_reply_t *reply, const char *what)
{
    return vfs_reply_enter(reply, VFS_JSON_OBJECT, what, "an object");
}


int
vfs_reply_array(vfs_reply_t *reply, const char *what)
{
    return vfs_reply_enter(reply, VFS_JSON_ARRAY, what, "a list");
}


static int
vfs_reply_enter(vfs_reply_t *reply, vfs_json_type_e type, const char *what,
    const char *expected)
{
    if (reply->value.type == VFS_JSON_NULL) {
        return VFS_DECLINED;
    }

    if (reply->value.type != type) {
        vfs_error_set(reply->err, "%s: expected %s", what, expected);
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_reply_string(vfs_reply_t *reply, const vfs_json_token_t *token,
    const char *what, size_t min, size_t max, char *buf, size_t *len)
{
    ptrdiff_t  n;

    n = -1;

    if (token->type == VFS_JSON_STRING || token->type == VFS_JSON_NAME) {
        n = vfs_json_unescape(token, buf, max);
    }

    if (n < (ptrdiff_t) min || memchr(buf, '\0', (size_t) n) != NULL) {
        vfs_error_set(reply->err, "%s: expected a string of %zu to %zu bytes, "
                      "none of them zero", what, min, max);
        return VFS_ERROR;
    }

    buf[n] = '\0';
    *len = (size_t) n;

    return VFS_OK;
}


int
vfs_reply_count(vfs_reply_t *reply, const char *what, uint64_t max,
    uint64_t *value)
{
    double       number;
    const char  *p, *last;

    p = reply->value.start;
    last = p + reply->value.len;

    if ((reply->value.type != VFS_JSON_NUMBER
         && reply->value.type != VFS_JSON_STRING)
        || vfs_double_read(p, last, &number) != last
        || number < 0 || number > (double) max || number != floor(number))
    {
        vfs_error_set(reply->err, "%s: expected a whole number from 0 to %"
                      PRIu64, what, max);
        return VFS_ERROR;
    }

    *value = (uint64_t) number;

    return VFS_OK;
}
