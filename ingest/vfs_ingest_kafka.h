
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_KAFKA_H_INCLUDED_
#define _VFS_INGEST_KAFKA_H_INCLUDED_


#include "vfs_ingest_settings.h"

#include <librdkafka/rdkafka.h>


/* What the consumer, the producer and the topics' making have in common. */

typedef enum {
    VFS_KAFKA_CONSUMER = 0,
    VFS_KAFKA_PRODUCER
} vfs_kafka_kind_e;


typedef struct {
    const char             *name;
    const char             *value;
} vfs_kafka_default_t;


/*
 * A configuration with brokers, logging, "defaults" (ended by a NULL name),
 * and the user's properties over them.  NULL with a message that names the
 * variable at fault.
 */

rd_kafka_conf_t *vfs_kafka_conf(const vfs_ingest_settings_t *settings,
    const vfs_kafka_default_t *defaults, vfs_error_t *err);

/* Takes "conf" in any case; NULL with a message. */

rd_kafka_t *vfs_kafka_create(vfs_kafka_kind_e kind, rd_kafka_conf_t *conf,
    vfs_error_t *err);


/*
 * The number of partitions of a topic.  VFS_DECLINED: there is no such topic;
 * VFS_ERROR with a message: no broker answered in time.
 */

int vfs_kafka_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms,
    int *partitions, vfs_error_t *err);

/*
 * Makes a topic that is missing.  retention: "retention.ms", or NULL for the
 * broker's own.  VFS_DECLINED with a message: it is not there and cannot be
 * made; VFS_ERROR: no broker answered in time.
 */

int vfs_kafka_make_topic(rd_kafka_t *rk, const char *topic, int partitions,
    const char *retention, int timeout_ms, vfs_error_t *err);

/* A topic's own "retention.ms" into "buf"; VFS_ERROR if it cannot be known. */

int vfs_kafka_retention(rd_kafka_t *rk, const char *topic, int timeout_ms,
    char *buf, size_t size);


#endif /* _VFS_INGEST_KAFKA_H_INCLUDED_ */
