
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_CONSUMER_PRIVATE_H_INCLUDED_
#define _VFS_INGEST_CONSUMER_PRIVATE_H_INCLUDED_


#include "vfs_ingest_consumer.h"


/* How far a partition was read. */

typedef struct {
    vfs_entity_e                       entity;
    int32_t                            partition;
    int64_t                            next;    /* offset */
    int64_t                            asked;   /* ms: for the bounds, when a
                                                   gap was seen; 0: never */
} vfs_reading_t;


struct vfs_consumer_s {
    vfs_consumer_conf_t                conf;
    rd_kafka_t                        *rk;
    rd_kafka_queue_t                  *queue;
    int                                fd;
    int64_t                            session_ms;

    rd_kafka_message_t               **messages;
    vfs_record_t                      *records;
    size_t                             size;
    size_t                             nmessages;
    rd_kafka_message_t                *held;        /* came while serving */

    rd_kafka_topic_partition_list_t   *assigned;    /* offset: committed */
    vfs_reading_t                     *positions;   /* of these, too */
    unsigned                           npositions;
    unsigned                           position;    /* found last */
    int                                partitions[VFS_ENTITIES];    /* of each
                                                       topic, when assigned */
    char                              *reread;      /* key, then value */

    rd_kafka_resp_err_t                logged_err;
    int64_t                            logged;
    unsigned                           paused:1;
    unsigned                           failed:1;
    vfs_error_t                        why;
};


int64_t vfs_consumer_now(void);

int vfs_consumer_entity(const vfs_consumer_t *consumer, const char *topic,
    vfs_entity_e *entity);
void vfs_consumer_record(const rd_kafka_message_t *message,
    vfs_entity_e entity, vfs_record_t *record);

void vfs_consumer_not_committed(vfs_consumer_t *consumer);
void vfs_consumer_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *parts, void *data);
/* First and next offset; waits for a broker to tell them. */

int vfs_consumer_bounds(vfs_consumer_t *consumer, const char *topic,
    int32_t partition, int64_t *begin, int64_t *end, vfs_error_t *err);
int vfs_consumer_retry(vfs_consumer_t *consumer, int64_t *logged,
    const char *question, rd_kafka_resp_err_t code, vfs_error_t *err);

/*
 * Whether the topics have as many partitions as is noted with what the group
 * has committed.  VFS_ERROR with a message: they do not.
 */

int vfs_consumer_check_partitions(vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_list_t *committed, vfs_error_t *err);

/* Whether it was committed under this definition and index. */

int vfs_consumer_is_ours(const vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_t *part);

/* What is committed with an offset; freed with the list; NULL: no memory. */

char *vfs_consumer_note(const vfs_consumer_t *consumer, vfs_entity_e entity,
    size_t *len);

/* The partitions are read from these offsets; until the end of that. */

int vfs_consumer_begin(vfs_consumer_t *consumer,
    const rd_kafka_topic_partition_list_t *parts, vfs_error_t *err);
void vfs_consumer_end(vfs_consumer_t *consumer);

/*
 * Notes that the record is read.  Where the next one is gone, the client goes
 * on with the first that is there: if retention was faster, that is logged; if
 * it has been read before, the topic is another one, which is VFS_ERROR.
 */

int vfs_consumer_follow(vfs_consumer_t *consumer, vfs_entity_e entity,
    const rd_kafka_message_t *message, vfs_error_t *err);


#endif /* _VFS_INGEST_CONSUMER_PRIVATE_H_INCLUDED_ */
