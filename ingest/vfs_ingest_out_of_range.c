
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_consumer_private.h"

#include <inttypes.h>


static int64_t vfs_consumer_next(vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_t *start);
static int vfs_consumer_restart(vfs_consumer_t *consumer, const char *topic,
    int32_t partition, int64_t begin, vfs_error_t *err);


int
vfs_consumer_out_of_range(vfs_consumer_t *consumer,
    const rd_kafka_message_t *message, vfs_error_t *err)
{
    int64_t                            begin, end, offset;
    const char                        *topic;
    vfs_entity_e                       entity;
    const rd_kafka_topic_partition_t  *start;

    topic = rd_kafka_topic_name(message->rkt);

    if (vfs_consumer_entity(consumer, topic, &entity) != VFS_OK
        || consumer->conf.offset(consumer->conf.data, entity,
                                 message->partition, &offset)
           != VFS_OK
        || consumer->starts == NULL)
    {
        return VFS_OK;
    }

    start = rd_kafka_topic_partition_list_find(consumer->starts, topic,
                                               message->partition);

    if (start == NULL) {
        return VFS_OK;
    }

    if (vfs_consumer_bounds(consumer, topic, message->partition, &begin, &end,
                            err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (end < offset) {
        vfs_error_set(err, "topic %s, partition %" PRId32 " ends at offset %"
                      PRId64 ", but was read beyond it: the topic was deleted "
                      "and made again, or records were lost", topic,
                      message->partition, end);
        return VFS_ERROR;
    }

    offset = vfs_consumer_next(consumer, start);

    if (offset >= begin && offset <= end) {

        /* said before the partition was begun anew */

        return VFS_OK;
    }

    vfs_log(VFS_LOG_WARN, "history_lost",
            "topic=%s partition=%" PRId32 " from=%" PRId64 " to=%" PRId64
            " remedy=\"keep the topic's records longer than the worker may "
            "lag\"", topic, message->partition, offset, begin);

    return vfs_consumer_restart(consumer, topic, message->partition, begin,
                                err);
}


/* The offset that is read next. */

static int64_t
vfs_consumer_next(vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_t *start)
{
    int64_t                           next;
    rd_kafka_topic_partition_list_t  *list;

    list = rd_kafka_topic_partition_list_new(1);
    (void) rd_kafka_topic_partition_list_add(list, start->topic,
                                             start->partition);

    /* invalid: nothing was read since it was begun */

    next = (rd_kafka_position(consumer->rk, list) == RD_KAFKA_RESP_ERR_NO_ERROR
            && list->elems[0].offset >= 0)
           ? list->elems[0].offset : start->offset;

    rd_kafka_topic_partition_list_destroy(list);

    return next;
}


/*
 * The client has stopped to read the partition, and a seek does not begin it
 * anew: only an assignment does, which is one of all partitions.
 */

static int
vfs_consumer_restart(vfs_consumer_t *consumer, const char *topic,
    int32_t partition, int64_t begin, vfs_error_t *err)
{
    int                               i;
    rd_kafka_resp_err_t               code;
    rd_kafka_topic_partition_t       *part;
    rd_kafka_topic_partition_list_t  *starts;

    starts = consumer->starts;

    for (i = 0; i < starts->cnt; i++) {
        part = &starts->elems[i];
        part->offset = vfs_consumer_next(consumer, part);
    }

    part = rd_kafka_topic_partition_list_find(starts, topic, partition);
    part->offset = begin;

    code = rd_kafka_assign(consumer->rk, starts);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "topic %s: %s", topic, rd_kafka_err2str(code));
        return VFS_ERROR;
    }

    if (consumer->paused) {
        (void) rd_kafka_pause_partitions(consumer->rk, consumer->assigned);
    }

    return VFS_OK;
}
