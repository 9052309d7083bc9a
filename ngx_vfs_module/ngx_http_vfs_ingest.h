
/*
 * Copyright (C) the vfs authors
 */


#ifndef _NGX_HTTP_VFS_INGEST_H_INCLUDED_
#define _NGX_HTTP_VFS_INGEST_H_INCLUDED_


#include "ngx_http_vfs_stats.h"


#define NGX_HTTP_VFS_WORKERS         64
#define NGX_HTTP_VFS_PARTITIONS      256
#define NGX_HTTP_VFS_NAME_LEN        64
#define NGX_HTTP_VFS_DEFINITION_LEN  16

#define NGX_HTTP_VFS_ALIVE           5000           /* ms */
#define NGX_HTTP_VFS_EXPIRE          60000          /* ms */


typedef enum {
    NGX_HTTP_VFS_EVENTS = 0,
    NGX_HTTP_VFS_FOLDED,
    NGX_HTTP_VFS_IGNORED,
    NGX_HTTP_VFS_ITEM_UPDATES,
    NGX_HTTP_VFS_UPSERTS,
    NGX_HTTP_VFS_DELETES,
    NGX_HTTP_VFS_BATCHES,
    NGX_HTTP_VFS_RETRIES,
    NGX_HTTP_VFS_DEAD_LETTERS,
    NGX_HTTP_VFS_COUNTERS
} ngx_http_vfs_counter_e;


typedef enum {
    NGX_HTTP_VFS_IN_FLIGHT = 0,
    NGX_HTTP_VFS_PENDING,
    NGX_HTTP_VFS_STATE_KEYS,
    NGX_HTTP_VFS_LEVELS
} ngx_http_vfs_level_e;


typedef struct {
    uint64_t                  partition;
    uint64_t                  lag;
} ngx_http_vfs_lag_t;


/* What a worker of vfs-ingest says of itself, once a second. */

typedef struct {
    size_t                    name_len;
    u_char                    name[NGX_HTTP_VFS_NAME_LEN];
    size_t                    definition_len;
    u_char                    definition[NGX_HTTP_VFS_DEFINITION_LEN];

    uint64_t                  uptime;               /* ms */
    ngx_uint_t                paused;

    uint64_t                  counters[NGX_HTTP_VFS_COUNTERS];
    uint64_t                  levels[NGX_HTTP_VFS_LEVELS];

    ngx_uint_t                nlags;
    ngx_http_vfs_lag_t        lags[NGX_HTTP_VFS_PARTITIONS];

    uint64_t                  stored[VFS_HISTOGRAM_BUCKETS];
} ngx_http_vfs_report_t;


struct ngx_http_vfs_worker_s {
    uint64_t                  time;                 /* ms, monotonic; 0: free */
    double                    events_rate;          /* a second */
    double                    upserts_rate;
    ngx_http_vfs_report_t     report;
};


extern ngx_str_t  ngx_http_vfs_counter_names[];
extern ngx_str_t  ngx_http_vfs_level_names[];


/* Copies of the slots in use, oldest name first; NGX_ERROR: no memory. */

ngx_int_t ngx_http_vfs_workers(ngx_http_vfs_zone_t *zone, ngx_pool_t *pool,
    ngx_http_vfs_worker_t **workers, ngx_uint_t *n);

/* NGX_OK, or NGX_DECLINED and the message in *err. */

ngx_int_t ngx_http_vfs_report_parse(ngx_http_vfs_report_t *report,
    ngx_str_t *text, const char **member, const char **expected);


#endif /* _NGX_HTTP_VFS_INGEST_H_INCLUDED_ */
