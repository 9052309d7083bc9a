
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_metrics.h"
#include "ngx_http_vfs_skew.h"


/* Bounds of the text: all samples of a series, its labels. */

#define NGX_HTTP_VFS_SERIES_SIZE                                              \
    ((VFS_HISTOGRAM_BOUNDS + 16) * NGX_HTTP_VFS_SAMPLE_SIZE)
#define NGX_HTTP_VFS_LABELS_SIZE  96


static u_char *ngx_http_vfs_metrics_gateway(u_char *p,
    ngx_http_vfs_zone_t *zone, ngx_http_vfs_totals_t *totals);
static u_char *ngx_http_vfs_metrics_upstream(u_char *p,
    ngx_http_vfs_zone_t *zone, ngx_http_vfs_totals_t *totals);
static u_char *ngx_http_vfs_metrics_build(u_char *p,
    ngx_http_vfs_worker_t *workers, ngx_uint_t n);
static u_char *ngx_http_vfs_metrics_zone(u_char *p, ngx_http_vfs_zone_t *zone);

static const char  *ngx_http_vfs_class_names[] = {
    "2xx", "3xx", "4xx", "499", "5xx"
};


static const char  *ngx_http_vfs_operation_labels[] = {
    "fetch", "query"
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

    size = (NGX_HTTP_VFS_ROUTES * NGX_HTTP_VFS_CLASSES + NGX_HTTP_VFS_OPS + 1)
           * NGX_HTTP_VFS_SERIES_SIZE
           + NGX_HTTP_VFS_SKEW_METRICS_SIZE
           + ngx_http_vfs_ingest_metrics_size(workers, n);

    start = ngx_pnalloc(pool, size);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_http_vfs_metrics_build(start, workers, n);
    p = ngx_http_vfs_metrics_zone(p, zone);
    p = ngx_http_vfs_metrics_gateway(p, zone, totals);
    p = ngx_http_vfs_metrics_upstream(p, zone, totals + NGX_HTTP_VFS_ROUTES);
    p = ngx_http_vfs_ingest_metrics(p, workers, n);
    p = ngx_http_vfs_skew_metrics(p, zone);

    return ngx_http_vfs_send_text(ctx, NGX_HTTP_OK, &type, start, p - start);
}


/* One sample for each definition that workers report, or one for none. */

static u_char *
ngx_http_vfs_metrics_build(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    ngx_str_t   definition;
    ngx_uint_t  i, found;

    p = ngx_http_vfs_metrics_head(p, "vfs_build_info", "gauge",
                                  "Versions, always 1.");
    found = 0;
    ngx_str_null(&definition);

    for (i = 0; i <= n; i++) {

        if (i < n) {

            if (!ngx_http_vfs_definition_is_new(workers, i, &definition)) {
                continue;
            }

        } else if (found != 0) {
            break;
        }

        p = ngx_sprintf(p, "vfs_build_info{version=\"" NGX_HTTP_VFS_VERSION
                        "\",nginx=\"" NGINX_VERSION "\",definition=\"%V\"} "
                        "1\n", &definition);
        found++;
    }

    return p;
}


static u_char *
ngx_http_vfs_metrics_zone(u_char *p, ngx_http_vfs_zone_t *zone)
{
    p = ngx_http_vfs_metrics_head(p, "vfs_uptime_seconds", "gauge",
                                  "Time since the statistics began.");
    p = ngx_sprintf(p, "vfs_uptime_seconds %.3f\n",
                    (double) (ngx_http_vfs_now() - zone->sh->created)
                    / 1000000);

    p = ngx_http_vfs_metrics_head(p, "vfs_shm_size_bytes", "gauge",
                                  "Size of the shared memory zone.");
    p = ngx_sprintf(p, "vfs_shm_size_bytes %uz\n",
                    ngx_http_vfs_zone_size(zone));

    p = ngx_http_vfs_metrics_head(p, "vfs_shm_used_bytes", "gauge",
                                  "Shared memory in use.");

    return ngx_sprintf(p, "vfs_shm_used_bytes %uz\n",
                       ngx_http_vfs_zone_used(zone));
}


static u_char *
ngx_http_vfs_metrics_gateway(u_char *p, ngx_http_vfs_zone_t *zone,
    ngx_http_vfs_totals_t *totals)
{
    u_char      *last, labels[NGX_HTTP_VFS_LABELS_SIZE];
    ngx_uint_t   i, k;

    p = ngx_http_vfs_metrics_head(p, "vfs_gateway_in_flight", "gauge",
                                  "Requests being answered.");

    for (i = 0; i < NGX_HTTP_VFS_ROUTES; i++) {
        p = ngx_sprintf(p, "vfs_gateway_in_flight{route=\"%V\"} %ui\n",
                        &ngx_http_vfs_route_names[i],
                        ngx_http_vfs_in_flight(zone->sh, i));
    }

    p = ngx_http_vfs_metrics_head(p, "vfs_gateway_request_seconds",
                                  "histogram",
                                  "Time to the answer, by class of status.");

    for (i = 0; i < NGX_HTTP_VFS_ROUTES; i++) {
        for (k = 0; k < NGX_HTTP_VFS_CLASSES; k++) {
            last = ngx_snprintf(labels, sizeof(labels),
                                "route=\"%V\",status_class=\"%s\"",
                                &ngx_http_vfs_route_names[i],
                                ngx_http_vfs_class_names[k]);

            p = ngx_http_vfs_metrics_bounded(p, "vfs_gateway_request_seconds",
                                             labels, last - labels,
                                             totals[i].bounded[k],
                                             (double) totals[i].sums[k], 1e-6);
        }
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
                        ngx_http_vfs_failed(&totals[i]));
    }

    p = ngx_http_vfs_metrics_head(p, "vfs_gateway_upstream_seconds",
                                  "histogram", "Time the index took.");

    for (i = 0; i < NGX_HTTP_VFS_OPS; i++) {
        name = ngx_http_vfs_operation_labels[i];
        p = ngx_http_vfs_metrics_histogram(p, "vfs_gateway_upstream_seconds",
                                           "operation", (u_char *) name,
                                           ngx_strlen(name), totals[i].counts,
                                           (double) totals[i].sum, 1e-6);
    }

    return p;
}


u_char *
ngx_http_vfs_metrics_head(u_char *p, const char *name, const char *type,
    const char *help)
{
    return ngx_sprintf(p, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                       type);
}


u_char *
ngx_http_vfs_metrics_histogram(u_char *p, const char *name, const char *label,
    u_char *value, size_t len, uint64_t *counts, double sum, double unit)
{
    u_char      *last, labels[NGX_HTTP_VFS_LABELS_SIZE];
    uint64_t     bounded[VFS_HISTOGRAM_BOUNDS + 1];
    ngx_uint_t   k;

    ngx_memzero(bounded, sizeof(bounded));

    for (k = 0; k < VFS_HISTOGRAM_BUCKETS; k++) {
        bounded[vfs_histogram_bound_index(vfs_histogram_lower(k))] += counts[k];
    }

    last = ngx_snprintf(labels, sizeof(labels), "%s=\"%*s\"", label, len,
                        value);

    return ngx_http_vfs_metrics_bounded(p, name, labels, last - labels,
                                        bounded, sum, unit);
}


u_char *
ngx_http_vfs_metrics_bounded(u_char *p, const char *name, u_char *labels,
    size_t len, uint64_t *bounded, double sum, double unit)
{
    uint64_t    n;
    ngx_uint_t  i;

    n = 0;

    for (i = 0; i < VFS_HISTOGRAM_BOUNDS; i++) {
        n += bounded[i];

        p = ngx_sprintf(p, "%s_bucket{%*s,le=\"%.6f\"} %uL\n", name, len,
                        labels, (double) vfs_histogram_bound(i) * unit, n);
    }

    n += bounded[VFS_HISTOGRAM_BOUNDS];

    return ngx_sprintf(p, "%s_bucket{%*s,le=\"+Inf\"} %uL\n"
                       "%s_sum{%*s} %.6f\n"
                       "%s_count{%*s} %uL\n",
                       name, len, labels, n,
                       name, len, labels, sum * unit,
                       name, len, labels, n);
}
