
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_lane.h"
#include "vfs_log.h"

#include <stdlib.h>
#include <string.h>


#define VFS_LANE_LOG_MS  5000


static void vfs_lane_stored(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_answer_t *answer);
static void vfs_lane_count(vfs_lane_t *lane, const vfs_request_t *request,
    vfs_result_e result);
static void vfs_lane_observe(vfs_lane_t *lane, const vfs_pending_t *entry,
    int64_t time);
static void vfs_lane_raise(vfs_lane_t *lane, const vfs_answer_t *answer);
static void vfs_lane_retry(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_answer_t *answer, const vfs_error_t *err);
static int64_t vfs_lane_delay(vfs_lane_t *lane, const vfs_answer_t *answer);
static void vfs_lane_refused(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_error_t *err);
static int vfs_lane_halve(vfs_lane_t *lane, vfs_request_t *request);
static void vfs_lane_stop(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_answer_t *answer, const vfs_error_t *err);
static void vfs_lane_put_again(vfs_lane_t *lane, vfs_request_t *request);


void
vfs_lane_answer(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_answer_t *answer)
{
    vfs_error_t  err;

    TAILQ_REMOVE(&lane->in_flight, request, link);
    lane->nin_flight--;

    switch (vfs_answer_read(answer, &err)) {

    case VFS_ANSWER_STORED:
        vfs_lane_stored(lane, request, answer);
        break;

    case VFS_ANSWER_RETRY:
        vfs_lane_retry(lane, request, answer, &err);
        break;

    case VFS_ANSWER_REFUSED:
        vfs_lane_refused(lane, request, &err);
        break;

    case VFS_ANSWER_STOP:
        vfs_lane_stop(lane, request, answer, &err);
        break;
    }
}


static void
vfs_lane_stored(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_answer_t *answer)
{
    int64_t   time;
    unsigned  i;

    if (lane->failures != 0) {
        vfs_log(VFS_LOG_INFO, "index_available", "namespace=%s failures=%u",
                lane->def->features[lane->entity].namespace_name,
                lane->failures);
    }

    lane->failures = 0;
    lane->not_before = 0;
    lane->stop_since = 0;
    lane->worked = 1;

    vfs_lane_raise(lane, answer);

    lane->counters->batches++;

    if (request->operation == VFS_UPSERT) {
        vfs_lane_count(lane, request, VFS_RESULT_STORED);
        vfs_distribution_add(&lane->counters->batch_us,
                             (uint64_t) answer->elapsed_us);
        vfs_distribution_add(&lane->counters->batch_bytes,
                             request->body.len);

    } else {
        lane->counters->deletes += request->count;
    }

    time = lane->io->time(lane->io->data);

    for (i = 0; i < request->count; i++) {
        vfs_lane_observe(lane, request->entries[i], time);
    }

    if (lane->io->append != NULL) {
        vfs_lane_log(lane, request, time);
        return;
    }

    vfs_lane_complete(lane, request);
}


void
vfs_lane_complete(vfs_lane_t *lane, vfs_request_t *request)
{
    unsigned  i;

    for (i = 0; i < request->count; i++) {
        (void) vfs_pending_done(lane->pending, request->entries[i]);
    }

    vfs_lane_recycle(lane, request);
}


/* Vectors, by what became of them. */

static void
vfs_lane_count(vfs_lane_t *lane, const vfs_request_t *request,
    vfs_result_e result)
{
    if (request->operation == VFS_UPSERT) {
        lane->counters->upserts[lane->entity][result] += request->count;
    }
}


static void
vfs_lane_observe(vfs_lane_t *lane, const vfs_pending_t *entry, int64_t time)
{
    int64_t  elapsed;

    /* clocks of two machines may disagree */

    elapsed = (time > entry->covered_ms) ? time - entry->covered_ms : 0;

    vfs_distribution_add(&lane->counters->stored_us,
                         (uint64_t) elapsed * 1000);
}


/*
 * Additive increase while answers come about as fast as the fastest lately, and
 * only when the limit is what holds requests back.
 */

static void
vfs_lane_raise(vfs_lane_t *lane, const vfs_answer_t *answer)
{
    double  elapsed;

    elapsed = (double) answer->elapsed_us / 1000;

    if (lane->fastest_ms == 0 || elapsed < lane->fastest_ms) {
        lane->fastest_ms = elapsed;

    } else {
        lane->fastest_ms += (elapsed - lane->fastest_ms) / 256;
    }

    if (elapsed > 2 * lane->fastest_ms + 20) {

        if (elapsed > 8 * lane->fastest_ms + 200) {
            lane->limit -= 1 / lane->limit;

            /* below one nothing would be sent any more */

            if (lane->limit < 1) {
                lane->limit = 1;
            }
        }

        return;
    }

    if (lane->nin_flight + 2 > (unsigned) lane->limit) {
        lane->limit += 1 / lane->limit;

        if (lane->limit > lane->conf->max_in_flight) {
            lane->limit = lane->conf->max_in_flight;
        }
    }
}


static void
vfs_lane_retry(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_answer_t *answer, const vfs_error_t *err)
{
    char         text[300];
    int64_t      now, delay;
    vfs_retry_e  reason;

    now = lane->io->now(lane->io->data);

    reason = vfs_answer_reason(answer);
    lane->counters->retries[reason]++;
    vfs_lane_count(lane, request, VFS_RESULT_RETRIED);

    /* a request that was sent before the last failure says nothing new */

    if (lane->failures == 0 || request->sent >= lane->failed) {
        lane->failures++;
        lane->failed = now;
        lane->limit = (lane->limit > 2) ? lane->limit / 2 : 1;
    }

    delay = vfs_lane_delay(lane, answer);

    if (now + delay > lane->not_before) {
        lane->not_before = now + delay;
    }

    if (lane->failures == 1 || now - lane->logged >= VFS_LANE_LOG_MS) {
        lane->logged = now;

        vfs_log(VFS_LOG_WARN, "index_unavailable",
                "namespace=%s reason=%s failures=%u retry_in_ms=%lld error=%s",
                lane->def->features[lane->entity].namespace_name,
                vfs_retry_name(reason), lane->failures, (long long) delay,
                vfs_log_quote(text, sizeof(text), err->text,
                              strlen(err->text)));
    }

    request->as_it_was = (lane->io->append != NULL);

    vfs_lane_put_again(lane, request);
}


/* Exponential backoff with full jitter, on top of what the index asked for. */

static int64_t
vfs_lane_delay(vfs_lane_t *lane, const vfs_answer_t *answer)
{
    double    delay, max;
    unsigned  i;

    delay = (double) lane->conf->backoff_ms;
    max = (double) lane->conf->max_backoff_ms;

    if (answer->retry_after_ms >= 0) {
        return answer->retry_after_ms
               + (int64_t) (delay * lane->io->random(lane->io->data));
    }

    for (i = 1; i < lane->failures && delay < max; i++) {
        delay *= 2;
    }

    if (delay > max) {
        delay = max;
    }

    return (int64_t) (delay * lane->io->random(lane->io->data));
}


static void
vfs_lane_refused(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_error_t *err)
{
    char         text[300];
    vfs_error_t  why;

    /* records at fault are few; if all are, it is the index that differs */

    if (!request->isolating
        && lane->io->verify(lane->io->data, &why) != VFS_OK)
    {
        lane->stopped = 1;
        lane->stop = why;
        vfs_lane_put_again(lane, request);
        return;
    }

    request->refusals++;

    if (request->count == 1) {
        vfs_log(VFS_LOG_WARN, "record_refused", "namespace=%s error=%s",
                lane->def->features[lane->entity].namespace_name,
                vfs_log_quote(text, sizeof(text), err->text,
                              strlen(err->text)));

        vfs_lane_count(lane, request, VFS_RESULT_REFUSED);
        TAILQ_INSERT_TAIL(&lane->refused, request, link);
        return;
    }

    /* none of it was stored: what goes out next may be newer */

    request->isolating = 1;
    request->as_it_was = 0;

    if (vfs_lane_halve(lane, request) != VFS_OK) {

        /* out of memory: the whole request is refused once more, later */

        lane->not_before = lane->io->now(lane->io->data)
                           + lane->conf->backoff_ms;
    }

    vfs_lane_put_again(lane, request);
}


/* Moves the second half to a request of its own, which goes out second. */

static int
vfs_lane_halve(vfs_lane_t *lane, vfs_request_t *request)
{
    unsigned        i, n;
    vfs_request_t  *second;

    second = vfs_lane_request(lane, request->operation);

    if (second == NULL) {
        return VFS_ERROR;
    }

    n = request->count / 2;

    for (i = n; i < request->count; i++) {
        second->entries[second->count++] = request->entries[i];
    }

    request->count = n;
    second->isolating = 1;
    second->refusals = request->refusals;

    vfs_lane_put_again(lane, second);

    return VFS_OK;
}


static void
vfs_lane_stop(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_answer_t *answer, const vfs_error_t *err)
{
    int64_t  now;

    now = lane->io->now(lane->io->data);

    if (lane->stop_since == 0) {
        lane->stop_since = now;
    }

    /* a key that had been good may be in rotation, a host behind a restart */

    if (lane->worked && now - lane->stop_since < lane->conf->grace_ms) {
        vfs_lane_retry(lane, request, answer, err);
        return;
    }

    lane->stopped = 1;

    vfs_error_set(&lane->stop, "the index refuses %s requests with %.200s: "
                  "check PINECONE_INDEX_HOST and PINECONE_API_KEY",
                  (request->operation == VFS_UPSERT) ? "upsert" : "delete",
                  err->text);

    vfs_lane_put_again(lane, request);
}


static void
vfs_lane_put_again(vfs_lane_t *lane, vfs_request_t *request)
{
    unsigned  i;

    for (i = 0; i < request->count && !request->as_it_was; i++) {
        vfs_pending_fail(request->entries[i]);
    }

    TAILQ_INSERT_HEAD(&lane->again, request, link);
}


void
vfs_lane_give_up(vfs_lane_t *lane, vfs_request_t *request)
{
    TAILQ_REMOVE(&lane->refused, request, link);

    (void) vfs_pending_done(lane->pending, request->entries[0]);
    vfs_lane_recycle(lane, request);
}
