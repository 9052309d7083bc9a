
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_model_answer.h"
#include "vfs_ingest_model_body.h"
#include "vfs_ingest_model_check.h"

#include <stdlib.h>
#include <string.h>


#define VFS_CHECK_TIMEOUT_MS  5000


typedef struct {
    const vfs_definition_t  *def;
    const vfs_source_t      *source;
    const char              *url;
    float                   *vectors;
    int                      rc;
    vfs_error_t             *err;
} vfs_check_model_t;


static int vfs_check_model_once(vfs_http_t *http, vfs_check_model_t *check);
static void vfs_check_model_done(void *data, const vfs_http_answer_t *http);
static void vfs_check_model_fail(vfs_check_model_t *check, int status,
    const vfs_error_t *why);


int
vfs_check_model(vfs_http_t *http, const vfs_definition_t *def,
    const vfs_source_t *source, vfs_error_t *err)
{
    int                 rc;
    char               *url;
    vfs_check_model_t   check;

    url = vfs_model_url(source);

    check.def = def;
    check.source = source;
    check.url = url;
    check.vectors = calloc(2, def->dimension * sizeof(float));
    check.rc = VFS_DECLINED;
    check.err = err;

    if (url == NULL || check.vectors == NULL) {
        vfs_error_set(err, "out of memory");
        rc = VFS_DECLINED;

    } else {
        rc = vfs_check_model_once(http, &check);
    }

    free(url);
    free(check.vectors);

    return rc;
}


static int
vfs_check_model_once(vfs_http_t *http, vfs_check_model_t *check)
{
    int                 rc;
    char               *body;
    vfs_http_request_t  request;

    static const vfs_model_input_t  probe = { "vfs", 3 };

    memset(&request, 0, sizeof(vfs_http_request_t));

    body = vfs_model_body(check->def, check->source, &probe, 1, &request.len);

    if (body == NULL) {
        vfs_error_set(check->err, "out of memory");
        return VFS_DECLINED;
    }

    request.url = check->url;
    request.body = body;
    request.kind = VFS_HTTP_MODEL;
    request.timeout_ms = VFS_CHECK_TIMEOUT_MS;
    request.max_answer = vfs_model_answer_max(check->def, 1);
    request.done = vfs_check_model_done;
    request.data = check;

    rc = vfs_http_once(http, &request, check->err);

    free(body);

    return (rc == VFS_OK) ? check->rc : VFS_DECLINED;
}


static void
vfs_check_model_done(void *data, const vfs_http_answer_t *http)
{
    vfs_error_t          why;
    vfs_check_model_t   *check;
    vfs_model_answer_t   answer;

    check = data;

    memset(&answer, 0, sizeof(vfs_model_answer_t));

    answer.count = 1;
    answer.status = http->status;
    answer.body = http->body;
    answer.len = http->len;
    answer.failure = http->failure;

    switch (vfs_model_answer_read(check->def, check->source, &answer,
                                  check->vectors, &why))
    {

    case VFS_MODEL_ANSWERED:
        check->rc = VFS_OK;
        break;

    case VFS_MODEL_RETRY:
    case VFS_MODEL_NO_NUMBERS:
        check->rc = VFS_DECLINED;
        vfs_check_model_fail(check, http->status, &why);
        break;

    default:
        check->rc = VFS_ERROR;
        vfs_check_model_fail(check, http->status, &why);
        break;
    }
}


static void
vfs_check_model_fail(vfs_check_model_t *check, int status,
    const vfs_error_t *why)
{
    const char  *name, *remedy;

    name = check->source->name;

    switch (status) {

    case 0:
        vfs_error_set(check->err, "the model at %.128s does not answer: "
                      "%.128s: start it, or set sources.%s.service.url",
                      check->url, why->text, name);
        return;

    case 401:
    case 403:
        vfs_error_set(check->err, "the model at %.128s refuses the key (status "
                      "%d): set VFS_MODEL_API_KEY", check->url, status);
        return;

    case 200:
        remedy = "dimension\", or ask another \"model";
        break;

    default:
        remedy = "service.url\" and \"model";
        break;
    }

    vfs_error_set(check->err, "the model at %.128s answers sources.%s with "
                  "%.128s: check its \"%s\"", check->url, name, why->text,
                  remedy);
}
