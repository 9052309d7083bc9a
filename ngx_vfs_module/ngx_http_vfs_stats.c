
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_stats.h"


static void ngx_http_vfs_record_one(ngx_http_request_t *r, ngx_uint_t series,
    ngx_uint_t status, uint64_t us);
static ngx_uint_t ngx_http_vfs_class(ngx_uint_t status);


void
ngx_http_vfs_stats_enter(ngx_http_vfs_ctx_t *ctx)
{
    ngx_http_vfs_gauge_t  *gauge;

    gauge = ngx_http_vfs_gauge();

    if (gauge != NULL) {
        (void) ngx_atomic_fetch_add(&gauge->in_flight[ctx->route], 1);
        ctx->in_flight = 1;
    }
}


/* A pool cleanup calls it, so that no way of ending a request is missed. */

void
ngx_http_vfs_stats_leave(ngx_http_vfs_ctx_t *ctx)
{
    ngx_http_vfs_gauge_t  *gauge;

    gauge = ngx_http_vfs_gauge();

    if (gauge != NULL && ctx->in_flight) {
        (void) ngx_atomic_fetch_add(&gauge->in_flight[ctx->route], -1);
        ctx->in_flight = 0;
    }
}


/* Log phase: once for each request of a client, whatever came of it. */

ngx_int_t
ngx_http_vfs_stats_log(ngx_http_request_t *r)
{
    uint64_t             end;
    ngx_uint_t           status;
    ngx_http_vfs_ctx_t  *ctx;

    if (r != r->main) {
        return NGX_OK;
    }

    ctx = ngx_http_vfs_client_ctx(r);

    if (ctx == NULL) {
        return NGX_OK;
    }

    status = ctx->answered ? ctx->status : r->headers_out.status;

    /* not the time that a slow client takes to read the answer */

    end = (ctx->end != 0) ? ctx->end : ngx_http_vfs_now();

    ngx_http_vfs_record_one(r, ctx->route, status, end - ctx->start);

    return NGX_OK;
}


void
ngx_http_vfs_stats_call(ngx_http_request_t *r, ngx_http_vfs_call_t *call)
{
    if (call->operation >= NGX_HTTP_VFS_OPS) {
        return;
    }

    ngx_http_vfs_record_one(r, NGX_HTTP_VFS_ROUTES + call->operation,
                            call->status, call->elapsed);
}


static void
ngx_http_vfs_record_one(ngx_http_request_t *r, ngx_uint_t series,
    ngx_uint_t status, uint64_t us)
{
    ngx_uint_t              class, bound;
    ngx_atomic_uint_t       max;
    ngx_http_vfs_series_t  *s;
    ngx_http_vfs_shared_t  *sh;

    sh = ngx_http_vfs_zone(r)->sh;
    s = &sh->stripes[ngx_worker % sh->nstripes].series[series];

    class = ngx_http_vfs_class(status);
    bound = vfs_histogram_bound_index(us);

    (void) ngx_atomic_fetch_add(&s->bounded[class][bound], 1);
    (void) ngx_atomic_fetch_add(&s->sum[class], us);
    (void) ngx_atomic_fetch_add(&s->buckets[vfs_histogram_index(us)], 1);

    do {
        max = s->max;
    } while (us > max && !ngx_atomic_cmp_set(&s->max, max, us));
}


static ngx_uint_t
ngx_http_vfs_class(ngx_uint_t status)
{
    switch (status / 100) {

    case 2:
        return NGX_HTTP_VFS_2XX;

    case 3:
        return NGX_HTTP_VFS_3XX;

    case 4:
        return (status == NGX_HTTP_CLIENT_CLOSED_REQUEST)
               ? NGX_HTTP_VFS_499 : NGX_HTTP_VFS_4XX;

    default:

        /* no status at all: the request failed before there was an answer */

        return NGX_HTTP_VFS_5XX;
    }
}


/* Copied once, so that what is computed from it agrees with itself. */

void
ngx_http_vfs_totals(ngx_http_vfs_shared_t *sh, ngx_uint_t series,
    ngx_http_vfs_totals_t *totals)
{
    uint64_t                n;
    ngx_uint_t              i, k, class;
    ngx_http_vfs_series_t  *s;

    ngx_memzero(totals, sizeof(ngx_http_vfs_totals_t));

    for (i = 0; i < sh->nstripes; i++) {
        s = &sh->stripes[i].series[series];

        for (class = 0; class < NGX_HTTP_VFS_CLASSES; class ++) {

            for (k = 0; k <= VFS_HISTOGRAM_BOUNDS; k++) {
                n = s->bounded[class][k];
                totals->bounded[class][k] += n;
                totals->status[class] += n;
            }

            n = s->sum[class];
            totals->sums[class] += n;
            totals->sum += n;
        }

        totals->max = ngx_max(totals->max, s->max);

        for (k = 0; k < VFS_HISTOGRAM_BUCKETS; k++) {
            n = s->buckets[k];
            totals->counts[k] += n;
            totals->requests += n;
        }
    }
}


/* Of requests to the index: a client that went away is no fault of its. */

uint64_t
ngx_http_vfs_failed(ngx_http_vfs_totals_t *totals)
{
    return totals->requests - totals->status[NGX_HTTP_VFS_2XX]
           - totals->status[NGX_HTTP_VFS_499];
}


ngx_uint_t
ngx_http_vfs_in_flight(ngx_http_vfs_shared_t *sh, ngx_uint_t route)
{
    ngx_uint_t             i;
    ngx_atomic_int_t       n;
    ngx_atomic_uint_t      pid;
    ngx_http_vfs_gauge_t  *gauge;

    n = 0;

    for (i = 0; i < NGX_HTTP_VFS_GAUGES; i++) {
        gauge = &sh->gauges[i];
        pid = gauge->pid;

        /* workers may run as another user: EPERM means alive */

        if (pid == 0
            || gauge->in_flight[route] == 0
            || (kill((ngx_pid_t) pid, 0) == -1 && ngx_errno == NGX_ESRCH))
        {
            continue;
        }

        n += gauge->in_flight[route];
    }

    return ngx_max(n, 0);
}
