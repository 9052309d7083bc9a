
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_buf.h"
#include "vfs_error.h"
#include "vfs_json.h"

#include <stdlib.h>
#include <string.h>


static int vfs_query_plain(char c);


int
vfs_buf_reserve(vfs_buf_t *buf, size_t len)
{
    char    *data;
    size_t   size;

    if (buf->size - buf->len >= len) {
        return VFS_OK;
    }

    size = 2 * buf->size;

    if (size < buf->len + len) {
        size = buf->len + len;
    }

    data = realloc(buf->data, size);

    if (data == NULL) {
        return VFS_ERROR;
    }

    buf->data = data;
    buf->size = size;

    return VFS_OK;
}


int
vfs_buf_add(vfs_buf_t *buf, const char *text, size_t len)
{
    if (len == 0) {
        return VFS_OK;
    }

    if (vfs_buf_reserve(buf, len) != VFS_OK) {
        return VFS_ERROR;
    }

    memcpy(buf->data + buf->len, text, len);
    buf->len += len;

    return VFS_OK;
}


int
vfs_buf_text(vfs_buf_t *buf, const char *text)
{
    return vfs_buf_add(buf, text, strlen(text));
}


int
vfs_buf_query(vfs_buf_t *buf, const char *text, size_t len)
{
    char    *p;
    size_t   i;

    static const char  hex[] = "0123456789ABCDEF";

    if (vfs_buf_reserve(buf, 3 * len) != VFS_OK) {
        return VFS_ERROR;
    }

    p = buf->data + buf->len;

    for (i = 0; i < len; i++) {

        if (vfs_query_plain(text[i])) {
            *p++ = text[i];
            continue;
        }

        *p++ = '%';
        *p++ = hex[(unsigned char) text[i] >> 4];
        *p++ = hex[(unsigned char) text[i] & 0xf];
    }

    buf->len = (size_t) (p - buf->data);

    return VFS_OK;
}


size_t
vfs_query_len(const char *text, size_t len)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < len; i++) {
        n += vfs_query_plain(text[i]) ? 1 : 3;
    }

    return n;
}


/* RFC 3986's unreserved characters. */

static int
vfs_query_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
           || c == '~';
}


int
vfs_buf_string(vfs_buf_t *buf, const char *text, size_t len)
{
    char  *p;

    if (vfs_buf_reserve(buf, 6 * len + 2) != VFS_OK) {
        return VFS_ERROR;
    }

    p = buf->data + buf->len;
    *p++ = '"';
    p = vfs_json_escape(p, text, len);
    *p++ = '"';

    buf->len = (size_t) (p - buf->data);

    return VFS_OK;
}


void
vfs_buf_free(vfs_buf_t *buf)
{
    free(buf->data);
    memset(buf, 0, sizeof(vfs_buf_t));
}
