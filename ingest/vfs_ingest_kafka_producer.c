
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_kafka_producer.h"

#include <sys/eventfd.h>
#include <unistd.h>


static const vfs_kafka_default_t  vfs_kafka_producer_defaults[] = {
    { "enable.idempotence", "true" },
    { "partitioner", "murmur2_random" },
    { "message.timeout.ms", "0" },
    { "linger.ms", "2" },

    /* more than a batch, and than all requests to the index, make */
    { "queue.buffering.max.messages", "1000000" },
    { "queue.buffering.max.kbytes", "262144" },

    /* the broker's own limit decides, not a second one here */
    { "message.max.bytes", "16777216" },
    { NULL, NULL }
};


int
vfs_kafka_producer_init(vfs_kafka_producer_t *producer, vfs_error_t *err)
{
    producer->fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

    if (producer->fd == -1) {
        vfs_error_set(err, "eventfd() failed");
        return VFS_ERROR;
    }

    return VFS_OK;
}


void
vfs_kafka_producer_destroy(vfs_kafka_producer_t *producer)
{
    if (producer->fd != -1) {
        (void) close(producer->fd);
        producer->fd = -1;
    }
}


int
vfs_kafka_producer_open(vfs_kafka_producer_t *producer, vfs_error_t *err)
{
    int               i;
    rd_kafka_conf_t  *conf;

    static const uint64_t  one = 1;

    conf = vfs_kafka_conf(producer->brokers, vfs_kafka_producer_defaults, err);

    if (conf == NULL) {
        return VFS_ERROR;
    }

    rd_kafka_conf_set_dr_msg_cb(conf, producer->on_report);
    rd_kafka_conf_set_opaque(conf, producer->data);

    producer->rk = vfs_kafka_create(VFS_KAFKA_PRODUCER, conf, err);

    if (producer->rk == NULL) {
        return VFS_ERROR;
    }

    for (i = 0; i < VFS_KAFKA_TOPICS && producer->names[i] != NULL; i++) {
        producer->topics[i] = rd_kafka_topic_new(producer->rk,
                                                 producer->names[i], NULL);

        if (producer->topics[i] == NULL) {
            vfs_error_set(err, "topic %s: %s", producer->names[i],
                          rd_kafka_err2str(rd_kafka_last_error()));
            vfs_kafka_producer_close(producer, 0);
            return VFS_ERROR;
        }
    }

    producer->queue = rd_kafka_queue_get_main(producer->rk);
    rd_kafka_queue_io_event_enable(producer->queue, producer->fd, &one,
                                   sizeof(one));

    return VFS_OK;
}


void
vfs_kafka_producer_close(vfs_kafka_producer_t *producer, int wait_ms)
{
    int  i;

    if (producer->rk == NULL) {
        return;
    }

    (void) rd_kafka_purge(producer->rk,
                          RD_KAFKA_PURGE_F_QUEUE|RD_KAFKA_PURGE_F_INFLIGHT);

    if (wait_ms != 0) {
        (void) rd_kafka_flush(producer->rk, wait_ms);
    }

    if (producer->queue != NULL) {
        rd_kafka_queue_io_event_enable(producer->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(producer->queue);
        producer->queue = NULL;
    }

    for (i = 0; i < VFS_KAFKA_TOPICS; i++) {

        if (producer->topics[i] != NULL) {
            rd_kafka_topic_destroy(producer->topics[i]);
            producer->topics[i] = NULL;
        }
    }

    rd_kafka_destroy(producer->rk);
    producer->rk = NULL;
}


int
vfs_kafka_producer_is_fatal(const vfs_kafka_producer_t *producer)
{
    return producer->rk != NULL
           && rd_kafka_fatal_error(producer->rk, NULL, 0)
              != RD_KAFKA_RESP_ERR_NO_ERROR;
}


int
vfs_kafka_is_refusal(rd_kafka_resp_err_t code)
{
    return vfs_kafka_is_denied(code)
           || code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
           || code == RD_KAFKA_RESP_ERR_POLICY_VIOLATION;
}
