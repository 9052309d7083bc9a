
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_skew.h"


static ngx_int_t ngx_http_vfs_ingest_skew(ngx_http_vfs_ctx_t *ctx,
    ngx_str_t *body);
static ngx_int_t ngx_http_vfs_keep(ngx_http_vfs_zone_t *zone,
    ngx_http_vfs_report_t *report);
static void ngx_http_vfs_worker_rates(ngx_http_vfs_worker_t *worker,
    ngx_http_vfs_report_t *report);


/*
 * POST stats/ingest: what a worker of vfs-ingest says of itself, or vfs-train
 * of what it compared.
 */

ngx_int_t
ngx_http_vfs_ingest_start(ngx_http_vfs_ctx_t *ctx)
{
    ngx_int_t               rc;
    ngx_str_t               body;
    const char             *member, *expected;
    ngx_http_vfs_report_t  *report;

    rc = ngx_http_vfs_json_body(ctx, &body);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_vfs_skew_is(&body)) {
        return ngx_http_vfs_ingest_skew(ctx, &body);
    }

    report = ngx_palloc(ctx->request->pool, sizeof(ngx_http_vfs_report_t));
    if (report == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_vfs_report_parse(report, &body, &member, &expected)
        != NGX_OK)
    {
        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                  "%s: expected %s", member, expected);
    }

    if (ngx_http_vfs_keep(ngx_http_vfs_zone(ctx->request), report) != NGX_OK) {
        return ngx_http_vfs_error(ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                  "worker: no room, at most %d report",
                                  NGX_HTTP_VFS_WORKERS);
    }

    return ngx_http_vfs_send_empty(ctx, NGX_HTTP_NO_CONTENT);
}


static ngx_int_t
ngx_http_vfs_ingest_skew(ngx_http_vfs_ctx_t *ctx, ngx_str_t *body)
{
    const char  *member, *expected;

    switch (ngx_http_vfs_skew_take(ngx_http_vfs_zone(ctx->request), body,
                                   &member, &expected))
    {

    case NGX_OK:
        return ngx_http_vfs_send_empty(ctx, NGX_HTTP_NO_CONTENT);

    case NGX_BUSY:
        return ngx_http_vfs_error(ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                  "verifier: no room, at most %d report",
                                  NGX_HTTP_VFS_VERIFIERS);

    default:
        return ngx_http_vfs_error(ctx, NGX_HTTP_BAD_REQUEST,
                                  "%s: expected %s", member, expected);
    }
}


static ngx_int_t
ngx_http_vfs_keep(ngx_http_vfs_zone_t *zone, ngx_http_vfs_report_t *report)
{
    uint64_t                now;
    ngx_uint_t              i;
    ngx_http_vfs_worker_t  *worker, *found;

    now = ngx_http_vfs_now() / 1000;
    found = NULL;

    ngx_shmtx_lock(&zone->shpool->mutex);

    for (i = 0; i < NGX_HTTP_VFS_WORKERS; i++) {
        worker = &zone->sh->workers[i];

        if (worker->time == 0 || worker->time + NGX_HTTP_VFS_EXPIRE < now) {

            if (found == NULL) {
                found = worker;
            }

            worker->time = 0;
            continue;
        }

        if (worker->report.name_len == report->name_len
            && ngx_memcmp(worker->report.name, report->name, report->name_len)
               == 0)
        {
            found = worker;
            break;
        }
    }

    if (found != NULL) {
        ngx_http_vfs_worker_rates(found, report);
        found->report = *report;
        found->time = now;
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return (found != NULL) ? NGX_OK : NGX_DECLINED;
}


/* Since the report before, or since the worker's start. */

static void
ngx_http_vfs_worker_rates(ngx_http_vfs_worker_t *worker,
    ngx_http_vfs_report_t *report)
{
    uint64_t  events, upserts, elapsed;

    events = report->counters[NGX_HTTP_VFS_EVENTS];
    upserts = report->counters[NGX_HTTP_VFS_UPSERTS];
    elapsed = report->uptime;

    if (worker->time == 0) {
        worker->events_rate = 0;
        worker->upserts_rate = 0;

    } else if (worker->report.uptime <= elapsed
               && worker->report.counters[NGX_HTTP_VFS_EVENTS] <= events
               && worker->report.counters[NGX_HTTP_VFS_UPSERTS] <= upserts)
    {
        events -= worker->report.counters[NGX_HTTP_VFS_EVENTS];
        upserts -= worker->report.counters[NGX_HTTP_VFS_UPSERTS];
        elapsed -= worker->report.uptime;
    }

    if (elapsed == 0) {
        return;
    }

    worker->events_rate = (double) events * 1000 / (double) elapsed;
    worker->upserts_rate = (double) upserts * 1000 / (double) elapsed;
}


ngx_int_t
ngx_http_vfs_workers(ngx_http_vfs_zone_t *zone, ngx_pool_t *pool,
    ngx_http_vfs_worker_t **workers, ngx_uint_t *n)
{
    uint64_t                now;
    ngx_uint_t              i, count;
    ngx_http_vfs_worker_t  *worker;

    now = ngx_http_vfs_now() / 1000;
    count = 0;

    /* counted first, so that nothing is allocated under the lock */

    for (i = 0; i < NGX_HTTP_VFS_WORKERS; i++) {
        worker = &zone->sh->workers[i];

        if (worker->time != 0 && worker->time + NGX_HTTP_VFS_EXPIRE >= now) {
            count++;
        }
    }

    *n = 0;
    *workers = NULL;

    if (count == 0) {
        return NGX_OK;
    }

    *workers = ngx_palloc(pool, count * sizeof(ngx_http_vfs_worker_t));
    if (*workers == NULL) {
        return NGX_ERROR;
    }

    ngx_shmtx_lock(&zone->shpool->mutex);

    for (i = 0; i < NGX_HTTP_VFS_WORKERS && *n < count; i++) {
        worker = &zone->sh->workers[i];

        if (worker->time != 0 && worker->time + NGX_HTTP_VFS_EXPIRE >= now) {
            (*workers)[(*n)++] = *worker;
        }
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return NGX_OK;
}


ngx_uint_t
ngx_http_vfs_definition_is_new(ngx_http_vfs_worker_t *workers, ngx_uint_t i,
    ngx_str_t *definition)
{
    uint64_t                now;
    ngx_uint_t              k;
    ngx_http_vfs_report_t  *report;

    now = ngx_http_vfs_now() / 1000;

    if (workers[i].time + NGX_HTTP_VFS_ALIVE < now) {
        return 0;
    }

    definition->len = workers[i].report.definition_len;
    definition->data = workers[i].report.definition;

    for (k = 0; k < i; k++) {
        report = &workers[k].report;

        if (workers[k].time + NGX_HTTP_VFS_ALIVE >= now
            && report->definition_len == definition->len
            && ngx_memcmp(report->definition, definition->data,
                          definition->len)
               == 0)
        {
            return 0;
        }
    }

    return 1;
}
