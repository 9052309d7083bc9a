
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_settings.h"
#include "vfs_settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


/* a topic's name has up to 249 bytes, and "-item-updates" is one of them */

#define VFS_MAX_GROUP_LEN  200


typedef int (*vfs_settings_reader_pt)(vfs_ingest_settings_t *settings,
    vfs_error_t *err);


static int vfs_settings_index(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_models(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_brokers(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_group(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_paths(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_stats_url(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_metrics(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_log_level(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_in_flight(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_drain(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_feature_log(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_settings_kafka(vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static const char *vfs_settings_reason(const char *variable, size_t len);


static const vfs_settings_reader_pt  vfs_settings_readers[] = {
    vfs_settings_index,
    vfs_settings_models,
    vfs_settings_brokers,
    vfs_settings_group,
    vfs_settings_paths,
    vfs_settings_stats_url,
    vfs_settings_metrics,
    vfs_settings_log_level,
    vfs_settings_in_flight,
    vfs_settings_drain,
    vfs_settings_feature_log,
    vfs_settings_kafka
};


/* What the worker's promises rest on, or what has a setting of its own. */

static const char *const  vfs_settings_fixed[][2] = {
    { "VFS_KAFKA_BOOTSTRAP_SERVERS", "set KAFKA_BROKERS" },
    { "VFS_KAFKA_METADATA_BROKER_LIST", "set KAFKA_BROKERS" },
    { "VFS_KAFKA_GROUP_ID", "set VFS_GROUP" },
    { "VFS_KAFKA_ENABLE_AUTO_COMMIT", "an offset is committed once all "
      "effects of the events before it are acknowledged" },
    { "VFS_KAFKA_ENABLE_AUTO_OFFSET_STORE", "an offset is committed once all "
      "effects of the events before it are acknowledged" },
    { "VFS_KAFKA_AUTO_OFFSET_RESET", "a partition starts where its state "
      "ends" },
    { "VFS_KAFKA_PARTITION_ASSIGNMENT_STRATEGY", "it has to be an eager one "
      "with this version of librdkafka" },
    { "VFS_KAFKA_ENABLE_IDEMPOTENCE", "the order of item updates rests on "
      "it" },
    { "VFS_KAFKA_PARTITIONER", "the partition of an item must never change" },
    { "VFS_KAFKA_GROUP_PROTOCOL", "the group's protocol has to be the classic "
      "one" },
    { "VFS_KAFKA_TRANSACTIONAL_ID", "no transactions are used" },
    { "VFS_KAFKA_DELIVERY_REPORT_ONLY_ERROR", "what is acknowledged has to be "
      "known" },
    { "VFS_KAFKA_ENABLE_PARTITION_EOF", "the end of a partition is no error" }
};

#define VFS_SETTINGS_KAFKA  "VFS_KAFKA_"

#define VFS_SETTINGS_FIXED                                                    \
    (sizeof(vfs_settings_fixed) / sizeof(vfs_settings_fixed[0]))


int
vfs_ingest_settings_read(vfs_ingest_settings_t *settings, vfs_error_t *errors,
    size_t max, size_t *nerrors)
{
    size_t  i, n;

    memset(settings, 0, sizeof(vfs_ingest_settings_t));

    n = 0;

    for (i = 0;
         i < sizeof(vfs_settings_readers) / sizeof(vfs_settings_readers[0])
         && n < max;
         i++)
    {
        if (vfs_settings_readers[i](settings, &errors[n]) != VFS_OK) {
            n++;
        }
    }

    *nerrors = n;

    return (n == 0) ? VFS_OK : VFS_ERROR;
}


void
vfs_ingest_settings_free(vfs_ingest_settings_t *settings)
{
    free(settings->index_host);
    free(settings->stats_url);

    if (settings->api_key != NULL) {
        explicit_bzero(settings->api_key, strlen(settings->api_key));
        free(settings->api_key);
    }

    if (settings->model_key != NULL) {
        explicit_bzero(settings->model_key, strlen(settings->model_key));
        free(settings->model_key);
    }

    memset(settings, 0, sizeof(vfs_ingest_settings_t));
}


static int
vfs_settings_index(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    if (vfs_setting_url("PINECONE_INDEX_HOST", "http://127.0.0.1:5080",
                        &settings->index_host, err) != VFS_OK
        || vfs_setting_secret("PINECONE_API_KEY", &settings->api_key, err)
           != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (settings->api_key == NULL
        && strncmp(settings->index_host, "https://", 8) == 0)
    {
        vfs_error_set(err, "PINECONE_API_KEY is not set, but "
                      "PINECONE_INDEX_HOST is an https address: set it, or "
                      "PINECONE_API_KEY_FILE=/path/to/key");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_settings_models(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    return vfs_setting_secret("VFS_MODEL_API_KEY", &settings->model_key, err);
}


static int
vfs_settings_brokers(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    (void) vfs_setting_string("KAFKA_BROKERS", NULL, &settings->brokers);

    if (settings->brokers == NULL) {
        vfs_error_set(err, "KAFKA_BROKERS is not set, expected the addresses "
                      "of one or more brokers, for example "
                      "KAFKA_BROKERS=127.0.0.1:9092");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_settings_group(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    size_t       i, len;
    const char  *group;

    (void) vfs_setting_string("VFS_GROUP", "vfs", &group);

    len = strlen(group);

    for (i = 0; i < len; i++) {

        if (!isalnum((unsigned char) group[i])
            && strchr("._-", group[i]) == NULL)
        {
            break;
        }
    }

    if (i != len || len > VFS_MAX_GROUP_LEN || group[0] == '.') {
        vfs_error_set(err, "VFS_GROUP is \"%.64s\", expected 1 to %d letters, "
                      "digits, \"_\", \"-\" and \".\", the first of them no "
                           "\".\", for example VFS_GROUP=vfs",
                      group,
                      VFS_MAX_GROUP_LEN);
        return VFS_ERROR;
    }

    settings->group = group;

    return VFS_OK;
}


static int
vfs_settings_paths(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    (void) vfs_setting_string("VFS_DEFINITION", "conf/features.json",
                              &settings->definition);

    return vfs_setting_string("VFS_DATA", "data", &settings->data);
}


static int
vfs_settings_stats_url(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    const char  *value;

    value = getenv("VFS_STATS_URL");

    /* set, but empty: nowhere */

    if (value != NULL && value[0] == '\0') {
        return VFS_OK;
    }

    return vfs_setting_url("VFS_STATS_URL",
                           "http://127.0.0.1:8080/stats/ingest",
                           &settings->stats_url, err);
}


static int
vfs_settings_metrics(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    char         *host;
    uint16_t      port;
    vfs_error_t   why;

    (void) vfs_setting_string("VFS_METRICS_ADDRESS", NULL,
                              &settings->metrics_address);

    if (settings->metrics_address == NULL) {
        return VFS_OK;
    }

    if (vfs_parse_address(settings->metrics_address, &host, &port, &why)
        != VFS_OK)
    {
        vfs_error_set(err, "VFS_METRICS_ADDRESS: %.256s", why.text);
        return VFS_ERROR;
    }

    free(host);

    return VFS_OK;
}


static int
vfs_settings_log_level(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    const char  *word;

    (void) vfs_setting_string("VFS_LOG_LEVEL", "info", &word);

    if (vfs_log_level_parse(word, &settings->log_level) != VFS_OK) {
        settings->log_level = VFS_LOG_INFO;
        vfs_error_set(err, "VFS_LOG_LEVEL is \"%.64s\", expected error, warn, "
                           "info or debug, for example VFS_LOG_LEVEL=info",
                      word);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_settings_in_flight(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    return vfs_setting_integer("VFS_MAX_REQUESTS", 16, 1, 256,
                               &settings->max_in_flight, err);
}


static int
vfs_settings_drain(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    return vfs_setting_integer("VFS_DRAIN_MS", 10000, 0, 300000,
                               &settings->drain_ms, err);
}


static int
vfs_settings_feature_log(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    const char  *word;

    (void) vfs_setting_string("VFS_FEATURE_LOG", "on", &word);

    settings->feature_log = (strcmp(word, "on") == 0);

    if (!settings->feature_log && strcmp(word, "off") != 0) {
        vfs_error_set(err, "VFS_FEATURE_LOG is \"%.64s\", expected on or off, "
                           "for example VFS_FEATURE_LOG=on",
                      word);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_settings_kafka(vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    char         **entry;
    size_t         len;
    const char    *reason;

    for (entry = environ; *entry != NULL; entry++) {
        len = strcspn(*entry, "=");

        /* an empty one counts as unset */

        if (strncmp(*entry, VFS_SETTINGS_KAFKA,
                    sizeof(VFS_SETTINGS_KAFKA) - 1)
            != 0
            || (*entry)[len] == '\0' || (*entry)[len + 1] == '\0')
        {
            continue;
        }

        reason = vfs_settings_reason(*entry, len);

        if (reason != NULL) {
            vfs_error_set(err, "%.*s cannot be set: %s", (int) len, *entry,
                          reason);
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


/* librdkafka's names are spelt in any case, with dots or with underscores. */

static const char *
vfs_settings_reason(const char *variable, size_t len)
{
    int          c;
    size_t       i, n;
    const char  *fixed;

    for (i = 0; i < VFS_SETTINGS_FIXED; i++) {
        fixed = vfs_settings_fixed[i][0];

        for (n = 0; n < len; n++) {
            c = (variable[n] == '.') ? '_'
                                     : toupper((unsigned char) variable[n]);

            if (c != fixed[n]) {
                break;
            }
        }

        if (n == len && fixed[n] == '\0') {
            return vfs_settings_fixed[i][1];
        }
    }

    return NULL;
}


const char *
vfs_ingest_settings_fixed(const char *variable)
{
    return vfs_settings_reason(variable, strlen(variable));
}
