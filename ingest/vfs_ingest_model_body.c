
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_model_body.h"
#include "vfs_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* The longest name, and what stands around names and texts. */

#define VFS_MODEL_BODY_FRAME  2048


static char *vfs_model_body_texts(char *p, const vfs_model_input_t *inputs,
    unsigned n);


char *
vfs_model_body(const vfs_definition_t *def, const vfs_source_t *source,
    const vfs_model_input_t *inputs, unsigned n, size_t *len)
{
    char               *body, *p;
    size_t              size;
    unsigned            i;
    const vfs_model_t  *model;

    model = source->model;
    size = VFS_MODEL_BODY_FRAME;

    for (i = 0; i < n; i++) {
        size += 6 * inputs[i].len + 3;
    }

    body = malloc(size);

    if (body == NULL) {
        return NULL;
    }

    p = body;

    /* none of the names needs an escape */

    switch (model->protocol) {

    case VFS_MODEL_OPENAI:
        p += sprintf(p, "{\"model\":\"%s\",\"encoding_format\":\"float\",",
                     model->model);

        if (model->ask_dimensions) {
            p += sprintf(p, "\"dimensions\":%u,", def->dimension);
        }

        p = stpcpy(p, "\"input\":[");
        p = vfs_model_body_texts(p, inputs, n);
        p = stpcpy(p, "]}");
        break;

    case VFS_MODEL_TEI:

        /* a text that is too long is refused rather than cut unseen */

        p = stpcpy(p, "{\"truncate\":false,\"normalize\":true,\"inputs\":[");
        p = vfs_model_body_texts(p, inputs, n);
        p = stpcpy(p, "]}");
        break;

    case VFS_MODEL_KSERVE:
        p += sprintf(p, "{\"inputs\":[{\"name\":\"%s\",\"shape\":[%u,1],"
                     "\"datatype\":\"BYTES\",\"data\":[", model->input, n);
        p = vfs_model_body_texts(p, inputs, n);
        p = stpcpy(p, "]}]");

        if (model->output != NULL) {
            p += sprintf(p, ",\"outputs\":[{\"name\":\"%s\"}]",
                         model->output);
        }

        p = stpcpy(p, "}");
        break;
    }

    *len = (size_t) (p - body);

    return body;
}


static char *
vfs_model_body_texts(char *p, const vfs_model_input_t *inputs, unsigned n)
{
    unsigned  i;

    for (i = 0; i < n; i++) {

        if (i > 0) {
            *p++ = ',';
        }

        *p++ = '"';
        p = vfs_json_escape(p, inputs[i].text, inputs[i].len);
        *p++ = '"';
    }

    return p;
}


char *
vfs_model_url(const vfs_source_t *source)
{
    int                 n;
    char               *url;
    const vfs_model_t  *model;

    model = source->model;

    switch (model->protocol) {

    case VFS_MODEL_OPENAI:
        n = asprintf(&url, "%s/v1/embeddings", model->url);
        break;

    case VFS_MODEL_TEI:
        n = asprintf(&url, "%s/embed", model->url);
        break;

    default:
        n = asprintf(&url, "%s/v2/models/%s%s%s/infer", model->url,
                     model->model,
                     (model->version != NULL) ? "/versions/" : "",
                     (model->version != NULL) ? model->version : "");
        break;
    }

    return (n == -1) ? NULL : url;
}
