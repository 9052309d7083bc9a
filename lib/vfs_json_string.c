
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_json.h"
#include "vfs_json_string.h"

#include <string.h>


static ptrdiff_t vfs_json_match(const vfs_json_token_t *token,
    const char *text, size_t len);
static size_t vfs_json_resolve(const char *p, char *out, size_t *written);


size_t
vfs_json_prefix(const vfs_json_token_t *token, const char *text, size_t len)
{
    ptrdiff_t  n;

    if (!token->escaped) {
        return (token->len >= len && memcmp(token->start, text, len) == 0)
               ? len : 0;
    }

    n = vfs_json_match(token, text, len);

    return (n == -1) ? 0 : (size_t) n;
}


/*
 * How many bytes of the token say "text", or -1 if it does not begin with it:
 * a character of four bytes is one escape and is not cut.
 */

static ptrdiff_t
vfs_json_match(const vfs_json_token_t *token, const char *text, size_t len)
{
    char         out[4];
    size_t       n;
    const char  *p, *last;

    p = token->start;
    last = p + token->len;

    while (len != 0) {

        if (p == last) {
            return -1;
        }

        if (*p == '\\') {
            p += vfs_json_resolve(p, out, &n);

        } else {
            out[0] = *p++;
            n = 1;
        }

        if (n > len || memcmp(out, text, n) != 0) {
            return -1;
        }

        text += n;
        len -= n;
    }

    return p - token->start;
}


ptrdiff_t
vfs_json_unescape(const vfs_json_token_t *token, char *buf, size_t size)
{
    char         out[4];
    size_t       n, len;
    const char  *p, *last;

    if (!token->escaped) {
        if (token->len > size) {
            return -1;
        }

        memcpy(buf, token->start, token->len);
        return (ptrdiff_t) token->len;
    }

    len = 0;
    p = token->start;
    last = p + token->len;

    while (p < last) {

        if (*p == '\\') {
            p += vfs_json_resolve(p, out, &n);

        } else {
            out[0] = *p++;
            n = 1;
        }

        if (n > size - len) {
            return -1;
        }

        memcpy(buf + len, out, n);
        len += n;
    }

    return (ptrdiff_t) len;
}


char *
vfs_json_escape(char *buf, const char *text, size_t len)
{
    size_t             n;
    const char        *last;
    unsigned char      c;
    static const char  hex[] = "0123456789abcdef";
    static const char  letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    const char        *letter;

    last = text + len;

    while (text < last) {
        c = (unsigned char) *text;

        if (c >= 0x80) {
            n = vfs_json_utf8(text, last);

            if (n == 0) {
                memcpy(buf, "\xef\xbf\xbd", 3);
                buf += 3;
                text++;
                continue;
            }

            memcpy(buf, text, n);
            buf += n;
            text += n;
            continue;
        }

        text++;

        if (c >= 0x20 && c != '"' && c != '\\') {
            *buf++ = (char) c;
            continue;
        }

        *buf++ = '\\';

        for (letter = letters; *letter != '\0'; letter += 2) {
            if ((unsigned char) *letter == c) {
                break;
            }
        }

        if (*letter != '\0') {
            *buf++ = letter[1];
            continue;
        }

        memcpy(buf, "u00", 3);
        buf[3] = hex[c >> 4];
        buf[4] = hex[c & 0xf];
        buf += 5;
    }

    return buf;
}


size_t
vfs_json_utf8(const char *text, const char *last)
{
    size_t                n, i;
    unsigned char         min, max;
    const unsigned char  *p;

    p = (const unsigned char *) text;
    min = 0x80;
    max = 0xbf;

    if (p[0] < 0x80) {
        return 1;
    }

    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        n = 2;

    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        n = 3;

        if (p[0] == 0xe0) {
            min = 0xa0;

        } else if (p[0] == 0xed) {
            max = 0x9f;
        }

    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        n = 4;

        if (p[0] == 0xf0) {
            min = 0x90;

        } else if (p[0] == 0xf4) {
            max = 0x8f;
        }

    } else {
        return 0;
    }

    if ((size_t) (last - text) < n || p[1] < min || p[1] > max) {
        return 0;
    }

    for (i = 2; i < n; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf) {
            return 0;
        }
    }

    return n;
}


int32_t
vfs_json_hex4(const char *p)
{
    int      i;
    char     c;
    int32_t  value;

    value = 0;

    for (i = 0; i < 4; i++) {
        c = p[i];

        if ((unsigned) (c - '0') <= 9) {
            value = value * 16 + (c - '0');

        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            value = value * 16 + ((c | 0x20) - 'a' + 10);

        } else {
            return -1;
        }
    }

    return value;
}


/*
 * Resolves the valid escape at "p" to 1 to 4 bytes; returns the length of the
 * escape, which is never less than *written.
 */

static size_t
vfs_json_resolve(const char *p, char *out, size_t *written)
{
    size_t    len;
    uint32_t  c;

    *written = 1;

    if (p[1] != 'u') {

        switch (p[1]) {

        case 'b':
            out[0] = '\b';
            break;

        case 'f':
            out[0] = '\f';
            break;

        case 'n':
            out[0] = '\n';
            break;

        case 'r':
            out[0] = '\r';
            break;

        case 't':
            out[0] = '\t';
            break;

        default:
            out[0] = p[1];
        }

        return 2;
    }

    len = 6;
    c = (uint32_t) vfs_json_hex4(p + 2);

    if (c >= 0xd800 && c <= 0xdbff) {
        len = 12;
        c = 0x10000 + ((c - 0xd800) << 10)
            + ((uint32_t) vfs_json_hex4(p + 8) - 0xdc00);
    }

    if (c < 0x80) {
        out[0] = (char) c;

    } else if (c < 0x800) {
        out[0] = (char) (0xc0 | (c >> 6));
        out[1] = (char) (0x80 | (c & 0x3f));
        *written = 2;

    } else if (c < 0x10000) {
        out[0] = (char) (0xe0 | (c >> 12));
        out[1] = (char) (0x80 | ((c >> 6) & 0x3f));
        out[2] = (char) (0x80 | (c & 0x3f));
        *written = 3;

    } else {
        out[0] = (char) (0xf0 | (c >> 18));
        out[1] = (char) (0x80 | ((c >> 12) & 0x3f));
        out[2] = (char) (0x80 | ((c >> 6) & 0x3f));
        out[3] = (char) (0x80 | (c & 0x3f));
        *written = 4;
    }

    return len;
}
