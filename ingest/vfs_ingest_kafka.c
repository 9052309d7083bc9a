
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_kafka.h"

#include <stdio.h>
#include <string.h>


static int vfs_kafka_create_topic(rd_kafka_t *rk, rd_kafka_NewTopic_t *topic,
    int timeout_ms, vfs_error_t *err);
static int vfs_kafka_created(const rd_kafka_event_t *event, vfs_error_t *err);
static int vfs_kafka_read_retention(const rd_kafka_event_t *event, char *buf,
    size_t size);


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
