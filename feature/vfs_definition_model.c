
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_MAX_MODEL_FIELDS  32
#define VFS_MAX_MODEL_BATCH   2048
#define VFS_MAX_MODEL_TIMEOUT 600000
#define VFS_MAX_CONCURRENCY   64


static int vfs_definition_model_names(const vfs_section_t *section,
    vfs_model_t *model);
static int vfs_definition_model_fields(const vfs_section_t *section,
    vfs_model_t *model);
static int vfs_definition_model_dimensions(const vfs_section_t *section,
    vfs_model_t *model);
static int vfs_definition_model_tensors(const vfs_section_t *section,
    vfs_model_t *model);
static int vfs_definition_model_service(const vfs_section_t *section,
    vfs_model_t *model);


static const char *const  vfs_model_protocols[] = {
    "openai", "tei", "kserve", NULL
};


const char *
vfs_model_protocol_name(vfs_model_protocol_e protocol)
{
    return vfs_model_protocols[protocol];
}


int
vfs_definition_model(vfs_source_t *source, const vfs_section_t *sources,
    const vfs_node_t *node)
{
    int                       protocol;
    vfs_model_t              *model;
    vfs_section_t             section;
    static const char *const  names[] = {
        "type", "protocol", "model", "version", "fields", "dimensions",
        "input", "output", "service", NULL
    };

    model = calloc(1, sizeof(vfs_model_t));
    if (model == NULL) {
        vfs_error_set(sources->err, "out of memory");
        return VFS_ERROR;
    }

    source->model = model;

    if (vfs_section_open(&section, sources, source->name, node, names)
        != VFS_OK
        || vfs_section_word(&section, "protocol", vfs_model_protocols, NULL,
                            &protocol) != VFS_OK)
    {
        return VFS_ERROR;
    }

    model->protocol = (vfs_model_protocol_e) protocol;

    if (vfs_definition_model_names(&section, model) != VFS_OK
        || vfs_definition_model_fields(&section, model) != VFS_OK
        || vfs_definition_model_dimensions(&section, model) != VFS_OK
        || vfs_definition_model_tensors(&section, model) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_definition_model_service(&section, model);
}


void
vfs_definition_model_free(vfs_model_t *model)
{
    unsigned  i;

    if (model == NULL) {
        return;
    }

    for (i = 0; i < model->nfields; i++) {
        free(model->fields[i]);
    }

    free(model->fields);
    free(model->model);
    free(model->version);
    free(model->input);
    free(model->output);
    free(model->url);
    free(model);
}


static int
vfs_definition_model_names(const vfs_section_t *section, vfs_model_t *model)
{
    if (vfs_section_string(section, "model", &vfs_kind_model, 0,
                           &model->model) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_section_string(section, "version", &vfs_kind_model, 1,
                              &model->version);
}


static int
vfs_definition_model_fields(const vfs_section_t *section, vfs_model_t *model)
{
    char               name[32];
    uint32_t           n;
    unsigned           i;
    const vfs_node_t  *list, *node;

    list = vfs_section_member(section, "fields");
    n = 0;

    if (list != NULL && list->token.type == VFS_JSON_ARRAY) {
        n = vfs_node_count(list);
    }

    if (n == 0 || n > VFS_MAX_MODEL_FIELDS) {
        return vfs_section_fail(section, "fields", list,
                                "a list of 1 to %d fields' names",
                                VFS_MAX_MODEL_FIELDS);
    }

    model->fields = calloc(n, sizeof(char *));
    if (model->fields == NULL) {
        vfs_error_set(section->err, "out of memory");
        return VFS_ERROR;
    }

    for (node = vfs_node_first(list);
         node != NULL;
         node = vfs_node_next(list, node))
    {
        (void) snprintf(name, sizeof(name), "fields[%u]", model->nfields);

        if (vfs_section_text(section, name, node, &vfs_kind_path,
                             &model->fields[model->nfields]) != VFS_OK)
        {
            return VFS_ERROR;
        }

        model->nfields++;

        for (i = 0; i + 1 < model->nfields; i++) {
            if (strcmp(model->fields[i], model->fields[model->nfields - 1])
                == 0)
            {
                return vfs_section_fail(section, name, node,
                                        "every field once");
            }
        }
    }

    return VFS_OK;
}


static int
vfs_definition_model_dimensions(const vfs_section_t *section,
    vfs_model_t *model)
{
    int                ask;
    const vfs_node_t  *node;

    node = vfs_section_member(section, "dimensions");

    if (node != NULL && model->protocol != VFS_MODEL_OPENAI) {
        return vfs_section_fail(section, "dimensions", node,
                                "none but for the protocol \"openai\"");
    }

    if (vfs_section_boolean(section, "dimensions", &ask) != VFS_OK) {
        return VFS_ERROR;
    }

    model->ask_dimensions = ask;

    return VFS_OK;
}


static int
vfs_definition_model_tensors(const vfs_section_t *section, vfs_model_t *model)
{
    unsigned                  i;
    const vfs_node_t         *node;
    static const char *const  names[] = { "input", "output" };

    if (model->protocol == VFS_MODEL_KSERVE) {

        if (vfs_section_string(section, "input", &vfs_kind_name, 0,
                               &model->input) != VFS_OK)
        {
            return VFS_ERROR;
        }

        return vfs_section_string(section, "output", &vfs_kind_name, 1,
                                  &model->output);
    }

    for (i = 0; i < 2; i++) {
        node = vfs_section_member(section, names[i]);

        if (node != NULL) {
            return vfs_section_fail(section, names[i], node,
                                    "none but for the protocol \"kserve\"");
        }
    }

    return VFS_OK;
}


static int
vfs_definition_model_service(const vfs_section_t *section, vfs_model_t *model)
{
    size_t                    len;
    int64_t                   batch, concurrency;
    vfs_section_t             service;
    static const int64_t      batches = 32, timeout = 30000, requests = 4;
    static const char *const  names[] = {
        "url", "batch", "timeout", "concurrency", NULL
    };

    if (vfs_section_open(&service, section, "service",
                         vfs_section_member(section, "service"), names)
        != VFS_OK
        || vfs_section_string(&service, "url", &vfs_kind_url, 0, &model->url)
           != VFS_OK
        || vfs_section_integer(&service, "batch", 1, VFS_MAX_MODEL_BATCH,
                               &batches, &batch) != VFS_OK
        || vfs_section_duration(&service, "timeout", 100,
                                VFS_MAX_MODEL_TIMEOUT, &timeout,
                                &model->timeout_ms) != VFS_OK
        || vfs_section_integer(&service, "concurrency", 1,
                               VFS_MAX_CONCURRENCY, &requests, &concurrency)
           != VFS_OK)
    {
        return VFS_ERROR;
    }

    model->batch = (unsigned) batch;
    model->concurrency = (unsigned) concurrency;

    for (len = strlen(model->url); model->url[len - 1] == '/'; len--) {
        model->url[len - 1] = '\0';
    }

    return VFS_OK;
}
