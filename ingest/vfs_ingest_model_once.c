
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_model_once.h"

#include <stdlib.h>
#include <string.h>


static void vfs_model_once_done(void *data, const vfs_http_answer_t *http);


void
vfs_model_once(vfs_http_t *http, vfs_model_once_t *once)
{
    char                *url, *body;
    vfs_http_request_t   request;

    memset(&request, 0, sizeof(vfs_http_request_t));

    once->result = VFS_MODEL_RETRY;
    once->status = 0;

    url = vfs_model_url(once->source);
    body = vfs_model_body(once->def, once->source, &once->input, 1,
                          &request.len);

    if (url == NULL || body == NULL) {
        vfs_error_set(&once->why, "out of memory");

    } else {
        request.url = url;
        request.body = body;
        request.kind = VFS_HTTP_MODEL;
        request.timeout_ms = (long) once->timeout_ms;
        request.max_answer = vfs_model_answer_max(once->def, 1);
        request.done = vfs_model_once_done;
        request.data = once;

        (void) vfs_http_once(http, &request, &once->why);
    }

    free(url);
    free(body);
}


static void
vfs_model_once_done(void *data, const vfs_http_answer_t *http)
{
    vfs_model_once_t    *once;
    vfs_model_answer_t   answer;

    once = data;

    memset(&answer, 0, sizeof(vfs_model_answer_t));

    answer.count = 1;
    answer.status = http->status;
    answer.body = http->body;
    answer.len = http->len;
    answer.failure = http->failure;

    once->status = http->status;
    once->result = vfs_model_answer_read(once->def, once->source, &answer,
                                         once->vectors, &once->why);
}
