
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_lane.h"

#include <stdlib.h>
#include <string.h>


static int vfs_lane_open(const vfs_lane_t *lane, int64_t now);
static vfs_request_t *vfs_lane_next(vfs_lane_t *lane, int64_t now);
static vfs_request_t *vfs_lane_deletion(vfs_lane_t *lane);
static vfs_request_t *vfs_lane_upsertion(vfs_lane_t *lane, int64_t now);
static int vfs_lane_build(vfs_lane_t *lane, vfs_request_t *request,
    vfs_error_t *err);
static int vfs_lane_append(vfs_lane_t *lane, vfs_request_t *request,
    vfs_pending_t *entry, vfs_error_t *err);
static void vfs_lane_start(vfs_lane_t *lane, vfs_request_t *request,
    int64_t now);
static void vfs_lane_free(vfs_requests_t *requests);
static void vfs_lane_free_request(vfs_request_t *request);


int
vfs_lane_init(vfs_lane_t *lane, vfs_entity_e entity)
{
    lane->entity = entity;
    lane->limit = 2;

    TAILQ_INIT(&lane->again);
    TAILQ_INIT(&lane->in_flight);
    TAILQ_INIT(&lane->refused);
    TAILQ_INIT(&lane->spare);
    TAILQ_INIT(&lane->vanished);
    TAILQ_INIT(&lane->unlogged);
    TAILQ_INIT(&lane->logging);

    lane->vector = malloc(lane->def->dimension * sizeof(float));
    lane->bytes = malloc(lane->def->dimension * sizeof(float));

    return (lane->vector != NULL && lane->bytes != NULL) ? VFS_OK : VFS_ERROR;
}


void
vfs_lane_destroy(vfs_lane_t *lane)
{
    vfs_lane_clear(lane);
    vfs_lane_free(&lane->spare);

    free(lane->vector);
    free(lane->bytes);
}


void
vfs_lane_clear(vfs_lane_t *lane)
{
    vfs_request_t  *request;

    while ((request = TAILQ_FIRST(&lane->in_flight)) != NULL) {
        lane->io->cancel(lane->io->data, request);
        TAILQ_REMOVE(&lane->in_flight, request, link);
        vfs_lane_recycle(lane, request);
    }

    lane->nin_flight = 0;

    TAILQ_FOREACH(request, &lane->logging, link)
    {
        lane->io->disown(lane->io->data, request);
    }

    lane->nlogging = 0;

    vfs_lane_free(&lane->logging);
    vfs_lane_free(&lane->unlogged);
    vfs_lane_free(&lane->again);
    vfs_lane_free(&lane->refused);

    TAILQ_INIT(&lane->vanished);
}


static void
vfs_lane_free(vfs_requests_t *requests)
{
    vfs_request_t  *request;

    while ((request = TAILQ_FIRST(requests)) != NULL) {
        TAILQ_REMOVE(requests, request, link);
        vfs_lane_free_request(request);
    }
}


static void
vfs_lane_free_request(vfs_request_t *request)
{
    vfs_body_destroy(&request->body);
    vfs_versions_destroy(&request->versions);
    free(request->entries);
    free(request);
}


int
vfs_lane_send(vfs_lane_t *lane, vfs_error_t *err)
{
    int64_t         now;
    vfs_request_t  *request;

    now = lane->io->now(lane->io->data);

    vfs_lane_log_again(lane, now);

    while (vfs_lane_open(lane, now)) {
        request = vfs_lane_next(lane, now);

        if (request == NULL) {
            break;
        }

        if (!request->as_it_was
            && vfs_lane_build(lane, request, err) != VFS_OK)
        {
            return VFS_ERROR;
        }

        if (request->count == 0) {
            vfs_lane_recycle(lane, request);
            continue;
        }

        vfs_lane_start(lane, request, now);
    }

    return VFS_OK;
}


/* After a failure one request at a time finds out whether it is over. */

static int
vfs_lane_open(const vfs_lane_t *lane, int64_t now)
{
    unsigned  limit;

    if (lane->stopped || now < lane->not_before
        || lane->nlogging >= lane->conf->max_in_flight)
    {
        return 0;
    }

    limit = (lane->failures != 0) ? 1 : (unsigned) lane->limit;

    return lane->nin_flight < limit;
}


static vfs_request_t *
vfs_lane_next(vfs_lane_t *lane, int64_t now)
{
    vfs_request_t  *request;

    request = TAILQ_FIRST(&lane->again);

    if (request != NULL) {
        TAILQ_REMOVE(&lane->again, request, link);
        return request;
    }

    if (!TAILQ_EMPTY(&lane->vanished)) {
        return vfs_lane_deletion(lane);
    }

    return vfs_lane_upsertion(lane, now);
}


static vfs_request_t *
vfs_lane_deletion(vfs_lane_t *lane)
{
    vfs_pending_t  *entry;
    vfs_request_t  *request;

    request = vfs_lane_request(lane, VFS_DELETE);

    if (request == NULL) {
        return NULL;
    }

    while (request->count < lane->conf->max_records) {
        entry = TAILQ_FIRST(&lane->vanished);

        if (entry == NULL) {
            break;
        }

        TAILQ_REMOVE(&lane->vanished, entry, link);
        request->entries[request->count++] = entry;
    }

    return request;
}


static vfs_request_t *
vfs_lane_upsertion(vfs_lane_t *lane, int64_t now)
{
    size_t          waiting;
    vfs_pending_t  *entry;
    vfs_request_t  *request;

    waiting = lane->pending->nwaiting[lane->entity];

    if (waiting == 0) {
        return NULL;
    }

    if (waiting < lane->conf->max_records) {

        if (now < lane->next_partial) {
            return NULL;
        }

        lane->next_partial = now + lane->conf->linger_ms;
    }

    request = vfs_lane_request(lane, VFS_UPSERT);

    if (request == NULL) {
        return NULL;
    }

    while (request->count < lane->conf->max_records) {
        entry = vfs_pending_take(lane->pending, lane->entity);

        if (entry == NULL) {
            break;
        }

        request->entries[request->count++] = entry;
    }

    return request;
}


vfs_request_t *
vfs_lane_request(vfs_lane_t *lane, vfs_operation_e operation)
{
    const char     *name;
    vfs_request_t  *request;

    request = TAILQ_FIRST(&lane->spare);

    if (request != NULL) {
        TAILQ_REMOVE(&lane->spare, request, link);
        lane->nspare--;
        goto done;
    }

    request = calloc(1, sizeof(vfs_request_t));

    if (request == NULL) {
        return NULL;
    }

    name = lane->def->features[lane->entity].namespace_name;

    request->lane = lane;
    request->entries = calloc(lane->conf->max_records,
                              sizeof(vfs_pending_t *));

    if (request->entries == NULL
        || vfs_body_init(&request->body, name, lane->conf->max_bytes)
           != VFS_OK)
    {
        free(request->entries);
        free(request);
        return NULL;
    }

done:

    request->operation = operation;
    request->count = 0;
    request->refusals = 0;
    request->isolating = 0;
    request->as_it_was = 0;

    return request;
}


void
vfs_lane_recycle(vfs_lane_t *lane, vfs_request_t *request)
{
    if (lane->nspare < lane->conf->max_in_flight) {
        TAILQ_INSERT_HEAD(&lane->spare, request, link);
        lane->nspare++;
        return;
    }

    vfs_lane_free_request(request);
}


/*
 * Writes the body from the newest states.  What does not fit waits again, and
 * what has changed its kind (a vector vanished, or is there again) goes where
 * it belongs.  On an error all wait again.
 */

static int
vfs_lane_build(vfs_lane_t *lane, vfs_request_t *request, vfs_error_t *err)
{
    int        rc;
    unsigned   i, n, count;

    count = request->count;
    n = 0;
    i = 0;

    vfs_versions_clear(&request->versions);

    if (vfs_body_begin(&request->body, request->operation) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        goto failed;
    }

    for ( /* void */ ; i < count; i++) {
        rc = vfs_lane_append(lane, request, request->entries[i], err);

        if (rc == VFS_ERROR) {
            goto failed;
        }

        if (rc == VFS_DECLINED) {
            break;
        }

        if (request->body.count > n) {
            request->entries[n++] = request->entries[i];
        }
    }

    if (vfs_body_end(&request->body) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        goto failed;
    }

    while (count > i) {
        vfs_pending_put_back(lane->pending, request->entries[--count]);
    }

    request->count = n;

    return VFS_OK;

failed:

    while (count > i) {
        vfs_pending_put_back(lane->pending, request->entries[--count]);
    }

    while (n > 0) {
        vfs_pending_put_back(lane->pending, request->entries[--n]);
    }

    vfs_lane_recycle(lane, request);

    return VFS_ERROR;
}


/* VFS_DECLINED: the body is full. */

static int
vfs_lane_append(vfs_lane_t *lane, vfs_request_t *request,
    vfs_pending_t *entry, vfs_error_t *err)
{
    int              rc;
    size_t           len;
    const char      *id;
    vfs_cached_t    *cached;

    cached = vfs_cache_get(lane->cache, &entry->node.key, err);

    if (cached == NULL) {
        return VFS_ERROR;
    }

    id = vfs_key_id(&entry->node.key, &len);

    rc = (cached->state != NULL)
         ? vfs_state_vector(cached->state, lane->vector) : VFS_DECLINED;

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (request->operation == VFS_DELETE && rc == VFS_OK) {
        vfs_pending_put_back(lane->pending, entry);
        return VFS_OK;
    }

    if (request->operation == VFS_UPSERT && rc == VFS_DECLINED) {
        TAILQ_INSERT_TAIL(&lane->vanished, entry, link);
        return VFS_OK;
    }

    if (request->operation == VFS_DELETE) {
        rc = vfs_body_id(&request->body, lane->entity, id, len);

    } else {
        rc = vfs_body_vector(&request->body, lane->def, lane->entity, id, len,
                             lane->vector, cached->state);
    }

    if (rc == VFS_OK) {
        rc = vfs_lane_note(lane, request, entry, cached->state);
    }

    if (rc == VFS_ERROR) {
        vfs_error_set(err, "out of memory");
    }

    return rc;
}


static void
vfs_lane_start(vfs_lane_t *lane, vfs_request_t *request, int64_t now)
{
    unsigned      i;
    vfs_error_t   err;
    vfs_answer_t  answer;

    if (!request->as_it_was) {

        for (i = 0; i < request->count; i++) {
            vfs_pending_send(request->entries[i]);
        }

        request->first_sent = lane->io->time(lane->io->data);
    }

    request->sent = now;

    TAILQ_INSERT_TAIL(&lane->in_flight, request, link);
    lane->nin_flight++;

    if (lane->io->request(lane->io->data, request, &err) != VFS_OK) {
        memset(&answer, 0, sizeof(vfs_answer_t));

        answer.operation = request->operation;
        answer.count = request->count;
        answer.retry_after_ms = -1;
        answer.failure = err.text;

        vfs_lane_answer(lane, request, &answer);
    }
}


int64_t
vfs_lane_wakeup(const vfs_lane_t *lane, int64_t now)
{
    unsigned  limit;

    if (!TAILQ_EMPTY(&lane->unlogged)) {
        return (lane->log_not_before > now) ? lane->log_not_before - now : 0;
    }

    limit = (lane->failures != 0) ? 1 : (unsigned) lane->limit;

    if (lane->stopped || lane->nin_flight >= limit
        || lane->nlogging >= lane->conf->max_in_flight)
    {
        return -1;
    }

    if (TAILQ_EMPTY(&lane->again) && TAILQ_EMPTY(&lane->vanished)) {

        if (lane->pending->nwaiting[lane->entity] == 0) {
            return -1;
        }

        if (lane->not_before <= now
            && lane->pending->nwaiting[lane->entity] < lane->conf->max_records)
        {
            return (lane->next_partial > now) ? lane->next_partial - now : 0;
        }
    }

    return (lane->not_before > now) ? lane->not_before - now : 0;
}
