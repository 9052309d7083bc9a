
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_kafka.h"
#include "vfs_kafka.h"

#include <stdio.h>
#include <string.h>


static void vfs_kafka_on_log(const rd_kafka_t *rk, int level,
    const char *facility, const char *text);
static void vfs_kafka_on_error(rd_kafka_t *rk, int code, const char *reason,
    void *data);
static int vfs_kafka_create_topic(rd_kafka_t *rk, rd_kafka_NewTopic_t *topic,
    int timeout_ms, vfs_error_t *err);
static int vfs_kafka_created(const rd_kafka_event_t *event, vfs_error_t *err);
static int vfs_kafka_read_retention(const rd_kafka_event_t *event, char *buf,
    size_t size);


static const vfs_kafka_default_t  vfs_kafka_common[] = {
    { "client.id", "vfs-ingest" },
    { "socket.keepalive.enable", "true" },
    { "log.connection.close", "false" },
    { "reconnect.backoff.max.ms", "5000" },
    { NULL, NULL }
};


rd_kafka_conf_t *
vfs_kafka_conf(const vfs_ingest_settings_t *settings,
    const vfs_kafka_default_t *defaults, vfs_error_t *err)
{
    rd_kafka_conf_t            *conf;
    const vfs_kafka_default_t  *common;

    conf = rd_kafka_conf_new();

    rd_kafka_conf_set_log_cb(conf, vfs_kafka_on_log);
    rd_kafka_conf_set_error_cb(conf, vfs_kafka_on_error);

    if (vfs_kafka_conf_set(conf, "bootstrap.servers", settings->brokers,
                           "KAFKA_BROKERS", err)
        != VFS_OK)
    {
        goto failed;
    }

    for (common = vfs_kafka_common; common->name != NULL; common++) {

        if (vfs_kafka_conf_set(conf, common->name, common->value, "default",
                               err)
            != VFS_OK)
        {
            goto failed;
        }
    }

    for ( /* void */ ; defaults->name != NULL; defaults++) {

        if (vfs_kafka_conf_set(conf, defaults->name, defaults->value,
                               "default", err)
            != VFS_OK)
        {
            goto failed;
        }
    }

    if (vfs_kafka_conf_environment(conf, err) != VFS_OK) {
        goto failed;
    }

    return conf;

failed:

    rd_kafka_conf_destroy(conf);

    return NULL;
}


rd_kafka_t *
vfs_kafka_create(vfs_kafka_kind_e kind, rd_kafka_conf_t *conf,
    vfs_error_t *err)
{
    char         text[400];
    rd_kafka_t  *rk;

    rk = rd_kafka_new((kind == VFS_KAFKA_CONSUMER) ? RD_KAFKA_CONSUMER
                                                   : RD_KAFKA_PRODUCER,
                      conf, text, sizeof(text));

    if (rk == NULL) {
        vfs_error_set(err, "Kafka: %s", text);
        rd_kafka_conf_destroy(conf);
    }

    return rk;
}


/* That a property is for the other kind of client is no mistake of anyone's. */

static void
vfs_kafka_on_log(const rd_kafka_t *rk, int level, const char *facility,
    const char *text)
{
    if (strcmp(facility, "CONFWARN") != 0) {
        vfs_kafka_log(rk, level, facility, text);
    }
}


static void
vfs_kafka_on_error(rd_kafka_t *rk, int code, const char *reason, void *data)
{
    char  quoted[600];

    vfs_log(VFS_LOG_WARN, "kafka_error", "code=%s text=%s",
            rd_kafka_err2name((rd_kafka_resp_err_t) code),
            vfs_log_quote(quoted, sizeof(quoted), reason, strlen(reason)));
}


int
vfs_kafka_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms,
    int *partitions, vfs_error_t *err)
{
    int                               rc;
    rd_kafka_topic_t                 *rkt;
    rd_kafka_resp_err_t               code;
    const rd_kafka_metadata_t        *metadata;
    const rd_kafka_metadata_topic_t  *found;

    rkt = rd_kafka_topic_new(rk, topic, NULL);

    if (rkt == NULL) {
        vfs_error_set(err, "topic %s: %s", topic,
                      rd_kafka_err2str(rd_kafka_last_error()));
        return VFS_ERROR;
    }

    code = rd_kafka_metadata(rk, 0, rkt, &metadata, timeout_ms);

    rd_kafka_topic_destroy(rkt);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "no broker told about topic %s: %s", topic,
                      rd_kafka_err2str(code));
        return VFS_ERROR;
    }

    found = (metadata->topic_cnt > 0) ? &metadata->topics[0] : NULL;

    if (found == NULL
        || found->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    {
        rc = VFS_DECLINED;

    } else if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR
               || found->partition_cnt == 0)
    {
        vfs_error_set(err, "topic %s: %s", topic,
                      rd_kafka_err2str(found->err));
        rc = VFS_ERROR;

    } else {
        *partitions = found->partition_cnt;
        rc = VFS_OK;
    }

    rd_kafka_metadata_destroy(metadata);

    return rc;
}


int
vfs_kafka_make_topic(rd_kafka_t *rk, const char *topic, int partitions,
    const char *retention, int timeout_ms, vfs_error_t *err)
{
    int                   rc;
    char                  text[256];
    vfs_error_t           why;
    rd_kafka_NewTopic_t  *made;

    made = rd_kafka_NewTopic_new(topic, partitions, -1, text, sizeof(text));

    if (made == NULL) {
        vfs_error_set(err, "topic %s: %s", topic, text);
        return VFS_DECLINED;
    }

    if (retention != NULL) {
        (void) rd_kafka_NewTopic_set_config(made, "retention.ms", retention);
    }

    rc = vfs_kafka_create_topic(rk, made, timeout_ms, &why);

    rd_kafka_NewTopic_destroy(made);

    if (rc == VFS_OK) {
        return VFS_OK;
    }

    vfs_error_set(err, "topic %s is missing and cannot be made: %.256s. Make "
                  "it with %d partitions, or allow the worker to", topic,
                  why.text, partitions);

    return rc;
}


static int
vfs_kafka_create_topic(rd_kafka_t *rk, rd_kafka_NewTopic_t *topic,
    int timeout_ms, vfs_error_t *err)
{
    int                       rc;
    rd_kafka_event_t         *event;
    rd_kafka_queue_t         *queue;
    rd_kafka_AdminOptions_t  *options;

    queue = rd_kafka_queue_new(rk);
    options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);

    (void) rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, NULL,
                                                     0);

    rd_kafka_CreateTopics(rk, &topic, 1, options, queue);

    event = rd_kafka_queue_poll(queue, timeout_ms + 1000);

    if (event == NULL) {
        vfs_error_set(err, "no broker answered");
        rc = VFS_ERROR;

    } else {
        rc = vfs_kafka_created(event, err);
        rd_kafka_event_destroy(event);
    }

    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);

    return rc;
}


static int
vfs_kafka_created(const rd_kafka_event_t *event, vfs_error_t *err)
{
    size_t                                 n;
    const char                            *text;
    rd_kafka_resp_err_t                    code;
    const rd_kafka_topic_result_t        **results;
    const rd_kafka_CreateTopics_result_t  *result;

    code = rd_kafka_event_error((rd_kafka_event_t *) event);
    text = rd_kafka_event_error_string((rd_kafka_event_t *) event);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        result = rd_kafka_event_CreateTopics_result((rd_kafka_event_t *) event);
        results = rd_kafka_CreateTopics_result_topics(result, &n);

        if (n == 1) {
            code = rd_kafka_topic_result_error(results[0]);
            text = rd_kafka_topic_result_error_string(results[0]);
        }
    }

    switch (code) {

    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
        return VFS_OK;

    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
        vfs_error_set(err, "%s", (text != NULL) ? text
                                                : rd_kafka_err2str(code));
        return VFS_ERROR;

    default:
        vfs_error_set(err, "%s", (text != NULL) ? text
                                                : rd_kafka_err2str(code));
        return VFS_DECLINED;
    }
}


int
vfs_kafka_retention(rd_kafka_t *rk, const char *topic, int timeout_ms,
    char *buf, size_t size)
{
    int                         rc;
    rd_kafka_event_t           *event;
    rd_kafka_queue_t           *queue;
    rd_kafka_AdminOptions_t    *options;
    rd_kafka_ConfigResource_t  *resource;

    resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);

    if (resource == NULL) {
        return VFS_ERROR;
    }

    queue = rd_kafka_queue_new(rk);
    options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);

    (void) rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, NULL,
                                                     0);

    rd_kafka_DescribeConfigs(rk, &resource, 1, options, queue);

    event = rd_kafka_queue_poll(queue, timeout_ms + 1000);
    rc = VFS_ERROR;

    if (event != NULL) {
        rc = vfs_kafka_read_retention(event, buf, size);
        rd_kafka_event_destroy(event);
    }

    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    rd_kafka_ConfigResource_destroy(resource);

    return rc;
}


static int
vfs_kafka_read_retention(const rd_kafka_event_t *event, char *buf, size_t size)
{
    int                                       len;
    size_t                                    i, n;
    const char                               *value;
    const rd_kafka_ConfigEntry_t            **entries;
    const rd_kafka_ConfigResource_t         **resources;
    const rd_kafka_DescribeConfigs_result_t  *result;

    result = rd_kafka_event_DescribeConfigs_result((rd_kafka_event_t *) event);

    if (rd_kafka_event_error((rd_kafka_event_t *) event) != 0
        || result == NULL)
    {
        return VFS_ERROR;
    }

    resources = rd_kafka_DescribeConfigs_result_resources(result, &n);

    if (n != 1 || rd_kafka_ConfigResource_error(resources[0]) != 0) {
        return VFS_ERROR;
    }

    entries = rd_kafka_ConfigResource_configs(resources[0], &n);

    for (i = 0; i < n; i++) {

        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), "retention.ms")
            != 0)
        {
            continue;
        }

        value = rd_kafka_ConfigEntry_value(entries[i]);

        if (value == NULL) {
            return VFS_ERROR;
        }

        len = snprintf(buf, size, "%s", value);

        return (len > 0 && (size_t) len < size) ? VFS_OK : VFS_ERROR;
    }

    return VFS_ERROR;
}
