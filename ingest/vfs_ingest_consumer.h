
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_CONSUMER_H_INCLUDED_
#define _VFS_INGEST_CONSUMER_H_INCLUDED_


#include "vfs_ingest_flow.h"
#include "vfs_ingest_kafka.h"


/*
 * The member of the consumer group: reads both topics, starts each partition
 * where the flow says, commits what the flow says is done.  Eager assignment:
 * a rebalance takes all partitions before it gives some.
 */

typedef struct vfs_consumer_s  vfs_consumer_t;


typedef struct {
    const vfs_ingest_settings_t  *settings;
    const char                   *topics[VFS_ENTITIES]; /* NULL: not read */
    const char                   *mark;     /* committed with each offset:
                                               one whose mark does not begin
                                               so is not ours; the number
                                               of partitions follows it */
    void                         *data;

    /* As vfs_flow_assign(). */
    int                   (*assign)(void *data, vfs_entity_e entity,
                                    int32_t partition,
                                    const vfs_assignment_t *assignment,
                                    int64_t *start, vfs_error_t *err);

    /*
     * All partitions go.  "lost": they may be someone else's already, so
     * nothing is sent or committed any more.
     */
    void                  (*revoke)(void *data, int lost);

    /* As vfs_flow_offset(). */
    int                   (*offset)(void *data, vfs_entity_e entity,
                                    int32_t partition, int64_t *offset);

    /* As vfs_flow_position(). */
    int                   (*position)(void *data, vfs_entity_e entity,
                                      int32_t partition, int64_t *offset);

    /* Whether waiting for a broker has to end. */
    int                   (*stopping)(void *data);
} vfs_consumer_conf_t;


vfs_consumer_t *vfs_consumer_create(const vfs_consumer_conf_t *conf,
    vfs_error_t *err);

/* Leaves the group, which revokes, and ends the client. */

void vfs_consumer_destroy(vfs_consumer_t *consumer);

/*
 * The client itself, for questions about topics: a consumer's do not make the
 * topic that they ask for.
 */

rd_kafka_t *vfs_consumer_client(const vfs_consumer_t *consumer);

int vfs_consumer_subscribe(vfs_consumer_t *consumer, vfs_error_t *err);

/* Becomes readable when there may be something to read. */

int vfs_consumer_fd(const vfs_consumer_t *consumer);

/*
 * Reads what is there, at most "max" records and about "bytes" bytes, without
 * waiting; serves rebalances.  *records stays valid until the next call.
 * VFS_ERROR: the worker has to stop.
 */

int vfs_consumer_read(vfs_consumer_t *consumer, size_t max, size_t bytes,
    const vfs_record_t **records, size_t *n, vfs_error_t *err);

/*
 * Serves the group while the partitions are paused, without a read: *records
 * of the last one stays valid.  VFS_ERROR: the worker has to stop.
 */

int vfs_consumer_serve(vfs_consumer_t *consumer, vfs_error_t *err);

/* Drops what the last read gave: its partitions are gone. */

void vfs_consumer_drop(vfs_consumer_t *consumer);

/*
 * Commits what has moved since the last time.  "wait": until the group's
 * coordinator has answered.  VFS_DECLINED with a message: it did not take it,
 * which may mean that this worker is no longer a member.
 */

int vfs_consumer_commit(vfs_consumer_t *consumer, int wait, vfs_error_t *err);

void vfs_consumer_pause(vfs_consumer_t *consumer);
void vfs_consumer_resume(vfs_consumer_t *consumer);

/*
 * Calls "handler" for each assigned partition of the events' topic with the
 * number of records behind "offset".
 */

void vfs_consumer_each_lag(vfs_consumer_t *consumer,
    void (*handler)(void *data, int32_t partition, int64_t lag), void *data);

/* As in vfs_io_t; blocks, by a client of its own. */

int vfs_consumer_reread(vfs_consumer_t *consumer,
    const vfs_position_t *position, vfs_record_t *record, vfs_error_t *err);

int64_t vfs_consumer_session_ms(const vfs_consumer_t *consumer);


#endif /* _VFS_INGEST_CONSUMER_H_INCLUDED_ */
