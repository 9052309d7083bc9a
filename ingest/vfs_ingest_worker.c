
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_worker.h"

#include <string.h>
#include <unistd.h>


/*
 * A batch: the more records, the less each costs; but a state that changes
 * stays in memory, and in the transaction, until all of them are written.
 */

#define VFS_READ_MIN       4000
#define VFS_READ_MAX       12000
#define VFS_READ_STATES    (80 * 1024 * 1024)
#define VFS_READ_BYTES     (8 * 1024 * 1024)

#define VFS_COMMIT_MS      1000
#define VFS_REPORT_MS      1000
#define VFS_LOG_MS         5000
#define VFS_RETRY_MS       1000

/* How long reading stands still before the partitions are paused. */

#define VFS_PAUSE_MS       1000

/* The longest wait; whatever becomes ready ends it sooner. */

#define VFS_WAIT_MS        200


static int vfs_worker_turn(vfs_worker_t *worker, vfs_error_t *err);
static int vfs_worker_read(vfs_worker_t *worker, int64_t now,
    vfs_error_t *err);
static int vfs_worker_may_read(vfs_worker_t *worker, int64_t now);
static void vfs_worker_fold(vfs_worker_t *worker, int64_t now);
static int vfs_worker_write(vfs_worker_t *worker, int64_t now);
static void vfs_worker_later(vfs_worker_t *worker, const char *event,
    int64_t now, const vfs_error_t *err);
static int vfs_worker_send(vfs_worker_t *worker, int64_t now,
    vfs_error_t *err);
static int vfs_worker_fence(vfs_worker_t *worker);
static void vfs_worker_commit(vfs_worker_t *worker, int64_t now);
static void vfs_worker_report(vfs_worker_t *worker, int64_t now);
static void vfs_worker_add_lag(void *data, int32_t partition, int64_t lag);
static int vfs_worker_reading(const vfs_worker_t *worker);
static int vfs_worker_wait(vfs_worker_t *worker, int reading,
    vfs_error_t *err);
static void vfs_worker_drain(vfs_worker_t *worker);


int
vfs_worker_run(vfs_worker_t *worker, vfs_error_t *err)
{
    vfs_error_t  why;

    vfs_log(VFS_LOG_INFO, "started", "version=%s definition=%s topic=%s "
            "group=%s index=%s", VFS_VERSION, worker->def->hash,
            worker->def->topic, worker->settings->group,
            worker->settings->index_host);

    worker->read_at = vfs_worker_now();

    while (!vfs_worker_stopping(worker)) {

        if (vfs_worker_turn(worker, err) != VFS_OK
            || vfs_worker_wait(worker, vfs_worker_reading(worker), err)
               != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    vfs_log(VFS_LOG_INFO, "stopping", "unsent=%zu",
            worker->flow.pending.map.count);

    vfs_worker_drain(worker);

    if (vfs_consumer_commit(worker->consumer, 1, &why) != VFS_OK) {
        vfs_log(VFS_LOG_WARN, "commit_failed", "error=\"%s\"", why.text);
    }

    worker->leaving = 1;

    vfs_log(VFS_LOG_INFO, "stopped", "unsent=%zu",
            worker->flow.pending.map.count);

    return VFS_OK;
}


static int
vfs_worker_turn(vfs_worker_t *worker, vfs_error_t *err)
{
    int64_t             now;
    const vfs_error_t  *stop;

    /* before the consumer is read, which says nothing about membership */

    (void) vfs_worker_fence(worker);

    now = vfs_worker_now();

    if (!worker->flow.folded && worker->nrecords == 0) {

        if (vfs_worker_read(worker, now, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (vfs_flow_asking(&worker->flow)
        && vfs_worker_serve(worker, now, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (now >= worker->retry_at) {
        vfs_worker_fold(worker, now);

        while (worker->flow.folded && vfs_worker_write(worker, now) == VFS_OK)
        {
            /* void */
        }
    }

    if (vfs_worker_send(worker, now, err) != VFS_OK
        || vfs_http_run(worker->http, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    stop = vfs_flow_stop(&worker->flow);

    if (stop == NULL) {
        stop = vfs_producer_stop(worker->producer);
    }

    if (stop == NULL && worker->appender != NULL) {
        stop = vfs_appender_stop(worker->appender);
    }

    if (stop != NULL) {
        *err = *stop;
        return VFS_ERROR;
    }

    vfs_worker_commit(worker, now);
    vfs_worker_report(worker, now);

    return VFS_OK;
}


static int
vfs_worker_read(vfs_worker_t *worker, int64_t now, vfs_error_t *err)
{
    size_t  max;

    if (!vfs_worker_may_read(worker, now)) {
        return VFS_OK;
    }

    max = vfs_cache_entries(worker->def, VFS_READ_STATES);

    if (max > VFS_READ_MAX) {
        max = VFS_READ_MAX;

    } else if (max < VFS_READ_MIN) {
        max = VFS_READ_MIN;
    }

    /* while paused this serves the group and gives nothing */

    if (vfs_consumer_read(worker->consumer, max, VFS_READ_BYTES,
                          &worker->records, &worker->nrecords, err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    worker->read_at = now;

    return VFS_OK;
}


/*
 * When the index is behind, reading stands still; the client's queues are
 * bounded.  If that lasts, the partitions are paused, so that the consumer can
 * go on being polled.  They go on when half of what waited is done.
 */

static int
vfs_worker_may_read(vfs_worker_t *worker, int64_t now)
{
    if (worker->paused) {

        if (vfs_flow_relieved(&worker->flow)) {
            vfs_consumer_resume(worker->consumer);
            worker->paused = 0;
            worker->full_since = 0;
            vfs_log(VFS_LOG_INFO, "reading_resumed", "unsent=%zu",
                    worker->flow.pending.map.count);
        }

        return 1;
    }

    if (!vfs_flow_full(&worker->flow)) {
        worker->full_since = 0;
        return 1;
    }

    if (worker->full_since == 0) {
        worker->full_since = now;
    }

    if (now - worker->full_since < VFS_PAUSE_MS) {
        return 0;
    }

    vfs_consumer_pause(worker->consumer);
    worker->paused = 1;
    vfs_log(VFS_LOG_WARN, "reading_paused", "unsent=%zu",
            worker->flow.pending.map.count);

    return 1;
}


static void
vfs_worker_fold(vfs_worker_t *worker, int64_t now)
{
    int          rc;
    vfs_error_t  err;

    if (worker->flow.folded) {
        return;
    }

    if (worker->nrecords == 0 && !vfs_flow_has_work(&worker->flow)) {
        return;
    }

    rc = vfs_flow_fold(&worker->flow, worker->records, worker->nrecords, &err);

    if (rc == VFS_ERROR) {
        vfs_worker_later(worker, "fold_failed", now, &err);
    }
}


/* VFS_DECLINED: it is not over. */

static int
vfs_worker_write(vfs_worker_t *worker, int64_t now)
{
    int          rc;
    vfs_error_t  err;

    rc = vfs_flow_write(&worker->flow, &err);

    if (rc == VFS_OK) {
        worker->nrecords = 0;
        return VFS_OK;
    }

    if (rc == VFS_ERROR) {
        vfs_worker_later(worker, "write_failed", now, &err);
    }

    return VFS_DECLINED;
}


static void
vfs_worker_later(vfs_worker_t *worker, const char *event, int64_t now,
    const vfs_error_t *err)
{
    char  text[600];

    worker->retry_at = now + VFS_RETRY_MS;

    if (worker->logged == 0 || now - worker->logged >= VFS_LOG_MS) {
        worker->logged = now;

        vfs_log(VFS_LOG_ERROR, event, "retry_in_ms=%d error=%s", VFS_RETRY_MS,
                vfs_log_quote(text, sizeof(text), err->text,
                              strlen(err->text)));
    }
}


static int
vfs_worker_send(vfs_worker_t *worker, int64_t now, vfs_error_t *err)
{
    vfs_error_t  why;

    if (vfs_worker_fence(worker) != VFS_OK) {
        return VFS_OK;
    }

    if (vfs_flow_send(&worker->flow, &why) != VFS_OK) {
        vfs_worker_later(worker, "send_failed", now, &why);
    }

    return VFS_OK;
}


/*
 * A worker that has not been at the consumer for long (it was stopped, or the
 * disk or a broker hung) may have lost its partitions to another one.  Nothing
 * goes to the index until the group's coordinator has taken a commit of this
 * member once more.
 */

static int
vfs_worker_fence(vfs_worker_t *worker)
{
    int64_t      now;
    vfs_error_t  err;

    now = vfs_worker_now();

    if (!worker->fenced
        && now - worker->read_at
           < vfs_consumer_session_ms(worker->consumer) / 2)
    {
        return VFS_OK;
    }

    if (worker->fenced && now < worker->fence_at) {
        return VFS_DECLINED;
    }

    if (vfs_consumer_commit(worker->consumer, 1, &err) == VFS_OK) {
        worker->fenced = 0;
        worker->read_at = vfs_worker_now();
        return VFS_OK;
    }

    worker->fence_at = vfs_worker_now() + VFS_RETRY_MS;

    if (!worker->fenced) {
        worker->fenced = 1;
        vfs_log(VFS_LOG_WARN, "membership_unknown", "error=\"%s\"", err.text);
    }

    return VFS_DECLINED;
}


static void
vfs_worker_commit(vfs_worker_t *worker, int64_t now)
{
    vfs_error_t  err;

    if (now - worker->committed_at < VFS_COMMIT_MS) {
        return;
    }

    worker->committed_at = now;

    if (vfs_consumer_commit(worker->consumer, 0, &err) != VFS_OK) {
        vfs_log(VFS_LOG_WARN, "commit_failed", "error=\"%s\"", err.text);
    }
}


static void
vfs_worker_report(vfs_worker_t *worker, int64_t now)
{
    unsigned      i;
    vfs_facts_t  *facts;

    if (now - worker->reported_at < VFS_REPORT_MS) {
        return;
    }

    worker->reported_at = now;

    facts = &worker->facts;

    facts->def = worker->def;
    facts->counters = &worker->flow.counters;
    facts->uptime_ms = now - worker->started;
    facts->paused = worker->paused;
    facts->in_flight = vfs_flow_in_flight(&worker->flow);
    facts->pending = worker->flow.pending.map.count;
    facts->state_keys = vfs_store_count(worker->store, VFS_STORE_STATES);
    facts->state_bytes = vfs_store_bytes(worker->store);
    facts->nlags = 0;
    facts->nmodels = 0;

    for (i = 0; i < worker->flow.asker.nchannels; i++) {
        facts->models[facts->nmodels++] =
            &worker->flow.asker.channels[i].counters;
    }

    vfs_consumer_each_lag(worker->consumer, vfs_worker_add_lag, facts);

    vfs_metrics_update(worker->metrics, facts);
    vfs_report_send(worker->report, facts);
}


static void
vfs_worker_add_lag(void *data, int32_t partition, int64_t lag)
{
    vfs_facts_t  *facts;

    facts = data;

    if (facts->nlags < VFS_FACTS_LAGS) {
        facts->lags[facts->nlags].partition = partition;
        facts->lags[facts->nlags].lag = lag;
        facts->nlags++;
    }
}


/* A batch at hand comes before what is to be read next. */

static int
vfs_worker_reading(const vfs_worker_t *worker)
{
    return !worker->flow.folded
           && worker->nrecords == 0
           && (worker->paused || !vfs_flow_full(&worker->flow));
}


/*
 * Each descriptor is read when it has ended the wait, but for the consumer's,
 * which the next turn reads: what is not read would end every wait at once.
 */

static int
vfs_worker_wait(vfs_worker_t *worker, int reading, vfs_error_t *err)
{
    int       fds[4];
    int64_t   wait, wakeup;
    uint64_t  count;
    unsigned  nfds;

    wait = VFS_WAIT_MS;
    wakeup = (worker->flow.folded || worker->fenced)
             ? -1 : vfs_flow_wakeup(&worker->flow);

    if (wakeup != -1 && wakeup < wait) {
        wait = wakeup;
    }

    fds[0] = worker->wake;
    fds[1] = vfs_producer_fd(worker->producer);
    nfds = 2;

    if (worker->appender != NULL) {
        fds[nfds++] = vfs_appender_fd(worker->appender);
    }

    if (reading) {
        fds[nfds++] = vfs_consumer_fd(worker->consumer);
    }

    if (vfs_http_wait(worker->http, fds, nfds, (int) wait, err) != VFS_OK) {
        return VFS_ERROR;
    }

    (void) !read(fds[0], &count, sizeof(count));
    (void) !read(fds[1], &count, sizeof(count));

    if (worker->appender != NULL) {
        vfs_appender_run(worker->appender);
    }

    return VFS_OK;
}


/* Sends and writes what is left, for a bounded time. */

static void
vfs_worker_drain(vfs_worker_t *worker)
{
    int64_t      now, until;
    vfs_error_t  err;

    /* a batch that is not folded yet is read again */

    vfs_asker_clear(&worker->flow.asker);

    now = vfs_worker_now();
    until = now + worker->settings->drain_ms;

    while (now < until
           && *worker->signals < 2
           && !vfs_flow_idle(&worker->flow)
           && vfs_flow_stop(&worker->flow) == NULL)
    {
        if (!worker->flow.folded && vfs_flow_has_work(&worker->flow)) {
            (void) vfs_flow_fold(&worker->flow, NULL, 0, &err);
        }

        if (worker->flow.folded) {
            (void) vfs_worker_write(worker, now);
        }

        if (vfs_worker_send(worker, now, &err) != VFS_OK
            || vfs_http_run(worker->http, &err) != VFS_OK
            || vfs_worker_wait(worker, 0, &err) != VFS_OK)
        {
            return;
        }

        now = vfs_worker_now();
    }
}


void
vfs_worker_revoke(void *data, int lost)
{
    vfs_error_t    err;
    vfs_worker_t  *worker;

    worker = data;

    if (!lost && !worker->leaving) {
        vfs_worker_drain(worker);

        if (vfs_consumer_commit(worker->consumer, 1, &err) != VFS_OK) {
            vfs_log(VFS_LOG_WARN, "commit_failed", "error=\"%s\"", err.text);
        }
    }

    vfs_flow_revoke(&worker->flow);

    worker->nrecords = 0;
    worker->paused = 0;
    worker->full_since = 0;
    worker->fenced = 0;
}
