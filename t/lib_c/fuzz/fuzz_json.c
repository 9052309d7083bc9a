
/*
 * Copyright (C) the vfs authors
 */


#include "fuzz.h"

#include "vfs_json.h"


#define FUZZ_PREFIX  16


static unsigned fuzz_walk(const char *text, size_t len, int *accepted);
static void fuzz_inside(const vfs_json_t *json, const vfs_json_token_t *token,
    const char *from);
static void fuzz_string(const vfs_json_token_t *token);
static void fuzz_equal(const vfs_json_token_t *token, char *text, size_t len);
static void fuzz_prefix(const vfs_json_token_t *token, const char *text,
    size_t len);
static void fuzz_escape(const char *text, size_t len);
static void fuzz_value(const vfs_json_t *at, const vfs_json_token_t *token,
    int accepted);
static void fuzz_splice(const vfs_json_token_t *span);
static void fuzz_numbers(const vfs_json_t *at);


/*
 * Any bytes: every token stands inside the text, strings can be read and
 * written again, and each value can be cut out and spliced in elsewhere.
 */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                accepted;
    vfs_json_t         json;
    const char        *text, *from;
    vfs_json_type_e    type;
    vfs_json_token_t   token;

    text = (const char *) data;
    (void) fuzz_walk(text, size, &accepted);

    from = text;
    vfs_json_init(&json, text, size);

    for ( ;; ) {
        type = vfs_json_next(&json, &token);
        fuzz_assert(type == token.type);
        fuzz_inside(&json, &token, from);
        from = token.start + token.len;

        switch (type) {

        case VFS_JSON_END:
        case VFS_JSON_INVALID:
            fuzz_assert(vfs_json_next(&json, &token) == type);
            return 0;

        case VFS_JSON_OBJECT_END:
        case VFS_JSON_ARRAY_END:
            break;

        case VFS_JSON_NAME:
            fuzz_string(&token);
            break;

        case VFS_JSON_STRING:
            fuzz_string(&token);
            fuzz_value(&json, &token, accepted);
            break;

        case VFS_JSON_ARRAY:
            fuzz_numbers(&json);
            fuzz_value(&json, &token, accepted);
            break;

        default:
            fuzz_value(&json, &token, accepted);
        }
    }
}


/* Whether the text is accepted, and how deep it nests. */

static unsigned
fuzz_walk(const char *text, size_t len, int *accepted)
{
    unsigned          depth;
    vfs_json_t        json;
    vfs_json_type_e   type;
    vfs_json_token_t  token;

    depth = 0;
    vfs_json_init(&json, text, len);

    do {
        type = vfs_json_next(&json, &token);
        depth = json.depth > depth ? json.depth : depth;
    } while (type != VFS_JSON_END && type != VFS_JSON_INVALID);

    fuzz_assert(depth <= VFS_JSON_MAX_DEPTH);

    *accepted = type == VFS_JSON_END;

    return depth;
}


static void
fuzz_inside(const vfs_json_t *json, const vfs_json_token_t *token,
    const char *from)
{
    fuzz_assert(json->pos >= json->start && json->pos <= json->last);
    fuzz_assert(token->start >= from && token->start <= json->last);
    fuzz_assert(token->len <= (size_t) (json->last - token->start));

    if (token->type == VFS_JSON_INVALID) {
        fuzz_assert(json->reason != NULL);
        return;
    }

    fuzz_assert(token->start + token->len <= json->pos);

    if (token->type == VFS_JSON_NAME || token->type == VFS_JSON_STRING) {
        fuzz_assert(token->start > from && token->start[-1] == '"');
        fuzz_assert(token->start[token->len] == '"');
        fuzz_assert(token->escaped
                    == (memchr(token->start, '\\', token->len) != NULL));
    }
}


/* Exactly the room it needs; in any less it is refused. */

static void
fuzz_string(const vfs_json_token_t *token)
{
    char       *text;
    ptrdiff_t   n;

    text = malloc(token->len + 1);
    fuzz_assert(text != NULL);

    n = vfs_json_unescape(token, text, token->len);
    fuzz_assert(n >= 0 && (size_t) n <= token->len);
    fuzz_assert(token->escaped || memcmp(text, token->start, n) == 0);

    fuzz_equal(token, text, n);
    fuzz_prefix(token, text, n);
    fuzz_escape(text, n);

    fuzz_assert(vfs_json_unescape(token, text, n) == n);
    fuzz_assert(n == 0 || vfs_json_unescape(token, text, n - 1) == -1);

    free(text);
}


static void
fuzz_equal(const vfs_json_token_t *token, char *text, size_t len)
{
    if (memchr(text, '\0', len) != NULL) {
        return;
    }

    text[len] = '\0';
    fuzz_assert(vfs_json_equal(token, text));

    if (len == 0) {
        fuzz_assert(!vfs_json_equal(token, "a"));
        return;
    }

    text[len - 1] ^= 1;
    fuzz_assert(!vfs_json_equal(token, text));

    text[len - 1] ^= 1;
    fuzz_assert(!vfs_json_equal(token, text + 1));
}


/*
 * The string begins with every beginning of its text; without it, it is a
 * string that says the rest.
 */

static void
fuzz_prefix(const vfs_json_token_t *token, const char *text, size_t len)
{
    char              *rest;
    size_t             i, skip;
    ptrdiff_t          n;
    vfs_json_token_t   behind;

    rest = malloc(token->len + 1);
    fuzz_assert(rest != NULL);

    for (i = 1; i <= len && i <= FUZZ_PREFIX; i++) {
        skip = vfs_json_prefix(token, text, i);

        if (skip == 0) {

            /* in the middle of an escaped character */

            fuzz_assert(i < len && (text[i] & 0xc0) == 0x80);
            continue;
        }

        behind = *token;
        behind.start += skip;
        behind.len -= skip;

        n = vfs_json_unescape(&behind, rest, token->len);

        fuzz_assert(n >= 0 && (size_t) n == len - i);
        fuzz_assert(memcmp(rest, text + i, n) == 0);
    }

    free(rest);
}


/* What a string says is said again by the string written from it. */

static void
fuzz_escape(const char *text, size_t len)
{
    char              *quoted, *again, *last;
    vfs_json_t         json;
    vfs_json_token_t   token;

    quoted = malloc(6 * len + 2);
    again = malloc(len + 1);
    fuzz_assert(quoted != NULL && again != NULL);

    quoted[0] = '"';
    last = vfs_json_escape(quoted + 1, text, len);
    *last++ = '"';

    vfs_json_init(&json, quoted, last - quoted);

    fuzz_assert(vfs_json_next(&json, &token) == VFS_JSON_STRING);
    fuzz_assert(vfs_json_unescape(&token, again, len) == (ptrdiff_t) len);
    fuzz_assert(memcmp(again, text, len) == 0);
    fuzz_assert(vfs_json_next(&json, &token) == VFS_JSON_END);

    free(again);
    free(quoted);
}


/* "token" was just read from *at: its value, if it ends, stands alone. */

static void
fuzz_value(const vfs_json_t *at, const vfs_json_token_t *token, int accepted)
{
    int               alone;
    unsigned          depth;
    vfs_json_t        json;
    vfs_json_token_t  span;

    json = *at;

    if (vfs_json_skip(&json, token, &span) != 0) {
        fuzz_assert(!accepted);
        return;
    }

    depth = at->depth - (token->type == VFS_JSON_OBJECT
                         || token->type == VFS_JSON_ARRAY);

    fuzz_assert(json.depth == depth);
    fuzz_assert(span.type == token->type);
    fuzz_assert(span.start <= token->start && span.start >= json.start);
    fuzz_assert(span.start + span.len == json.pos);

    (void) fuzz_walk(span.start, span.len, &alone);
    fuzz_assert(alone);

    if (token->type == VFS_JSON_NUMBER) {
        return;
    }

    /* anything but a number shows that it was cut short */

    (void) fuzz_walk(span.start, span.len - 1, &alone);
    fuzz_assert(!alone);

    fuzz_splice(&span);
}


static void
fuzz_splice(const vfs_json_token_t *span)
{
    int                 accepted;
    char               *text, *p;
    unsigned            depth;
    static const char   head[] = "{\"a\":[1,", tail[] = ",null],\"b\":0}";

    depth = fuzz_walk(span->start, span->len, &accepted);

    text = malloc(span->len + sizeof(head) + sizeof(tail));
    fuzz_assert(text != NULL);

    p = text;
    memcpy(p, head, sizeof(head) - 1);
    p += sizeof(head) - 1;
    memcpy(p, span->start, span->len);
    p += span->len;
    memcpy(p, tail, sizeof(tail) - 1);
    p += sizeof(tail) - 1;

    (void) fuzz_walk(text, p - text, &accepted);
    fuzz_assert(accepted == (depth + 2 <= VFS_JSON_MAX_DEPTH));

    free(text);
}


/* *at stands in an array: many numbers at once, and one after another. */

static void
fuzz_numbers(const vfs_json_t *at)
{
    size_t            n, count;
    vfs_json_t        many, one;
    vfs_json_token_t  behind, token;

    many = *at;
    one = *at;

    fuzz_assert(vfs_json_numbers(&many, &behind, &n) == behind.type);

    for (count = 0; vfs_json_next(&one, &token) == VFS_JSON_NUMBER; count++) {
        /* void */
    }

    fuzz_assert(n == count);
    fuzz_assert(behind.type == token.type);
    fuzz_assert(behind.start == token.start && behind.len == token.len);
    fuzz_assert(many.pos == one.pos && many.state == one.state);
    fuzz_assert(many.reason == one.reason && many.depth == one.depth);
}
