
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_KAFKA_PRODUCER_H_INCLUDED_
#define _VFS_INGEST_KAFKA_PRODUCER_H_INCLUDED_


#include "vfs_ingest_kafka.h"


#define VFS_KAFKA_TOPICS  2


/*
 * An idempotent producer that never gives up, served by the worker's loop.  A
 * fatal error ends a client for good: it is closed, and opened anew.
 */

typedef struct {
    rd_kafka_t              *rk;        /* NULL: closed */
    rd_kafka_topic_t        *topics[VFS_KAFKA_TOPICS];
    rd_kafka_queue_t        *queue;
    int                      fd;        /* readable when reports came */

    /* set before the first open; the names outlive it */

    const char              *brokers;
    const char              *names[VFS_KAFKA_TOPICS];   /* NULL: none */
    void                   (*on_report)(rd_kafka_t *rk,
                                        const rd_kafka_message_t *message,
                                        void *data);
    void                    *data;
} vfs_kafka_producer_t;


/* Makes "fd"; VFS_ERROR with a message. */

int vfs_kafka_producer_init(vfs_kafka_producer_t *producer, vfs_error_t *err);
void vfs_kafka_producer_destroy(vfs_kafka_producer_t *producer);

/* VFS_ERROR with a message: it is closed. */

int vfs_kafka_producer_open(vfs_kafka_producer_t *producer, vfs_error_t *err);

/*
 * Drops what is on its way, which may arrive all the same.  Reports of it are
 * served for up to "wait_ms"; later ones are lost.
 */

void vfs_kafka_producer_close(vfs_kafka_producer_t *producer, int wait_ms);

/* Whether it has to be closed. */

int vfs_kafka_producer_is_fatal(const vfs_kafka_producer_t *producer);

/* Whether a message was refused for a reason that only a person can mend. */

int vfs_kafka_is_refusal(rd_kafka_resp_err_t code);


#endif /* _VFS_INGEST_KAFKA_PRODUCER_H_INCLUDED_ */
