
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_answer.h"
#include "vfs_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define VFS_MAX_RETRY_AFTER_MS  (600 * 1000)


static int vfs_answer_number(const char *body, size_t len, const char *name,
    long *value);
static void vfs_answer_message(const vfs_answer_t *answer, char *buf,
    size_t size);
static vfs_answer_e vfs_answer_stored(const vfs_answer_t *answer,
    vfs_error_t *err);


vfs_answer_e
vfs_answer_read(const vfs_answer_t *answer, vfs_error_t *err)
{
    char  message[256];
    long  code;

    if (answer->status == 0) {
        vfs_error_set(err, "no answer: %s",
                      (answer->failure != NULL) ? answer->failure : "unknown");
        return VFS_ANSWER_RETRY;
    }

    if (answer->status == 200) {
        return vfs_answer_stored(answer, err);
    }

    vfs_answer_message(answer, message, sizeof(message));
    vfs_error_set(err, "status %d%s%s", answer->status,
                  (message[0] != '\0') ? ": " : "", message);

    /* what is to be deleted from a namespace that is not there is not there */

    if (answer->operation == VFS_DELETE
        && answer->status == 404
        && vfs_answer_number(answer->body, answer->len, "code", &code)
           == VFS_OK
        && code == 5)
    {
        return VFS_ANSWER_STORED;
    }

    switch (answer->status) {

    case 400:
    case 413:
    case 422:
        return VFS_ANSWER_REFUSED;

    case 408:
    case 425:
    case 429:
        return VFS_ANSWER_RETRY;
    }

    /* 1xx and other 2xx are no answers of this API: a proxy's, perhaps */

    if (answer->status < 300 || answer->status >= 500) {
        return VFS_ANSWER_RETRY;
    }

    return VFS_ANSWER_STOP;
}


static vfs_answer_e
vfs_answer_stored(const vfs_answer_t *answer, vfs_error_t *err)
{
    long  count;

    if (answer->operation == VFS_DELETE) {
        return VFS_ANSWER_STORED;
    }

    if (vfs_answer_number(answer->body, answer->len, "upsertedCount", &count)
        != VFS_OK)
    {
        vfs_error_set(err, "status 200 without an upsertedCount");
        return VFS_ANSWER_RETRY;
    }

    if (count != (long) answer->count) {
        vfs_error_set(err, "upsertedCount is %ld of %u", count,
                      answer->count);
        return VFS_ANSWER_RETRY;
    }

    return VFS_ANSWER_STORED;
}


vfs_retry_e
vfs_answer_reason(const vfs_answer_t *answer)
{
    if (answer->status == 0) {
        return VFS_RETRY_CONNECTION;
    }

    if (answer->status == 200) {
        return VFS_RETRY_SHORT_COUNT;
    }

    if (answer->status == 429) {
        return VFS_RETRY_LIMIT;
    }

    if (answer->status == 408 || answer->status == 504) {
        return VFS_RETRY_TIMEOUT;
    }

    return (answer->status >= 500) ? VFS_RETRY_SERVER_ERROR : VFS_RETRY_OTHER;
}


const char *
vfs_retry_name(vfs_retry_e reason)
{
    static const char *const  names[] = {
        "connection", "short_count", "limit", "timeout", "server_error",
        "other"
    };

    return names[reason];
}


/* A whole number that is a member of the body's outermost object. */

static int
vfs_answer_number(const char *body, size_t len, const char *name, long *value)
{
    char              text[16];
    vfs_json_t        json;
    vfs_json_token_t  token, span;

    if (body == NULL) {
        return VFS_ERROR;
    }

    vfs_json_init(&json, body, len);

    if (vfs_json_next(&json, &token) != VFS_JSON_OBJECT) {
        return VFS_ERROR;
    }

    while (vfs_json_next(&json, &token) == VFS_JSON_NAME) {

        if (!vfs_json_equal(&token, name)) {
            (void) vfs_json_next(&json, &token);

            if (vfs_json_skip(&json, &token, &span) != 0) {
                return VFS_ERROR;
            }

            continue;
        }

        if (vfs_json_next(&json, &token) != VFS_JSON_NUMBER
            || token.len >= sizeof(text))
        {
            return VFS_ERROR;
        }

        memcpy(text, token.start, token.len);
        text[token.len] = '\0';
        *value = strtol(text, NULL, 10);

        return VFS_OK;
    }

    return VFS_ERROR;
}


/*
 * The three shapes that Pinecone's errors have: {"message"}, {"error":
 * {"message"}} and plain text, which is taken only where it is short.
 */

static void
vfs_answer_message(const vfs_answer_t *answer, char *buf, size_t size)
{
    size_t             i, n;
    ptrdiff_t          len;
    vfs_json_t         json;
    vfs_json_token_t   token;

    buf[0] = '\0';

    if (answer->body == NULL || answer->len == 0) {
        return;
    }

    if (answer->body[0] == '{') {
        vfs_json_init(&json, answer->body, answer->len);

        while (vfs_json_next(&json, &token) != VFS_JSON_END
               && token.type != VFS_JSON_INVALID)
        {
            if (token.type != VFS_JSON_NAME
                || !vfs_json_equal(&token, "message")
                || vfs_json_next(&json, &token) != VFS_JSON_STRING)
            {
                continue;
            }

            len = vfs_json_unescape(&token, buf, size - 1);
            buf[(len > 0) ? len : 0] = '\0';

            return;
        }

        return;
    }

    n = (answer->len < size) ? answer->len : size - 1;

    for (i = 0; i < n && answer->body[i] >= 0x20 && answer->body[i] < 0x7f;
         i++)
    {
        buf[i] = answer->body[i];
    }

    buf[i] = '\0';
}


int64_t
vfs_retry_after(const char *value, size_t len, int64_t now_ms)
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
