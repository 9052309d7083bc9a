
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_producer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>


#define VFS_PRODUCER_WAIT_MS  100
#define VFS_PRODUCER_WAITS    100


struct vfs_producer_s {
    rd_kafka_t                   *rk;
    rd_kafka_topic_t             *topics[2];
    rd_kafka_queue_t             *queue;
    const char                   *names[2];
    const vfs_ingest_settings_t  *settings;
    int                           fd;
    uintptr_t                     batch;     /* messages carry its number */
    int                           unsent;
    unsigned                      failed:1;
    unsigned                      fatal:1;
    unsigned                      stopped:1;
    vfs_error_t                   why;
};


static int vfs_producer_open(vfs_producer_t *producer, vfs_error_t *err);
static void vfs_producer_close(vfs_producer_t *producer);
static rd_kafka_headers_t *vfs_producer_headers(const vfs_message_t *message);
static rd_kafka_resp_err_t vfs_producer_try(vfs_producer_t *producer,
    const vfs_message_t *message);
static void vfs_producer_on_report(rd_kafka_t *rk,
    const rd_kafka_message_t *message, void *data);
static int vfs_producer_shorten(vfs_producer_t *producer,
    const rd_kafka_message_t *message);
static void vfs_producer_failed(vfs_producer_t *producer,
    const rd_kafka_message_t *message);


static const vfs_kafka_default_t  vfs_producer_defaults[] = {
    { "enable.idempotence", "true" },
    { "partitioner", "murmur2_random" },
    { "message.timeout.ms", "0" },
    { "linger.ms", "2" },
    { "queue.buffering.max.messages", "100000" },
    { "queue.buffering.max.kbytes", "131072" },

    /* the broker's own limit decides, not a second one here */
    { "message.max.bytes", "16777216" },
    { NULL, NULL }
};


vfs_producer_t *
vfs_producer_create(const vfs_ingest_settings_t *settings,
    const char *const topics[2], vfs_error_t *err)
{
    vfs_producer_t  *producer;

    producer = calloc(1, sizeof(vfs_producer_t));

    if (producer == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    producer->settings = settings;
    producer->names[VFS_TOPIC_UPDATES] = topics[VFS_TOPIC_UPDATES];
    producer->names[VFS_TOPIC_DEAD] = topics[VFS_TOPIC_DEAD];

    producer->fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

    if (producer->fd == -1) {
        vfs_error_set(err, "eventfd() failed");
        free(producer);
        return NULL;
    }

    if (vfs_producer_open(producer, err) != VFS_OK) {
        vfs_producer_destroy(producer);
        return NULL;
    }

    return producer;
}


void
vfs_producer_destroy(vfs_producer_t *producer)
{
    if (producer == NULL) {
        return;
    }

    vfs_producer_close(producer);
    (void) close(producer->fd);

    free(producer);
}


static int
vfs_producer_open(vfs_producer_t *producer, vfs_error_t *err)
{
    int               i;
    rd_kafka_conf_t  *conf;

    static const uint64_t  one = 1;

    conf = vfs_kafka_conf(producer->settings->brokers,
                          vfs_producer_defaults, err);

    if (conf == NULL) {
        return VFS_ERROR;
    }

    rd_kafka_conf_set_dr_msg_cb(conf, vfs_producer_on_report);
    rd_kafka_conf_set_opaque(conf, producer);

    producer->rk = vfs_kafka_create(VFS_KAFKA_PRODUCER, conf, err);

    if (producer->rk == NULL) {
        return VFS_ERROR;
    }

    for (i = 0; i < 2; i++) {
        producer->topics[i] = rd_kafka_topic_new(producer->rk,
                                                 producer->names[i], NULL);

        if (producer->topics[i] == NULL) {
            vfs_error_set(err, "topic %s: %s", producer->names[i],
                          rd_kafka_err2str(rd_kafka_last_error()));
            return VFS_ERROR;
        }
    }

    producer->queue = rd_kafka_queue_get_main(producer->rk);
    rd_kafka_queue_io_event_enable(producer->queue, producer->fd, &one,
                                   sizeof(one));

    return VFS_OK;
}


static void
vfs_producer_close(vfs_producer_t *producer)
{
    int  i;

    if (producer->rk == NULL) {
        return;
    }

    /* whatever is on its way is folded, and produced, once more */

    (void) rd_kafka_purge(producer->rk,
                          RD_KAFKA_PURGE_F_QUEUE|RD_KAFKA_PURGE_F_INFLIGHT);

    if (producer->queue != NULL) {
        rd_kafka_queue_io_event_enable(producer->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(producer->queue);
        producer->queue = NULL;
    }

    for (i = 0; i < 2; i++) {

        if (producer->topics[i] != NULL) {
            rd_kafka_topic_destroy(producer->topics[i]);
            producer->topics[i] = NULL;
        }
    }

    rd_kafka_destroy(producer->rk);
    producer->rk = NULL;
}


int
vfs_producer_fd(const vfs_producer_t *producer)
{
    return producer->fd;
}


int
vfs_producer_send(vfs_producer_t *producer, const vfs_message_t *message,
    vfs_error_t *err)
{
    int                  waits;
    vfs_message_t        shorter;
    rd_kafka_resp_err_t  code;

    if (producer->rk == NULL) {
        *err = producer->why;
        return VFS_ERROR;
    }

    code = vfs_producer_try(producer, message);

    /* the queue empties from another thread, its reports from this one */

    for (waits = 0;
         code == RD_KAFKA_RESP_ERR__QUEUE_FULL && waits < VFS_PRODUCER_WAITS;
         waits++)
    {
        (void) rd_kafka_poll(producer->rk, VFS_PRODUCER_WAIT_MS);
        code = vfs_producer_try(producer, message);
    }

    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
        && message->topic == VFS_TOPIC_DEAD)
    {
        shorter = *message;
        shorter.value = NULL;
        shorter.len = 0;

        code = vfs_producer_try(producer, &shorter);
    }

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "cannot produce to topic %s: %s",
                      producer->names[message->topic], rd_kafka_err2str(code));

        if (rd_kafka_fatal_error(producer->rk, NULL, 0) != 0) {
            producer->fatal = 1;
        }

        return VFS_ERROR;
    }

    producer->unsent++;

    return VFS_OK;
}


static rd_kafka_resp_err_t
vfs_producer_try(vfs_producer_t *producer, const vfs_message_t *message)
{
    rd_kafka_headers_t   *headers;
    rd_kafka_resp_err_t   code;

    headers = vfs_producer_headers(message);

    if (headers == NULL) {
        return RD_KAFKA_RESP_ERR__FAIL;
    }

    code = rd_kafka_producev(producer->rk,
               RD_KAFKA_V_RKT(producer->topics[message->topic]),
               RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
               RD_KAFKA_V_KEY(message->key, message->key_len),
               RD_KAFKA_V_VALUE((void *) message->value, message->len),
               RD_KAFKA_V_HEADERS(headers),
               RD_KAFKA_V_OPAQUE((void *) producer->batch),
               RD_KAFKA_V_END);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_headers_destroy(headers);
    }

    return code;
}


static rd_kafka_headers_t *
vfs_producer_headers(const vfs_message_t *message)
{
    unsigned             i;
    rd_kafka_headers_t  *headers;

    headers = rd_kafka_headers_new(message->nheaders);

    for (i = 0; i < message->nheaders; i++) {

        if (rd_kafka_header_add(headers, message->headers[i].name, -1,
                                message->headers[i].value,
                                (ssize_t) message->headers[i].len)
            != RD_KAFKA_RESP_ERR_NO_ERROR)
        {
            rd_kafka_headers_destroy(headers);
            return NULL;
        }
    }

    return headers;
}


static void
vfs_producer_on_report(rd_kafka_t *rk, const rd_kafka_message_t *message,
    void *data)
{
    vfs_producer_t  *producer;

    producer = data;

    /* of a batch that was given up since */

    if ((uintptr_t) message->_private != producer->batch) {
        return;
    }

    if (message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
        && message->rkt == producer->topics[VFS_TOPIC_DEAD]
        && message->len != 0
        && vfs_producer_shorten(producer, message) == VFS_OK)
    {
        return;
    }

    producer->unsent--;

    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_producer_failed(producer, message);
    }
}


/* A dead letter that the broker finds too large goes without its value. */

static int
vfs_producer_shorten(vfs_producer_t *producer,
    const rd_kafka_message_t *message)
{
    rd_kafka_headers_t   *headers;
    rd_kafka_resp_err_t   code;

    code = rd_kafka_message_detach_headers((rd_kafka_message_t *) message,
                                           &headers);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return VFS_ERROR;
    }

    code = rd_kafka_producev(producer->rk,
                             RD_KAFKA_V_RKT(message->rkt),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_KEY(message->key, message->key_len),
                             RD_KAFKA_V_HEADERS(headers),
                             RD_KAFKA_V_OPAQUE((void *) producer->batch),
                             RD_KAFKA_V_END);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_headers_destroy(headers);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static void
vfs_producer_failed(vfs_producer_t *producer,
    const rd_kafka_message_t *message)
{
    producer->failed = 1;

    vfs_error_set(&producer->why, "topic %s does not take a message: %s",
                  rd_kafka_topic_name(message->rkt),
                  rd_kafka_err2str(message->err));

    if (rd_kafka_fatal_error(producer->rk, NULL, 0) != 0) {
        producer->fatal = 1;
        return;
    }

    switch (message->err) {

    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        producer->stopped = 1;
        break;

    default:
        break;
    }
}


int
vfs_producer_unsent(vfs_producer_t *producer, vfs_error_t *err)
{
    if (producer->rk != NULL) {
        (void) rd_kafka_poll(producer->rk, 0);
    }

    if (producer->failed || producer->rk == NULL) {
        *err = producer->why;
        return VFS_ERROR;
    }

    return producer->unsent;
}


void
vfs_producer_forgive(vfs_producer_t *producer)
{
    if (producer->fatal || producer->rk == NULL) {

        /* a fatal error ends a producer for good; the next begins anew */

        vfs_producer_close(producer);

        if (vfs_producer_open(producer, &producer->why) != VFS_OK) {
            vfs_producer_close(producer);
        }
    }

    producer->batch++;
    producer->unsent = 0;
    producer->failed = 0;
    producer->fatal = 0;
}


const vfs_error_t *
vfs_producer_stop(const vfs_producer_t *producer)
{
    return producer->stopped ? &producer->why : NULL;
}
