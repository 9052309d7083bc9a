
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
#define NGX_HTTP_VFS_WORD_LEN        32
#define NGX_HTTP_VFS_REASONS         24
#define NGX_HTTP_VFS_NAMESPACES      4
#define NGX_HTTP_VFS_RESULTS         8

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
    NGX_HTTP_VFS_STATE_BYTES,
    NGX_HTTP_VFS_LEVELS
} ngx_http_vfs_level_e;


typedef enum {
    NGX_HTTP_VFS_STORED_US = 0,
    NGX_HTTP_VFS_BATCH_US,
    NGX_HTTP_VFS_BATCH_BYTES,
    NGX_HTTP_VFS_DISTRIBUTIONS
} ngx_http_vfs_distribution_e;


typedef struct {
    uint64_t                  partition;
    uint64_t                  lag;
} ngx_http_vfs_lag_t;


typedef struct {
    ngx_uint_t                n;
    ngx_http_vfs_lag_t        elts[NGX_HTTP_VFS_PARTITIONS];
} ngx_http_vfs_lags_t;


/* A count for each of some words that are the worker's to choose. */

typedef struct {
    size_t                    len;
    u_char                    word[NGX_HTTP_VFS_WORD_LEN];
    uint64_t                  count;
} ngx_http_vfs_counted_t;


typedef struct {
    ngx_uint_t                n;
    ngx_http_vfs_counted_t    elts[NGX_HTTP_VFS_REASONS];
} ngx_http_vfs_reasons_t;


typedef struct {
    size_t                    name_len;
    u_char                    name[NGX_HTTP_VFS_NAME_LEN];
    ngx_uint_t                nresults;
    ngx_http_vfs_counted_t    results[NGX_HTTP_VFS_RESULTS];
} ngx_http_vfs_namespace_t;


typedef struct {
    ngx_uint_t                n;
    ngx_http_vfs_namespace_t  elts[NGX_HTTP_VFS_NAMESPACES];
} ngx_http_vfs_namespaces_t;


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

    ngx_http_vfs_lags_t        lags;
    ngx_http_vfs_reasons_t     retries;
    ngx_http_vfs_reasons_t     letters;
    ngx_http_vfs_namespaces_t  upserts;

    ngx_uint_t                summed;               /* sums are there */
    uint64_t                  sums[NGX_HTTP_VFS_DISTRIBUTIONS];
    uint64_t                  buckets[NGX_HTTP_VFS_DISTRIBUTIONS]
                                     [VFS_HISTOGRAM_BUCKETS];
} ngx_http_vfs_report_t;


struct ngx_http_vfs_worker_s {
    uint64_t                  time;                 /* ms, monotonic; 0: free */
    double                    events_rate;          /* a second */
    double                    upserts_rate;
    ngx_http_vfs_report_t     report;
};


extern ngx_str_t  ngx_http_vfs_counter_names[];
extern ngx_str_t  ngx_http_vfs_level_names[];
extern ngx_str_t  ngx_http_vfs_distribution_names[];


/* Copies of the slots in use, oldest name first; NGX_ERROR: no memory. */

ngx_int_t ngx_http_vfs_workers(ngx_http_vfs_zone_t *zone, ngx_pool_t *pool,
    ngx_http_vfs_worker_t **workers, ngx_uint_t *n);

/*
 * Whether worker "i" reports a definition, in *definition, that none before it
 * does.
 */

ngx_uint_t ngx_http_vfs_definition_is_new(ngx_http_vfs_worker_t *workers,
    ngx_uint_t i, ngx_str_t *definition);

/* NGX_OK, or NGX_DECLINED with a member and what was expected of it. */

ngx_int_t ngx_http_vfs_report_parse(ngx_http_vfs_report_t *report,
    ngx_str_t *text, const char **member, const char **expected);

/*
 * A string of 1 to "max" characters of an id or "others"; an integer from 0.
 * NGX_DECLINED if the value is none.
 */

ngx_int_t ngx_http_vfs_read_word(vfs_json_token_t *value, size_t max,
    const char *others, u_char *word, size_t *len);
ngx_int_t ngx_http_vfs_read_number(vfs_json_token_t *value, uint64_t *number);

/*
 * The samples of all workers, as Prometheus text, and what they take at most;
 * the same of the member "ingest" of the statistics.
 */

size_t ngx_http_vfs_ingest_metrics_size(ngx_http_vfs_worker_t *workers,
    ngx_uint_t n);
u_char *ngx_http_vfs_ingest_metrics(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n);

size_t ngx_http_vfs_ingest_status_size(ngx_http_vfs_worker_t *workers,
    ngx_uint_t n);
u_char *ngx_http_vfs_ingest_status(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n);


#endif /* _NGX_HTTP_VFS_INGEST_H_INCLUDED_ */
