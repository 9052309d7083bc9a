
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_replay.h"
#include "vfs_train_snapshot.h"
#include "vfs_train_states.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    const vfs_definition_t  *def;
    vfs_replay_t            *replay;
    vfs_states_t            *states;
    vfs_rows_t               rows;
    vfs_rows_conf_t         *conf;
    vfs_snapshot_counts_t   *counts;
    int64_t                  as_of_ms;
    float                   *vector;
    unsigned char           *bytes;
    unsigned                 counting:1;
} vfs_snapshot_events_t;


static int vfs_snapshot_replay(vfs_snapshot_events_t *snapshot,
    vfs_history_t *history, size_t memory, vfs_error_t *err);
static int vfs_snapshot_raw(void *data, const vfs_raw_t *raw,
    vfs_error_t *err);
static int vfs_snapshot_update(void *data, const vfs_replayed_t *replayed,
    vfs_error_t *err);
static void vfs_snapshot_gaps(const vfs_history_t *history,
    const vfs_replay_counters_t *counters);
static int vfs_snapshot_states(vfs_snapshot_events_t *snapshot,
    vfs_error_t *err);
static int vfs_snapshot_state(void *data, const vfs_key_t *key,
    const vfs_state_t *state, vfs_error_t *err);
static int vfs_snapshot_vector(vfs_snapshot_events_t *snapshot, const char *id,
    size_t len, const vfs_state_t *state, vfs_error_t *err);


int
vfs_snapshot_events(vfs_snapshot_options_t *options,
    vfs_snapshot_counts_t *counts, vfs_error_t *err)
{
    int                     rc;
    size_t                  memory;
    vfs_history_t          *history;
    vfs_definition_t       *def;
    vfs_snapshot_events_t   snapshot;

    def = NULL;
    history = NULL;

    memset(&snapshot, 0, sizeof(vfs_snapshot_events_t));

    rc = vfs_train_open(&options->files, &def, &history, err);

    if (rc != VFS_OK) {
        goto done;
    }

    /* the states of users are kept twice: up to the moment, and all */

    memory = (size_t) options->files.memory << 19;

    snapshot.def = def;
    snapshot.conf = &options->rows;
    snapshot.counts = counts;
    snapshot.as_of_ms = options->as_of_ms;
    snapshot.states = vfs_states_create(def, memory);
    snapshot.vector = malloc(def->dimension * sizeof(float));
    snapshot.bytes = malloc(4 * (size_t) def->dimension);

    if (snapshot.states == NULL || snapshot.vector == NULL
        || snapshot.bytes == NULL)
    {
        vfs_error_set(err, "out of memory");
        rc = VFS_ERROR;
        goto done;
    }

    rc = vfs_snapshot_replay(&snapshot, history, memory, err);

    if (rc == VFS_OK) {
        rc = vfs_snapshot_states(&snapshot, err);
    }

done:

    vfs_states_free(snapshot.states);
    free(snapshot.vector);
    free(snapshot.bytes);

    if (history != NULL) {
        vfs_history_close(history);
    }

    vfs_definition_free(def);

    return rc;
}


static int
vfs_snapshot_replay(vfs_snapshot_events_t *snapshot, vfs_history_t *history,
    size_t memory, vfs_error_t *err)
{
    int                   rc;
    vfs_replay_handler_t  handler;

    memset(&handler, 0, sizeof(vfs_replay_handler_t));

    handler.update = vfs_snapshot_update;
    handler.data = snapshot;

    snapshot->replay = vfs_replay_create(snapshot->def, memory, &handler, err);

    if (snapshot->replay == NULL) {
        return VFS_ERROR;
    }

    history->joined = 1;

    rc = vfs_history_read(history, vfs_snapshot_raw, snapshot, err);

    if (rc == VFS_OK) {
        vfs_snapshot_gaps(history, vfs_replay_counters(snapshot->replay));
    }

    vfs_replay_free(snapshot->replay);

    return rc;
}


/*
 * What is not before the moment is not there: a late event's item must not get
 * its user's vector with events that are later still.
 */

static int
vfs_snapshot_raw(void *data, const vfs_raw_t *raw, vfs_error_t *err)
{
    int                     later;
    vfs_error_t             why;
    vfs_event_t            *event;
    vfs_reason_e            reason;
    vfs_snapshot_events_t  *snapshot;

    snapshot = data;

    if (raw->value == NULL) {
        later = (raw->time_ms >= snapshot->as_of_ms);

    } else {
        event = vfs_event_decode(snapshot->def, raw->value, raw->len,
                                 raw->time_ms, &reason, &why);

        later = (event != NULL
                 && vfs_event_time(event) >= snapshot->as_of_ms);

        vfs_event_free(event);
    }

    return later ? VFS_OK : vfs_replay_record(snapshot->replay, raw, err);
}


static int
vfs_snapshot_update(void *data, const vfs_replayed_t *replayed,
    vfs_error_t *err)
{
    vfs_key_t               key;
    vfs_state_t            *state;
    vfs_snapshot_events_t  *snapshot;

    snapshot = data;

    vfs_key_set(&key, replayed->entity, 0, replayed->id, strlen(replayed->id));

    state = vfs_states_get(snapshot->states, &key, err);

    if (state == NULL
        || vfs_replayed_spread(replayed, vfs_state_partition(state), "", err)
           != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (replayed->update == NULL) {
        return vfs_states_delete(snapshot->states, &key, err);
    }

    if (vfs_state_fold(state, replayed->update) == VFS_ERROR) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static void
vfs_snapshot_gaps(const vfs_history_t *history,
    const vfs_replay_counters_t *counters)
{
    unsigned  i, cut;
    uint64_t  gaps;

    gaps = 0;
    cut = 0;

    for (i = 0; i < history->npartitions; i++) {
        gaps += history->partitions[i].gaps;
        cut += (history->partitions[i].begin > 0);
    }

    vfs_history_tell(history);

    if (gaps != 0) {
        fprintf(stderr, "vfs-train: %" PRIu64 " records of events are not "
                "there: vectors may lack them\n", gaps);
    }

    if (cut != 0) {
        fprintf(stderr, "vfs-train: the begin of the events is gone in %u "
                "partitions: vectors may lack them\n", cut);
    }

    if (counters->dead != 0) {
        fprintf(stderr, "vfs-train: %" PRIu64 " events are at fault, as for "
                "the worker, and left out\n", counters->dead);
    }
}


/* Twice, for .npy says first how many there are. */

static int
vfs_snapshot_states(vfs_snapshot_events_t *snapshot, vfs_error_t *err)
{
    int  rc;

    snapshot->counting = 1;

    if (vfs_states_each(snapshot->states, vfs_snapshot_state, snapshot, err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    snapshot->counting = 0;
    snapshot->conf->columns = "id";
    snapshot->conf->dimension = snapshot->def->dimension;

    rc = vfs_rows_open(&snapshot->rows, snapshot->conf, err);

    if (rc == VFS_OK) {
        rc = vfs_states_each(snapshot->states, vfs_snapshot_state, snapshot,
                             err);
    }

    if (rc == VFS_OK) {
        rc = vfs_rows_done(&snapshot->rows, err);
    }

    vfs_rows_close(&snapshot->rows);

    return rc;
}


static int
vfs_snapshot_state(void *data, const vfs_key_t *key, const vfs_state_t *state,
    vfs_error_t *err)
{
    int                     rc, n;
    char                    id[VFS_VERSION_MAX_ID + 1];
    size_t                  len;
    const char             *name;
    vfs_snapshot_events_t  *snapshot;

    snapshot = data;

    rc = vfs_state_vector(state, snapshot->vector);

    if (rc != VFS_OK) {
        snapshot->counts->without += snapshot->counting;
        return VFS_OK;
    }

    name = vfs_key_id(key, &len);

    n = snprintf(id, sizeof(id), "%s:%.*s",
                 vfs_entity_name(vfs_key_entity(key)), (int) len, name);

    len = (size_t) n;

    if (!snapshot->counting) {
        return vfs_snapshot_vector(snapshot, id, len, state, err);
    }

    snapshot->counts->vectors++;
    snapshot->conf->nrows++;

    if (len > snapshot->conf->id_len) {
        snapshot->conf->id_len = len;
    }

    return VFS_OK;
}


static int
vfs_snapshot_vector(vfs_snapshot_events_t *snapshot, const char *id,
    size_t len, const vfs_state_t *state, vfs_error_t *err)
{
    int             rc;
    char           *watermark;
    size_t          size;
    vfs_version_t   version;

    size = vfs_state_watermark(state, NULL, 0) + 1;
    watermark = malloc(size);

    if (watermark == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    memset(&version, 0, sizeof(vfs_version_t));
    memcpy(version.definition, snapshot->def->hash,
           sizeof(version.definition));

    vfs_version_bytes(snapshot->vector, snapshot->def->dimension,
                      snapshot->bytes);

    version.event_ms = vfs_state_time(state);
    version.count = vfs_state_count(state);
    version.watermark_len = vfs_state_watermark(state, watermark, size);
    version.watermark = watermark;
    version.dimension = snapshot->def->dimension;
    version.values = snapshot->bytes;

    rc = vfs_snapshot_row(&snapshot->rows, id, len, &version, err);

    free(watermark);

    return rc;
}
