
/*
 * Copyright (C) the vfs authors
 */


#ifndef _NGX_HTTP_VFS_SKEW_H_INCLUDED_
#define _NGX_HTTP_VFS_SKEW_H_INCLUDED_


#include "ngx_http_vfs_ingest.h"


#define NGX_HTTP_VFS_VERIFIERS  8


typedef enum {
    NGX_HTTP_VFS_SKEW_UPTIME = 0,                   /* ms */
    NGX_HTTP_VFS_SKEW_INTERVAL,                     /* ms */
    NGX_HTTP_VFS_SKEW_ROUNDS,
    NGX_HTTP_VFS_SKEW_COMPARED,
    NGX_HTTP_VFS_SKEW_DIFFERENT,
    NGX_HTTP_VFS_SKEW_MISSING,
    NGX_HTTP_VFS_SKEW_EXTRA,
    NGX_HTTP_VFS_SKEW_NOT_COMPARABLE,
    NGX_HTTP_VFS_SKEW_ROUND_COMPARED,
    NGX_HTTP_VFS_SKEW_ROUND_MISMATCHES,
    NGX_HTTP_VFS_SKEW_NUMBERS
} ngx_http_vfs_skew_e;


/* What vfs-train verify says after each round. */

struct ngx_http_vfs_verifier_s {
    uint64_t                  time;                 /* ms, monotonic; 0: free */
    size_t                    name_len;
    u_char                    name[NGX_HTTP_VFS_NAME_LEN];
    u_char                    definition[NGX_HTTP_VFS_DEFINITION_LEN];
    uint64_t                  numbers[NGX_HTTP_VFS_SKEW_NUMBERS];
};


/* Whether a report is a verifier's and not a worker's. */

ngx_uint_t ngx_http_vfs_skew_is(ngx_str_t *text);

/*
 * Takes a report.  NGX_DECLINED with the member and what was expected of it;
 * NGX_BUSY: all slots are in use.
 */

ngx_int_t ngx_http_vfs_skew_take(ngx_http_vfs_zone_t *zone, ngx_str_t *text,
    const char **member, const char **expected);

/* Copies of the slots in use to "verifiers", room for all; their number. */

ngx_uint_t ngx_http_vfs_skew(ngx_http_vfs_zone_t *zone,
    ngx_http_vfs_verifier_t *verifiers);

/* What they take in /stats and in /metrics, at most. */

#define NGX_HTTP_VFS_SKEW_STATUS_SIZE                                         \
    (256 + NGX_HTTP_VFS_VERIFIERS * 768)
#define NGX_HTTP_VFS_SKEW_METRICS_SIZE                                        \
    (1024 + NGX_HTTP_VFS_VERIFIERS * 1536)

u_char *ngx_http_vfs_skew_status(u_char *p, ngx_http_vfs_zone_t *zone);
u_char *ngx_http_vfs_skew_metrics(u_char *p, ngx_http_vfs_zone_t *zone);


#endif /* _NGX_HTTP_VFS_SKEW_H_INCLUDED_ */
