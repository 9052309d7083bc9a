
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_consumer_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define VFS_CONSUMER_LOG_MS  5000


static int vfs_consumer_take(vfs_consumer_t *consumer,
    rd_kafka_message_t *message, vfs_error_t *err);
static void vfs_consumer_time(const rd_kafka_message_t *message,
    vfs_record_t *record);
static int vfs_consumer_error(vfs_consumer_t *consumer,
    const rd_kafka_message_t *message, vfs_error_t *err);


void
vfs_consumer_drop(vfs_consumer_t *consumer)
{
    size_t  i;

    for (i = 0; i < consumer->nmessages; i++) {
        rd_kafka_message_destroy(consumer->messages[i]);
    }

    consumer->nmessages = 0;

    if (consumer->held != NULL) {
        rd_kafka_message_destroy(consumer->held);
        consumer->held = NULL;
    }
}


int
vfs_consumer_serve(vfs_consumer_t *consumer, vfs_error_t *err)
{
    int                  rc;
    uint64_t             ready;
    rd_kafka_message_t  *message;

    /* a paused partition gives none; but whatever comes must not be lost */

    if (consumer->held != NULL) {
        return VFS_OK;
    }

    (void) !read(consumer->fd, &ready, sizeof(ready));

    message = rd_kafka_consumer_poll(consumer->rk, 0);

    if (consumer->failed) {
        *err = consumer->why;
        return VFS_ERROR;
    }

    if (message != NULL && message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rc = vfs_consumer_error(consumer, message, err);
        rd_kafka_message_destroy(message);
        return rc;
    }

    consumer->held = message;

    return VFS_OK;
}


int
vfs_consumer_read(vfs_consumer_t *consumer, size_t max, size_t bytes,
    const vfs_record_t **records, size_t *n, vfs_error_t *err)
{
    size_t               total;
    uint64_t             ready;
    rd_kafka_message_t  *message, *held;

    static const uint64_t  one = 1;

    held = consumer->held;
    consumer->held = NULL;

    vfs_consumer_drop(consumer);

    *n = 0;
    total = 0;

    if (max > consumer->size) {
        free(consumer->messages);
        free(consumer->records);

        consumer->messages = calloc(max, sizeof(rd_kafka_message_t *));
        consumer->records = calloc(max, sizeof(vfs_record_t));
        consumer->size = max;

        if (consumer->messages == NULL || consumer->records == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }
    }

    /* cleared before reading, so that what comes meanwhile is not missed */

    (void) !read(consumer->fd, &ready, sizeof(ready));

    while (consumer->nmessages < max && total < bytes) {
        message = (held != NULL) ? held
                                 : rd_kafka_consumer_poll(consumer->rk, 0);
        held = NULL;

        if (consumer->failed) {
            *err = consumer->why;
            return VFS_ERROR;
        }

        if (message == NULL) {
            break;
        }

        total += message->len;

        if (vfs_consumer_take(consumer, message, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    /* the queue signals only what comes to it when it is empty */

    if (consumer->nmessages == max || total >= bytes) {
        (void) !write(consumer->fd, &one, sizeof(one));
    }

    *records = consumer->records;
    *n = consumer->nmessages;

    return VFS_OK;
}


static int
vfs_consumer_take(vfs_consumer_t *consumer, rd_kafka_message_t *message,
    vfs_error_t *err)
{
    int            rc;
    vfs_entity_e   entity;
    vfs_record_t  *record;

    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rc = vfs_consumer_error(consumer, message, err);
        rd_kafka_message_destroy(message);
        return rc;
    }

    if (vfs_consumer_entity(consumer, rd_kafka_topic_name(message->rkt),
                            &entity)
        != VFS_OK)
    {
        rd_kafka_message_destroy(message);
        return VFS_OK;
    }

    if (vfs_consumer_follow(consumer, entity, message, err) != VFS_OK) {
        rd_kafka_message_destroy(message);
        return VFS_ERROR;
    }

    record = &consumer->records[consumer->nmessages];

    vfs_consumer_record(message, entity, record);
    vfs_consumer_time(message, record);

    consumer->messages[consumer->nmessages++] = message;

    return VFS_OK;
}


void
vfs_consumer_record(const rd_kafka_message_t *message, vfs_entity_e entity,
    vfs_record_t *record)
{
    int64_t                    time;
    rd_kafka_timestamp_type_t  type;

    memset(record, 0, sizeof(vfs_record_t));

    time = rd_kafka_message_timestamp(message, &type);

    record->entity = entity;
    record->partition = message->partition;
    record->offset = message->offset;
    record->time_ms = (time >= 0) ? time : 0;
    record->event_ms = record->time_ms;
    record->key = message->key;
    record->key_len = message->key_len;
    record->value = message->payload;
    record->len = message->len;
}


/* What an item update's headers say. */

static void
vfs_consumer_time(const rd_kafka_message_t *message, vfs_record_t *record)
{
    char                 text[24];
    size_t               len;
    const void          *value;
    rd_kafka_headers_t  *headers;

    if (record->entity != VFS_ENTITY_ITEM
        || rd_kafka_message_headers(message, &headers)
           != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
        return;
    }

    if (rd_kafka_header_get_last(headers, VFS_HEADER_DEFINITION, &value, &len)
        == RD_KAFKA_RESP_ERR_NO_ERROR)
    {
        record->definition = value;
        record->definition_len = len;
    }

    if (rd_kafka_header_get_last(headers, VFS_HEADER_EVENT_TIME, &value, &len)
        == RD_KAFKA_RESP_ERR_NO_ERROR
        && len < sizeof(text))
    {
        memcpy(text, value, len);
        text[len] = '\0';
        record->event_ms = strtoll(text, NULL, 10);

        if (record->event_ms < 0) {
            record->event_ms = 0;
        }
    }
}


static int
vfs_consumer_error(vfs_consumer_t *consumer, const rd_kafka_message_t *message,
    vfs_error_t *err)
{
    char         text[400];
    int64_t      now;
    const char  *why;

    why = rd_kafka_message_errstr(message);

    if (vfs_kafka_is_denied(message->err)
        || message->err == RD_KAFKA_RESP_ERR__FATAL)
    {
        vfs_error_set(err, "Kafka does not let the worker read: %s", why);
        return VFS_ERROR;
    }

    now = vfs_consumer_now();

    if (message->err != consumer->logged_err
        || now - consumer->logged >= VFS_CONSUMER_LOG_MS)
    {
        consumer->logged_err = message->err;
        consumer->logged = now;

        vfs_log(VFS_LOG_WARN, "kafka_read_failed", "code=%s text=%s",
                rd_kafka_err2name(message->err),
                vfs_log_quote(text, sizeof(text), why, strlen(why)));
    }

    return VFS_OK;
}
