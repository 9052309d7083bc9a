
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_ingest.h"
#include "ngx_http_vfs_metrics.h"


/* Of all workers together: the lines that say what a metric is. */

#define NGX_HTTP_VFS_INGEST_HEADS  32

/* Of one: up and paused, and what a histogram has but its bounds. */

#define NGX_HTTP_VFS_INGEST_REST   2
#define NGX_HTTP_VFS_BUCKET_LINES  (VFS_HISTOGRAM_BOUNDS + 3)


typedef struct {
    const char                *name;
    const char                *help;
    ngx_uint_t                 index;
} ngx_http_vfs_metric_t;


typedef struct {
    const char                *name;
    const char                *help;
    double                     unit;
} ngx_http_vfs_distribution_t;


static u_char *ngx_http_vfs_ingest_state(u_char *p,
    ngx_http_vfs_worker_t *workers, ngx_uint_t n);
static u_char *ngx_http_vfs_ingest_numbers(u_char *p,
    ngx_http_vfs_worker_t *workers, ngx_uint_t n);
static u_char *ngx_http_vfs_ingest_upserts(u_char *p,
    ngx_http_vfs_worker_t *workers, ngx_uint_t n);
static u_char *ngx_http_vfs_ingest_reasons(u_char *p,
    ngx_http_vfs_worker_t *workers, ngx_uint_t n);
static u_char *ngx_http_vfs_ingest_counted(u_char *p, const char *name,
    ngx_http_vfs_report_t *report, ngx_http_vfs_reasons_t *reasons);
static u_char *ngx_http_vfs_ingest_distributions(u_char *p,
    ngx_http_vfs_worker_t *workers, ngx_uint_t n);
static double ngx_http_vfs_ingest_sum(ngx_http_vfs_report_t *report,
    ngx_uint_t which);


static ngx_http_vfs_metric_t  ngx_http_vfs_counter_metrics[] = {
    { "vfs_events_consumed_total", "Events read from Kafka.",
      NGX_HTTP_VFS_EVENTS },
    { "vfs_events_folded_total", "Events folded into a user's state.",
      NGX_HTTP_VFS_FOLDED },
    { "vfs_events_ignored_total", "Events of weight zero, or seen before.",
      NGX_HTTP_VFS_IGNORED },
    { "vfs_item_updates_total", "Updates folded into an item's state.",
      NGX_HTTP_VFS_ITEM_UPDATES },
    { "vfs_deletes_total", "Vectors deleted from the index.",
      NGX_HTTP_VFS_DELETES },
    { "vfs_upsert_batches_total", "Batches that the index has acknowledged.",
      NGX_HTTP_VFS_BATCHES },
    { NULL, NULL, 0 }
};


static ngx_http_vfs_metric_t  ngx_http_vfs_level_metrics[] = {
    { "vfs_ingest_requests_in_flight", "Requests to the index under way.",
      NGX_HTTP_VFS_IN_FLIGHT },
    { "vfs_ingest_pending_vectors", "Vectors that wait to be sent.",
      NGX_HTTP_VFS_PENDING },
    { "vfs_ingest_state_keys", "Users and items with a state.",
      NGX_HTTP_VFS_STATE_KEYS },
    { "vfs_ingest_state_bytes", "Size of the states on disk.",
      NGX_HTTP_VFS_STATE_BYTES },
    { NULL, NULL, 0 }
};


/* By ngx_http_vfs_distribution_e. */

static ngx_http_vfs_distribution_t  ngx_http_vfs_distribution_metrics[] = {
    { "vfs_event_to_stored_seconds",
      "From an event's time in Kafka to the index's acknowledgement.", 1e-6 },
    { "vfs_upsert_batch_seconds",
      "How long the index took for a batch.", 1e-6 },
    { "vfs_upsert_batch_bytes", "Sizes of the batches' requests.", 1 }
};


size_t
ngx_http_vfs_ingest_metrics_size(ngx_http_vfs_worker_t *workers, ngx_uint_t n)
{
    ngx_uint_t              i, samples;
    ngx_http_vfs_report_t  *report;

    samples = NGX_HTTP_VFS_INGEST_HEADS;

    for (i = 0; i < n; i++) {
        report = &workers[i].report;

        samples += NGX_HTTP_VFS_COUNTERS + NGX_HTTP_VFS_LEVELS
                   + NGX_HTTP_VFS_INGEST_REST + report->lags.n
                   + report->retries.n + report->letters.n
                   + NGX_HTTP_VFS_NAMESPACES * NGX_HTTP_VFS_RESULTS
                   + NGX_HTTP_VFS_DISTRIBUTIONS * NGX_HTTP_VFS_BUCKET_LINES;
    }

    return samples * NGX_HTTP_VFS_SAMPLE_SIZE;
}


u_char *
ngx_http_vfs_ingest_metrics(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    if (n == 0) {
        return p;
    }

    p = ngx_http_vfs_ingest_numbers(p, workers, n);
    p = ngx_http_vfs_ingest_upserts(p, workers, n);
    p = ngx_http_vfs_ingest_reasons(p, workers, n);
    p = ngx_http_vfs_ingest_state(p, workers, n);

    return ngx_http_vfs_ingest_distributions(p, workers, n);
}


static u_char *
ngx_http_vfs_ingest_numbers(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    ngx_uint_t              i;
    ngx_http_vfs_metric_t  *metric;

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


static u_char *
ngx_http_vfs_ingest_upserts(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    ngx_uint_t                 i, k, m;
    ngx_http_vfs_report_t     *report;
    ngx_http_vfs_counted_t    *result;
    ngx_http_vfs_namespace_t  *space;

    p = ngx_http_vfs_metrics_head(p, "vfs_upserts_total", "counter",
                                  "Vectors sent to the index, by what became "
                                  "of them.");

    for (i = 0; i < n; i++) {
        report = &workers[i].report;

        for (k = 0; k < report->upserts.n; k++) {
            space = &report->upserts.elts[k];

            for (m = 0; m < space->nresults; m++) {
                result = &space->results[m];

                p = ngx_sprintf(p, "vfs_upserts_total{worker=\"%*s\","
                                "namespace=\"%*s\",result=\"%*s\"} %uL\n",
                                report->name_len, report->name,
                                space->name_len, space->name,
                                result->len, result->word, result->count);
            }
        }
    }

    return p;
}


static u_char *
ngx_http_vfs_ingest_reasons(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    ngx_uint_t              i;
    ngx_http_vfs_report_t  *report;

    p = ngx_http_vfs_metrics_head(p, "vfs_retries_total", "counter",
                                  "Requests to the index that were repeated.");

    for (i = 0; i < n; i++) {
        report = &workers[i].report;
        p = ngx_http_vfs_ingest_counted(p, "vfs_retries_total", report,
                                        &report->retries);
    }

    p = ngx_http_vfs_metrics_head(p, "vfs_dlq_total", "counter",
                                  "Events sent to the dead-letter topic.");

    for (i = 0; i < n; i++) {
        report = &workers[i].report;
        p = ngx_http_vfs_ingest_counted(p, "vfs_dlq_total", report,
                                        &report->letters);
    }

    return p;
}


static u_char *
ngx_http_vfs_ingest_counted(u_char *p, const char *name,
    ngx_http_vfs_report_t *report, ngx_http_vfs_reasons_t *reasons)
{
    ngx_uint_t               i;
    ngx_http_vfs_counted_t  *counted;

    for (i = 0; i < reasons->n; i++) {
        counted = &reasons->elts[i];

        p = ngx_sprintf(p, "%s{worker=\"%*s\",reason=\"%*s\"} %uL\n", name,
                        report->name_len, report->name, counted->len,
                        counted->word, counted->count);
    }

    return p;
}


/* What the workers are, and how far behind. */

static u_char *
ngx_http_vfs_ingest_state(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    uint64_t                now;
    ngx_uint_t              i, k;
    ngx_http_vfs_report_t  *report;

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
                                  "Events of a partition not yet in stored "
                                  "vectors.");

    for (i = 0; i < n; i++) {
        report = &workers[i].report;

        for (k = 0; k < report->lags.n; k++) {
            p = ngx_sprintf(p, "vfs_consumer_lag{worker=\"%*s\","
                            "partition=\"%uL\"} %uL\n", report->name_len,
                            report->name, report->lags.elts[k].partition,
                            report->lags.elts[k].lag);
        }
    }

    return p;
}


static u_char *
ngx_http_vfs_ingest_distributions(u_char *p, ngx_http_vfs_worker_t *workers,
    ngx_uint_t n)
{
    ngx_uint_t                    i, k;
    ngx_http_vfs_report_t        *report;
    ngx_http_vfs_distribution_t  *metric;

    for (k = 0; k < NGX_HTTP_VFS_DISTRIBUTIONS; k++) {
        metric = &ngx_http_vfs_distribution_metrics[k];

        p = ngx_http_vfs_metrics_head(p, metric->name, "histogram",
                                      metric->help);

        for (i = 0; i < n; i++) {
            report = &workers[i].report;
            p = ngx_http_vfs_metrics_histogram(p, metric->name, "worker",
                                               report->name, report->name_len,
                                               report->buckets[k],
                                               ngx_http_vfs_ingest_sum(report,
                                                                       k),
                                               metric->unit);
        }
    }

    return p;
}


/* A report without sums: the buckets' lower bounds, off by 3 % at most. */

static double
ngx_http_vfs_ingest_sum(ngx_http_vfs_report_t *report, ngx_uint_t which)
{
    double      sum;
    ngx_uint_t  i;

    if (report->summed) {
        return (double) report->sums[which];
    }

    sum = 0;

    for (i = 0; i < VFS_HISTOGRAM_BUCKETS; i++) {
        sum += (double) report->buckets[which][i]
               * (double) vfs_histogram_lower(i);
    }

    return sum;
}
