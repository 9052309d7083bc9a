
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_load.h"
#include "vfs_ingest_check.h"
#include "vfs_ingest_kafka.h"
#include "vfs_ingest_model_check.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define VFS_CHECK_TIMEOUT_MS  5000


typedef struct {
    const vfs_definition_t  *def;
    const char              *host;
    int                      rc;
    vfs_error_t             *err;
} vfs_check_index_t;


static void vfs_check_answer(void *data, const vfs_http_answer_t *answer);
static void vfs_check_document(vfs_check_index_t *check, const char *body,
    size_t len);
static unsigned vfs_check_definition(const vfs_ingest_settings_t *settings,
    vfs_definition_t **def);
static unsigned vfs_check_data(const vfs_ingest_settings_t *settings);
static unsigned vfs_check_http(const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def);
static unsigned vfs_check_models(const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def);
static unsigned vfs_check_kafka(const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def);
static unsigned vfs_check_topic(rd_kafka_t *rk, const char *topic);


int
vfs_check_index(vfs_http_t *http, const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def, vfs_error_t *err)
{
    int                 rc;
    char               *url;
    vfs_check_index_t   check;
    vfs_http_request_t  request;

    if (asprintf(&url, "%s/describe_index_stats", settings->index_host) == -1)
    {
        vfs_error_set(err, "out of memory");
        return VFS_DECLINED;
    }

    check.def = def;
    check.host = settings->index_host;
    check.rc = VFS_DECLINED;
    check.err = err;

    memset(&request, 0, sizeof(vfs_http_request_t));

    request.url = url;
    request.body = "{}";
    request.len = 2;
    request.timeout_ms = VFS_CHECK_TIMEOUT_MS;
    request.kind = VFS_HTTP_INDEX;
    request.done = vfs_check_answer;
    request.data = &check;

    rc = vfs_http_once(http, &request, err);

    free(url);

    return (rc == VFS_OK) ? check.rc : VFS_DECLINED;
}


static void
vfs_check_answer(void *data, const vfs_http_answer_t *answer)
{
    vfs_check_index_t  *check;

    check = data;

    if (answer->status == 200) {
        vfs_check_document(check, answer->body, answer->len);
        return;
    }

    if (answer->status == 0) {
        vfs_error_set(check->err, "the index at %.128s does not answer: "
                      "%.200s: start it, or set PINECONE_INDEX_HOST",
                      check->host, answer->failure);
        check->rc = VFS_DECLINED;
        return;
    }

    if (answer->status == 401 || answer->status == 403) {
        vfs_error_set(check->err, "the index at %.128s refuses the key (status "
                      "%d): set PINECONE_API_KEY", check->host,
                      answer->status);
        check->rc = VFS_ERROR;
        return;
    }

    vfs_error_set(check->err, "%.128s answers status %d to "
                  "/describe_index_stats: set PINECONE_INDEX_HOST to the host "
                  "of an index", check->host, answer->status);

    check->rc = (answer->status >= 300 && answer->status < 500
                 && answer->status != 408 && answer->status != 429)
                ? VFS_ERROR : VFS_DECLINED;
}


static void
vfs_check_document(vfs_check_index_t *check, const char *body, size_t len)
{
    cJSON        *json, *dimension, *metric;
    const char   *expected;

    json = cJSON_ParseWithLength(body, len);

    if (!cJSON_IsObject(json)) {
        vfs_error_set(check->err, "%.128s answers /describe_index_stats with "
                      "something else than a JSON object: set "
                      "PINECONE_INDEX_HOST to the host of an index",
                      check->host);
        check->rc = VFS_ERROR;
        goto done;
    }

    dimension = cJSON_GetObjectItemCaseSensitive(json, "dimension");
    metric = cJSON_GetObjectItemCaseSensitive(json, "metric");
    expected = vfs_metric_name(check->def->metric);

    /* an index without a dimension takes that of its first vector */

    if (cJSON_IsNumber(dimension)
        && dimension->valuedouble != 0
        && dimension->valuedouble != (double) check->def->dimension)
    {
        vfs_error_set(check->err, "the index at %.128s has dimension %.0f, the "
                      "definition has %u: set PINECONE_INDEX_HOST or "
                      "VFS_DEFINITION", check->host, dimension->valuedouble,
                      check->def->dimension);
        check->rc = VFS_ERROR;
        goto done;
    }

    if (cJSON_IsString(metric)
        && cJSON_IsNumber(dimension)
        && dimension->valuedouble != 0
        && strcmp(metric->valuestring, expected) != 0)
    {
        vfs_error_set(check->err, "the index at %.128s has metric %.32s, the "
                      "definition has %s: set PINECONE_INDEX_HOST or "
                      "VFS_DEFINITION", check->host, metric->valuestring,
                      expected);
        check->rc = VFS_ERROR;
        goto done;
    }

    check->rc = VFS_OK;

done:

    cJSON_Delete(json);
}


unsigned
vfs_check_all(const vfs_ingest_settings_t *settings)
{
    unsigned           problems;
    vfs_definition_t  *def;

    def = NULL;

    problems = vfs_check_definition(settings, &def);
    problems += vfs_check_data(settings);

    if (def != NULL) {
        problems += vfs_check_http(settings, def);
        problems += vfs_check_models(settings, def);
        problems += vfs_check_kafka(settings, def);
        vfs_definition_free(def);
    }

    if (problems == 0) {
        printf("vfs-ingest: no problem found\n");
    }

    return problems;
}


static unsigned
vfs_check_definition(const vfs_ingest_settings_t *settings,
    vfs_definition_t **def)
{
    vfs_error_t  err;

    *def = vfs_definition_load(settings->definition, &err);

    if (*def == NULL) {
        printf("vfs-ingest: %s\n", err.text);
        return 1;
    }

    return 0;
}


/* The directory, or the nearest above it in which it would be made. */

static unsigned
vfs_check_data(const vfs_ingest_settings_t *settings)
{
    char         *path, *slash;
    struct stat   st;

    path = strdup(settings->data);

    if (path == NULL) {
        printf("vfs-ingest: out of memory\n");
        return 1;
    }

    while (access(path, F_OK) != 0
           && (slash = strrchr(path, '/')) != NULL
           && slash != path)
    {
        *slash = '\0';
    }

    /* what is left is made in the root, or where the worker runs */

    if (access(path, F_OK) != 0) {
        path[0] = (path[0] == '/') ? '/' : '.';
        path[1] = '\0';
    }

    if (stat(path, &st) == 0
        && S_ISDIR(st.st_mode)
        && access(path, W_OK|X_OK) == 0)
    {
        free(path);
        return 0;
    }

    printf("vfs-ingest: VFS_DATA: \"%.256s\" is no directory that can be "
           "written, expected one for the states, for example "
           "VFS_DATA=/var/lib/vfs\n", path);

    free(path);

    return 1;
}


static unsigned
vfs_check_http(const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def)
{
    unsigned      problems;
    vfs_http_t   *http;
    vfs_error_t   err;

    http = vfs_http_create(VFS_INGEST_AGENT, &err);
    problems = 0;

    if (http == NULL
        || vfs_http_key(http, VFS_HTTP_INDEX, settings->api_key, &err)
           != VFS_OK
        || vfs_check_index(http, settings, def, &err) != VFS_OK
        || vfs_check_mixed(http, settings, def, &err) != VFS_OK)
    {
        printf("vfs-ingest: %s\n", err.text);
        problems = 1;
    }

    vfs_http_destroy(http);

    return problems;
}


static unsigned
vfs_check_models(const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def)
{
    unsigned      i, problems;
    vfs_http_t   *http;
    vfs_error_t   err;

    http = vfs_http_create(VFS_INGEST_AGENT, &err);

    if (http == NULL
        || vfs_http_key(http, VFS_HTTP_MODEL, settings->model_key, &err)
           != VFS_OK)
    {
        printf("vfs-ingest: %s\n", err.text);
        vfs_http_destroy(http);
        return 1;
    }

    problems = 0;

    for (i = 0; i < def->nsources; i++) {

        if (def->sources[i].type == VFS_SOURCE_MODEL
            && vfs_check_model(http, def, &def->sources[i], &err) != VFS_OK)
        {
            printf("vfs-ingest: %s\n", err.text);
            problems++;
        }
    }

    vfs_http_destroy(http);

    return problems;
}


static unsigned
vfs_check_kafka(const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def)
{
    unsigned          problems;
    rd_kafka_t       *rk;
    vfs_error_t       err;
    rd_kafka_conf_t  *conf;

    static const vfs_kafka_default_t  defaults[] = { { NULL, NULL } };

    conf = vfs_kafka_conf(settings->brokers, defaults, &err);
    rk = NULL;

    if (conf != NULL) {
        rk = vfs_kafka_create(VFS_KAFKA_CONSUMER, conf, &err);
    }

    if (rk == NULL) {
        printf("vfs-ingest: %s\n", err.text);
        return 1;
    }

    problems = vfs_check_topic(rk, def->topic);

    rd_kafka_destroy(rk);

    return problems;
}


static unsigned
vfs_check_topic(rd_kafka_t *rk, const char *topic)
{
    int                  partitions;
    vfs_error_t          err;
    rd_kafka_resp_err_t  code;

    code = vfs_kafka_ask_partitions(rk, topic, VFS_CHECK_TIMEOUT_MS,
                                    &partitions);

    switch (code) {

    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return 0;

    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        printf("vfs-ingest: topic %s does not exist: make it, or set "
               "\"events.topic\" in the definition\n", topic);
        return 1;

    default:
        vfs_kafka_partitions_error(topic, code, &err);
        printf("vfs-ingest: %s%s\n", err.text, vfs_kafka_is_denied(code)
               ? "" : ": start Kafka, or set KAFKA_BROKERS");
        return 1;
    }
}
