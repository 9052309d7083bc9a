
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_kafka.h"
#include "vfs_kafka_client.h"
#include "vfs_train_journal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define VFS_JOURNAL_TIMEOUT_MS  15000
#define VFS_JOURNAL_SILENCE     300     /* polls */
#define VFS_JOURNAL_POLL_MS     200
#define VFS_JOURNAL_BATCH       1000


typedef struct {
    vfs_journal_t          *journal;
    vfs_entry_pt            handler;
    void                   *data;
    rd_kafka_t             *rk;
    rd_kafka_queue_t       *queue;
    int64_t                *ends;
    int                     nparts;
    int                     left;       /* partitions to be read on */
    uint64_t                done;
    uint64_t                total;
} vfs_journal_topic_t;


static int vfs_journal_topic_open(vfs_journal_topic_t *topic,
    vfs_error_t *err);
static int vfs_journal_topic_assign(vfs_journal_topic_t *topic,
    vfs_error_t *err);
static int vfs_journal_topic_poll(vfs_journal_topic_t *topic,
    vfs_error_t *err);
static int vfs_journal_topic_message(vfs_journal_topic_t *topic,
    const rd_kafka_message_t *message, vfs_error_t *err);
static void vfs_journal_topic_at(vfs_journal_topic_t *topic, int32_t partition,
    int64_t next);


static const vfs_kafka_default_t  vfs_journal_defaults[] = {
    { "enable.auto.commit", "false" },
    { "auto.offset.reset", "error" },
    { "enable.partition.eof", "true" },
    { "group.id", "vfs-train" },
    { "queued.max.messages.kbytes", "32768" },
    { NULL, NULL }
};


int
vfs_journal_kafka(vfs_journal_t *journal, vfs_entry_pt handler, void *data,
    vfs_error_t *err)
{
    int                  rc;
    struct timespec      now;
    vfs_journal_topic_t  topic;

    memset(&topic, 0, sizeof(vfs_journal_topic_t));

    topic.journal = journal;
    topic.handler = handler;
    topic.data = data;

    (void) clock_gettime(CLOCK_REALTIME, &now);
    journal->until_ms = (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;

    rc = vfs_journal_topic_open(&topic, err);

    if (rc == VFS_OK) {
        rc = vfs_journal_topic_assign(&topic, err);
    }

    if (rc == VFS_OK && topic.left != 0) {
        rc = vfs_journal_topic_poll(&topic, err);
        (void) rd_kafka_assign(topic.rk, NULL);
    }

    if (topic.queue != NULL) {
        rd_kafka_queue_destroy(topic.queue);
    }

    if (topic.rk != NULL) {
        rd_kafka_destroy(topic.rk);
    }

    free(topic.ends);

    return rc;
}


static int
vfs_journal_topic_open(vfs_journal_topic_t *topic, vfs_error_t *err)
{
    int               rc;
    rd_kafka_conf_t  *conf;

    conf = vfs_kafka_conf(topic->journal->conf->brokers, vfs_journal_defaults,
                          err);

    if (conf == NULL) {
        return VFS_ERROR;
    }

    topic->rk = vfs_kafka_create(VFS_KAFKA_CONSUMER, conf, err);

    if (topic->rk == NULL) {
        return VFS_ERROR;
    }

    (void) rd_kafka_poll_set_consumer(topic->rk);

    topic->queue = rd_kafka_queue_get_consumer(topic->rk);

    rc = vfs_kafka_partitions(topic->rk, topic->journal->conf->topic,
                              VFS_JOURNAL_TIMEOUT_MS, &topic->nparts, err);

    if (rc == VFS_DECLINED) {
        vfs_error_set(err, "there is no topic %s: is VFS_GROUP the worker's, "
                      "and its VFS_FEATURE_LOG on?",
                      topic->journal->conf->topic);
    }

    if (rc != VFS_OK) {
        return VFS_ERROR;
    }

    topic->ends = calloc((size_t) topic->nparts, sizeof(int64_t));

    if (topic->ends == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_journal_topic_assign(vfs_journal_topic_t *topic, vfs_error_t *err)
{
    int                               i;
    int64_t                           begin;
    const char                       *name;
    rd_kafka_resp_err_t               code;
    rd_kafka_topic_partition_list_t  *list;

    name = topic->journal->conf->topic;
    list = rd_kafka_topic_partition_list_new(topic->nparts);

    for (i = 0; i < topic->nparts; i++) {
        code = rd_kafka_query_watermark_offsets(topic->rk, name, i, &begin,
                                                &topic->ends[i],
                                                VFS_JOURNAL_TIMEOUT_MS);

        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            goto done;
        }

        if (begin < topic->ends[i]) {
            rd_kafka_topic_partition_list_add(list, name, i)->offset = begin;
            topic->total += (uint64_t) (topic->ends[i] - begin);
            topic->left++;
            continue;
        }

        topic->ends[i] = -1;

        if (begin > 0
            && vfs_journal_emptied(topic->journal, i, err) != VFS_OK)
        {
            rd_kafka_topic_partition_list_destroy(list);
            return VFS_ERROR;
        }
    }

    code = rd_kafka_assign(topic->rk, list);

done:

    rd_kafka_topic_partition_list_destroy(list);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "topic %s: %s", name, rd_kafka_err2str(code));
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_journal_topic_poll(vfs_journal_topic_t *topic, vfs_error_t *err)
{
    int                  rc, silence;
    ssize_t              i, n;
    rd_kafka_message_t  *batch[VFS_JOURNAL_BATCH];

    rc = VFS_OK;
    silence = 0;

    while (rc == VFS_OK && topic->left > 0) {
        n = rd_kafka_consume_batch_queue(topic->queue, VFS_JOURNAL_POLL_MS,
                                         batch, VFS_JOURNAL_BATCH);

        silence = (n > 0) ? 0 : silence + 1;

        if (silence > VFS_JOURNAL_SILENCE) {
            vfs_error_set(err, "topic %s: no broker answered for %d seconds",
                          topic->journal->conf->topic,
                          VFS_JOURNAL_SILENCE * VFS_JOURNAL_POLL_MS / 1000);
            rc = VFS_ERROR;
        }

        for (i = 0; i < n; i++) {

            if (rc == VFS_OK) {
                rc = vfs_journal_topic_message(topic, batch[i], err);
            }

            rd_kafka_message_destroy(batch[i]);
        }

        vfs_progress_show(&topic->journal->progress, topic->done,
                          topic->total);
    }

    return rc;
}


static int
vfs_journal_topic_message(vfs_journal_topic_t *topic,
    const rd_kafka_message_t *message, vfs_error_t *err)
{
    int          rc;
    vfs_entry_t  entry;

    switch (message->err) {

    case RD_KAFKA_RESP_ERR_NO_ERROR:
        break;

    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        vfs_journal_topic_at(topic, message->partition, INT64_MAX);
        return VFS_OK;

    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        return VFS_OK;

    default:
        vfs_kafka_read_fault(topic->journal->conf->topic, message, err);
        return VFS_ERROR;
    }

    if (message->partition < 0 || message->partition >= topic->nparts
        || message->offset >= topic->ends[message->partition])
    {
        vfs_journal_topic_at(topic, message->partition, message->offset);
        return VFS_OK;
    }

    memset(&entry, 0, sizeof(vfs_entry_t));

    entry.partition = message->partition;
    entry.offset = message->offset;
    entry.id = message->key;
    entry.id_len = message->key_len;
    entry.data = message->payload;
    entry.len = message->len;

    rc = vfs_journal_entry(topic->journal, &entry, topic->handler, topic->data,
                           err);

    topic->done++;

    vfs_journal_topic_at(topic, message->partition, message->offset + 1);

    return rc;
}


/* A partition is read when what was its end at first is reached. */

static void
vfs_journal_topic_at(vfs_journal_topic_t *topic, int32_t partition,
    int64_t next)
{
    if (partition < 0 || partition >= topic->nparts
        || topic->ends[partition] == -1 || next < topic->ends[partition])
    {
        return;
    }

    topic->ends[partition] = -1;
    topic->left--;
}
