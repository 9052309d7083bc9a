
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_consumer_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/*
 * With another number of partitions Kafka's clients send the events of an id
 * to another partition, and what was folded in of it stays behind.  So the
 * number stands in what is committed, and a group goes on with that one only.
 *
 * Kafka forgets what was committed for a topic that is deleted.  So the number
 * of the events stands in what is committed for the item updates, too.
 */

#define VFS_REPARTITION_TIMEOUT_MS  5000
#define VFS_REPARTITION_WORD        " partitions="
#define VFS_REPARTITION_EVENTS      " events="


static int vfs_consumer_ask_partitions(vfs_consumer_t *consumer,
    const char *topic, int *partitions, vfs_error_t *err);
static int vfs_consumer_compare(const vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_t *part, const char *word,
    vfs_entity_e entity, vfs_error_t *err);
static int vfs_consumer_noted(const vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_t *part, const char *word);


int
vfs_consumer_check_partitions(vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_list_t *committed, vfs_error_t *err)
{
    int                                i;
    vfs_entity_e                       entity;
    const rd_kafka_topic_partition_t  *part;

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (consumer->conf.topics[i] != NULL
            && vfs_consumer_ask_partitions(consumer, consumer->conf.topics[i],
                                           &consumer->partitions[i], err)
               != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    for (i = 0; i < committed->cnt; i++) {
        part = &committed->elems[i];

        if (vfs_consumer_entity(consumer, part->topic, &entity) != VFS_OK) {
            continue;
        }

        if (vfs_consumer_compare(consumer, part, VFS_REPARTITION_WORD, entity,
                                 err)
            != VFS_OK
            || vfs_consumer_compare(consumer, part, VFS_REPARTITION_EVENTS,
                                    VFS_ENTITY_USER, err)
               != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_consumer_compare(const vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_t *part, const char *word,
    vfs_entity_e entity, vfs_error_t *err)
{
    int  noted;

    noted = vfs_consumer_noted(consumer, part, word);

    if (noted == 0 || noted == consumer->partitions[entity]) {
        return VFS_OK;
    }

    vfs_error_set(err, "topic %.128s has %d partitions, but had %d when the "
                  "group %.64s began: ids have moved to other partitions than "
                  "what is folded in of them. Set VFS_GROUP to another name, "
                  "which folds all events once more",
                  consumer->conf.topics[entity], consumer->partitions[entity],
                  noted, consumer->conf.settings->group);

    return VFS_ERROR;
}


static int
vfs_consumer_ask_partitions(vfs_consumer_t *consumer, const char *topic,
    int *partitions, vfs_error_t *err)
{
    int64_t              logged;
    rd_kafka_resp_err_t  code;

    logged = 0;

    for ( ;; ) {
        code = vfs_kafka_ask_partitions(consumer->rk, topic,
                                        VFS_REPARTITION_TIMEOUT_MS,
                                        partitions);

        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return VFS_OK;
        }

        if (vfs_consumer_retry(consumer, &logged, "the number of partitions",
                               code, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }
}


/* What was committed with an offset; 0: by another definition, or unknown. */

static int
vfs_consumer_noted(const vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_t *part, const char *word)
{
    char         text[256];
    long         n;
    size_t       len;
    const char  *found;

    len = part->metadata_size;

    if (!vfs_consumer_is_ours(consumer, part) || len >= sizeof(text)) {
        return 0;
    }

    memcpy(text, part->metadata, len);
    text[len] = '\0';

    found = strstr(text, word);

    if (found == NULL) {
        return 0;
    }

    n = strtol(found + strlen(word), NULL, 10);

    return (n > 0 && n <= INT32_MAX) ? (int) n : 0;
}


int
vfs_consumer_is_ours(const vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_t *part)
{
    size_t  len;

    len = strlen(consumer->conf.mark);

    return part->offset >= 0
           && part->metadata_size >= len
           && memcmp(part->metadata, consumer->conf.mark, len) == 0;
}


char *
vfs_consumer_note(const vfs_consumer_t *consumer, vfs_entity_e entity,
    size_t *len)
{
    int    n;
    char  *note;

    n = asprintf(&note, "%s" VFS_REPARTITION_WORD "%d" VFS_REPARTITION_EVENTS
                 "%d", consumer->conf.mark, consumer->partitions[entity],
                 consumer->partitions[VFS_ENTITY_USER]);

    if (n == -1) {
        return NULL;
    }

    *len = (size_t) n;

    return note;
}
