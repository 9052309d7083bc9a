
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_flow.h"
#include "vfs_ingest_letter.h"

#include <stdlib.h>
#include <string.h>


static int vfs_flow_ask(vfs_flow_t *flow, const vfs_record_t *records,
    size_t n, vfs_error_t *err);
static int vfs_flow_ask_all(vfs_flow_t *flow, const vfs_record_t *records,
    size_t n, vfs_error_t *err);
static void vfs_flow_release(vfs_flow_t *flow);
static int vfs_flow_fold_all(vfs_flow_t *flow, const vfs_record_t *records,
    size_t n, vfs_error_t *err);
static void vfs_flow_touch(vfs_flow_t *flow, vfs_partition_t *partition,
    const vfs_record_t *record);
static vfs_fold_mode_e vfs_flow_mode(const vfs_flow_t *flow,
    const vfs_partition_t *partition, const vfs_record_t *record);
static int vfs_flow_letters(vfs_flow_t *flow, vfs_lane_t *lane,
    vfs_error_t *err);
static int vfs_flow_letter(vfs_flow_t *flow, const vfs_request_t *request,
    vfs_error_t *err);
static int vfs_flow_write_changes(vfs_flow_t *flow, vfs_error_t *err);
static int vfs_flow_write_state(vfs_flow_t *flow, const vfs_cached_t *entry,
    vfs_error_t *err);
static int vfs_flow_write_offsets(vfs_flow_t *flow, vfs_error_t *err);
static void vfs_flow_written(vfs_flow_t *flow);
static void vfs_flow_await(vfs_flow_t *flow);
static void vfs_flow_count(vfs_flow_t *flow);


int
vfs_flow_fold(vfs_flow_t *flow, const vfs_record_t *records, size_t n,
    vfs_error_t *err)
{
    int  rc;

    rc = vfs_flow_ask(flow, records, n, err);

    if (rc != VFS_OK) {
        return rc;
    }

    vfs_fold_begin(&flow->fold);

    flow->io->forgive(flow->io->data);

    rc = vfs_flow_fold_all(flow, records, n, err);

    vfs_flow_release(flow);

    if (rc != VFS_OK) {
        vfs_flow_undo(flow);
        return VFS_ERROR;
    }

    flow->folded = 1;

    return VFS_OK;
}


/* VFS_OK: every answer that the fold will look for is recorded. */

static int
vfs_flow_ask(vfs_flow_t *flow, const vfs_record_t *records, size_t n,
    vfs_error_t *err)
{
    if (flow->recorded == NULL || n == 0) {
        return VFS_OK;
    }

    if (!flow->asker.asking
        && vfs_flow_ask_all(flow, records, n, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (vfs_asker_send(&flow->asker) != VFS_OK) {
        return VFS_DECLINED;
    }

    vfs_asker_clear(&flow->asker);

    return VFS_OK;
}


static int
vfs_flow_ask_all(vfs_flow_t *flow, const vfs_record_t *records, size_t n,
    vfs_error_t *err)
{
    size_t            k;
    vfs_partition_t  *partition;

    if (vfs_asker_begin(&flow->asker, n, err) != VFS_OK) {
        return VFS_ERROR;
    }

    for (k = 0; k < n; k++) {
        partition = vfs_flow_partition(flow, records[k].entity,
                                       records[k].partition);

        if (partition == NULL
            || records[k].offset < partition->folded
            || records[k].entity != VFS_ENTITY_USER
            || records[k].value == NULL)
        {
            continue;
        }

        if (vfs_asker_add(&flow->asker, &records[k], err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static void
vfs_flow_release(vfs_flow_t *flow)
{
    vfs_store_release(flow->store);

    if (flow->recorded != NULL) {
        vfs_recorded_release(flow->recorded);
    }
}


static int
vfs_flow_fold_all(vfs_flow_t *flow, const vfs_record_t *records, size_t n,
    vfs_error_t *err)
{
    int               i;
    size_t            k;
    vfs_fold_mode_e   mode;
    vfs_partition_t  *partition;

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (vfs_flow_letters(flow, &flow->lanes[i], err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    for (k = 0; k < n; k++) {
        partition = vfs_flow_partition(flow, records[k].entity,
                                       records[k].partition);

        if (partition == NULL) {
            continue;
        }

        if (records[k].offset < partition->folded) {
            vfs_flow_touch(flow, partition, &records[k]);
            continue;
        }

        mode = vfs_flow_mode(flow, partition, &records[k]);

        if (vfs_fold_record(&flow->fold, &records[k], mode, err) != VFS_OK) {
            return VFS_ERROR;
        }

        partition->folded = records[k].offset + 1;
        partition->touched = partition->folded;
    }

    return VFS_OK;
}


/*
 * A record that is folded in already, but whose effects are not known to have
 * happened: the newest vector of its id goes out.
 */

static void
vfs_flow_touch(vfs_flow_t *flow, vfs_partition_t *partition,
    const vfs_record_t *record)
{
    vfs_key_t     key;
    vfs_change_t  change;

    if (record->offset < partition->touched) {
        return;
    }

    if (vfs_fold_key(&flow->fold, record, &key, &change.source) == VFS_OK) {
        change.first = record->offset;
        change.time_ms = record->event_ms;
        change.source_ms = record->event_ms;
        change.unsure = 1;

        if (vfs_pending_add(&flow->pending, &partition->progress, &key,
                            &change)
            != VFS_OK)
        {
            vfs_flow_stop_here(flow, "out of memory");
        }
    }

    partition->touched = record->offset + 1;
}


static vfs_fold_mode_e
vfs_flow_mode(const vfs_flow_t *flow, const vfs_partition_t *partition,
    const vfs_record_t *record)
{
    if (record->offset >= partition->quiet) {
        return VFS_FOLD_LIVE;
    }

    /*
     * Whoever had the partition before may be sending an older vector at this
     * very moment, so the ids it touched last are sent once more.
     */

    if (record->time_ms >= flow->io->time(flow->io->data)
                           - flow->conf->resend_ms)
    {
        return VFS_FOLD_RESEND;
    }

    return VFS_FOLD_QUIET;
}


/* One dead letter for each record that the index refused by itself. */

static int
vfs_flow_letters(vfs_flow_t *flow, vfs_lane_t *lane, vfs_error_t *err)
{
    vfs_request_t  *request;

    flow->letters[lane->entity] = 0;

    for (request = TAILQ_FIRST(&lane->refused);
         request != NULL;
         request = TAILQ_NEXT(request, link))
    {
        if (vfs_flow_letter(flow, request, err) != VFS_OK) {
            return VFS_ERROR;
        }

        flow->letters[lane->entity]++;
        flow->fold.counters.dead_letters[VFS_REASON_REFUSED]++;
    }

    return VFS_OK;
}


static int
vfs_flow_letter(vfs_flow_t *flow, const vfs_request_t *request,
    vfs_error_t *err)
{
    int                   rc;
    vfs_letter_t          letter;
    vfs_record_t          record;
    const vfs_pending_t  *entry;

    entry = request->entries[0];

    rc = flow->io->reread(flow->io->data, &entry->sent_source, &record, err);

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (rc == VFS_DECLINED) {

        /* retention was faster: the id and the position are what is left */

        memset(&record, 0, sizeof(vfs_record_t));

        record.partition = entry->sent_source.partition;
        record.offset = entry->sent_source.offset;
        record.time_ms = entry->covered_ms;
        record.key = vfs_key_id(&entry->node.key, &record.key_len);
    }

    letter.topic = flow->conf->topics[VFS_ENTITY_USER];
    letter.group = flow->conf->group;
    letter.definition = flow->def->hash;
    letter.record = &record;
    letter.reason = VFS_REASON_REFUSED;
    letter.message = "the index refuses the vector that this event completes";
    letter.attempts = request->refusals;

    return vfs_letter_send(&letter, flow->io, err);
}


int
vfs_flow_write(vfs_flow_t *flow, vfs_error_t *err)
{
    int  rc;

    rc = flow->io->unsent(flow->io->data, err);

    if (rc > 0) {
        return VFS_DECLINED;
    }

    if (rc < 0) {
        vfs_flow_undo(flow);
        return VFS_ERROR;
    }

    do {
        rc = vfs_store_begin(flow->store, err);

        if (rc == VFS_OK) {
            rc = vfs_flow_write_changes(flow, err);
        }

        if (rc == VFS_OK) {
            rc = vfs_flow_write_offsets(flow, err);
        }

        if (rc == VFS_OK) {
            rc = vfs_store_commit(flow->store, err);
        }

    } while (rc == VFS_DECLINED);

    if (rc != VFS_OK) {
        return VFS_ERROR;
    }

    vfs_flow_written(flow);

    return VFS_OK;
}


static int
vfs_flow_write_changes(vfs_flow_t *flow, vfs_error_t *err)
{
    int            rc;
    vfs_cached_t  *entry;

    for (entry = TAILQ_FIRST(&flow->cache.changes);
         entry != NULL;
         entry = TAILQ_NEXT(entry, changes))
    {
        rc = vfs_flow_write_state(flow, entry, err);

        if (rc != VFS_OK) {
            return rc;
        }
    }

    return VFS_OK;
}


static int
vfs_flow_write_state(vfs_flow_t *flow, const vfs_cached_t *entry,
    vfs_error_t *err)
{
    int             rc;
    size_t          len;
    unsigned char  *data;

    if (entry->state == NULL) {
        return vfs_store_delete(flow->store, VFS_STORE_STATES,
                                &entry->node.key, err);
    }

    if (vfs_state_encode(entry->state, &data, &len) != VFS_OK) {
        vfs_store_abort(flow->store);
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    rc = vfs_store_put(flow->store, VFS_STORE_STATES, &entry->node.key, data,
                       len, err);

    free(data);

    return rc;
}


static int
vfs_flow_write_offsets(vfs_flow_t *flow, vfs_error_t *err)
{
    int               i, rc;
    size_t            n;
    vfs_key_t         prefix;
    vfs_partition_t  *partition;

    for (i = 0; i < VFS_ENTITIES; i++) {

        for (n = 0; n < flow->npartitions[i]; n++) {
            partition = flow->partitions[i][n];

            if (partition == NULL || partition->folded == partition->next) {
                continue;
            }

            vfs_key_set(&prefix, (vfs_entity_e) i, partition->partition, NULL,
                        0);

            rc = vfs_store_put(flow->store, VFS_STORE_OFFSETS, &prefix,
                               &partition->folded, sizeof(int64_t), err);

            if (rc != VFS_OK) {
                return rc;
            }
        }
    }

    return VFS_OK;
}


static void
vfs_flow_written(vfs_flow_t *flow)
{
    int               i;
    size_t            n;
    vfs_lane_t       *lane;
    vfs_partition_t  *partition;

    vfs_flow_await(flow);
    vfs_cache_written(&flow->cache);

    for (i = 0; i < VFS_ENTITIES; i++) {
        lane = &flow->lanes[i];

        for (n = 0; n < flow->npartitions[i]; n++) {
            partition = flow->partitions[i][n];

            if (partition == NULL) {
                continue;
            }

            partition->next = partition->folded;

            if (partition->progress.held
                && partition->next >= partition->quiet)
            {
                vfs_progress_release(&flow->pending, &partition->progress);
            }
        }

        for ( /* void */ ; flow->letters[i] != 0; flow->letters[i]--) {
            vfs_lane_give_up(lane, TAILQ_FIRST(&lane->refused));
        }
    }

    flow->folded = 0;

    vfs_flow_count(flow);
}


/* What is written now waits for the index. */

static void
vfs_flow_await(vfs_flow_t *flow)
{
    vfs_cached_t     *entry;
    vfs_partition_t  *partition;

    for (entry = TAILQ_FIRST(&flow->cache.changes);
         entry != NULL;
         entry = TAILQ_NEXT(entry, changes))
    {
        if (!entry->send) {
            continue;
        }

        partition = vfs_flow_partition(flow, vfs_key_entity(&entry->node.key),
                                       vfs_key_partition(&entry->node.key));

        entry->change.unsure = (entry->change.first < partition->unsure);

        if (vfs_pending_add(&flow->pending, &partition->progress,
                            &entry->node.key, &entry->change)
            != VFS_OK)
        {
            vfs_flow_stop_here(flow, "out of memory");
        }
    }
}


static void
vfs_flow_count(vfs_flow_t *flow)
{
    unsigned                    i;
    vfs_fold_counters_t        *total;
    const vfs_fold_counters_t  *batch;

    batch = &flow->fold.counters;
    total = &flow->counters.fold;

    total->events += batch->events;
    total->folded += batch->folded;
    total->ignored += batch->ignored;
    total->item_updates += batch->item_updates;

    for (i = 0; i < VFS_REASONS; i++) {
        total->dead_letters[i] += batch->dead_letters[i];
    }
}
