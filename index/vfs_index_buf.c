
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_buf.h"
#include "vfs_float.h"
#include "vfs_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static char *vfs_buf_reserve(vfs_buf_t *buf, size_t len);


void
vfs_buf_init(vfs_buf_t *buf, size_t max)
{
    memset(buf, 0, sizeof(vfs_buf_t));
    buf->max = max;
}


void
vfs_buf_free(vfs_buf_t *buf)
{
    free(buf->data);
    vfs_buf_init(buf, buf->max);
}


void
vfs_buf_bytes(vfs_buf_t *buf, const char *data, size_t len)
{
    char  *p;

    if (len == 0) {
        return;
    }

    p = vfs_buf_reserve(buf, len);

    if (p != NULL) {
        memcpy(p, data, len);
        buf->len += len;
    }
}


void
vfs_buf_text(vfs_buf_t *buf, const char *text)
{
    vfs_buf_bytes(buf, text, strlen(text));
}


void
vfs_buf_print(vfs_buf_t *buf, const char *fmt, ...)
{
    int      n;
    char     text[1024];
    va_list  args;

    va_start(args, fmt);
    n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    if (n < 0 || (size_t) n >= sizeof(text)) {
        buf->failed = 1;
        return;
    }

    vfs_buf_bytes(buf, text, (size_t) n);
}


void
vfs_buf_string(vfs_buf_t *buf, const char *data, size_t len)
{
    char  *p;

    p = vfs_buf_reserve(buf, 6 * len + 2);

    if (p == NULL) {
        return;
    }

    *p++ = '"';
    p = vfs_json_escape(p, data, len);
    *p++ = '"';

    buf->len = p - buf->data;
}


void
vfs_buf_float(vfs_buf_t *buf, float value)
{
    char  *p;

    p = vfs_buf_reserve(buf, VFS_FLOAT_LEN);

    if (p != NULL) {
        buf->len = vfs_float_print(p, value) - buf->data;
    }
}


void
vfs_buf_floats(vfs_buf_t *buf, const float *values, size_t n)
{
    char    *p;
    size_t   i;

    p = vfs_buf_reserve(buf, n * (VFS_FLOAT_LEN + 1) + 2);

    if (p == NULL) {
        return;
    }

    *p++ = '[';

    for (i = 0; i < n; i++) {

        if (i != 0) {
            *p++ = ',';
        }

        p = vfs_float_print(p, values[i]);
    }

    *p++ = ']';

    buf->len = p - buf->data;
}


void
vfs_buf_double(vfs_buf_t *buf, double value)
{
    char  *p;

    p = vfs_buf_reserve(buf, VFS_DOUBLE_LEN);

    if (p != NULL) {
        buf->len = vfs_double_canonical(p, value) - buf->data;
    }
}


void
vfs_buf_uint(vfs_buf_t *buf, uint64_t value)
{
    char  *p, text[20];

    p = text + sizeof(text);

    do {
        *--p = (char) ('0' + value % 10);
        value /= 10;
    } while (value != 0);

    vfs_buf_bytes(buf, p, text + sizeof(text) - p);
}


static char *
vfs_buf_reserve(vfs_buf_t *buf, size_t len)
{
    char    *data;
    size_t   size;

    if (buf->failed) {
        return NULL;
    }

    if (buf->size - buf->len >= len) {
        return buf->data + buf->len;
    }

    if (len > buf->max || buf->len > buf->max - len) {
        buf->failed = 1;
        return NULL;
    }

    size = buf->size == 0 ? 1024 : buf->size;

    while (size - buf->len < len) {
        size *= 2;
    }

    data = realloc(buf->data, size);

    if (data == NULL) {
        buf->failed = 1;
        return NULL;
    }

    buf->data = data;
    buf->size = size;

    return data + buf->len;
}
