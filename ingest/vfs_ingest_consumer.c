
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_consumer_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>


#define VFS_CONSUMER_POLL_MS   100
#define VFS_CONSUMER_LEAVE_MS  5000
#define VFS_CONSUMER_DROP      512


static int vfs_consumer_open(vfs_consumer_t *consumer, vfs_error_t *err);
static int vfs_consumer_leave(vfs_consumer_t *consumer);
static void vfs_consumer_on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *offsets, void *data);


static const vfs_kafka_default_t  vfs_consumer_defaults[] = {
    { "enable.auto.commit", "false" },
    { "enable.auto.offset.store", "false" },
    { "partition.assignment.strategy", "range" },

    /* what it passes over is noticed by the offsets */
    { "auto.offset.reset", "earliest" },

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

    vfs_consumer_end(consumer);

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
