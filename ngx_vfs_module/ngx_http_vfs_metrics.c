
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_ingest.h"


/*
 * Upper bounds of the exposed histograms are powers of two and the buckets'
 * bounds next to half powers (46/32 of a power of two), so that no bucket is
 * ever split: from 46 us to 12 s.
 */

#define NGX_HTTP_VFS_BOUNDS        37
#define NGX_HTTP_VFS_HALF_POWER    46

/* Bounds of the text: a sample, and all samples but the workers'. */

#define NGX_HTTP_VFS_SAMPLE_SIZE   192
#define NGX_HTTP_VFS_SERIES_SIZE                                              \
    ((NGX_HTTP_VFS_BOUNDS + 16) * NGX_HTTP_VFS_SAMPLE_SIZE)


typedef struct {
    const char                *name;
    const char                *help;
    ngx_uint_t                 index;
} ngx_http_vfs_metric_t;


static u_char *ngx_http_vfs_metrics_gateway(u_char *p,
    ngx_http_vfs_zone_t *zone, ngx_http_vfs_totals_t *totals);
static u_char *ngx_http_vfs_metrics_upstream(u_char *p,
    ngx_http_vfs_zone_t *zone, ngx_http_vfs_totals_t *totals);
static u_char *ngx_http_vfs_metrics_zone(u_char *p, ngx_http_vfs_zone_t *zone);
static u_char *ngx_http_vfs_metrics_ingest(u_char *p,
    ngx_http_vfs_worker_t *workers, ngx_uint_t n);
static u_char *ngx_http_vfs_metrics_workers(u_char *p,
    ngx_http_vfs_worker_t *workers, ngx_uint_t n);
static u_char *ngx_http_vfs_metrics_head(u_char *p, const char *name,
    const char *type, const char *help);
static u_char *ngx_http_vfs_metrics_histogram(u_char *p, const char *name,
    const char *label, u_char *value, size_t len, uint64_t *counts,
    double sum);
static uint64_t ngx_http_vfs_metrics_bound(ngx_uint_t i);


static const char  *ngx_http_vfs_class_names[] = {
    "2xx", "3xx", "4xx", "499", "5xx"
};


static const char  *ngx_http_vfs_operation_labels[] = {
    "fetch", "query"
};


static ngx_http_vfs_metric_t  ngx_http_vfs_counter_metrics[] = {
    { "vfs_events_consumed_total", "Events read from Kafka.",
      NGX_HTTP_VFS_EVENTS },
    { "vfs_events_folded_total", "Events folded into a user's state.",
      NGX_HTTP_VFS_FOLDED },
    { "vfs_events_ignored_total", "Events of weight zero, or seen before.",
      NGX_HTTP_VFS_IGNORED },
    { "vfs_item_updates_total", "Updates sent on to items.",
      NGX_HTTP_VFS_ITEM_UPDATES },
    { "vfs_upserts_total", "Vectors that the index has acknowledged.",
      NGX_HTTP_VFS_UPSERTS },
    { "vfs_deletes_total", "Vectors deleted from the index.",
      NGX_HTTP_VFS_DELETES },
    { "vfs_upsert_batches_total", "Batches that the index has acknowledged.",
      NGX_HTTP_VFS_BATCHES },
    { "vfs_retries_total", "Requests to the index that were repeated.",
      NGX_HTTP_VFS_RETRIES },
    { "vfs_dlq_total", "Events sent to the dead-letter topic.",
      NGX_HTTP_VFS_DEAD_LETTERS },
    { NULL, NULL, 0 }
};


static ngx_http_vfs_metric_t  ngx_http_vfs_level_metrics[] = {
    { "vfs_ingest_requests_in_flight", "Requests to the index under way.",
      NGX_HTTP_VFS_IN_FLIGHT },
    { "vfs_ingest_pending_vectors", "Vectors that wait to be sent.",
      NGX_HTTP_VFS_PENDING },
    { "vfs_ingest_state_keys", "Users and items with a state.",
      NGX_HTTP_VFS_STATE_KEYS },
    { NULL, NULL, 0 }
};


/* GET metrics: Prometheus text format 0.0.4 */

ngx_int_t
ngx_http_vfs_metrics_start(ngx_http_vfs_ctx_t *ctx)
{
    size_t                  size;
    u_char                 *p, *start;
    ngx_uint_t              i, n;
    ngx_pool_t             *pool;
    ngx_http_vfs_zone_t    *zone;
    ngx_http_vfs_worker_t  *workers;
    ngx_http_vfs_totals_t  *totals;

    static ngx_str_t  type = ngx_string("text/plain; version=0.0.4");

    pool = ctx->request->pool;
    zone = ngx_http_vfs_zone(ctx->request);

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

    size = (NGX_HTTP_VFS_SERIES + 1 + n) * NGX_HTTP_VFS_SERIES_SIZE;

    for (i = 0; i < n; i++) {
        size += (NGX_HTTP_VFS_COUNTERS + NGX_HTTP_VFS_LEVELS + 8
                 + workers[i].report.nlags)
                * NGX_HTTP_VFS_SAMPLE_SIZE;
    }

    start = ngx_pnalloc(pool, size);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_http_vfs_metrics_zone(start, zone);
    p = ngx_http_vfs_metrics_gateway(p, zone, totals);
    p = ngx_http_vfs_metrics_upstream(p, zone, totals + NGX_HTTP_VFS_ROUTES);
    p = ngx_http_vfs_metrics_ingest(p, workers, n);
    p = ngx_http_vfs_metrics_workers(p, workers, n);

    return ngx_http_vfs_send_text(ctx, NGX_HTTP_OK, &type, start, p - start);
}


static u_char *
ngx_http_vfs_metrics_zone(u_char *p, ngx_http_vfs_zone_t *zone)
{
    size_t  size, used;

    size = zone->shpool->end - (u_char *) zone->shpool;
    used = size - zone->shpool->pfree * ngx_pagesize;

    p = ngx_http_vfs_metrics_head(p, "vfs_build_info", "gauge",
                                  "Versions, always 1.");
    p = ngx_sprintf(p, "vfs_build_info{version=\"" NGX_HTTP_VFS_VERSION "\","
                    "nginx=\"" NGINX_VERSION "\"} 1\n");

    p = ngx_http_vfs_metrics_head(p, "vfs_uptime_seconds", "gauge",
                                  "Time since the statistics began.");
    p = ngx_sprintf(p, "vfs_uptime_seconds %.3f\n",
                    (double) (ngx_http_vfs_now() - zone->sh->created)
                    / 1000000);

    p = ngx_http_vfs_metrics_head(p, "vfs_shm_size_bytes", "gauge",
                                  "Size of the shared memory zone.");
    p = ngx_sprintf(p, "vfs_shm_size_bytes %uz\n", size);

    p = ngx_http_vfs_metrics_head(p, "vfs_shm_used_bytes", "gauge",
                                  "Shared memory in use.");

    return ngx_sprintf(p, "vfs_shm_used_bytes %uz\n", used);
}


static u_char *
ngx_http_vfs_metrics_gateway(u_char *p, ngx_http_vfs_zone_t *zone,
    ngx_http_vfs_totals_t *totals)
{
    ngx_str_t   *name;
    ngx_uint_t   i, k;

    p = ngx_http_vfs_metrics_head(p, "vfs_gateway_in_flight", "gauge",
                                  "Requests being answered.");

    for (i = 0; i < NGX_HTTP_VFS_ROUTES; i++) {
        p = ngx_sprintf(p, "vfs_gateway_in_flight{route=\"%V\"} %ui\n",
                        &ngx_http_vfs_route_names[i],
                        ngx_http_vfs_in_flight(zone->sh, i));
    }

    p = ngx_http_vfs_metrics_head(p, "vfs_gateway_requests_total", "counter",
                                  "Requests answered, by class of status.");

    for (i = 0; i < NGX_HTTP_VFS_ROUTES; i++) {
        for (k = 0; k < NGX_HTTP_VFS_CLASSES; k++) {
            p = ngx_sprintf(p, "vfs_gateway_requests_total{route=\"%V\","
                            "status_class=\"%s\"} %uL\n",
                            &ngx_http_vfs_route_names[i],
                            ngx_http_vfs_class_names[k],
                            totals[i].status[k]);
        }
    }

    p = ngx_http_vfs_metrics_head(p, "vfs_gateway_request_seconds",
                                  "histogram", "Time to the answer.");

    for (i = 0; i < NGX_HTTP_VFS_ROUTES; i++) {
        name = &ngx_http_vfs_route_names[i];
        p = ngx_http_vfs_metrics_histogram(p, "vfs_gateway_request_seconds",
                                           "route", name->data, name->len,
                                           totals[i].counts,
                                           (double) totals[i].sum);
    }

    return p;
}


static u_char *
ngx_http_vfs_metrics_upstream(u_char *p, ngx_http_vfs_zone_t *zone,
    ngx_http_vfs_totals_t *totals)
{
    ngx_uint_t   i;
    const char  *name;

    p = ngx_http_vfs_metrics_head(p, "vfs_gateway_upstream_errors_total",
                                  "counter",
                                  "Requests to the index that failed.");

    for (i = 0; i < NGX_HTTP_VFS_OPS; i++) {
        p = ngx_sprintf(p, "vfs_gateway_upstream_errors_total"
                        "{operation=\"%s\"} %uL\n",
                        ngx_http_vfs_operation_labels[i],
                        totals[i].requests
                        - totals[i].status[NGX_HTTP_VFS_2XX]);
    }

    p = ngx_http_vfs_metrics_head(p, "vfs_gateway_upstream_seconds",
                                  "histogram", "Time the index took.");

    for (i = 0; i < NGX_HTTP_VFS_OPS; i++) {
        name = ngx_http_vfs_operation_labels[i];
        p = ngx_http_vfs_metrics_histogram(p, "vfs_gateway_upstream_seconds",
                                           "operation", (u_char *) name,
                                           ngx_strlen(name), totals[i].counts,
                                           (double) totals[i].sum);
    }

    return p;
}


/* The counters and gauges of the ingest workers' reports. */

static u_char *
ngx_http_vfs_metrics_ingest(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    ngx_uint_t              i;
    ngx_http_vfs_metric_t  *metric;

    if (n == 0) {
        return p;
    }

    for (metric = ngx_http_vfs_counter_metrics; metric->name; metric++) {
        p = ngx_http_vfs_metrics_head(p, metric->name, "counter",
                                      metric->help);

        for (i = 0; i < n; i++) {
            p = ngx_sprintf(p, "%s{worker=\"%*s\"} %uL\n", metric->name,
                            workers[i].report.name_len,
                            workers[i].report.name,
                            workers[i].report.counters[metric->index]);
        }
    }

    for (metric = ngx_http_vfs_level_metrics; metric->name; metric++) {
        p = ngx_http_vfs_metrics_head(p, metric->name, "gauge", metric->help);

        for (i = 0; i < n; i++) {
            p = ngx_sprintf(p, "%s{worker=\"%*s\"} %uL\n", metric->name,
                            workers[i].report.name_len,
                            workers[i].report.name,
                            workers[i].report.levels[metric->index]);
        }
    }

    return p;
}


/* What the ingest workers are, and how far behind. */

static u_char *
ngx_http_vfs_metrics_workers(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    double                  sum;
    uint64_t                now;
    ngx_uint_t              i, k;
    ngx_http_vfs_report_t  *report;

    if (n == 0) {
        return p;
    }

    now = ngx_http_vfs_now() / 1000;

    p = ngx_http_vfs_metrics_head(p, "vfs_ingest_up", "gauge",
                                  "Whether a worker has reported within "
                                  "five seconds.");

    for (i = 0; i < n; i++) {
        report = &workers[i].report;
        p = ngx_sprintf(p, "vfs_ingest_up{worker=\"%*s\",definition=\"%*s\"} "
                        "%d\n", report->name_len, report->name,
                        report->definition_len, report->definition,
                        workers[i].time + NGX_HTTP_VFS_ALIVE >= now);
    }

    p = ngx_http_vfs_metrics_head(p, "vfs_ingest_paused", "gauge",
                                  "Whether a worker waits for the index.");

    for (i = 0; i < n; i++) {
        report = &workers[i].report;
        p = ngx_sprintf(p, "vfs_ingest_paused{worker=\"%*s\"} %ui\n",
                        report->name_len, report->name, report->paused);
    }

    p = ngx_http_vfs_metrics_head(p, "vfs_consumer_lag", "gauge",
                                  "Events of a partition not yet read.");

    for (i = 0; i < n; i++) {
        report = &workers[i].report;

        for (k = 0; k < report->nlags; k++) {
            p = ngx_sprintf(p, "vfs_consumer_lag{worker=\"%*s\","
                            "partition=\"%uL\"} %uL\n", report->name_len,
                            report->name, report->lags[k].partition,
                            report->lags[k].lag);
        }
    }

    p = ngx_http_vfs_metrics_head(p, "vfs_event_to_stored_seconds",
                                  "histogram",
                                  "From an event's time in Kafka to the "
                                  "index's acknowledgement.");

    for (i = 0; i < n; i++) {
        report = &workers[i].report;
        sum = 0;

        /* reports have no sum: the buckets' lower bounds, off by 3 % */

        for (k = 0; k < VFS_HISTOGRAM_BUCKETS; k++) {
            sum += (double) report->stored[k] * vfs_histogram_lower(k);
        }

        p = ngx_http_vfs_metrics_histogram(p, "vfs_event_to_stored_seconds",
                                           "worker", report->name,
                                           report->name_len, report->stored,
                                           sum);
    }

    return p;
}


static u_char *
ngx_http_vfs_metrics_head(u_char *p, const char *name, const char *type,
    const char *help)
{
    return ngx_sprintf(p, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                       type);
}


static u_char *
ngx_http_vfs_metrics_histogram(u_char *p, const char *name, const char *label,
    u_char *value, size_t len, uint64_t *counts, double sum)
{
    uint64_t    n, bound;
    ngx_uint_t  i, k;

    n = 0;
    k = 0;

    for (i = 0; i < NGX_HTTP_VFS_BOUNDS; i++) {
        bound = ngx_http_vfs_metrics_bound(i);

        while (vfs_histogram_lower(k) < bound) {
            n += counts[k++];
        }

        p = ngx_sprintf(p, "%s_bucket{%s=\"%*s\",le=\"%.6f\"} %uL\n", name,
                        label, len, value, (double) bound / 1000000, n);
    }

    while (k < VFS_HISTOGRAM_BUCKETS) {
        n += counts[k++];
    }

    return ngx_sprintf(p, "%s_bucket{%s=\"%*s\",le=\"+Inf\"} %uL\n"
                       "%s_sum{%s=\"%*s\"} %.6f\n"
                       "%s_count{%s=\"%*s\"} %uL\n",
                       name, label, len, value, n,
                       name, label, len, value, sum / 1000000,
                       name, label, len, value, n);
}


static uint64_t
ngx_http_vfs_metrics_bound(ngx_uint_t i)
{
    if (i % 2 == 0) {
        return (uint64_t) NGX_HTTP_VFS_HALF_POWER << (i / 2);
    }

    return (uint64_t) 64 << (i / 2);
}
