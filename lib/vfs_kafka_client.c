
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_kafka_client.h"
#include "vfs_kafka.h"
#include "vfs_log.h"

#include <inttypes.h>
#include <errno.h>
#include <string.h>


static void vfs_kafka_on_log(const rd_kafka_t *rk, int level,
    const char *facility, const char *text);
static void vfs_kafka_on_error(rd_kafka_t *rk, int code, const char *reason,
    void *data);


static const vfs_kafka_default_t  vfs_kafka_common[] = {
    { "socket.keepalive.enable", "true" },
    { "log.connection.close", "false" },
    { "reconnect.backoff.max.ms", "5000" },
    { NULL, NULL }
};


rd_kafka_conf_t *
vfs_kafka_conf(const char *brokers, const vfs_kafka_default_t *defaults,
    vfs_error_t *err)
{
    rd_kafka_conf_t            *conf;
    const vfs_kafka_default_t  *common;

    conf = rd_kafka_conf_new();

    rd_kafka_conf_set_log_cb(conf, vfs_kafka_on_log);
    rd_kafka_conf_set_error_cb(conf, vfs_kafka_on_error);

    if (vfs_kafka_conf_set(conf, "bootstrap.servers", brokers,
                           "KAFKA_BROKERS", err)
        != VFS_OK)
    {
        goto failed;
    }

    if (vfs_kafka_conf_set(conf, "client.id", program_invocation_short_name,
                           "default", err)
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


void
vfs_kafka_read_fault(const char *topic, const rd_kafka_message_t *message,
    vfs_error_t *err)
{
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        vfs_error_set(err, "topic %s, partition %" PRId32 ": retention has "
                      "deleted what was about to be read: run it again, or "
                      "set a longer retention.ms for the topic",
                      topic, message->partition);
        return;
    }

    vfs_error_set(err, "topic %s: %s", topic,
                  rd_kafka_message_errstr(message));
}


int
vfs_kafka_is_denied(rd_kafka_resp_err_t code)
{
    switch (code) {

    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return 1;

    default:
        return 0;
    }
}


rd_kafka_resp_err_t
vfs_kafka_ask_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms,
    int *partitions)
{
    rd_kafka_topic_t                 *rkt;
    rd_kafka_resp_err_t               code;
    const rd_kafka_metadata_t        *metadata;
    const rd_kafka_metadata_topic_t  *found;

    rkt = rd_kafka_topic_new(rk, topic, NULL);

    if (rkt == NULL) {
        return rd_kafka_last_error();
    }

    code = rd_kafka_metadata(rk, 0, rkt, &metadata, timeout_ms);

    rd_kafka_topic_destroy(rkt);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return code;
    }

    found = (metadata->topic_cnt > 0) ? &metadata->topics[0] : NULL;

    if (found == NULL) {
        code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;

    } else if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = found->err;

    } else if (found->partition_cnt == 0) {
        code = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;

    } else {
        *partitions = found->partition_cnt;
    }

    rd_kafka_metadata_destroy(metadata);

    return code;
}


void
vfs_kafka_partitions_error(const char *topic, rd_kafka_resp_err_t code,
    vfs_error_t *err)
{
    if (vfs_kafka_is_denied(code)) {
        vfs_error_set(err, "Kafka does not let this user see topic %s: %s. "
                      "Allow it to describe the topic", topic,
                      rd_kafka_err2str(code));
        return;
    }

    vfs_error_set(err, "no broker told about topic %s: %s", topic,
                  rd_kafka_err2str(code));
}


int
vfs_kafka_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms,
    int *partitions, vfs_error_t *err)
{
    rd_kafka_resp_err_t  code;

    code = vfs_kafka_ask_partitions(rk, topic, timeout_ms, partitions);

    switch (code) {

    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return VFS_OK;

    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return VFS_DECLINED;

    default:
        vfs_kafka_partitions_error(topic, code, err);
        return VFS_ERROR;
    }
}
