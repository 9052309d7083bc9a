
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_REPORT_H_INCLUDED_
#define _VFS_INGEST_REPORT_H_INCLUDED_


#include "vfs_http.h"
#include "vfs_ingest_facts.h"


/*
 * The worker's counters for NGINX (POST /stats/ingest, docs/stats.md).  Nothing
 * depends on a report's arrival.
 */

typedef struct vfs_report_s  vfs_report_t;


vfs_report_t *vfs_report_create(vfs_http_t *http, const char *url,
    vfs_error_t *err);
void vfs_report_destroy(vfs_report_t *report);

/* Passed over while the one before is on its way. */

void vfs_report_send(vfs_report_t *report, const vfs_facts_t *facts);

/* The document: allocated, the caller frees it; NULL if memory is out. */

char *vfs_report_print(const char *worker, const vfs_facts_t *facts,
    size_t *len);


#endif /* _VFS_INGEST_REPORT_H_INCLUDED_ */
