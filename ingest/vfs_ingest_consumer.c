
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_consumer_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>


#define VFS_CONSUMER_LOG_MS    5000
#define VFS_CONSUMER_POLL_MS   100
#define VFS_CONSUMER_LEAVE_MS  5000
#define VFS_CONSUMER_DROP      512


static int vfs_consumer_open(vfs_consumer_t *consumer, vfs_error_t *err);
static int vfs_consumer_leave(vfs_consumer_t *consumer);
static int vfs_consumer_take(vfs_consumer_t *consumer,
    rd_kafka_message_t *message, vfs_error_t *err);
static void vfs_consumer_on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *offsets, void *data);
static void vfs_consumer_time(const rd_kafka_message_t *message,
    vfs_record_t *record);
static int vfs_consumer_error(vfs_consumer_t *consumer,
    const rd_kafka_message_t *message, vfs_error_t *err);


static const vfs_kafka_default_t  vfs_consumer_defaults[] = {
    { "enable.auto.commit", "false" },
    { "enable.auto.offset.store", "false" },
    { "partition.assignment.strategy", "range" },

    /* an offset that is gone is a loss to be said, not to be skipped over */
    { "auto.offset.reset", "error" },

    /* a new topic may be unknown to the broker that is asked first */
    { "topic.metadata.refresh.interval.ms", "5000" },

    /* a worker that was killed is missed after this long */
    { "session.timeout.ms", "10000" },

    { "queued.min.messages", "20000" },
    { "queued.max.messages.kbytes", "16384" },
    { "fetch.wait.max.ms", "250" },
    { NULL, NULL }
};


vfs_consumer_t *
vfs_consumer_create(const vfs_consumer_conf_t *conf, vfs_error_t *err)
{
    vfs_consumer_t  *consumer;

    consumer = calloc(1, sizeof(vfs_consumer_t));

    if (consumer == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    consumer->conf = *conf;
    consumer->fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

    if (consumer->fd == -1) {
        vfs_error_set(err, "eventfd() failed");
        free(consumer);
        return NULL;
    }

    if (vfs_consumer_open(consumer, err) != VFS_OK) {
        vfs_consumer_destroy(consumer);
        return NULL;
    }

    return consumer;
}


static int
vfs_consumer_open(vfs_consumer_t *consumer, vfs_error_t *err)
{
    char              text[32];
    size_t            size;
    rd_kafka_conf_t  *conf;

    static const uint64_t  one = 1;

    conf = vfs_kafka_conf(consumer->conf.settings->brokers,
                          vfs_consumer_defaults, err);

    if (conf == NULL) {
        return VFS_ERROR;
    }

    rd_kafka_conf_set_opaque(conf, consumer);
    rd_kafka_conf_set_rebalance_cb(conf, vfs_consumer_on_rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, vfs_consumer_on_commit);

    size = sizeof(text);

    if (rd_kafka_conf_set(conf, "group.id", consumer->conf.settings->group,
                          NULL, 0) != RD_KAFKA_CONF_OK
        || rd_kafka_conf_get(conf, "session.timeout.ms", text, &size)
           != RD_KAFKA_CONF_OK)
    {
        vfs_error_set(err, "Kafka: the group's settings are not taken");
        rd_kafka_conf_destroy(conf);
        return VFS_ERROR;
    }

    consumer->session_ms = strtol(text, NULL, 10);

    consumer->rk = vfs_kafka_create(VFS_KAFKA_CONSUMER, conf, err);

    if (consumer->rk == NULL) {
        return VFS_ERROR;
    }

    (void) rd_kafka_poll_set_consumer(consumer->rk);

    consumer->queue = rd_kafka_queue_get_consumer(consumer->rk);
    rd_kafka_queue_io_event_enable(consumer->queue, consumer->fd, &one,
                                   sizeof(one));

    return VFS_OK;
}


static void
vfs_consumer_on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *offsets, void *data)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR
        || code == RD_KAFKA_RESP_ERR__NO_OFFSET)
    {
        return;
    }

    vfs_log(VFS_LOG_WARN, "commit_failed", "code=%s", rd_kafka_err2name(code));

    vfs_consumer_not_committed(data);
}


void
vfs_consumer_destroy(vfs_consumer_t *consumer)
{
    int  left;

    if (consumer == NULL) {
        return;
    }

    vfs_consumer_drop(consumer);

    if (consumer->rk != NULL) {
        left = vfs_consumer_leave(consumer);

        if (consumer->queue != NULL) {
            rd_kafka_queue_io_event_enable(consumer->queue, -1, NULL, 0);
            rd_kafka_queue_destroy(consumer->queue);
        }

        /* waits for the group as closing does; the process ends anyway */

        if (left == VFS_OK) {
            rd_kafka_destroy(consumer->rk);
        }
    }

    if (consumer->assigned != NULL) {
        rd_kafka_topic_partition_list_destroy(consumer->assigned);
    }

    (void) close(consumer->fd);

    free(consumer->reread);
    free(consumer->messages);
    free(consumer->records);
    free(consumer);
}


/* rd_kafka_consumer_close() may wait for minutes where no broker answers. */

static int
vfs_consumer_leave(vfs_consumer_t *consumer)
{
    ssize_t              n;
    int64_t              until;
    rd_kafka_error_t    *error;
    rd_kafka_queue_t    *queue;
    rd_kafka_message_t  *messages[VFS_CONSUMER_DROP];

    queue = rd_kafka_queue_new(consumer->rk);
    error = rd_kafka_consumer_close_queue(consumer->rk, queue);

    if (error != NULL) {
        rd_kafka_error_destroy(error);
        rd_kafka_queue_destroy(queue);
        return VFS_OK;
    }

    until = vfs_consumer_now() + VFS_CONSUMER_LEAVE_MS;

    while (vfs_consumer_now() < until) {

        /* records that were read ahead are in the queue, too */

        n = rd_kafka_consume_batch_queue(queue, VFS_CONSUMER_POLL_MS, messages,
                                         VFS_CONSUMER_DROP);

        while (n > 0) {
            rd_kafka_message_destroy(messages[--n]);
        }

        if (rd_kafka_consumer_closed(consumer->rk)) {
            rd_kafka_queue_destroy(queue);
            return VFS_OK;
        }
    }

    vfs_log(VFS_LOG_WARN, "group_not_left",
            "error=\"Kafka does not answer; the group misses this worker "
            "after session.timeout.ms\"");

    return VFS_ERROR;
}


rd_kafka_t *
vfs_consumer_client(const vfs_consumer_t *consumer)
{
    return consumer->rk;
}


int
vfs_consumer_subscribe(vfs_consumer_t *consumer, vfs_error_t *err)
{
    int                               i;
    rd_kafka_resp_err_t               code;
    rd_kafka_topic_partition_list_t  *topics;

    topics = rd_kafka_topic_partition_list_new(VFS_ENTITIES);

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (consumer->conf.topics[i] != NULL) {
            (void) rd_kafka_topic_partition_list_add(topics,
                                                     consumer->conf.topics[i],
                                                     RD_KAFKA_PARTITION_UA);
        }
    }

    code = rd_kafka_subscribe(consumer->rk, topics);

    rd_kafka_topic_partition_list_destroy(topics);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "cannot subscribe: %s", rd_kafka_err2str(code));
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_consumer_fd(const vfs_consumer_t *consumer)
{
    return consumer->fd;
}


int64_t
vfs_consumer_session_ms(const vfs_consumer_t *consumer)
{
    return consumer->session_ms;
}


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

    record = &consumer->records[consumer->nmessages];

    vfs_consumer_record(message, entity, record);
    vfs_consumer_time(message, record);

    consumer->messages[consumer->nmessages++] = message;

    return VFS_OK;
}


int
vfs_consumer_entity(const vfs_consumer_t *consumer, const char *topic,
    vfs_entity_e *entity)
{
    int  i;

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (consumer->conf.topics[i] != NULL
            && strcmp(topic, consumer->conf.topics[i]) == 0)
        {
            *entity = (vfs_entity_e) i;
            return VFS_OK;
        }
    }

    return VFS_DECLINED;
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

    switch (message->err) {

    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        return vfs_consumer_out_of_range(consumer, message, err);

    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__FATAL:
        vfs_error_set(err, "Kafka does not let the worker read: %s", why);
        return VFS_ERROR;

    default:
        break;
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


void
vfs_consumer_pause(vfs_consumer_t *consumer)
{
    if (consumer->assigned != NULL && !consumer->paused) {
        (void) rd_kafka_pause_partitions(consumer->rk, consumer->assigned);
        consumer->paused = 1;
    }
}


void
vfs_consumer_resume(vfs_consumer_t *consumer)
{
    if (consumer->assigned != NULL && consumer->paused) {
        (void) rd_kafka_resume_partitions(consumer->rk, consumer->assigned);
    }

    consumer->paused = 0;
}


void
vfs_consumer_each_lag(vfs_consumer_t *consumer,
    void (*handler)(void *data, int32_t partition, int64_t lag), void *data)
{
    int                          i;
    int64_t                      begin, end, offset;
    vfs_entity_e                 entity;
    rd_kafka_topic_partition_t  *part;

    for (i = 0; consumer->assigned != NULL && i < consumer->assigned->cnt; i++)
    {
        part = &consumer->assigned->elems[i];

        if (vfs_consumer_entity(consumer, part->topic, &entity) != VFS_OK
            || entity != VFS_ENTITY_USER
            || consumer->conf.position(consumer->conf.data, entity,
                                       part->partition, &offset)
               != VFS_OK
            || rd_kafka_get_watermark_offsets(consumer->rk, part->topic,
                                              part->partition, &begin, &end)
               != RD_KAFKA_RESP_ERR_NO_ERROR
            || end < 0)
        {
            continue;
        }

        handler(data, part->partition, (end > offset) ? end - offset : 0);
    }
}
