
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_consumer_private.h"

#include <inttypes.h>
#include <stdlib.h>


/* Gaps that transactions leave are no loss, and need not each be looked at. */

#define VFS_POSITION_ASK_MS  1000


static vfs_reading_t *vfs_position_find(vfs_consumer_t *consumer,
    vfs_entity_e entity, int32_t partition);
static int vfs_position_gap(vfs_consumer_t *consumer,
    vfs_reading_t *position, const rd_kafka_message_t *message,
    vfs_error_t *err);


int
vfs_consumer_begin(vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_list_t *parts, vfs_error_t *err)
{
    int             i;
    vfs_reading_t  *position;

    vfs_consumer_end(consumer);

    if (parts->cnt == 0) {
        return VFS_OK;
    }

    consumer->positions = calloc((size_t) parts->cnt, sizeof(vfs_reading_t));

    if (consumer->positions == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    for (i = 0; i < parts->cnt; i++) {
        position = &consumer->positions[i];

        if (vfs_consumer_entity(consumer, parts->elems[i].topic,
                                &position->entity)
            != VFS_OK)
        {
            continue;
        }

        position->partition = parts->elems[i].partition;
        position->next = parts->elems[i].offset;
        consumer->npositions = (unsigned) i + 1;
    }

    return VFS_OK;
}


void
vfs_consumer_end(vfs_consumer_t *consumer)
{
    free(consumer->positions);

    consumer->positions = NULL;
    consumer->npositions = 0;
    consumer->position = 0;
}


int
vfs_consumer_follow(vfs_consumer_t *consumer, vfs_entity_e entity,
    const rd_kafka_message_t *message, vfs_error_t *err)
{
    vfs_reading_t  *position;

    position = vfs_position_find(consumer, entity, message->partition);

    if (position == NULL) {
        return VFS_OK;
    }

    if (message->offset < position->next) {
        vfs_error_set(err, "topic %.128s, partition %" PRId32 " begins anew "
                      "at offset %" PRId64 ", but was read up to %" PRId64
                      ": the topic was deleted and made again, or records "
                      "were lost. Set VFS_GROUP to another name, which folds "
                      "all events once more",
                      rd_kafka_topic_name(message->rkt), message->partition,
                      message->offset, position->next);
        return VFS_ERROR;
    }

    if (message->offset > position->next
        && vfs_position_gap(consumer, position, message, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    position->next = message->offset + 1;

    return VFS_OK;
}


/* Records come in runs of one partition. */

static vfs_reading_t *
vfs_position_find(vfs_consumer_t *consumer, vfs_entity_e entity,
    int32_t partition)
{
    unsigned        i, k;
    vfs_reading_t  *position;

    for (i = 0; i < consumer->npositions; i++) {
        k = (consumer->position + i) % consumer->npositions;
        position = &consumer->positions[k];

        if (position->entity == entity && position->partition == partition) {
            consumer->position = k;
            return position;
        }
    }

    return NULL;
}


/* Says so if retention has removed what was to be read next. */

static int
vfs_position_gap(vfs_consumer_t *consumer, vfs_reading_t *position,
    const rd_kafka_message_t *message, vfs_error_t *err)
{
    int64_t      now, begin, end;
    const char  *topic;

    now = vfs_consumer_now();

    if (position->asked != 0 && now - position->asked < VFS_POSITION_ASK_MS) {
        return VFS_OK;
    }

    position->asked = now;

    topic = rd_kafka_topic_name(message->rkt);

    if (vfs_consumer_bounds(consumer, topic, message->partition, &begin, &end,
                            err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (position->next < begin) {
        vfs_log(VFS_LOG_WARN, "history_lost",
                "topic=%s partition=%" PRId32 " from=%" PRId64 " to=%" PRId64
                " remedy=\"keep the topic's records longer than the worker "
                "may lag\"", topic, message->partition, position->next,
                message->offset);
    }

    return VFS_OK;
}
