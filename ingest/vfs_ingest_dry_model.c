
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_dry_model.h"
#include "vfs_ingest_model_once.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    unsigned char  key[VFS_MODEL_KEY_LEN];
    size_t         len;
    unsigned char  record[];
} vfs_dry_answer_t;


static int vfs_dry_models_open(vfs_dry_models_t *models,
    const vfs_ingest_settings_t *settings, vfs_error_t *err);
static int vfs_dry_models_event(vfs_dry_models_t *models,
    const vfs_event_t *event, vfs_error_t *err);
static int vfs_dry_models_text(vfs_dry_models_t *models,
    const vfs_source_t *source, const char *text, size_t len,
    vfs_error_t *err);
static int vfs_dry_models_keep(vfs_dry_models_t *models,
    const unsigned char *key, const float *vector, vfs_error_t *err);
static int vfs_dry_models_get(void *data, const unsigned char *key,
    const unsigned char **record, size_t *len, vfs_error_t *err);
static int vfs_dry_models_compare(const void *one, const void *two);


int
vfs_dry_models_init(vfs_dry_models_t *models, vfs_definition_t *def,
    const vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    memset(models, 0, sizeof(vfs_dry_models_t));

    if (vfs_model_sources(def) == 0) {
        return VFS_OK;
    }

    models->def = def;
    models->answers.data = models;
    models->answers.get = vfs_dry_models_get;
    def->answers = &models->answers;

    models->vectors = calloc(2, def->dimension * sizeof(float));
    models->http = vfs_http_create(VFS_INGEST_AGENT, err);

    if (models->vectors == NULL
        || models->http == NULL
        || vfs_http_key(models->http, VFS_HTTP_MODEL, settings->model_key, err)
           != VFS_OK)
    {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return vfs_dry_models_open(models, settings, err);
}


static int
vfs_dry_models_open(vfs_dry_models_t *models,
    const vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    char                 *dir;
    vfs_error_t           why;
    vfs_recorded_conf_t   conf;

    if (asprintf(&dir, "%s/" VFS_RECORDED_NAME, settings->data) == -1) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    memset(&conf, 0, sizeof(vfs_recorded_conf_t));

    conf.dir = dir;
    conf.read_only = 1;

    /* before the worker's first start there is none */

    models->recorded = vfs_recorded_open(&conf, &why);

    free(dir);

    return VFS_OK;
}


void
vfs_dry_models_destroy(vfs_dry_models_t *models)
{
    tdestroy(models->asked, free);
    vfs_http_destroy(models->http);
    vfs_recorded_close(models->recorded);
    free(models->vectors);
}


/* What is wrong with an event, the fold will say. */

int
vfs_dry_models_ask(vfs_dry_models_t *models, const vfs_record_t *record,
    vfs_error_t *err)
{
    int            rc;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    if (models->def == NULL || record->value == NULL) {
        return VFS_OK;
    }

    reason = VFS_REASON_NONE;

    event = vfs_event_decode(models->def, record->value, record->len,
                             record->time_ms, &reason, err);

    if (event == NULL) {
        return (reason != VFS_REASON_NONE) ? VFS_OK : VFS_ERROR;
    }

    rc = (vfs_event_weight(event) != 0)
         ? vfs_dry_models_event(models, event, err) : VFS_OK;

    vfs_event_free(event);

    return rc;
}


static int
vfs_dry_models_event(vfs_dry_models_t *models, const vfs_event_t *event,
    vfs_error_t *err)
{
    int                  rc;
    char                *text;
    size_t               len;
    unsigned             i;
    vfs_reason_e         reason;
    const vfs_source_t  *source;

    for (i = 0; i < models->def->nsources; i++) {
        source = &models->def->sources[i];

        if (source->type != VFS_SOURCE_MODEL) {
            continue;
        }

        text = vfs_model_text(source, event, &len, &reason, err);

        if (text == NULL) {

            if (reason == VFS_REASON_NONE) {
                return VFS_ERROR;
            }

            continue;
        }

        rc = vfs_dry_models_text(models, source, text, len, err);

        free(text);

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_dry_models_text(vfs_dry_models_t *models, const vfs_source_t *source,
    const char *text, size_t len, vfs_error_t *err)
{
    int                   rc;
    size_t                n;
    unsigned char         key[VFS_MODEL_KEY_LEN];
    vfs_model_once_t      once;
    const unsigned char  *record;

    if (vfs_model_key(models->def, source, text, len, key) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    rc = vfs_dry_models_get(models, key, &record, &n, err);

    if (rc != VFS_DECLINED) {
        return rc;
    }

    once.def = models->def;
    once.source = source;
    once.input.text = text;
    once.input.len = len;
    once.timeout_ms = source->model->timeout_ms;
    once.vectors = models->vectors;

    vfs_model_once(models->http, &once);

    switch (once.result) {

    case VFS_MODEL_ANSWERED:
        return vfs_dry_models_keep(models, key, models->vectors, err);

    case VFS_MODEL_REFUSED:
    case VFS_MODEL_NO_NUMBERS:
        return vfs_dry_models_keep(models, key, NULL, err);

    default:
        vfs_error_set(err, "the model of sources.%s: %.400s: vfs-ingest "
                      "--check says more", source->name, once.why.text);
        return VFS_ERROR;
    }
}


static int
vfs_dry_models_keep(vfs_dry_models_t *models, const unsigned char *key,
    const float *vector, vfs_error_t *err)
{
    vfs_dry_answer_t  *answer;

    answer = malloc(sizeof(vfs_dry_answer_t)
                    + vfs_model_record_len(models->def));

    if (answer != NULL) {
        memcpy(answer->key, key, VFS_MODEL_KEY_LEN);
        answer->len = vfs_model_record(models->def, vector, answer->record);

        if (tsearch(answer, &models->asked, vfs_dry_models_compare) != NULL) {
            return VFS_OK;
        }
    }

    free(answer);
    vfs_error_set(err, "out of memory");

    return VFS_ERROR;
}


static int
vfs_dry_models_get(void *data, const unsigned char *key,
    const unsigned char **record, size_t *len, vfs_error_t *err)
{
    void              **node;
    vfs_dry_answer_t   *answer;
    vfs_dry_models_t   *models;

    models = data;

    node = tfind(key, &models->asked, vfs_dry_models_compare);

    if (node != NULL) {
        answer = *node;
        *record = answer->record;
        *len = answer->len;
        return VFS_OK;
    }

    if (models->recorded == NULL) {
        return VFS_DECLINED;
    }

    return vfs_recorded_get(models->recorded, key, record, len, err);
}


/* The key comes first in an answer. */

static int
vfs_dry_models_compare(const void *one, const void *two)
{
    return memcmp(one, two, VFS_MODEL_KEY_LEN);
}
