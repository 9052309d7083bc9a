
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_http_answer.h"
#include "vfs_ingest_answer.h"
#include "vfs_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int vfs_answer_number(const char *body, size_t len, const char *name,
    long *value);
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

    vfs_http_message(answer->body, answer->len, message, sizeof(message));
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
