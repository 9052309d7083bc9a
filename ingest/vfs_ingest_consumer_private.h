
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_CONSUMER_PRIVATE_H_INCLUDED_
#define _VFS_INGEST_CONSUMER_PRIVATE_H_INCLUDED_


#include "vfs_ingest_consumer.h"


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
int vfs_consumer_out_of_range(vfs_consumer_t *consumer,
    const rd_kafka_message_t *message, vfs_error_t *err);


#endif /* _VFS_INGEST_CONSUMER_PRIVATE_H_INCLUDED_ */
