
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_consumer_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


/*
 * One event once more, for a dead letter: rare, so it has a client of its own
 * that is made for it and blocks.
 */

#define VFS_REREAD_MS       15000
#define VFS_REREAD_POLL_MS  200


static rd_kafka_t *vfs_reread_open(vfs_consumer_t *consumer,
    const vfs_position_t *position, vfs_error_t *err);
static int vfs_reread_poll(vfs_consumer_t *consumer, rd_kafka_t *rk,
    const vfs_position_t *position, vfs_record_t *record, vfs_error_t *err);
static int vfs_reread_message(vfs_consumer_t *consumer,
    const rd_kafka_message_t *message, const vfs_position_t *position,
    vfs_record_t *record, vfs_error_t *err);
static int vfs_reread_keep(vfs_consumer_t *consumer, vfs_record_t *record,
    vfs_error_t *err);


static const vfs_kafka_default_t  vfs_reread_defaults[] = {
    { "enable.auto.commit", "false" },
    { "auto.offset.reset", "error" },
    { "enable.partition.eof", "true" },
    { "queued.min.messages", "1" },
    { "queued.max.messages.kbytes", "4096" },
    { NULL, NULL }
};


int
vfs_consumer_reread(vfs_consumer_t *consumer, const vfs_position_t *position,
    vfs_record_t *record, vfs_error_t *err)
{
    int          rc;
    rd_kafka_t  *rk;

    rk = vfs_reread_open(consumer, position, err);

    if (rk == NULL) {
        return VFS_ERROR;
    }

    rc = vfs_reread_poll(consumer, rk, position, record, err);

    (void) rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);

    return rc;
}


static rd_kafka_t *
vfs_reread_open(vfs_consumer_t *consumer, const vfs_position_t *position,
    vfs_error_t *err)
{
    rd_kafka_t                       *rk;
    rd_kafka_conf_t                  *conf;
    rd_kafka_resp_err_t               code;
    rd_kafka_topic_partition_list_t  *parts;

    conf = vfs_kafka_conf(consumer->conf.settings->brokers,
                          vfs_reread_defaults, err);

    if (conf == NULL) {
        return NULL;
    }

    /* a client that assigns by itself needs the name, and joins no group */

    (void) rd_kafka_conf_set(conf, "group.id", consumer->conf.settings->group,
                             NULL, 0);

    rk = vfs_kafka_create(VFS_KAFKA_CONSUMER, conf, err);

    if (rk == NULL) {
        return NULL;
    }

    (void) rd_kafka_poll_set_consumer(rk);

    parts = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(parts,
                                      consumer->conf.topics[VFS_ENTITY_USER],
                                      position->partition)->offset
        = position->offset;

    code = rd_kafka_assign(rk, parts);

    rd_kafka_topic_partition_list_destroy(parts);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "cannot read an event again: %s",
                      rd_kafka_err2str(code));
        rd_kafka_destroy(rk);
        return NULL;
    }

    return rk;
}


static int
vfs_reread_poll(vfs_consumer_t *consumer, rd_kafka_t *rk,
    const vfs_position_t *position, vfs_record_t *record, vfs_error_t *err)
{
    int                  rc;
    int64_t              until;
    rd_kafka_message_t  *message;

    until = vfs_consumer_now() + VFS_REREAD_MS;

    vfs_error_set(err, "cannot read partition %" PRId32 ", offset %" PRId64
                  " again: no broker answered", position->partition,
                  position->offset);

    while (vfs_consumer_now() < until
           && !consumer->conf.stopping(consumer->conf.data))
    {
        message = rd_kafka_consumer_poll(rk, VFS_REREAD_POLL_MS);

        if (message == NULL) {
            continue;
        }

        rc = vfs_reread_message(consumer, message, position, record, err);

        rd_kafka_message_destroy(message);

        if (rc != VFS_ERROR) {
            return rc;
        }
    }

    return VFS_ERROR;
}


static int
vfs_reread_message(vfs_consumer_t *consumer, const rd_kafka_message_t *message,
    const vfs_position_t *position, vfs_record_t *record, vfs_error_t *err)
{
    switch (message->err) {

    case RD_KAFKA_RESP_ERR_NO_ERROR:
        break;

    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        return VFS_DECLINED;

    default:
        vfs_error_set(err, "cannot read an event again: %s",
                      rd_kafka_message_errstr(message));
        return VFS_ERROR;
    }

    if (message->offset != position->offset) {
        return VFS_DECLINED;
    }

    vfs_consumer_record(message, VFS_ENTITY_USER, record);

    return vfs_reread_keep(consumer, record, err);
}


/* The record has to outlive its client. */

static int
vfs_reread_keep(vfs_consumer_t *consumer, vfs_record_t *record,
    vfs_error_t *err)
{
    char  *copy;

    copy = malloc(record->key_len + record->len + 1);

    if (copy == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    free(consumer->reread);
    consumer->reread = copy;

    if (record->key != NULL) {
        memcpy(copy, record->key, record->key_len);
        record->key = copy;
    }

    if (record->value != NULL) {
        memcpy(copy + record->key_len, record->value, record->len);
        record->value = copy + record->key_len;
    }

    return VFS_OK;
}
