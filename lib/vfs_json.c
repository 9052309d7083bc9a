
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_json.h"
#include "vfs_json_number.h"
#include "vfs_json_string.h"

#include <endian.h>
#include <string.h>


/* What may come next. */

typedef enum {
    VFS_JSON_WANT_VALUE = 0,
    VFS_JSON_WANT_FIRST_ELEMENT,   /* or the end of the array */
    VFS_JSON_WANT_FIRST_NAME,      /* or the end of the object */
    VFS_JSON_WANT_SEPARATOR,       /* or the end of what is open */
    VFS_JSON_AT_END,
    VFS_JSON_FAILED
} vfs_json_state_e;


static vfs_json_type_e vfs_json_value(vfs_json_t *json,
    vfs_json_token_t *token, const char *p);
static vfs_json_type_e vfs_json_name(vfs_json_t *json,
    vfs_json_token_t *token, const char *p);
static vfs_json_type_e vfs_json_open(vfs_json_t *json,
    vfs_json_token_t *token, const char *p, vfs_json_type_e type);
static vfs_json_type_e vfs_json_close(vfs_json_t *json,
    vfs_json_token_t *token, const char *p, vfs_json_type_e type);
static inline const char *vfs_json_string(vfs_json_t *json,
    vfs_json_token_t *token, const char *p);
static const char *vfs_json_string_rest(vfs_json_t *json,
    vfs_json_token_t *token, const char *p);
static size_t vfs_json_check_escape(vfs_json_t *json, const char *p);
static vfs_json_type_e vfs_json_number(vfs_json_t *json,
    vfs_json_token_t *token, const char *p);
static vfs_json_type_e vfs_json_literal(vfs_json_t *json,
    vfs_json_token_t *token, const char *p, const char *word,
    vfs_json_type_e type);
static vfs_json_type_e vfs_json_fail(vfs_json_t *json,
    vfs_json_token_t *token, const char *p, const char *reason);
static inline const char *vfs_json_space(const char *p, const char *last);
static inline const char *vfs_json_plain(const char *p, const char *last);
static inline void vfs_json_behind(vfs_json_t *json, const char *p);


#define vfs_json_eight(c)  ((uint64_t) (c) * 0x0101010101010101)


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


/*
 * The position is in a variable on the way: as a member it would be read and
 * written at each step.
 */

vfs_json_type_e
vfs_json_next(vfs_json_t *json, vfs_json_token_t *token)
{
    int          object;
    const char  *p, *last;

    last = json->last;
    p = vfs_json_space(json->pos, last);
    object = 0;

    switch ((vfs_json_state_e) json->state) {

    case VFS_JSON_WANT_VALUE:
        break;

    case VFS_JSON_WANT_FIRST_ELEMENT:
        if (p != last && *p == ']') {
            return vfs_json_close(json, token, p, VFS_JSON_ARRAY_END);
        }

        break;

    case VFS_JSON_WANT_FIRST_NAME:
        if (p != last && *p == '}') {
            return vfs_json_close(json, token, p, VFS_JSON_OBJECT_END);
        }

        object = 1;
        break;

    case VFS_JSON_WANT_SEPARATOR:
        if (p == last) {
            break;
        }

        object = (json->objects >> (json->depth - 1)) & 1;

        if (*p == ',') {
            p = vfs_json_space(p + 1, last);
            break;
        }

        if (*p == (object ? '}' : ']')) {
            return vfs_json_close(json, token, p,
                                  object ? VFS_JSON_OBJECT_END
                                         : VFS_JSON_ARRAY_END);
        }

        return vfs_json_fail(json, token, p, object ? "expected ',' or '}'"
                                                    : "expected ',' or ']'");

    case VFS_JSON_AT_END:
        if (p != last) {
            return vfs_json_fail(json, token, p, "text behind the value");
        }

        json->pos = p;

        token->type = VFS_JSON_END;
        token->start = p;
        token->len = 0;
        token->escaped = 0;

        return VFS_JSON_END;

    case VFS_JSON_FAILED:
        return vfs_json_fail(json, token, json->pos, json->reason);
    }

    if (p == last) {
        return vfs_json_fail(json, token, p, "unexpected end");
    }

    return object ? vfs_json_name(json, token, p)
                  : vfs_json_value(json, token, p);
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
vfs_json_value(vfs_json_t *json, vfs_json_token_t *token, const char *p)
{
    switch (*p) {

    case '{':
        return vfs_json_open(json, token, p, VFS_JSON_OBJECT);

    case '[':
        return vfs_json_open(json, token, p, VFS_JSON_ARRAY);

    case '"':
        p = vfs_json_string(json, token, p);

        if (p == NULL) {
            return vfs_json_fail(json, token, json->pos, json->reason);
        }

        token->type = VFS_JSON_STRING;
        vfs_json_behind(json, p);

        return VFS_JSON_STRING;

    case 't':
        return vfs_json_literal(json, token, p, "true", VFS_JSON_TRUE);

    case 'f':
        return vfs_json_literal(json, token, p, "false", VFS_JSON_FALSE);

    case 'n':
        return vfs_json_literal(json, token, p, "null", VFS_JSON_NULL);

    default:
        return vfs_json_number(json, token, p);
    }
}


static vfs_json_type_e
vfs_json_name(vfs_json_t *json, vfs_json_token_t *token, const char *p)
{
    if (*p != '"') {
        return vfs_json_fail(json, token, p, "expected a name in quotes");
    }

    p = vfs_json_string(json, token, p);

    if (p == NULL) {
        return vfs_json_fail(json, token, json->pos, json->reason);
    }

    p = vfs_json_space(p, json->last);

    if (p == json->last) {
        return vfs_json_fail(json, token, p, "unexpected end");
    }

    if (*p != ':') {
        return vfs_json_fail(json, token, p, "expected ':'");
    }

    json->pos = p + 1;
    json->state = VFS_JSON_WANT_VALUE;
    token->type = VFS_JSON_NAME;

    return VFS_JSON_NAME;
}


static vfs_json_type_e
vfs_json_open(vfs_json_t *json, vfs_json_token_t *token, const char *p,
    vfs_json_type_e type)
{
    uint32_t  bit;

    if (json->depth == VFS_JSON_MAX_DEPTH) {
        return vfs_json_fail(json, token, p, "nested too deeply");
    }

    bit = (uint32_t) 1 << json->depth++;

    if (type == VFS_JSON_OBJECT) {
        json->objects |= bit;
        json->state = VFS_JSON_WANT_FIRST_NAME;

    } else {
        json->objects &= ~bit;
        json->state = VFS_JSON_WANT_FIRST_ELEMENT;
    }

    json->pos = p + 1;

    token->type = type;
    token->start = p;
    token->len = 1;
    token->escaped = 0;

    return type;
}


static vfs_json_type_e
vfs_json_close(vfs_json_t *json, vfs_json_token_t *token, const char *p,
    vfs_json_type_e type)
{
    json->depth--;

    token->type = type;
    token->start = p;
    token->len = 1;
    token->escaped = 0;

    vfs_json_behind(json, p + 1);

    return type;
}


/* Behind the closing quote, or NULL with json->pos and json->reason. */

static inline const char *
vfs_json_string(vfs_json_t *json, vfs_json_token_t *token, const char *p)
{
    p++;

    token->start = p;
    token->escaped = 0;

    p = vfs_json_plain(p, json->last);

    if (p == json->last || *p != '"') {
        p = vfs_json_string_rest(json, token, p);

        if (p == NULL) {
            return NULL;
        }
    }

    token->len = p - token->start;

    return p + 1;
}


/* The closing quote of a string with what is not plain ASCII. */

static const char *
vfs_json_string_rest(vfs_json_t *json, vfs_json_token_t *token, const char *p)
{
    size_t         n;
    const char    *last;
    unsigned char  c;

    last = json->last;

    for ( ;; ) {
        p = vfs_json_plain(p, last);

        if (p == last) {
            json->reason = "unexpected end";
            break;
        }

        c = (unsigned char) *p;

        if (c == '"') {
            return p;
        }

        if (c == '\\') {
            token->escaped = 1;
            n = vfs_json_check_escape(json, p);

        } else if (c < 0x20) {
            json->reason = "control character in a string";
            n = 0;

        } else {
            n = vfs_json_utf8(p, last);

            if (n == 0) {
                json->reason = "invalid UTF-8";
            }
        }

        if (n == 0) {
            break;
        }

        p += n;
    }

    json->pos = p;

    return NULL;
}


/* The length of the escape at "p", or 0 with json->reason. */

static size_t
vfs_json_check_escape(vfs_json_t *json, const char *p)
{
    int32_t  unit, low;

    if (json->last - p < 2) {
        json->reason = "unexpected end";
        return 0;
    }

    if (p[1] != 'u') {
        if (p[1] == '\0' || strchr("\"\\/bfnrt", p[1]) == NULL) {
            json->reason = "unknown escape";
            return 0;
        }

        return 2;
    }

    unit = json->last - p < 6 ? -1 : vfs_json_hex4(p + 2);

    if (unit < 0) {
        json->reason = "expected four hexadecimal digits";
        return 0;
    }

    if (unit < 0xd800 || unit > 0xdfff) {
        return 6;
    }

    low = -1;

    if (unit <= 0xdbff && json->last - p >= 12 && p[6] == '\\' && p[7] == 'u')
    {
        low = vfs_json_hex4(p + 8);
    }

    if (low < 0xdc00 || low > 0xdfff) {
        json->reason = "unpaired surrogate";
        return 0;
    }

    return 12;
}


static vfs_json_type_e
vfs_json_number(vfs_json_t *json, vfs_json_token_t *token, const char *p)
{
    const char  *end, *fault;

    end = vfs_json_scan_number(p, json->last, &fault);

    if (end == NULL) {
        return vfs_json_fail(json, token, fault,
                             (fault == p) ? "expected a value"
                                          : "expected a digit");
    }

    token->type = VFS_JSON_NUMBER;
    token->start = p;
    token->len = end - p;
    token->escaped = 0;

    vfs_json_behind(json, end);

    return VFS_JSON_NUMBER;
}


static vfs_json_type_e
vfs_json_literal(vfs_json_t *json, vfs_json_token_t *token, const char *p,
    const char *word, vfs_json_type_e type)
{
    size_t  len;

    len = strlen(word);

    if ((size_t) (json->last - p) < len || memcmp(p, word, len) != 0) {
        return vfs_json_fail(json, token, p, "expected a value");
    }

    token->type = type;
    token->start = p;
    token->len = len;
    token->escaped = 0;

    vfs_json_behind(json, p + len);

    return type;
}


static vfs_json_type_e
vfs_json_fail(vfs_json_t *json, vfs_json_token_t *token, const char *p,
    const char *reason)
{
    json->pos = p;
    json->state = VFS_JSON_FAILED;
    json->reason = reason;

    token->type = VFS_JSON_INVALID;
    token->start = p;
    token->len = 0;
    token->escaped = 0;

    return VFS_JSON_INVALID;
}


/* Mostly there is none. */

static inline const char *
vfs_json_space(const char *p, const char *last)
{
    while (p < last && (unsigned char) *p <= ' '
           && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    {
        p++;
    }

    return p;
}


/*
 * Skips ASCII that stands for itself in a string, eight bytes at a time: bit 7
 * of a byte is set by a quote, a backslash, a control character or no ASCII.
 * Differences borrow only from bytes above one that is already found.
 */

static inline const char *
vfs_json_plain(const char *p, const char *last)
{
    uint64_t  eight, others;

    while (last - p >= 8) {
        memcpy(&eight, p, 8);
        eight = le64toh(eight);

        others = (eight ^ vfs_json_eight('"')) - vfs_json_eight(1);
        others |= (eight ^ vfs_json_eight('\\')) - vfs_json_eight(1);
        others |= eight - vfs_json_eight(' ');
        others = (others | eight) & vfs_json_eight(0x80);

        if (others != 0) {
            return p + __builtin_ctzll(others) / 8;
        }

        p += 8;
    }

    while (p < last && (unsigned char) *p >= 0x20 && (unsigned char) *p < 0x80
           && *p != '"' && *p != '\\')
    {
        p++;
    }

    return p;
}


static inline void
vfs_json_behind(vfs_json_t *json, const char *p)
{
    json->pos = p;
    json->state = json->depth == 0 ? VFS_JSON_AT_END : VFS_JSON_WANT_SEPARATOR;
}
