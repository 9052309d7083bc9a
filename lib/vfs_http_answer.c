
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_http_answer.h"
#include "vfs_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define VFS_MAX_RETRY_AFTER_MS  (600 * 1000)


void
vfs_http_message(const char *body, size_t len, char *buf, size_t size)
{
    size_t             i, n;
    ptrdiff_t          text_len;
    vfs_json_t         json;
    vfs_json_token_t   token;

    buf[0] = '\0';

    if (body == NULL || len == 0) {
        return;
    }

    if (body[0] == '{') {
        vfs_json_init(&json, body, len);

        while (vfs_json_next(&json, &token) != VFS_JSON_END
               && token.type != VFS_JSON_INVALID)
        {
            if (token.type != VFS_JSON_NAME
                || !vfs_json_equal(&token, "message")
                || vfs_json_next(&json, &token) != VFS_JSON_STRING)
            {
                continue;
            }

            text_len = vfs_json_unescape(&token, buf, size - 1);
            buf[(text_len > 0) ? text_len : 0] = '\0';

            return;
        }

        return;
    }

    n = (len < size) ? len : size - 1;

    for (i = 0; i < n && body[i] >= 0x20 && body[i] < 0x7f;
         i++)
    {
        buf[i] = body[i];
    }

    buf[i] = '\0';
}


int64_t
vfs_http_retry_after(const char *value, size_t len, int64_t now_ms)
{
    char        text[64], *end;
    int64_t     ms;
    struct tm   tm;
    long long   seconds;

    while (len != 0 && (*value == ' ' || *value == '\t')) {
        value++;
        len--;
    }

    while (len != 0 && (unsigned char) value[len - 1] <= ' ') {
        len--;
    }

    if (len == 0 || len >= sizeof(text)) {
        return -1;
    }

    memcpy(text, value, len);
    text[len] = '\0';

    if (text[0] >= '0' && text[0] <= '9') {
        errno = 0;
        seconds = strtoll(text, &end, 10);

        if (errno != 0 || *end != '\0') {
            return -1;
        }

        ms = (seconds > VFS_MAX_RETRY_AFTER_MS / 1000)
             ? VFS_MAX_RETRY_AFTER_MS : seconds * 1000;

        return ms;
    }

    memset(&tm, 0, sizeof(tm));
    end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);

    if (end == NULL || *end != '\0') {
        return -1;
    }

    ms = (int64_t) timegm(&tm) * 1000 - now_ms;

    if (ms < 0) {
        return 0;
    }

    return (ms > VFS_MAX_RETRY_AFTER_MS) ? VFS_MAX_RETRY_AFTER_MS : ms;
}
