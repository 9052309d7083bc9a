
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_skew.h"


/* Bound of the text, but for verifiers and workers. */

#define NGX_HTTP_VFS_STATUS_SIZE   24576

/* Buckets of the histogram to one in the text: 8 us, then a quarter octave. */

#define NGX_HTTP_VFS_STATUS_GROUP  8


static u_char *ngx_http_vfs_status_gateway(u_char *p,
    ngx_http_vfs_shared_t *sh, ngx_uint_t workers,
    ngx_http_vfs_totals_t *totals);
static u_char *ngx_http_vfs_status_route(u_char *p, ngx_http_vfs_shared_t *sh,
    ngx_uint_t route, ngx_http_vfs_totals_t *totals, uint64_t *recent);
static u_char *ngx_http_vfs_status_operation(u_char *p, ngx_str_t *name,
    ngx_http_vfs_totals_t *totals);
static u_char *ngx_http_vfs_status_definitions(u_char *p,
    ngx_http_vfs_worker_t *workers, ngx_uint_t n);
static u_char *ngx_http_vfs_status_rates(u_char *p, ngx_http_vfs_shared_t *sh,
    ngx_uint_t route, uint64_t requests, uint64_t failures);
static u_char *ngx_http_vfs_status_latency(u_char *p,
    ngx_http_vfs_totals_t *totals);
static double ngx_http_vfs_status_quantile(uint64_t *counts, uint64_t max,
    double q);


static ngx_str_t  ngx_http_vfs_operation_names[] = {
    ngx_string("fetch"),
    ngx_string("query")
};


/* GET stats, see docs/stats.md */

ngx_int_t
ngx_http_vfs_status_start(ngx_http_vfs_ctx_t *ctx)
{
    ngx_str_t  text;

    if (ngx_http_vfs_status(ctx->request, ctx->request->pool, &text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_vfs_send_text(ctx, NGX_HTTP_OK, NULL, text.data, text.len);
}


ngx_int_t
ngx_http_vfs_status(ngx_http_request_t *r, ngx_pool_t *pool, ngx_str_t *text)
{
    size_t                  size;
    u_char                 *p;
    uint64_t                uptime;
    ngx_uint_t              i, n;
    ngx_time_t             *tp;
    ngx_core_conf_t        *ccf;
    ngx_http_vfs_zone_t    *zone;
    ngx_http_vfs_worker_t  *workers;
    ngx_http_vfs_totals_t  *totals;

    zone = ngx_http_vfs_zone(r);
    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    if (ngx_http_vfs_workers(zone, pool, &workers, &n) != NGX_OK) {
        return NGX_ERROR;
    }

    totals = ngx_palloc(pool, NGX_HTTP_VFS_SERIES
                              * sizeof(ngx_http_vfs_totals_t));
    if (totals == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_VFS_SERIES; i++) {
        ngx_http_vfs_totals(zone->sh, i, &totals[i]);
    }

    size = NGX_HTTP_VFS_STATUS_SIZE + NGX_HTTP_VFS_SKEW_STATUS_SIZE
           + ngx_http_vfs_ingest_status_size(workers, n);

    p = ngx_pnalloc(pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;

    tp = ngx_timeofday();
    uptime = ngx_http_vfs_now() - zone->sh->created;

    p = ngx_sprintf(p, "{\"version\":1,\"time\":%T%03ui,"
                    "\"uptime_seconds\":%.1f,"
                    "\"build\":{\"version\":\"" NGX_HTTP_VFS_VERSION "\","
                    "\"nginx\":\"" NGINX_VERSION "\"},",
                    tp->sec, tp->msec, (double) uptime / 1000000);

    p = ngx_http_vfs_status_definitions(p, workers, n);
    p = ngx_sprintf(p, "\"zone\":{\"size_bytes\":%uz,\"used_bytes\":%uz},",
                    ngx_http_vfs_zone_size(zone),
                    ngx_http_vfs_zone_used(zone));

    p = ngx_http_vfs_status_gateway(p, zone->sh, ccf->worker_processes,
                                    totals);
    p = ngx_http_vfs_ingest_status(p, workers, n);
    p = ngx_http_vfs_skew_status(p, zone);
    *p++ = '}';

    text->len = p - text->data;

    return NGX_OK;
}


/* Of the workers that report; more than one while they are being replaced. */

static u_char *
ngx_http_vfs_status_definitions(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    ngx_str_t    definition;
    ngx_uint_t   i;
    const char  *comma;

    p = ngx_cpymem(p, "\"definitions\":[", sizeof("\"definitions\":[") - 1);
    comma = "";

    for (i = 0; i < n; i++) {
        if (ngx_http_vfs_definition_is_new(workers, i, &definition)) {
            p = ngx_sprintf(p, "%s\"%V\"", comma, &definition);
            comma = ",";
        }
    }

    return ngx_cpymem(p, "],", sizeof("],") - 1);
}


static u_char *
ngx_http_vfs_status_gateway(u_char *p, ngx_http_vfs_shared_t *sh,
    ngx_uint_t workers, ngx_http_vfs_totals_t *totals)
{
    uint64_t    requests, failures, recent[VFS_HISTOGRAM_BUCKETS],
                asked[VFS_HISTOGRAM_BUCKETS];
    ngx_uint_t  i, k, in_flight;

    in_flight = 0;
    requests = 0;
    failures = 0;

    ngx_memzero(asked, sizeof(asked));

    for (i = 0; i < NGX_HTTP_VFS_ROUTES; i++) {
        in_flight += ngx_http_vfs_in_flight(sh, i);
        requests += totals[i].requests;
        failures += totals[i].status[NGX_HTTP_VFS_5XX];

        if (i == NGX_HTTP_VFS_ROUTE_OTHER) {
            continue;
        }

        for (k = 0; k < VFS_HISTOGRAM_BUCKETS; k++) {
            asked[k] += totals[i].counts[k];
        }
    }

    p = ngx_sprintf(p, "\"gateway\":{\"worker_processes\":%ui,"
                    "\"in_flight\":%ui,\"requests\":%uL,",
                    workers, in_flight, requests);

    p = ngx_http_vfs_status_rates(p, sh, NGX_HTTP_VFS_ROUTES, requests,
                                  failures);
    p = ngx_cpymem(p, ",\"routes\":[", sizeof(",\"routes\":[") - 1);

    for (i = 0; i < NGX_HTTP_VFS_ROUTES; i++) {
        if (i != 0) {
            *p++ = ',';
        }

        p = ngx_http_vfs_status_route(p, sh, i, &totals[i], recent);
    }

    p = ngx_cpymem(p, "],\"upstream\":[", sizeof("],\"upstream\":[") - 1);

    for (i = 0; i < NGX_HTTP_VFS_OPS; i++) {
        if (i != 0) {
            *p++ = ',';
        }

        p = ngx_http_vfs_status_operation(p, &ngx_http_vfs_operation_names[i],
                                          &totals[NGX_HTTP_VFS_ROUTES + i]);
    }

    p = ngx_cpymem(p, "],\"latency_buckets_us\":",
                   sizeof("],\"latency_buckets_us\":") - 1);
    p = ngx_http_vfs_status_buckets(p, asked);

    return ngx_cpymem(p, "},", sizeof("},") - 1);
}


static u_char *
ngx_http_vfs_status_route(u_char *p, ngx_http_vfs_shared_t *sh,
    ngx_uint_t route, ngx_http_vfs_totals_t *totals, uint64_t *recent)
{
    ngx_uint_t  n;

    p = ngx_sprintf(p, "{\"route\":\"%V\",\"requests\":%uL,"
                    "\"in_flight\":%ui,",
                    &ngx_http_vfs_route_names[route], totals->requests,
                    ngx_http_vfs_in_flight(sh, route));

    p = ngx_http_vfs_status_rates(p, sh, route, totals->requests,
                                  totals->status[NGX_HTTP_VFS_5XX]);

    p = ngx_sprintf(p, ",\"status\":{\"2xx\":%uL,\"3xx\":%uL,\"4xx\":%uL,"
                    "\"499\":%uL,\"5xx\":%uL},\"latency_us\":",
                    totals->status[NGX_HTTP_VFS_2XX],
                    totals->status[NGX_HTTP_VFS_3XX],
                    totals->status[NGX_HTTP_VFS_4XX],
                    totals->status[NGX_HTTP_VFS_499],
                    totals->status[NGX_HTTP_VFS_5XX]);

    p = ngx_http_vfs_status_latency(p, totals);

    n = ngx_http_vfs_recent(sh, route, totals, recent);

    return ngx_sprintf(p, ",\"recent_us\":{\"count\":%ui,\"p50\":%.0f,"
                       "\"p99\":%.0f}}", n,
                       ngx_http_vfs_status_quantile(recent, totals->max, 0.5),
                       ngx_http_vfs_status_quantile(recent, totals->max,
                                                    0.99));
}


static u_char *
ngx_http_vfs_status_operation(u_char *p, ngx_str_t *name,
    ngx_http_vfs_totals_t *totals)
{
    p = ngx_sprintf(p, "{\"operation\":\"%V\",\"requests\":%uL,"
                    "\"errors\":%uL,\"latency_us\":", name, totals->requests,
                    ngx_http_vfs_failed(totals));

    p = ngx_http_vfs_status_latency(p, totals);
    *p++ = '}';

    return p;
}


static u_char *
ngx_http_vfs_status_rates(u_char *p, ngx_http_vfs_shared_t *sh,
    ngx_uint_t route, uint64_t requests, uint64_t failures)
{
    uint64_t    totals[NGX_HTTP_VFS_RATES];
    ngx_uint_t  i;

    static const char  *names[] = { "rates", "error_rates" };

    totals[NGX_HTTP_VFS_REQUESTS] = requests;
    totals[NGX_HTTP_VFS_FAILURES] = failures;

    for (i = 0; i < NGX_HTTP_VFS_RATES; i++) {
        p = ngx_sprintf(p, "%s\"%s\":{\"1s\":%.3f,\"10s\":%.3f,"
                        "\"60s\":%.3f}", i ? "," : "", names[i],
                        ngx_http_vfs_rate(sh, i, route, 1000, totals[i]),
                        ngx_http_vfs_rate(sh, i, route, 10000, totals[i]),
                        ngx_http_vfs_rate(sh, i, route, 60000, totals[i]));
    }

    return p;
}


static u_char *
ngx_http_vfs_status_latency(u_char *p, ngx_http_vfs_totals_t *totals)
{
    double     mean;
    uint64_t  *counts;

    mean = (totals->requests != 0)
           ? (double) totals->sum / (double) totals->requests : 0;

    counts = totals->counts;

    return ngx_sprintf(p, "{\"count\":%uL,\"mean\":%.1f,\"p50\":%.0f,"
                       "\"p90\":%.0f,\"p99\":%.0f,\"p999\":%.0f,\"max\":%uL}",
                       totals->requests, mean,
                       ngx_http_vfs_status_quantile(counts, totals->max, 0.5),
                       ngx_http_vfs_status_quantile(counts, totals->max, 0.9),
                       ngx_http_vfs_status_quantile(counts, totals->max, 0.99),
                       ngx_http_vfs_status_quantile(counts, totals->max,
                                                    0.999),
                       totals->max);
}


/* The middle of the last bucket may lie above the largest observation. */

static double
ngx_http_vfs_status_quantile(uint64_t *counts, uint64_t max, double q)
{
    double  us;

    us = vfs_histogram_quantile(counts, q);

    return ngx_min(us, (double) max);
}


/* The whole distribution, coarser than it is kept; empty buckets left out. */

u_char *
ngx_http_vfs_status_buckets(u_char *p, uint64_t *counts)
{
    uint64_t     n;
    ngx_uint_t   i, k;
    const char  *comma;

    comma = "";
    *p++ = '[';

    for (i = 0; i < VFS_HISTOGRAM_BUCKETS; i += NGX_HTTP_VFS_STATUS_GROUP) {
        n = 0;

        for (k = i;
             k < i + NGX_HTTP_VFS_STATUS_GROUP && k < VFS_HISTOGRAM_BUCKETS;
             k++)
        {
            n += counts[k];
        }

        if (n != 0) {
            p = ngx_sprintf(p, "%s[%uL,%uL]", comma, vfs_histogram_lower(i),
                            n);
            comma = ",";
        }
    }

    *p++ = ']';

    return p;
}
