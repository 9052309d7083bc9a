
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_lane.h"
#include "vfs_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_LANE_WARN_MS  5000


static int vfs_lane_watermark(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_state_t *state, vfs_version_t *version);
static void vfs_lane_append_log(vfs_lane_t *lane, vfs_request_t *request);


/*
 * What the request brings for an entry, for the log: lane->vector, or a
 * deletion.  A state that is gone leaves the position of the event that ended
 * it.
 */

int
vfs_lane_note(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_pending_t *entry, const vfs_state_t *state)
{
    char           position[64];
    vfs_version_t  version;

    if (lane->io->append == NULL) {
        return VFS_OK;
    }

    memset(&version, 0, sizeof(vfs_version_t));
    memcpy(version.definition, lane->def->hash, sizeof(version.definition));

    if (request->operation == VFS_UPSERT) {
        version.dimension = lane->def->dimension;
        version.values = lane->bytes;
        vfs_version_bytes(lane->vector, version.dimension, lane->bytes);
    }

    if (state != NULL) {
        version.event_ms = vfs_state_time(state);
        version.count = vfs_state_count(state);
        return vfs_lane_watermark(lane, request, state, &version);
    }

    version.event_ms = entry->source_ms;
    version.watermark = position;
    version.watermark_len = (size_t) snprintf(position, sizeof(position),
                                              "%" PRId32 ":%" PRId64,
                                              entry->source.partition,
                                              entry->source.offset);

    return vfs_versions_add(&request->versions, &version);
}


static int
vfs_lane_watermark(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_state_t *state, vfs_version_t *version)
{
    int     rc;
    char    stack[512], *text;
    size_t  len;

    text = stack;
    len = vfs_state_watermark(state, stack, sizeof(stack));

    if (len >= sizeof(stack)) {
        text = malloc(len + 1);

        if (text == NULL) {
            return VFS_ERROR;
        }

        (void) vfs_state_watermark(state, text, len + 1);
    }

    version->watermark = text;
    version->watermark_len = len;

    rc = vfs_versions_add(&request->versions, version);

    if (text != stack) {
        free(text);
    }

    return rc;
}


/* The request is stored; its ids are done once the log has their versions. */

void
vfs_lane_log(vfs_lane_t *lane, vfs_request_t *request, int64_t time)
{
    unsigned  i;

    if (time < request->first_sent) {
        time = request->first_sent;
    }

    for (i = 0; i < request->count; i++) {
        vfs_versions_stamp(&request->versions, i,
                           request->entries[i]->unsure ? 0
                                                       : request->first_sent,
                           time);
    }

    lane->nlogging++;

    vfs_lane_append_log(lane, request);
}


void
vfs_lane_log_again(vfs_lane_t *lane, int64_t now)
{
    vfs_request_t   *request;
    vfs_requests_t   waiting;

    if (now < lane->log_not_before || TAILQ_EMPTY(&lane->unlogged)) {
        return;
    }

    TAILQ_INIT(&waiting);
    TAILQ_CONCAT(&waiting, &lane->unlogged, link);

    while ((request = TAILQ_FIRST(&waiting)) != NULL) {
        TAILQ_REMOVE(&waiting, request, link);
        vfs_lane_append_log(lane, request);
    }
}


static void
vfs_lane_append_log(vfs_lane_t *lane, vfs_request_t *request)
{
    char         text[600];
    int64_t      now;
    vfs_error_t  err;

    if (lane->io->append(lane->io->data, request, &err) == VFS_OK) {
        TAILQ_INSERT_TAIL(&lane->logging, request, link);
        return;
    }

    now = lane->io->now(lane->io->data);

    if (now - lane->logged >= VFS_LANE_WARN_MS) {
        lane->logged = now;

        vfs_log(VFS_LOG_WARN, "feature_log_unavailable",
                "namespace=%s retry_in_ms=%" PRId64 " error=%s",
                lane->def->features[lane->entity].namespace_name,
                lane->conf->backoff_ms,
                vfs_log_quote(text, sizeof(text), err.text, strlen(err.text)));
    }

    lane->log_not_before = now + lane->conf->backoff_ms;

    TAILQ_INSERT_TAIL(&lane->unlogged, request, link);
}


void
vfs_lane_logged(vfs_lane_t *lane, vfs_request_t *request, int rc)
{
    TAILQ_REMOVE(&lane->logging, request, link);

    if (rc == VFS_OK) {
        lane->nlogging--;
        vfs_lane_complete(lane, request);
        return;
    }

    lane->log_not_before = lane->io->now(lane->io->data)
                           + lane->conf->backoff_ms;

    TAILQ_INSERT_TAIL(&lane->unlogged, request, link);
}
