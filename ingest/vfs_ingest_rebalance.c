
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_consumer_private.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


#define VFS_REBALANCE_TIMEOUT_MS  10000
#define VFS_COMMIT_TIMEOUT_MS      5000
#define VFS_REBALANCE_LOG_MS      5000
#define VFS_REBALANCE_RETRY_US    500000

/* A new leader may for a moment not know of the newest records (KIP-207). */

#define VFS_REBALANCE_END_TRIES   10


static void vfs_consumer_assign(vfs_consumer_t *consumer,
    rd_kafka_topic_partition_list_t *parts);
static int vfs_consumer_start(vfs_consumer_t *consumer,
    rd_kafka_topic_partition_t *part,
    const rd_kafka_topic_partition_list_t *committed, vfs_error_t *err);
static int vfs_consumer_committed(vfs_consumer_t *consumer,
    rd_kafka_topic_partition_list_t *parts, vfs_error_t *err);
static rd_kafka_resp_err_t vfs_consumer_commit_wait(vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_list_t *list);
static void vfs_consumer_unassign(vfs_consumer_t *consumer, int lost);
static void vfs_consumer_fail(vfs_consumer_t *consumer,
    const vfs_error_t *err);


int64_t
vfs_consumer_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


void
vfs_consumer_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *parts, void *data)
{
    vfs_consumer_t  *consumer;

    consumer = data;

    switch (code) {

    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
        vfs_consumer_assign(consumer, parts);
        break;

    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
        vfs_consumer_unassign(consumer, rd_kafka_assignment_lost(rk));
        break;

    default:
        vfs_log(VFS_LOG_WARN, "rebalance_failed", "code=%s",
                rd_kafka_err2name(code));
        vfs_consumer_unassign(consumer, 1);
        break;
    }
}


static void
vfs_consumer_assign(vfs_consumer_t *consumer,
    rd_kafka_topic_partition_list_t *parts)
{
    int                               i;
    vfs_error_t                       err;
    rd_kafka_resp_err_t               code;
    rd_kafka_topic_partition_list_t  *committed;

    committed = rd_kafka_topic_partition_list_copy(parts);

    if (vfs_consumer_committed(consumer, committed, &err) != VFS_OK
        || vfs_consumer_check_partitions(consumer, committed, &err) != VFS_OK)
    {
        vfs_consumer_fail(consumer, &err);
        goto done;
    }

    for (i = 0; i < parts->cnt; i++) {

        if (vfs_consumer_start(consumer, &parts->elems[i], committed, &err)
            != VFS_OK)
        {
            vfs_consumer_fail(consumer, &err);
            goto done;
        }
    }

    if (vfs_consumer_begin(consumer, parts, &err) != VFS_OK) {
        vfs_consumer_fail(consumer, &err);
        goto done;
    }

    code = rd_kafka_assign(consumer->rk, parts);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(&err, "cannot take the assigned partitions: %s",
                      rd_kafka_err2str(code));
        vfs_consumer_fail(consumer, &err);
        goto done;
    }

    /* nothing is committed by this member yet */

    for (i = 0; i < parts->cnt; i++) {
        parts->elems[i].offset = RD_KAFKA_OFFSET_INVALID;
    }

    consumer->assigned = rd_kafka_topic_partition_list_copy(parts);
    consumer->paused = 0;

    vfs_log(VFS_LOG_INFO, "partitions_assigned", "count=%d", parts->cnt);

done:

    rd_kafka_topic_partition_list_destroy(committed);
}


/* Sets the offset at which the partition is read from. */

static int
vfs_consumer_start(vfs_consumer_t *consumer, rd_kafka_topic_partition_t *part,
    const rd_kafka_topic_partition_list_t *committed, vfs_error_t *err)
{
    int                                rc, tries;
    vfs_entity_e                       entity;
    vfs_assignment_t                   assignment;
    const rd_kafka_topic_partition_t  *found;

    if (vfs_consumer_entity(consumer, part->topic, &entity) != VFS_OK) {
        vfs_error_set(err, "topic %s was not asked for", part->topic);
        return VFS_ERROR;
    }

    assignment.committed = -1;

    found = rd_kafka_topic_partition_list_find(
        (rd_kafka_topic_partition_list_t *) committed, part->topic,
        part->partition);

    assignment.others = found != NULL && found->offset >= 0;

    if (assignment.others && vfs_consumer_is_ours(consumer, found)) {
        assignment.committed = found->offset;
    }

    tries = 0;

    do {
        if (vfs_consumer_bounds(consumer, part->topic, part->partition,
                                &assignment.begin, &assignment.end, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        rc = consumer->conf.assign(consumer->conf.data, entity,
                                   part->partition, &assignment, &part->offset,
                                   err);

        if (rc == VFS_DECLINED) {
            (void) usleep(VFS_REBALANCE_RETRY_US);
        }

    } while (rc == VFS_DECLINED && ++tries < VFS_REBALANCE_END_TRIES);

    return (rc == VFS_OK) ? VFS_OK : VFS_ERROR;
}


/* A broker that does not answer is waited for: the member stays one meanwhile.
 */

static int
vfs_consumer_committed(vfs_consumer_t *consumer,
    rd_kafka_topic_partition_list_t *parts, vfs_error_t *err)
{
    int                  i;
    int64_t              logged;
    rd_kafka_resp_err_t  code;

    logged = 0;

    for ( ;; ) {
        code = rd_kafka_committed(consumer->rk, parts,
                                  VFS_REBALANCE_TIMEOUT_MS);

        for (i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < parts->cnt; i++)
        {
            code = parts->elems[i].err;
        }

        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return VFS_OK;
        }

        if (vfs_consumer_retry(consumer, &logged, "committed offsets", code,
                               err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }
}


int
vfs_consumer_bounds(vfs_consumer_t *consumer, const char *topic,
    int32_t partition, int64_t *begin, int64_t *end, vfs_error_t *err)
{
    int64_t              logged;
    rd_kafka_resp_err_t  code;

    logged = 0;

    for ( ;; ) {
        code = rd_kafka_query_watermark_offsets(consumer->rk, topic, partition,
                                                begin, end,
                                                VFS_REBALANCE_TIMEOUT_MS);

        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return VFS_OK;
        }

        if (vfs_consumer_retry(consumer, &logged, "the partition's bounds",
                               code, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }
}


int
vfs_consumer_retry(vfs_consumer_t *consumer, int64_t *logged,
    const char *question, rd_kafka_resp_err_t code, vfs_error_t *err)
{
    int64_t  now;

    if (consumer->conf.stopping(consumer->conf.data)
        || vfs_kafka_is_denied(code))
    {
        vfs_error_set(err, "Kafka does not tell %s: %s", question,
                      rd_kafka_err2str(code));
        return VFS_ERROR;
    }

    now = vfs_consumer_now();

    if (*logged == 0 || now - *logged >= VFS_REBALANCE_LOG_MS) {
        *logged = now;

        vfs_log(VFS_LOG_WARN, "kafka_unavailable", "question=\"%s\" code=%s",
                question, rd_kafka_err2name(code));
    }

    (void) usleep(VFS_REBALANCE_RETRY_US);

    return VFS_OK;
}


static void
vfs_consumer_unassign(vfs_consumer_t *consumer, int lost)
{
    vfs_log(VFS_LOG_INFO, lost ? "partitions_lost" : "partitions_revoked",
            "count=%d",
            (consumer->assigned != NULL) ? consumer->assigned->cnt : 0);

    consumer->conf.revoke(consumer->conf.data, lost);

    /* what was read is of partitions that are gone */

    vfs_consumer_drop(consumer);

    /* the client would keep a pause until the partition comes back */

    vfs_consumer_resume(consumer);

    if (consumer->assigned != NULL) {
        rd_kafka_topic_partition_list_destroy(consumer->assigned);
        consumer->assigned = NULL;
    }

    vfs_consumer_end(consumer);

    (void) rd_kafka_assign(consumer->rk, NULL);
}


static void
vfs_consumer_fail(vfs_consumer_t *consumer, const vfs_error_t *err)
{
    consumer->failed = 1;
    consumer->why = *err;

    (void) rd_kafka_assign(consumer->rk, NULL);
}


int
vfs_consumer_commit(vfs_consumer_t *consumer, int wait, vfs_error_t *err)
{
    int                               i;
    int64_t                           offset;
    vfs_entity_e                      entity;
    rd_kafka_resp_err_t               code;
    rd_kafka_topic_partition_t       *part, *moved;
    rd_kafka_topic_partition_list_t  *list;

    if (consumer->assigned == NULL) {
        return VFS_OK;
    }

    list = rd_kafka_topic_partition_list_new(consumer->assigned->cnt);

    for (i = 0; i < consumer->assigned->cnt; i++) {
        part = &consumer->assigned->elems[i];

        if (vfs_consumer_entity(consumer, part->topic, &entity) != VFS_OK
            || consumer->conf.offset(consumer->conf.data, entity,
                                     part->partition, &offset)
               != VFS_OK
            || (offset <= part->offset && !wait))
        {
            continue;
        }

        if (offset < part->offset) {
            offset = part->offset;
        }

        moved = rd_kafka_topic_partition_list_add(list, part->topic,
                                                  part->partition);
        moved->offset = offset;
        moved->metadata = vfs_consumer_note(consumer, entity,
                                            &moved->metadata_size);

        part->offset = offset;
    }

    code = RD_KAFKA_RESP_ERR_NO_ERROR;

    if (list->cnt != 0) {
        code = wait ? vfs_consumer_commit_wait(consumer, list)
                    : rd_kafka_commit(consumer->rk, list, 1);
    }

    rd_kafka_topic_partition_list_destroy(list);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_consumer_not_committed(consumer);
        vfs_error_set(err, "%s", rd_kafka_err2str(code));
        return VFS_DECLINED;
    }

    return VFS_OK;
}


/* What was not taken is committed again. */

void
vfs_consumer_not_committed(vfs_consumer_t *consumer)
{
    int  i;

    if (consumer->assigned == NULL) {
        return;
    }

    for (i = 0; i < consumer->assigned->cnt; i++) {
        consumer->assigned->elems[i].offset = RD_KAFKA_OFFSET_INVALID;
    }
}


/* rd_kafka_commit() would wait for as long as no broker is there. */

static rd_kafka_resp_err_t
vfs_consumer_commit_wait(vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_event_t     *event;
    rd_kafka_queue_t     *queue;
    rd_kafka_resp_err_t   code;

    queue = rd_kafka_queue_new(consumer->rk);

    code = rd_kafka_commit_queue(consumer->rk, list, queue, NULL, NULL);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        event = rd_kafka_queue_poll(queue, VFS_COMMIT_TIMEOUT_MS);

        code = (event == NULL) ? RD_KAFKA_RESP_ERR__TIMED_OUT
                               : rd_kafka_event_error(event);

        rd_kafka_event_destroy(event);
    }

    rd_kafka_queue_destroy(queue);

    return code;
}
