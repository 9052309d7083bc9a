
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_KAFKA_H_INCLUDED_
#define _VFS_INGEST_KAFKA_H_INCLUDED_


#include "vfs_ingest_settings.h"
#include "vfs_kafka_client.h"


/* The topics that the worker makes. */

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
