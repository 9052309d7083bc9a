
/*
 * Copyright (C) the vfs authors
 */


#ifndef _NGX_HTTP_VFS_STATS_H_INCLUDED_
#define _NGX_HTTP_VFS_STATS_H_INCLUDED_


#include "ngx_http_vfs_module.h"


#if (NGX_PTR_SIZE != 8)
#error the statistics need 64-bit atomics
#endif


/* no less than a cache line and its prefetched neighbour */

#define NGX_HTTP_VFS_ALIGNMENT    128

#define NGX_HTTP_VFS_MAX_STRIPES  32
#define NGX_HTTP_VFS_GAUGES       128
#define NGX_HTTP_VFS_SECONDS      64
#define NGX_HTTP_VFS_RECENTS      16
#define NGX_HTTP_VFS_READY_SLOTS  16


typedef enum {
    NGX_HTTP_VFS_2XX = 0,
    NGX_HTTP_VFS_3XX,
    NGX_HTTP_VFS_4XX,
    NGX_HTTP_VFS_499,
    NGX_HTTP_VFS_5XX,
    NGX_HTTP_VFS_CLASSES
} ngx_http_vfs_class_e;


/* Routes first, then operations of the index. */

#define NGX_HTTP_VFS_SERIES  (NGX_HTTP_VFS_ROUTES + NGX_HTTP_VFS_OPS)


/*
 * "bounded" counts a request by its class of status and by the bound that its
 * latency is below, the last one by none; "buckets" by its latency alone, as
 * finely as quantiles need.
 */

typedef struct {
    ngx_atomic_t              bounded[NGX_HTTP_VFS_CLASSES]
                                     [VFS_HISTOGRAM_BOUNDS + 1];
    ngx_atomic_t              sum[NGX_HTTP_VFS_CLASSES];    /* us */
    ngx_atomic_t              max;                          /* us */
    ngx_atomic_t              buckets[VFS_HISTOGRAM_BUCKETS];
} ngx_http_vfs_series_t;


/*
 * What one worker counts.  Stripes are only ever added to; after a reload the
 * old and the new worker of a number share one, hence the atomics.
 */

typedef struct {
    ngx_http_vfs_series_t     series[NGX_HTTP_VFS_SERIES];
    u_char                    pad[NGX_HTTP_VFS_ALIGNMENT
                                  - NGX_HTTP_VFS_SERIES
                                    * sizeof(ngx_http_vfs_series_t)
                                    % NGX_HTTP_VFS_ALIGNMENT];
} ngx_http_vfs_stripe_t;


/* Belongs to one process: what a killed worker leaves behind is dropped. */

typedef struct {
    ngx_atomic_t              pid;
    ngx_atomic_t              in_flight[NGX_HTTP_VFS_ROUTES];
    u_char                    pad[NGX_HTTP_VFS_ALIGNMENT
                                  - (1 + NGX_HTTP_VFS_ROUTES)
                                    * sizeof(ngx_atomic_t)];
} ngx_http_vfs_gauge_t;


/* What rates are told of: all requests, and those answered with a 5xx. */

typedef enum {
    NGX_HTTP_VFS_REQUESTS = 0,
    NGX_HTTP_VFS_FAILURES,
    NGX_HTTP_VFS_RATES
} ngx_http_vfs_rate_e;


/* The totals as they stood at one time; "number" is 0 while being written. */

typedef struct {
    ngx_atomic_t              number;
    uint64_t                  time;                 /* ms, monotonic */
    uint64_t                  totals[NGX_HTTP_VFS_RATES][NGX_HTTP_VFS_ROUTES];
} ngx_http_vfs_second_t;


typedef struct {
    ngx_atomic_t              number;
    uint64_t                  time;
    uint32_t                  counts[NGX_HTTP_VFS_ROUTES]
                                    [VFS_HISTOGRAM_BUCKETS];
} ngx_http_vfs_recent_t;


/* What readyz learned: the time in ms, shifted by one, and whether it is. */

typedef struct {
    ngx_atomic_t              key;
    ngx_atomic_t              state;
} ngx_http_vfs_ready_t;


typedef struct ngx_http_vfs_worker_s    ngx_http_vfs_worker_t;
typedef struct ngx_http_vfs_verifier_s  ngx_http_vfs_verifier_t;


/* In shared memory; pointers stay in it. */

typedef struct {
    size_t                    layout;
    uint64_t                  created;              /* us, monotonic */

    ngx_uint_t                nstripes;
    ngx_http_vfs_stripe_t    *stripes;
    ngx_http_vfs_gauge_t     *gauges;
    ngx_http_vfs_second_t    *seconds;
    ngx_http_vfs_recent_t    *recents;
    ngx_http_vfs_worker_t    *workers;              /* under the mutex */
    ngx_http_vfs_verifier_t  *verifiers;            /* the same */

    ngx_atomic_t              last_tick;            /* ms, monotonic */
    ngx_atomic_t              ticks;

    ngx_http_vfs_ready_t      ready[NGX_HTTP_VFS_READY_SLOTS];
} ngx_http_vfs_shared_t;


struct ngx_http_vfs_zone_s {
    ngx_cycle_t              *cycle;
    ngx_slab_pool_t          *shpool;
    ngx_http_vfs_shared_t    *sh;
};


/* A series summed over the stripes, in local memory. */

typedef struct {
    uint64_t                  requests;
    uint64_t                  status[NGX_HTTP_VFS_CLASSES];
    uint64_t                  sums[NGX_HTTP_VFS_CLASSES];
    uint64_t                  sum;
    uint64_t                  max;
    uint64_t                  bounded[NGX_HTTP_VFS_CLASSES]
                                     [VFS_HISTOGRAM_BOUNDS + 1];
    uint64_t                  counts[VFS_HISTOGRAM_BUCKETS];
} ngx_http_vfs_totals_t;


/* ngx_http_vfs_zone.c */

ngx_http_vfs_gauge_t *ngx_http_vfs_gauge(void);
ngx_http_vfs_zone_t *ngx_http_vfs_zone(ngx_http_request_t *r);

size_t ngx_http_vfs_zone_size(ngx_http_vfs_zone_t *zone);
size_t ngx_http_vfs_zone_used(ngx_http_vfs_zone_t *zone);

/* ngx_http_vfs_stats.c */

void ngx_http_vfs_totals(ngx_http_vfs_shared_t *sh, ngx_uint_t series,
    ngx_http_vfs_totals_t *totals);
uint64_t ngx_http_vfs_failed(ngx_http_vfs_totals_t *totals);
ngx_uint_t ngx_http_vfs_in_flight(ngx_http_vfs_shared_t *sh,
    ngx_uint_t route);

/* ngx_http_vfs_rates.c */

void ngx_http_vfs_tick(ngx_http_vfs_shared_t *sh);
double ngx_http_vfs_rate(ngx_http_vfs_shared_t *sh, ngx_http_vfs_rate_e what,
    ngx_uint_t route, ngx_msec_t window, uint64_t total);
ngx_uint_t ngx_http_vfs_recent(ngx_http_vfs_shared_t *sh, ngx_uint_t route,
    ngx_http_vfs_totals_t *totals, uint64_t *counts);

/* ngx_http_vfs_status.c: pairs of lower bound and count, in brackets */

u_char *ngx_http_vfs_status_buckets(u_char *p, uint64_t *counts);


#endif /* _NGX_HTTP_VFS_STATS_H_INCLUDED_ */
