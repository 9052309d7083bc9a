
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_kafka_producer.h"
#include "vfs_ingest_producer.h"

#include <stdlib.h>


#define VFS_PRODUCER_WAIT_MS  100
#define VFS_PRODUCER_WAITS    100

/* An id is shorter. */

#define VFS_PRODUCER_KEY      1024


struct vfs_producer_s {
    vfs_kafka_producer_t        kafka;
    uintptr_t                   batch;      /* messages carry its number */
    int                         unsent;
    unsigned                    failed:1;
    unsigned                    stopped:1;
    vfs_error_t                 why;
};


static rd_kafka_headers_t *vfs_producer_headers(const vfs_message_t *message);
static rd_kafka_resp_err_t vfs_producer_try(vfs_producer_t *producer,
    const vfs_message_t *message);
static void vfs_producer_on_report(rd_kafka_t *rk,
    const rd_kafka_message_t *message, void *data);
static int vfs_producer_shorten(vfs_producer_t *producer,
    const rd_kafka_message_t *message);
static void vfs_producer_failed(vfs_producer_t *producer,
    const rd_kafka_message_t *message);


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

    producer->kafka.brokers = settings->brokers;
    producer->kafka.names[VFS_TOPIC_UPDATES] = topics[VFS_TOPIC_UPDATES];
    producer->kafka.names[VFS_TOPIC_DEAD] = topics[VFS_TOPIC_DEAD];
    producer->kafka.on_report = vfs_producer_on_report;
    producer->kafka.data = producer;

    if (vfs_kafka_producer_init(&producer->kafka, err) != VFS_OK
        || vfs_kafka_producer_open(&producer->kafka, err) != VFS_OK)
    {
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

    vfs_kafka_producer_close(&producer->kafka, 0);
    vfs_kafka_producer_destroy(&producer->kafka);

    free(producer);
}


int
vfs_producer_fd(const vfs_producer_t *producer)
{
    return producer->kafka.fd;
}


int
vfs_producer_send(vfs_producer_t *producer, const vfs_message_t *message,
    vfs_error_t *err)
{
    int                  waits;
    vfs_message_t        shorter;
    rd_kafka_resp_err_t  code;

    if (producer->kafka.rk == NULL) {
        *err = producer->why;
        return VFS_ERROR;
    }

    code = vfs_producer_try(producer, message);

    /* the queue empties from another thread, its reports from this one */

    for (waits = 0;
         code == RD_KAFKA_RESP_ERR__QUEUE_FULL && waits < VFS_PRODUCER_WAITS;
         waits++)
    {
        (void) rd_kafka_poll(producer->kafka.rk, VFS_PRODUCER_WAIT_MS);
        code = vfs_producer_try(producer, message);
    }

    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
        && message->topic == VFS_TOPIC_DEAD)
    {
        shorter = *message;
        shorter.value = NULL;
        shorter.len = 0;

        if (shorter.key_len > VFS_PRODUCER_KEY) {
            shorter.key = NULL;
            shorter.key_len = 0;
        }

        code = vfs_producer_try(producer, &shorter);
    }

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "cannot produce to topic %s: %s",
                      producer->kafka.names[message->topic],
                      rd_kafka_err2str(code));
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

    code = rd_kafka_producev(producer->kafka.rk,
               RD_KAFKA_V_RKT(producer->kafka.topics[message->topic]),
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
        && message->rkt == producer->kafka.topics[VFS_TOPIC_DEAD]
        && (message->len != 0 || message->key_len > VFS_PRODUCER_KEY)
        && vfs_producer_shorten(producer, message) == VFS_OK)
    {
        return;
    }

    producer->unsent--;

    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_producer_failed(producer, message);
    }
}


/*
 * A dead letter that the broker finds too large goes without its value, and
 * without a key that is no id.
 */

static int
vfs_producer_shorten(vfs_producer_t *producer,
    const rd_kafka_message_t *message)
{
    size_t                key_len;
    rd_kafka_headers_t   *headers;
    rd_kafka_resp_err_t   code;

    key_len = (message->key_len <= VFS_PRODUCER_KEY) ? message->key_len : 0;

    code = rd_kafka_message_detach_headers((rd_kafka_message_t *) message,
                                           &headers);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return VFS_ERROR;
    }

    code = rd_kafka_producev(producer->kafka.rk,
                             RD_KAFKA_V_RKT(message->rkt),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_KEY((key_len != 0) ? message->key
                                                           : NULL, key_len),
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

    if (!vfs_kafka_producer_is_fatal(&producer->kafka)
        && vfs_kafka_is_refusal(message->err))
    {
        producer->stopped = 1;
    }
}


int
vfs_producer_unsent(vfs_producer_t *producer, vfs_error_t *err)
{
    if (producer->kafka.rk != NULL) {
        (void) rd_kafka_poll(producer->kafka.rk, 0);
    }

    if (producer->failed || producer->kafka.rk == NULL) {
        *err = producer->why;
        return VFS_ERROR;
    }

    return producer->unsent;
}


void
vfs_producer_forgive(vfs_producer_t *producer)
{
    if (vfs_kafka_producer_is_fatal(&producer->kafka)) {

        /* whatever is on its way is folded, and produced, once more */

        vfs_kafka_producer_close(&producer->kafka, 0);
    }

    if (producer->kafka.rk == NULL) {
        (void) vfs_kafka_producer_open(&producer->kafka, &producer->why);
    }

    producer->batch++;
    producer->unsent = 0;
    producer->failed = 0;
}


const vfs_error_t *
vfs_producer_stop(const vfs_producer_t *producer)
{
    return producer->stopped ? &producer->why : NULL;
}
