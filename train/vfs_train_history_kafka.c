
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_kafka.h"
#include "vfs_kafka_client.h"
#include "vfs_train_history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define VFS_HISTORY_TIMEOUT_MS  15000
#define VFS_HISTORY_SILENCE_MS  60000
#define VFS_HISTORY_POLL_MS     200
#define VFS_HISTORY_TOPIC       256


typedef struct {
    vfs_history_t           history;    /* first: it is its own */
    rd_kafka_t             *rk;
    const char             *topic;
    char                    updates[VFS_HISTORY_TOPIC];
    int                     nupdates;   /* partitions; 0: no such topic */
} vfs_history_kafka_t;


static int vfs_history_kafka_open(vfs_history_kafka_t *kafka,
    const char *brokers, const char *group, vfs_error_t *err);
static int vfs_history_kafka_partitions(vfs_history_kafka_t *kafka,
    vfs_error_t *err);
static int vfs_history_kafka_refresh(vfs_history_t *history, vfs_error_t *err);
static int vfs_history_kafka_read(vfs_history_t *history, vfs_raw_pt handler,
    void *data, vfs_error_t *err);
static int vfs_history_kafka_assign(vfs_history_kafka_t *kafka,
    unsigned *left, vfs_error_t *err);
static int vfs_history_kafka_poll(vfs_history_kafka_t *kafka, unsigned left,
    vfs_raw_pt handler, void *data, vfs_error_t *err);
static int vfs_history_kafka_message(vfs_history_kafka_t *kafka,
    const rd_kafka_message_t *message, unsigned *left, vfs_raw_pt handler,
    void *data, vfs_error_t *err);
static int vfs_history_kafka_settle(vfs_history_t *history, int timeout_ms,
    vfs_error_t *err);
static int vfs_history_kafka_committed(vfs_history_kafka_t *kafka,
    const char *topic, vfs_partition_t *partitions, unsigned n, int64_t until,
    vfs_error_t *err);
static int vfs_history_kafka_behind(vfs_history_kafka_t *kafka,
    rd_kafka_topic_partition_list_t *list, vfs_partition_t *partitions,
    vfs_error_t *err);
static int vfs_history_kafka_updates(vfs_history_kafka_t *kafka, int64_t until,
    vfs_error_t *err);
static void vfs_history_kafka_close(vfs_history_t *history);
static int64_t vfs_history_kafka_now(void);


static const vfs_kafka_default_t  vfs_history_kafka_defaults[] = {
    { "enable.auto.commit", "false" },
    { "auto.offset.reset", "error" },
    { "enable.partition.eof", "true" },
    { NULL, NULL }
};


vfs_history_t *
vfs_history_kafka(const vfs_definition_t *def, const char *brokers,
    const char *group, vfs_error_t *err)
{
    vfs_history_kafka_t  *kafka;

    kafka = calloc(1, sizeof(vfs_history_kafka_t));

    if (kafka == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    kafka->history.refresh = vfs_history_kafka_refresh;
    kafka->history.read = vfs_history_kafka_read;
    kafka->history.settle = vfs_history_kafka_settle;
    kafka->history.close = vfs_history_kafka_close;
    kafka->topic = def->topic;

    (void) snprintf(kafka->updates, sizeof(kafka->updates),
                    "%.200s-item-updates", group);

    if (vfs_history_kafka_open(kafka, brokers, group, err) != VFS_OK
        || vfs_history_kafka_partitions(kafka, err) != VFS_OK
        || vfs_history_kafka_refresh(&kafka->history, err) != VFS_OK)
    {
        vfs_history_close(&kafka->history);
        return NULL;
    }

    vfs_history_rewind(&kafka->history);

    return &kafka->history;
}


static int
vfs_history_kafka_open(vfs_history_kafka_t *kafka, const char *brokers,
    const char *group, vfs_error_t *err)
{
    rd_kafka_conf_t  *conf;

    conf = vfs_kafka_conf(brokers, vfs_history_kafka_defaults, err);

    if (conf == NULL) {
        return VFS_ERROR;
    }

    /* a client that assigns by itself needs the name, and joins no group */

    if (vfs_kafka_conf_set(conf, "group.id", group, "VFS_GROUP", err)
        != VFS_OK)
    {
        rd_kafka_conf_destroy(conf);
        return VFS_ERROR;
    }

    kafka->rk = vfs_kafka_create(VFS_KAFKA_CONSUMER, conf, err);

    if (kafka->rk == NULL) {
        return VFS_ERROR;
    }

    (void) rd_kafka_poll_set_consumer(kafka->rk);

    return VFS_OK;
}


static int
vfs_history_kafka_partitions(vfs_history_kafka_t *kafka, vfs_error_t *err)
{
    int  i, n, rc;

    rc = vfs_kafka_partitions(kafka->rk, kafka->topic, VFS_HISTORY_TIMEOUT_MS,
                              &n, err);

    if (rc == VFS_DECLINED) {
        vfs_error_set(err, "events.topic: there is no topic %s", kafka->topic);
    }

    if (rc != VFS_OK) {
        return VFS_ERROR;
    }

    for (i = 0; i < n; i++) {

        if (vfs_history_add(&kafka->history, i) == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }
    }

    rc = vfs_kafka_partitions(kafka->rk, kafka->updates,
                              VFS_HISTORY_TIMEOUT_MS, &kafka->nupdates, err);

    return (rc == VFS_ERROR) ? VFS_ERROR : VFS_OK;
}


static int
vfs_history_kafka_refresh(vfs_history_t *history, vfs_error_t *err)
{
    unsigned              i;
    vfs_partition_t      *partition;
    rd_kafka_resp_err_t   code;
    vfs_history_kafka_t  *kafka;

    kafka = (vfs_history_kafka_t *) history;

    for (i = 0; i < history->npartitions; i++) {
        partition = &history->partitions[i];

        code = rd_kafka_query_watermark_offsets(kafka->rk, kafka->topic,
                                                partition->partition,
                                                &partition->begin,
                                                &partition->end,
                                                VFS_HISTORY_TIMEOUT_MS);

        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            vfs_error_set(err, "topic %s, partition %" PRId32 ": %s",
                          kafka->topic, partition->partition,
                          rd_kafka_err2str(code));
            return VFS_ERROR;
        }

        /* retention overtook the reading */

        if (partition->next < partition->begin) {
            partition->gaps += (uint64_t) (partition->begin - partition->next);
            partition->next = partition->begin;
        }
    }

    return VFS_OK;
}


static int
vfs_history_kafka_read(vfs_history_t *history, vfs_raw_pt handler, void *data,
    vfs_error_t *err)
{
    int                   rc;
    unsigned              left;
    vfs_history_kafka_t  *kafka;

    kafka = (vfs_history_kafka_t *) history;

    if (vfs_history_kafka_assign(kafka, &left, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (left == 0) {
        return VFS_OK;
    }

    rc = vfs_history_kafka_poll(kafka, left, handler, data, err);

    (void) rd_kafka_assign(kafka->rk, NULL);

    return rc;
}


static int
vfs_history_kafka_assign(vfs_history_kafka_t *kafka, unsigned *left,
    vfs_error_t *err)
{
    unsigned                          i;
    vfs_partition_t                  *partition;
    rd_kafka_resp_err_t               code;
    rd_kafka_topic_partition_list_t  *list;

    *left = 0;
    list = rd_kafka_topic_partition_list_new((int) kafka->history.npartitions);

    for (i = 0; i < kafka->history.npartitions; i++) {
        partition = &kafka->history.partitions[i];

        if (partition->next < partition->end) {
            rd_kafka_topic_partition_list_add(list, kafka->topic,
                                              partition->partition)->offset
                = partition->next;
            (*left)++;
        }
    }

    code = RD_KAFKA_RESP_ERR_NO_ERROR;

    if (*left != 0) {
        code = rd_kafka_assign(kafka->rk, list);
    }

    rd_kafka_topic_partition_list_destroy(list);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "topic %s: %s", kafka->topic,
                      rd_kafka_err2str(code));
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_history_kafka_poll(vfs_history_kafka_t *kafka, unsigned left,
    vfs_raw_pt handler, void *data, vfs_error_t *err)
{
    int                  rc;
    int64_t              heard;
    rd_kafka_message_t  *message;

    heard = vfs_history_kafka_now();

    while (left > 0) {
        message = rd_kafka_consumer_poll(kafka->rk, VFS_HISTORY_POLL_MS);

        if (message == NULL) {

            if (vfs_history_kafka_now() - heard > VFS_HISTORY_SILENCE_MS) {
                vfs_error_set(err, "topic %s: no broker answered for %d "
                              "seconds", kafka->topic,
                              VFS_HISTORY_SILENCE_MS / 1000);
                return VFS_ERROR;
            }

            continue;
        }

        heard = vfs_history_kafka_now();

        rc = vfs_history_kafka_message(kafka, message, &left, handler, data,
                                       err);

        rd_kafka_message_destroy(message);

        if (rc != VFS_OK) {
            return rc;
        }
    }

    return VFS_OK;
}


static int
vfs_history_kafka_message(vfs_history_kafka_t *kafka,
    const rd_kafka_message_t *message, unsigned *left, vfs_raw_pt handler,
    void *data, vfs_error_t *err)
{
    int                        rc;
    vfs_raw_t                  raw;
    vfs_partition_t           *partition;
    rd_kafka_timestamp_type_t  type;

    partition = (message->rkt != NULL)
                ? vfs_history_partition(&kafka->history, message->partition)
                : NULL;

    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {

        /* the last offsets may be of what no consumer sees */

        if (partition != NULL && partition->next < partition->end) {
            partition->next = partition->end;
            (*left)--;
        }

        return VFS_OK;
    }

    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {

        if (message->err == RD_KAFKA_RESP_ERR__TRANSPORT
            || message->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        {
            return VFS_OK;
        }

        vfs_kafka_read_fault(kafka->topic, message, err);
        return VFS_ERROR;
    }

    if (partition == NULL || message->offset < partition->next
        || partition->next >= partition->end)
    {
        return VFS_OK;
    }

    if (message->offset >= partition->end) {
        partition->next = partition->end;
        (*left)--;
        return VFS_OK;
    }

    partition->gaps += (uint64_t) (message->offset - partition->next);
    partition->next = message->offset + 1;

    raw.partition = message->partition;
    raw.offset = message->offset;
    raw.time_ms = rd_kafka_message_timestamp(message, &type);
    raw.key = message->key;
    raw.key_len = message->key_len;
    raw.value = message->payload;
    raw.len = message->len;

    rc = handler(data, &raw, err);

    /* the next reading begins with what this one could not take in */

    if (rc != VFS_OK) {
        partition->next = message->offset;
        return rc;
    }

    if (partition->next >= partition->end) {
        (*left)--;
    }

    return VFS_OK;
}


static int
vfs_history_kafka_settle(vfs_history_t *history, int timeout_ms,
    vfs_error_t *err)
{
    int                   rc;
    int64_t               until;
    unsigned              i;
    vfs_history_kafka_t  *kafka;

    kafka = (vfs_history_kafka_t *) history;
    until = vfs_history_kafka_now() + timeout_ms;

    if (vfs_history_kafka_refresh(history, err) != VFS_OK) {
        return VFS_ERROR;
    }

    /* events first: their item updates are then in the other topic */

    rc = vfs_history_kafka_committed(kafka, kafka->topic, history->partitions,
                                     history->npartitions, until, err);

    if (rc == VFS_OK && kafka->nupdates > 0) {
        rc = vfs_history_kafka_updates(kafka, until, err);
    }

    for (i = 0; i < history->npartitions; i++) {
        history->partitions[i].stored[VFS_ENTITY_ITEM] =
            (rc == VFS_OK) ? history->partitions[i].end : 0;
    }

    return rc;
}


static int
vfs_history_kafka_updates(vfs_history_kafka_t *kafka, int64_t until,
    vfs_error_t *err)
{
    int                   i, rc;
    vfs_partition_t      *partitions;
    rd_kafka_resp_err_t   code;

    partitions = calloc((size_t) kafka->nupdates, sizeof(vfs_partition_t));

    if (partitions == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    rc = VFS_OK;

    for (i = 0; rc == VFS_OK && i < kafka->nupdates; i++) {
        partitions[i].partition = i;

        code = rd_kafka_query_watermark_offsets(kafka->rk, kafka->updates, i,
                                                &partitions[i].begin,
                                                &partitions[i].end,
                                                VFS_HISTORY_TIMEOUT_MS);

        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            vfs_error_set(err, "topic %s, partition %d: %s", kafka->updates, i,
                          rd_kafka_err2str(code));
            rc = VFS_ERROR;
        }
    }

    if (rc == VFS_OK) {
        rc = vfs_history_kafka_committed(kafka, kafka->updates, partitions,
                                         (unsigned) kafka->nupdates, until,
                                         err);
    }

    free(partitions);

    return rc;
}


static int
vfs_history_kafka_committed(vfs_history_kafka_t *kafka, const char *topic,
    vfs_partition_t *partitions, unsigned n, int64_t until, vfs_error_t *err)
{
    int                               rc;
    unsigned                          i;
    rd_kafka_topic_partition_list_t  *list;

    for ( ;; ) {
        list = rd_kafka_topic_partition_list_new((int) n);

        for (i = 0; i < n; i++) {
            (void) rd_kafka_topic_partition_list_add(list, topic,
                                                     partitions[i].partition);
        }

        rc = vfs_history_kafka_behind(kafka, list, partitions, err);

        rd_kafka_topic_partition_list_destroy(list);

        if (rc != VFS_DECLINED || vfs_history_kafka_now() >= until) {
            return rc;
        }

        (void) nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    }
}


/* VFS_DECLINED: a committed offset is not yet at its partition's end. */

static int
vfs_history_kafka_behind(vfs_history_kafka_t *kafka,
    rd_kafka_topic_partition_list_t *list, vfs_partition_t *partitions,
    vfs_error_t *err)
{
    int                                i;
    int64_t                            behind, offset;
    rd_kafka_resp_err_t                code;
    const rd_kafka_topic_partition_t  *found;

    code = rd_kafka_committed(kafka->rk, list, VFS_HISTORY_TIMEOUT_MS);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "the worker's committed offsets cannot be known: "
                      "%s", rd_kafka_err2str(code));
        return VFS_ERROR;
    }

    behind = 0;

    for (i = 0; i < list->cnt; i++) {
        found = &list->elems[i];
        offset = found->offset;

        if (offset < partitions[i].begin) {
            offset = partitions[i].begin;
        }

        partitions[i].stored[VFS_ENTITY_USER] = offset;

        if (offset < partitions[i].end) {
            behind += partitions[i].end - offset;
        }
    }

    if (behind != 0) {
        vfs_error_set(err, "the worker is %" PRId64 " records of topic %s "
                      "behind", behind, list->elems[0].topic);
        return VFS_DECLINED;
    }

    return VFS_OK;
}


static void
vfs_history_kafka_close(vfs_history_t *history)
{
    vfs_history_kafka_t  *kafka;

    kafka = (vfs_history_kafka_t *) history;

    if (kafka->rk != NULL) {
        (void) rd_kafka_consumer_close(kafka->rk);
        rd_kafka_destroy(kafka->rk);
    }

    free(kafka);
}


static int64_t
vfs_history_kafka_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
