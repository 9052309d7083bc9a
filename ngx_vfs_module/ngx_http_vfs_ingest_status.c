
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_ingest.h"


/*
 * Bounds of the text: a worker, a partition, a name and a number, the
 * quantiles of a distribution.
 */

#define NGX_HTTP_VFS_WORKER_SIZE     2048
#define NGX_HTTP_VFS_PARTITION_SIZE  (2 * NGX_INT64_LEN + 4)
#define NGX_HTTP_VFS_DETAIL_SIZE     (NGX_HTTP_VFS_NAME_LEN + 32)
#define NGX_HTTP_VFS_QUANTILES_SIZE  192


static size_t ngx_http_vfs_ingest_worker_size(ngx_http_vfs_report_t *report);
static u_char *ngx_http_vfs_ingest_worker(u_char *p,
    ngx_http_vfs_worker_t *worker, uint64_t age);
static u_char *ngx_http_vfs_ingest_named(u_char *p, ngx_str_t *names,
    uint64_t *numbers, ngx_uint_t n);
static u_char *ngx_http_vfs_ingest_details(u_char *p,
    ngx_http_vfs_report_t *report);
static u_char *ngx_http_vfs_ingest_words(u_char *p,
    ngx_http_vfs_counted_t *counted, ngx_uint_t n);
static u_char *ngx_http_vfs_ingest_quantiles(u_char *p,
    ngx_uint_t distribution, uint64_t *counts);


size_t
ngx_http_vfs_ingest_status_size(ngx_http_vfs_worker_t *workers, ngx_uint_t n)
{
    size_t      size;
    ngx_uint_t  i;

    size = 0;

    for (i = 0; i < n; i++) {
        size += ngx_http_vfs_ingest_worker_size(&workers[i].report);
    }

    return size;
}


static size_t
ngx_http_vfs_ingest_worker_size(ngx_http_vfs_report_t *report)
{
    ngx_uint_t  i, details;

    details = 3 + report->retries.n + report->letters.n;

    for (i = 0; i < report->upserts.n; i++) {
        details += 1 + report->upserts.elts[i].nresults;
    }

    return NGX_HTTP_VFS_WORKER_SIZE
           + report->lags.n * NGX_HTTP_VFS_PARTITION_SIZE
           + details * NGX_HTTP_VFS_DETAIL_SIZE
           + NGX_HTTP_VFS_DISTRIBUTIONS * NGX_HTTP_VFS_QUANTILES_SIZE;
}


u_char *
ngx_http_vfs_ingest_status(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    double      events, upserts;
    uint64_t    now, age, lag, dead, stored[VFS_HISTOGRAM_BUCKETS];
    ngx_uint_t  i, k;

    now = ngx_http_vfs_now() / 1000;
    events = 0;
    upserts = 0;
    lag = 0;
    dead = 0;

    ngx_memzero(stored, sizeof(stored));

    p = ngx_cpymem(p, "\"ingest\":{\"workers\":[",
                   sizeof("\"ingest\":{\"workers\":[") - 1);

    for (i = 0; i < n; i++) {
        age = (now > workers[i].time) ? now - workers[i].time : 0;

        if (i != 0) {
            *p++ = ',';
        }

        p = ngx_http_vfs_ingest_worker(p, &workers[i], age);

        dead += workers[i].report.counters[NGX_HTTP_VFS_DEAD_LETTERS];

        for (k = 0; k < VFS_HISTOGRAM_BUCKETS; k++) {
            stored[k] += workers[i].report.buckets[NGX_HTTP_VFS_STORED_US][k];
        }

        if (age > NGX_HTTP_VFS_ALIVE) {
            continue;
        }

        events += workers[i].events_rate;
        upserts += workers[i].upserts_rate;

        for (k = 0; k < workers[i].report.lags.n; k++) {
            lag += workers[i].report.lags.elts[k].lag;
        }
    }

    p = ngx_sprintf(p, "],\"events_per_second\":%.1f,"
                    "\"upserts_per_second\":%.1f,\"lag\":%uL,"
                    "\"dead_letters\":%uL", events, upserts, lag, dead);

    p = ngx_http_vfs_ingest_quantiles(p, NGX_HTTP_VFS_STORED_US, stored);
    p = ngx_cpymem(p, ",\"event_to_stored_buckets_us\":",
                   sizeof(",\"event_to_stored_buckets_us\":") - 1);
    p = ngx_http_vfs_status_buckets(p, stored);
    *p++ = '}';

    return p;
}


static u_char *
ngx_http_vfs_ingest_worker(u_char *p, ngx_http_vfs_worker_t *worker,
    uint64_t age)
{
    ngx_uint_t              i;
    ngx_http_vfs_report_t  *report;

    report = &worker->report;

    p = ngx_sprintf(p, "{\"worker\":\"%*s\",\"age_ms\":%uL,\"alive\":%s,"
                    "\"definition\":\"%*s\",\"uptime_seconds\":%.1f,"
                    "\"paused\":%s,\"counters\":",
                    report->name_len, report->name, age,
                    (age <= NGX_HTTP_VFS_ALIVE) ? "true" : "false",
                    report->definition_len, report->definition,
                    (double) report->uptime / 1000,
                    report->paused ? "true" : "false");

    p = ngx_http_vfs_ingest_named(p, ngx_http_vfs_counter_names,
                                  report->counters, NGX_HTTP_VFS_COUNTERS);

    p = ngx_cpymem(p, ",\"gauges\":", sizeof(",\"gauges\":") - 1);

    p = ngx_http_vfs_ingest_named(p, ngx_http_vfs_level_names,
                                  report->levels, NGX_HTTP_VFS_LEVELS);

    p = ngx_cpymem(p, ",\"lag\":{", sizeof(",\"lag\":{") - 1);

    for (i = 0; i < report->lags.n; i++) {
        p = ngx_sprintf(p, "%s\"%uL\":%uL", i ? "," : "",
                        report->lags.elts[i].partition,
                        report->lags.elts[i].lag);
    }

    p = ngx_sprintf(p, "},\"rates\":{\"events\":%.1f,\"upserts\":%.1f}",
                    worker->events_rate, worker->upserts_rate);

    p = ngx_http_vfs_ingest_quantiles(p, NGX_HTTP_VFS_STORED_US,
                                      report->buckets[NGX_HTTP_VFS_STORED_US]);
    p = ngx_http_vfs_ingest_details(p, report);
    *p++ = '}';

    return p;
}


static u_char *
ngx_http_vfs_ingest_named(u_char *p, ngx_str_t *names, uint64_t *numbers,
    ngx_uint_t n)
{
    ngx_uint_t  i;

    *p++ = '{';

    for (i = 0; i < n; i++) {
        p = ngx_sprintf(p, "%s\"%V\":%uL", i ? "," : "", &names[i],
                        numbers[i]);
    }

    *p++ = '}';

    return p;
}


/* What is counted by reason, namespace or size, each after a comma. */

static u_char *
ngx_http_vfs_ingest_details(u_char *p, ngx_http_vfs_report_t *report)
{
    ngx_uint_t                 i;
    ngx_http_vfs_namespace_t  *space;

    p = ngx_cpymem(p, ",\"retries\":", sizeof(",\"retries\":") - 1);
    p = ngx_http_vfs_ingest_words(p, report->retries.elts, report->retries.n);

    p = ngx_cpymem(p, ",\"dead_letters\":", sizeof(",\"dead_letters\":") - 1);
    p = ngx_http_vfs_ingest_words(p, report->letters.elts, report->letters.n);

    p = ngx_cpymem(p, ",\"upserts\":{", sizeof(",\"upserts\":{") - 1);

    for (i = 0; i < report->upserts.n; i++) {
        space = &report->upserts.elts[i];

        p = ngx_sprintf(p, "%s\"%*s\":", i ? "," : "", space->name_len,
                        space->name);
        p = ngx_http_vfs_ingest_words(p, space->results, space->nresults);
    }

    *p++ = '}';

    for (i = NGX_HTTP_VFS_BATCH_US; i < NGX_HTTP_VFS_DISTRIBUTIONS; i++) {
        p = ngx_http_vfs_ingest_quantiles(p, i, report->buckets[i]);
    }

    return p;
}


static u_char *
ngx_http_vfs_ingest_words(u_char *p, ngx_http_vfs_counted_t *counted,
    ngx_uint_t n)
{
    ngx_uint_t  i;

    *p++ = '{';

    for (i = 0; i < n; i++) {
        p = ngx_sprintf(p, "%s\"%*s\":%uL", i ? "," : "", counted[i].len,
                        counted[i].word, counted[i].count);
    }

    *p++ = '}';

    return p;
}


static u_char *
ngx_http_vfs_ingest_quantiles(u_char *p, ngx_uint_t distribution,
    uint64_t *counts)
{
    uint64_t    n;
    ngx_uint_t  i;

    n = 0;

    for (i = 0; i < VFS_HISTOGRAM_BUCKETS; i++) {
        n += counts[i];
    }

    return ngx_sprintf(p, ",\"%V\":{\"count\":%uL,\"p50\":%.0f,\"p99\":%.0f,"
                       "\"max\":%.0f}",
                       &ngx_http_vfs_distribution_names[distribution], n,
                       vfs_histogram_quantile(counts, 0.5),
                       vfs_histogram_quantile(counts, 0.99),
                       vfs_histogram_quantile(counts, 1));
}
