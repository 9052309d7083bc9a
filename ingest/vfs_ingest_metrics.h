
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_METRICS_H_INCLUDED_
#define _VFS_INGEST_METRICS_H_INCLUDED_


#include "vfs_error.h"
#include "vfs_ingest_facts.h"

#include <stddef.h>


/*
 * GET /metrics: the worker's counters as Prometheus text, on an address of its
 * own.  A thread answers with what it was told last, so that a scrape never
 * waits for Kafka, the disk or the index.
 */

typedef struct vfs_metrics_s  vfs_metrics_t;


/* "address": host:port, port 0 is any; NULL with a message that names both. */

vfs_metrics_t *vfs_metrics_create(const char *address, vfs_error_t *err);
void vfs_metrics_destroy(vfs_metrics_t *metrics);

/* Copies all but facts->def, which must outlive "metrics"; NULL: not served. */

void vfs_metrics_update(vfs_metrics_t *metrics, const vfs_facts_t *facts);

/* The text (format 0.0.4): allocated, the caller frees it; NULL: no memory. */

char *vfs_metrics_print(const vfs_facts_t *facts, size_t *len);


#endif /* _VFS_INGEST_METRICS_H_INCLUDED_ */
