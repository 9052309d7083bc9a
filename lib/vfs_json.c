
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_json.h"
#include "vfs_json_number.h"
#include "vfs_json_string.h"

#include <string.h>


/* What may come next. */

typedef enum {
    VFS_JSON_WANT_VALUE = 0,
    VFS_JSON_WANT_FIRST_ELEMENT,   /* or the end of the array */
    VFS_JSON_WANT_FIRST_NAME,      /* or the end of the object */
    VFS_JSON_WANT_NAME,
    VFS_JSON_WANT_SEPARATOR,       /* or the end of what is open */
    VFS_JSON_AT_END,
    VFS_JSON_FAILED
} vfs_json_state_e;


static vfs_json_type_e vfs_json_value(vfs_json_t *json,
    vfs_json_token_t *token);
static vfs_json_type_e vfs_json_name(vfs_json_t *json,
    vfs_json_token_t *token);
static vfs_json_type_e vfs_json_open(vfs_json_t *json,
    vfs_json_token_t *token, vfs_json_type_e type);
static vfs_json_type_e vfs_json_close(vfs_json_t *json,
    vfs_json_token_t *token, vfs_json_type_e type);
static int vfs_json_string(vfs_json_t *json, vfs_json_token_t *token);
static int vfs_json_check_escape(vfs_json_t *json);
static vfs_json_type_e vfs_json_number(vfs_json_t *json,
    vfs_json_token_t *token);
static vfs_json_type_e vfs_json_literal(vfs_json_t *json,
    vfs_json_token_t *token, const char *word, vfs_json_type_e type);
static vfs_json_type_e vfs_json_fail(vfs_json_t *json,
    vfs_json_token_t *token, const char *reason);
static void vfs_json_space(vfs_json_t *json);
static void vfs_json_after_value(vfs_json_t *json);


/* ASCII that stands for itself in a string. */

static const unsigned char  vfs_json_plain[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
};


void
vfs_json_init(vfs_json_t *json, const char *text, size_t len)
{
    json->start = text;
    json->pos = text;
    json->last = text + len;
    json->reason = NULL;
    json->depth = 0;
    json->state = VFS_JSON_WANT_VALUE;
    json->objects = 0;
}


vfs_json_type_e
vfs_json_next(vfs_json_t *json, vfs_json_token_t *token)
{
    int   object;
    char  c;

    if (json->state == VFS_JSON_FAILED) {
        return vfs_json_fail(json, token, json->reason);
    }

    vfs_json_space(json);

    if (json->state == VFS_JSON_AT_END) {
        if (json->pos != json->last) {
            return vfs_json_fail(json, token, "text behind the value");
        }

        token->type = VFS_JSON_END;
        token->start = json->pos;
        token->len = 0;
        token->escaped = 0;

        return VFS_JSON_END;
    }

    if (json->pos == json->last) {
        return vfs_json_fail(json, token, "unexpected end");
    }

    c = *json->pos;

    switch ((vfs_json_state_e) json->state) {

    case VFS_JSON_WANT_FIRST_ELEMENT:
        if (c == ']') {
            return vfs_json_close(json, token, VFS_JSON_ARRAY_END);
        }

        return vfs_json_value(json, token);

    case VFS_JSON_WANT_FIRST_NAME:
        if (c == '}') {
            return vfs_json_close(json, token, VFS_JSON_OBJECT_END);
        }

        return vfs_json_name(json, token);

    case VFS_JSON_WANT_NAME:
        return vfs_json_name(json, token);

    case VFS_JSON_WANT_SEPARATOR:
        object = (json->objects >> (json->depth - 1)) & 1;

        if (object && c == '}') {
            return vfs_json_close(json, token, VFS_JSON_OBJECT_END);
        }

        if (!object && c == ']') {
            return vfs_json_close(json, token, VFS_JSON_ARRAY_END);
        }

        if (c != ',') {
            return vfs_json_fail(json, token,
                                 object ? "expected ',' or '}'"
                                        : "expected ',' or ']'");
        }

        json->pos++;
        vfs_json_space(json);

        return object ? vfs_json_name(json, token)
                      : vfs_json_value(json, token);

    default:
        return vfs_json_value(json, token);
    }
}


int
vfs_json_skip(vfs_json_t *json, const vfs_json_token_t *token,
    vfs_json_token_t *span)
{
    unsigned          depth;
    const char       *start;
    vfs_json_type_e   type;
    vfs_json_token_t  inner;

    type = token->type;
    start = token->start;

    switch (type) {

    case VFS_JSON_STRING:
        start--;
        break;

    case VFS_JSON_OBJECT:
    case VFS_JSON_ARRAY:
        depth = json->depth - 1;

        do {
            if (vfs_json_next(json, &inner) == VFS_JSON_INVALID) {
                return -1;
            }
        } while (json->depth != depth);

        break;

    case VFS_JSON_NUMBER:
    case VFS_JSON_TRUE:
    case VFS_JSON_FALSE:
    case VFS_JSON_NULL:
        break;

    default:
        return -1;
    }

    span->type = type;
    span->start = start;
    span->len = json->pos - start;
    span->escaped = 0;

    return 0;
}


static vfs_json_type_e
vfs_json_value(vfs_json_t *json, vfs_json_token_t *token)
{
    if (json->pos == json->last) {
        return vfs_json_fail(json, token, "unexpected end");
    }

    switch (*json->pos) {

    case '{':
        return vfs_json_open(json, token, VFS_JSON_OBJECT);

    case '[':
        return vfs_json_open(json, token, VFS_JSON_ARRAY);

    case '"':
        if (vfs_json_string(json, token) != 0) {
            return vfs_json_fail(json, token, json->reason);
        }

        token->type = VFS_JSON_STRING;
        vfs_json_after_value(json);

        return VFS_JSON_STRING;

    case 't':
        return vfs_json_literal(json, token, "true", VFS_JSON_TRUE);

    case 'f':
        return vfs_json_literal(json, token, "false", VFS_JSON_FALSE);

    case 'n':
        return vfs_json_literal(json, token, "null", VFS_JSON_NULL);

    default:
        return vfs_json_number(json, token);
    }
}


static vfs_json_type_e
vfs_json_name(vfs_json_t *json, vfs_json_token_t *token)
{
    if (json->pos == json->last) {
        return vfs_json_fail(json, token, "unexpected end");
    }

    if (*json->pos != '"') {
        return vfs_json_fail(json, token, "expected a name in quotes");
    }

    if (vfs_json_string(json, token) != 0) {
        return vfs_json_fail(json, token, json->reason);
    }

    vfs_json_space(json);

    if (json->pos == json->last) {
        return vfs_json_fail(json, token, "unexpected end");
    }

    if (*json->pos != ':') {
        return vfs_json_fail(json, token, "expected ':'");
    }

    json->pos++;
    json->state = VFS_JSON_WANT_VALUE;
    token->type = VFS_JSON_NAME;

    return VFS_JSON_NAME;
}


static vfs_json_type_e
vfs_json_open(vfs_json_t *json, vfs_json_token_t *token, vfs_json_type_e type)
{
    uint32_t  bit;

    if (json->depth == VFS_JSON_MAX_DEPTH) {
        return vfs_json_fail(json, token, "nested too deeply");
    }

    bit = (uint32_t) 1 << json->depth++;

    if (type == VFS_JSON_OBJECT) {
        json->objects |= bit;
        json->state = VFS_JSON_WANT_FIRST_NAME;

    } else {
        json->objects &= ~bit;
        json->state = VFS_JSON_WANT_FIRST_ELEMENT;
    }

    token->type = type;
    token->start = json->pos++;
    token->len = 1;
    token->escaped = 0;

    return type;
}


static vfs_json_type_e
vfs_json_close(vfs_json_t *json, vfs_json_token_t *token, vfs_json_type_e type)
{
    json->depth--;

    token->type = type;
    token->start = json->pos++;
    token->len = 1;
    token->escaped = 0;

    vfs_json_after_value(json);

    return type;
}


static int
vfs_json_string(vfs_json_t *json, vfs_json_token_t *token)
{
    size_t         n;
    const char    *p, *last;
    unsigned char  c;

    json->pos++;
    token->start = json->pos;
    token->escaped = 0;

    last = json->last;

    while (json->pos < last) {

        /* most are plain; the members of "json" would be read for each */

        for (p = json->pos;
             p < last && vfs_json_plain[(unsigned char) *p];
             p++)
        {
            /* void */
        }

        json->pos = p;

        if (p == last) {
            break;
        }

        c = (unsigned char) *p;

        if (c == '"') {
            token->len = json->pos - token->start;
            json->pos++;
            return 0;
        }

        if (c == '\\') {
            if (vfs_json_check_escape(json) != 0) {
                return -1;
            }

            token->escaped = 1;
            continue;
        }

        if (c < 0x20) {
            json->reason = "control character in a string";
            return -1;
        }

        n = vfs_json_utf8(p, last);

        if (n == 0) {
            json->reason = "invalid UTF-8";
            return -1;
        }

        json->pos += n;
    }

    json->reason = "unexpected end";

    return -1;
}


static int
vfs_json_check_escape(vfs_json_t *json)
{
    int32_t      unit, low;
    const char  *p;

    p = json->pos;

    if (json->last - p < 2) {
        json->reason = "unexpected end";
        return -1;
    }

    if (p[1] != 'u') {
        if (p[1] == '\0' || strchr("\"\\/bfnrt", p[1]) == NULL) {
            json->reason = "unknown escape";
            return -1;
        }

        json->pos += 2;
        return 0;
    }

    unit = json->last - p < 6 ? -1 : vfs_json_hex4(p + 2);

    if (unit < 0) {
        json->reason = "expected four hexadecimal digits";
        return -1;
    }

    if (unit < 0xd800 || unit > 0xdfff) {
        json->pos += 6;
        return 0;
    }

    low = -1;

    if (unit <= 0xdbff && json->last - p >= 12 && p[6] == '\\' && p[7] == 'u')
    {
        low = vfs_json_hex4(p + 8);
    }

    if (low < 0xdc00 || low > 0xdfff) {
        json->reason = "unpaired surrogate";
        return -1;
    }

    json->pos += 12;

    return 0;
}


static vfs_json_type_e
vfs_json_number(vfs_json_t *json, vfs_json_token_t *token)
{
    const char  *p, *fault;

    p = vfs_json_scan_number(json->pos, json->last, &fault);

    if (p == NULL && fault == json->pos) {
        return vfs_json_fail(json, token, "expected a value");
    }

    if (p == NULL) {
        json->pos = fault;
        return vfs_json_fail(json, token, "expected a digit");
    }

    token->type = VFS_JSON_NUMBER;
    token->start = json->pos;
    token->len = p - token->start;
    token->escaped = 0;

    json->pos = p;
    vfs_json_after_value(json);

    return VFS_JSON_NUMBER;
}


static vfs_json_type_e
vfs_json_literal(vfs_json_t *json, vfs_json_token_t *token, const char *word,
    vfs_json_type_e type)
{
    size_t  len;

    len = strlen(word);

    if ((size_t) (json->last - json->pos) < len
        || memcmp(json->pos, word, len) != 0)
    {
        return vfs_json_fail(json, token, "expected a value");
    }

    token->type = type;
    token->start = json->pos;
    token->len = len;
    token->escaped = 0;

    json->pos += len;
    vfs_json_after_value(json);

    return type;
}


static vfs_json_type_e
vfs_json_fail(vfs_json_t *json, vfs_json_token_t *token, const char *reason)
{
    json->state = VFS_JSON_FAILED;
    json->reason = reason;

    token->type = VFS_JSON_INVALID;
    token->start = json->pos;
    token->len = 0;
    token->escaped = 0;

    return VFS_JSON_INVALID;
}


static void
vfs_json_space(vfs_json_t *json)
{
    char  c;

    while (json->pos < json->last) {
        c = *json->pos;

        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
            return;
        }

        json->pos++;
    }
}


static void
vfs_json_after_value(vfs_json_t *json)
{
    json->state = json->depth == 0 ? VFS_JSON_AT_END : VFS_JSON_WANT_SEPARATOR;
}
