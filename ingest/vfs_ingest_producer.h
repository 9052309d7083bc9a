
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_PRODUCER_H_INCLUDED_
#define _VFS_INGEST_PRODUCER_H_INCLUDED_


#include "vfs_ingest_io.h"
#include "vfs_ingest_kafka.h"


/*
 * Item updates and dead letters on their way to Kafka, by an idempotent
 * producer that never gives up, so that their order is the events' order.
 */

typedef struct vfs_producer_s  vfs_producer_t;


/* "topics": the item updates' and the dead letters'. */

vfs_producer_t *vfs_producer_create(const vfs_ingest_settings_t *settings,
    const char *const topics[2], vfs_error_t *err);
void vfs_producer_destroy(vfs_producer_t *producer);

/* Becomes readable when there may be something to do. */

int vfs_producer_fd(const vfs_producer_t *producer);

/* As in vfs_io_t. */

int vfs_producer_send(vfs_producer_t *producer, const vfs_message_t *message,
    vfs_error_t *err);
int vfs_producer_unsent(vfs_producer_t *producer, vfs_error_t *err);
void vfs_producer_forgive(vfs_producer_t *producer);

/* Whether Kafka refuses for a reason that only a person can mend. */

const vfs_error_t *vfs_producer_stop(const vfs_producer_t *producer);


#endif /* _VFS_INGEST_PRODUCER_H_INCLUDED_ */
