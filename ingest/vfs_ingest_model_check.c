
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_model_check.h"
#include "vfs_ingest_model_once.h"

#include <stdlib.h>


#define VFS_CHECK_TIMEOUT_MS  5000


static void vfs_check_model_fail(const vfs_model_once_t *once,
    vfs_error_t *err);


int
vfs_check_model(vfs_http_t *http, const vfs_definition_t *def,
    const vfs_source_t *source, vfs_error_t *err)
{
    vfs_model_once_t  once;

    once.def = def;
    once.source = source;
    once.input.text = VFS_MODEL_PROBE;
    once.input.len = sizeof(VFS_MODEL_PROBE) - 1;
    once.timeout_ms = VFS_CHECK_TIMEOUT_MS;
    once.vectors = calloc(2, def->dimension * sizeof(float));

    if (once.vectors == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_DECLINED;
    }

    vfs_model_once(http, &once);

    free(once.vectors);

    switch (once.result) {

    case VFS_MODEL_ANSWERED:
        return VFS_OK;

    case VFS_MODEL_RETRY:
    case VFS_MODEL_NO_NUMBERS:
        vfs_check_model_fail(&once, err);
        return VFS_DECLINED;

    default:
        vfs_check_model_fail(&once, err);
        return VFS_ERROR;
    }
}


static void
vfs_check_model_fail(const vfs_model_once_t *once, vfs_error_t *err)
{
    char        *url;
    const char  *name, *remedy;

    name = once->source->name;
    url = vfs_model_url(once->source);

    if (url == NULL) {
        vfs_error_set(err, "out of memory");
        return;
    }

    switch (once->status) {

    case 0:
        vfs_error_set(err, "the model at %.128s does not answer: %.128s: start "
                      "it, or set sources.%s.service.url", url,
                      once->why.text, name);
        goto done;

    case 401:
    case 403:
        vfs_error_set(err, "the model at %.128s refuses the key (status %d): "
                      "set VFS_MODEL_API_KEY", url, once->status);
        goto done;

    case 200:
        remedy = "dimension\", or ask another \"model";
        break;

    default:
        remedy = "service.url\" and \"model";
        break;
    }

    vfs_error_set(err, "the model at %.128s answers sources.%s with %.128s: "
                  "check its \"%s\"", url, name, once->why.text, remedy);

done:

    free(url);
}
