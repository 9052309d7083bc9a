
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_player.h"
#include "vfs_kafka.h"
#include "vfs_log.h"

#include <stdlib.h>


#define VFS_PLAYER_CONNECT_MS  10000


struct vfs_player_producer_s {
    rd_kafka_t        *rk;
    rd_kafka_topic_t  *topic;
    uint64_t           queued;
    uint64_t           sent;
    uint64_t           failed;
};


static rd_kafka_conf_t *vfs_player_conf(vfs_player_producer_t *producer,
    const char *brokers, vfs_error_t *err);
static int vfs_player_ask_topic(vfs_player_producer_t *producer,
    const char *brokers, const char *name, vfs_error_t *err);
static void vfs_player_delivered(rd_kafka_t *rk,
    const rd_kafka_message_t *message, void *opaque);
static void vfs_player_failure(vfs_player_producer_t *producer,
    rd_kafka_resp_err_t rc);


static const char  *vfs_player_properties[][2] = {
    { "client.id", "vfs-player" },
    { "acks", "all" },
    { "enable.idempotence", "true" },
    { "linger.ms", "5" },

    /* a key's partition is the one that Java's clients would choose */

    { "partitioner", "murmur2_random" }
};


vfs_player_producer_t *
vfs_player_connect(const char *brokers, const char *topic, vfs_error_t *err)
{
    char                    text[512];
    rd_kafka_conf_t        *conf;
    vfs_player_producer_t  *producer;

    producer = calloc(1, sizeof(vfs_player_producer_t));

    if (producer == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    conf = vfs_player_conf(producer, brokers, err);

    if (conf == NULL) {
        goto failed;
    }

    producer->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));

    if (producer->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        vfs_error_set(err, "cannot start librdkafka: %s", text);
        goto failed;
    }

    producer->topic = rd_kafka_topic_new(producer->rk, topic, NULL);

    if (producer->topic == NULL) {
        vfs_error_set(err, "--topic \"%s\": %s", topic,
                      rd_kafka_err2str(rd_kafka_last_error()));
        goto failed;
    }

    if (vfs_player_ask_topic(producer, brokers, topic, err) != VFS_OK) {
        goto failed;
    }

    return producer;

failed:

    vfs_player_disconnect(producer);

    return NULL;
}


static rd_kafka_conf_t *
vfs_player_conf(vfs_player_producer_t *producer, const char *brokers,
    vfs_error_t *err)
{
    size_t            i, n;
    rd_kafka_conf_t  *conf;

    conf = rd_kafka_conf_new();

    rd_kafka_conf_set_dr_msg_cb(conf, vfs_player_delivered);
    rd_kafka_conf_set_opaque(conf, producer);
    rd_kafka_conf_set_log_cb(conf, vfs_kafka_log);

    if (vfs_kafka_conf_set(conf, "bootstrap.servers", brokers, "KAFKA_BROKERS",
                           err)
        != VFS_OK)
    {
        goto failed;
    }

    n = sizeof(vfs_player_properties) / sizeof(vfs_player_properties[0]);

    for (i = 0; i < n; i++) {

        if (vfs_kafka_conf_set(conf, vfs_player_properties[i][0],
                               vfs_player_properties[i][1], "vfs-player", err)
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


/* A topic that Kafka creates on demand is there only after a moment. */

static int
vfs_player_ask_topic(vfs_player_producer_t *producer, const char *brokers,
    const char *name, vfs_error_t *err)
{
    int                               waited;
    rd_kafka_resp_err_t               rc;
    const struct rd_kafka_metadata   *metadata;

    for (waited = 0; waited < VFS_PLAYER_CONNECT_MS; waited += 200) {

        rc = rd_kafka_metadata(producer->rk, 0, producer->topic, &metadata,
                               VFS_PLAYER_CONNECT_MS);

        if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
            vfs_error_set(err, "KAFKA_BROKERS: no answer from \"%s\": %s",
                          brokers, rd_kafka_err2str(rc));
            return VFS_ERROR;
        }

        rc = metadata->topics[0].err;

        rd_kafka_metadata_destroy(metadata);

        if (rc != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
            && rc != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        {
            break;
        }

        rd_kafka_poll(producer->rk, 200);
    }

    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "Kafka at \"%s\" has no topic \"%s\": %s",
                      brokers, name, rd_kafka_err2str(rc));
        return VFS_ERROR;
    }

    return VFS_OK;
}


void
vfs_player_disconnect(vfs_player_producer_t *producer)
{
    if (producer->topic != NULL) {
        rd_kafka_topic_destroy(producer->topic);
    }

    if (producer->rk != NULL) {
        rd_kafka_destroy(producer->rk);
    }

    free(producer);
}


void
vfs_player_send(vfs_player_producer_t *producer,
    const vfs_player_event_t *event)
{
    rd_kafka_resp_err_t  rc;

    producer->queued++;

    while (rd_kafka_produce(producer->topic, RD_KAFKA_PARTITION_UA,
                            RD_KAFKA_MSG_F_COPY, (void *) event->value,
                            event->len, event->key, event->key_len, NULL)
           != 0)
    {
        rc = rd_kafka_last_error();

        if (rc != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            vfs_player_failure(producer, rc);
            return;
        }

        rd_kafka_poll(producer->rk, 100);
    }
}


void
vfs_player_poll(vfs_player_producer_t *producer, int ms)
{
    rd_kafka_poll(producer->rk, ms);
}


void
vfs_player_flush(vfs_player_producer_t *producer, int ms)
{
    rd_kafka_flush(producer->rk, ms);
}


uint64_t
vfs_player_sent(const vfs_player_producer_t *producer)
{
    return producer->sent;
}


uint64_t
vfs_player_failed(const vfs_player_producer_t *producer)
{
    return producer->failed;
}


uint64_t
vfs_player_outstanding(const vfs_player_producer_t *producer)
{
    return producer->queued - producer->sent - producer->failed;
}


static void
vfs_player_delivered(rd_kafka_t *rk, const rd_kafka_message_t *message,
    void *opaque)
{
    vfs_player_producer_t  *producer = opaque;

    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        producer->sent++;
        return;
    }

    vfs_player_failure(producer, message->err);
}


/* An outage fails every event alike: one line for it, a count for all. */

static void
vfs_player_failure(vfs_player_producer_t *producer, rd_kafka_resp_err_t rc)
{
    if (producer->failed++ == 0) {
        vfs_log(VFS_LOG_ERROR, "delivery_failed", "reason=\"%s\"",
                rd_kafka_err2str(rc));
    }
}
