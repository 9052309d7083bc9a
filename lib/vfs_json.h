
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_JSON_H_INCLUDED_
#define _VFS_JSON_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <string.h>


/*
 * A validating JSON tokenizer (RFC 8259) over one buffer in memory: it
 * allocates nothing, copies nothing and reports each token as the span of
 * bytes it stands on, so that a caller can splice a value without parsing it.
 * Checked on the way: grammar, UTF-8 (no surrogates, no overlong forms),
 * escapes (paired surrogates), depth, no NaN or Infinity, nothing but white
 * space behind the value.  Duplicate names are the caller's to refuse.
 */

#define VFS_JSON_MAX_DEPTH  32


typedef enum {
    VFS_JSON_END = 0,
    VFS_JSON_OBJECT,
    VFS_JSON_OBJECT_END,
    VFS_JSON_ARRAY,
    VFS_JSON_ARRAY_END,
    VFS_JSON_NAME,
    VFS_JSON_STRING,
    VFS_JSON_NUMBER,
    VFS_JSON_TRUE,
    VFS_JSON_FALSE,
    VFS_JSON_NULL,
    VFS_JSON_INVALID
} vfs_json_type_e;


typedef struct {
    vfs_json_type_e  type;
    const char      *start;      /* first byte; of a string or name: the byte
                                    behind the opening quote */
    size_t           len;        /* bytes; of a string: without its quotes */
    unsigned         escaped:1;  /* string or name holds a backslash escape */
} vfs_json_token_t;


typedef struct {
    const char      *start;
    const char      *pos;
    const char      *last;
    const char      *reason;     /* set on VFS_JSON_INVALID: fixed words */
    unsigned         depth;
    unsigned         state;
    uint32_t         objects;    /* bit per level: 1 object, 0 array */
} vfs_json_t;


void vfs_json_init(vfs_json_t *json, const char *text, size_t len);

/*
 * The next token.  After VFS_JSON_END or VFS_JSON_INVALID it returns the same
 * again; json->pos - json->start is then the offset of the fault.
 */

vfs_json_type_e vfs_json_next(vfs_json_t *json, vfs_json_token_t *token);

/*
 * In an array, behind its opening bracket or behind a number: passes over all
 * numbers that follow and counts them in *n, faster than one token at a time.
 * Returns as vfs_json_next() does, and with *token, what comes instead of a
 * number.
 */

vfs_json_type_e vfs_json_numbers(vfs_json_t *json, vfs_json_token_t *token,
    size_t *n);

/*
 * "token" was just returned and begins a value: moves behind the value and
 * sets *span to its whole text (with quotes, brackets or braces).  Returns 0,
 * or -1 if the value is invalid.
 */

int vfs_json_skip(vfs_json_t *json, const vfs_json_token_t *token,
    vfs_json_token_t *span);

/*
 * How many bytes of a name or string token stand for "text" of "len" bytes,
 * whole characters, if the token begins with it, escapes resolved; otherwise
 * 0.  What follows those bytes is the inside of a JSON string again.
 */

size_t vfs_json_prefix(const vfs_json_token_t *token, const char *text,
    size_t len);

/*
 * Writes a string token's characters, escapes resolved, to "buf" of "size"
 * bytes, without a terminating zero.  Returns the length, which never exceeds
 * token->len, or -1 if it does not fit.
 */

ptrdiff_t vfs_json_unescape(const vfs_json_token_t *token, char *buf,
    size_t size);

/*
 * Writes "text" as the inside of a JSON string (quotes not included); bytes
 * that are not UTF-8 become U+FFFD.  "buf" needs up to 6 * len bytes.  Returns
 * the first byte after what it wrote.
 */

char *vfs_json_escape(char *buf, const char *text, size_t len);


/*
 * Whether a name or string token is "text", escapes resolved; inline, so that
 * a literal is compared without calls.
 */

static inline int
vfs_json_equal(const vfs_json_token_t *token, const char *text)
{
    size_t  len;

    len = strlen(text);

    if (token->escaped) {
        return vfs_json_prefix(token, text, len) == token->len;
    }

    return token->len == len && memcmp(token->start, text, len) == 0;
}


#endif /* _VFS_JSON_H_INCLUDED_ */
