
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_flow.h"
#include "vfs_log.h"

#include <inttypes.h>
#include <stdlib.h>


/* More partitions than any cluster has for a topic. */

#define VFS_MAX_PARTITIONS  100000


static void vfs_flow_init_lane(vfs_flow_t *flow, vfs_entity_e entity);
static vfs_partition_t *vfs_flow_make(vfs_flow_t *flow, vfs_entity_e entity,
    int32_t partition, vfs_error_t *err);
static int vfs_flow_resume(vfs_flow_t *flow, vfs_entity_e entity,
    vfs_partition_t *partition, const vfs_assignment_t *assignment,
    vfs_error_t *err);
static void vfs_flow_rebuild(vfs_flow_t *flow, vfs_entity_e entity,
    vfs_partition_t *partition, const vfs_assignment_t *assignment);
static size_t vfs_flow_unsent(const vfs_flow_t *flow);


int
vfs_flow_init(vfs_flow_t *flow, vfs_error_t *err)
{
    int  i;

    flow->fold.def = flow->def;
    flow->fold.io = flow->io;
    flow->fold.cache = &flow->cache;
    flow->fold.group = flow->conf->group;

    for (i = 0; i < VFS_ENTITIES; i++) {
        flow->fold.topics[i] = flow->conf->topics[i];
        vfs_flow_init_lane(flow, (vfs_entity_e) i);
    }

    if (flow->recorded != NULL) {
        flow->asker.conf = &flow->conf->asker;
        flow->asker.def = flow->def;
        flow->asker.io = flow->io;
        flow->asker.recorded = flow->recorded;

        if (vfs_asker_init(&flow->asker, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (vfs_cache_init(&flow->cache, flow->def, flow->store,
                       flow->conf->cached_states) != VFS_OK
        || vfs_pending_init(&flow->pending) != VFS_OK
        || vfs_fold_init(&flow->fold) != VFS_OK
        || vfs_lane_init(&flow->lanes[VFS_ENTITY_USER], VFS_ENTITY_USER)
           != VFS_OK
        || vfs_lane_init(&flow->lanes[VFS_ENTITY_ITEM], VFS_ENTITY_ITEM)
           != VFS_OK)
    {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static void
vfs_flow_init_lane(vfs_flow_t *flow, vfs_entity_e entity)
{
    vfs_lane_t  *lane;

    lane = &flow->lanes[entity];

    lane->conf = &flow->conf->lane;
    lane->def = flow->def;
    lane->io = flow->io;
    lane->cache = &flow->cache;
    lane->pending = &flow->pending;
    lane->counters = &flow->counters;
}


void
vfs_flow_destroy(vfs_flow_t *flow)
{
    int     i;
    size_t  n;

    for (i = 0; i < VFS_ENTITIES; i++) {
        vfs_lane_destroy(&flow->lanes[i]);
    }

    if (flow->recorded != NULL) {
        vfs_asker_destroy(&flow->asker);
    }

    vfs_pending_destroy(&flow->pending);
    vfs_cache_destroy(&flow->cache);
    vfs_fold_destroy(&flow->fold);

    for (i = 0; i < VFS_ENTITIES; i++) {

        for (n = 0; n < flow->npartitions[i]; n++) {
            free(flow->partitions[i][n]);
        }

        free(flow->partitions[i]);
    }
}


vfs_partition_t *
vfs_flow_partition(const vfs_flow_t *flow, vfs_entity_e entity,
    int32_t partition)
{
    vfs_partition_t  *found;

    if (partition < 0 || (size_t) partition >= flow->npartitions[entity]) {
        return NULL;
    }

    found = flow->partitions[entity][partition];

    return (found != NULL && found->assigned) ? found : NULL;
}


static vfs_partition_t *
vfs_flow_make(vfs_flow_t *flow, vfs_entity_e entity, int32_t partition,
    vfs_error_t *err)
{
    size_t             n;
    vfs_partition_t   *made, **all;

    if (partition < 0 || partition >= VFS_MAX_PARTITIONS) {
        vfs_error_set(err, "partition %" PRId32 " is out of range", partition);
        return NULL;
    }

    n = flow->npartitions[entity];

    if ((size_t) partition >= n) {
        all = realloc(flow->partitions[entity],
                      ((size_t) partition + 1) * sizeof(vfs_partition_t *));

        if (all == NULL) {
            goto failed;
        }

        while (n <= (size_t) partition) {
            all[n++] = NULL;
        }

        flow->partitions[entity] = all;
        flow->npartitions[entity] = n;
    }

    made = flow->partitions[entity][partition];

    if (made == NULL) {
        made = calloc(1, sizeof(vfs_partition_t));

        if (made == NULL) {
            goto failed;
        }

        made->partition = partition;
        vfs_progress_init(&made->progress);

        flow->partitions[entity][partition] = made;
    }

    return made;

failed:

    vfs_error_set(err, "out of memory");

    return NULL;
}


int
vfs_flow_assign(vfs_flow_t *flow, vfs_entity_e entity, int32_t partition,
    const vfs_assignment_t *assignment, int64_t *start, vfs_error_t *err)
{
    int               rc, stored;
    vfs_key_t         prefix;
    vfs_partition_t  *made;

    made = vfs_flow_make(flow, entity, partition, err);

    if (made == NULL) {
        return VFS_ERROR;
    }

    made->quiet = assignment->committed;

    vfs_key_set(&prefix, entity, partition, NULL, 0);

    rc = vfs_store_offset(flow->store, &prefix, &made->next, err);
    stored = (rc == VFS_OK);

    if (stored) {
        rc = vfs_flow_resume(flow, entity, made, assignment, err);

    } else if (rc == VFS_DECLINED) {
        vfs_flow_rebuild(flow, entity, made, assignment);
        rc = VFS_OK;
    }

    if (rc != VFS_OK) {
        return rc;
    }

    made->assigned = 1;
    made->folded = made->next;

    /* with nothing stored and nothing committed no one was here before */

    made->unsure = (stored || assignment->others) ? assignment->end : 0;
    *start = made->touched;

    /* what is sent on the way to where others have been is out of date */

    if (made->next < made->quiet) {
        vfs_progress_hold(&made->progress);
    }

    return VFS_OK;
}


/* Goes on from what is stored. */

static int
vfs_flow_resume(vfs_flow_t *flow, vfs_entity_e entity,
    vfs_partition_t *partition, const vfs_assignment_t *assignment,
    vfs_error_t *err)
{
    const char  *topic;

    topic = flow->conf->topics[entity];

    if (partition->next > assignment->end) {
        vfs_error_set(err, "topic %s, partition %" PRId32 " ends at offset %"
                      PRId64 ", but events up to %" PRId64 " are already "
                      "folded in: the topic was deleted and made again. Set "
                      "VFS_GROUP to another name, which folds all events once "
                      "more", topic, partition->partition, assignment->end,
                      partition->next);
        return VFS_DECLINED;
    }

    vfs_log(VFS_LOG_INFO, "partition_resume",
            "topic=%s partition=%" PRId32 " offset=%" PRId64 " committed=%"
            PRId64 " end=%" PRId64, topic, partition->partition,
            partition->next, assignment->committed, assignment->end);

    if (partition->next < assignment->begin) {
        vfs_log(VFS_LOG_WARN, "history_lost",
                "topic=%s partition=%" PRId32 " from=%" PRId64 " to=%" PRId64
                " remedy=\"keep the topic's records longer than a worker may "
                "be away\"", topic, partition->partition, partition->next,
                assignment->begin);

        partition->next = assignment->begin;
    }

    partition->touched = partition->next;

    if (assignment->committed < partition->next) {
        partition->touched = (assignment->committed > assignment->begin)
                             ? assignment->committed : assignment->begin;
    }

    return VFS_OK;
}


/* Nothing is stored: the whole history is folded once more. */

static void
vfs_flow_rebuild(vfs_flow_t *flow, vfs_entity_e entity,
    vfs_partition_t *partition, const vfs_assignment_t *assignment)
{
    partition->next = assignment->begin;
    partition->touched = assignment->begin;

    vfs_log(VFS_LOG_INFO, "partition_rebuild",
            "topic=%s partition=%" PRId32 " from=%" PRId64 " committed=%"
            PRId64 " end=%" PRId64, flow->conf->topics[entity],
            partition->partition, assignment->begin, assignment->committed,
            assignment->end);
}


void
vfs_flow_revoke(vfs_flow_t *flow)
{
    int     i;
    size_t  n;

    vfs_flow_undo(flow);
    vfs_asker_clear(&flow->asker);

    for (i = 0; i < VFS_ENTITIES; i++) {
        vfs_lane_clear(&flow->lanes[i]);
    }

    vfs_pending_clear(&flow->pending);

    for (i = 0; i < VFS_ENTITIES; i++) {

        for (n = 0; n < flow->npartitions[i]; n++) {

            if (flow->partitions[i][n] != NULL) {
                flow->partitions[i][n]->assigned = 0;
                vfs_progress_init(&flow->partitions[i][n]->progress);
            }
        }
    }
}


void
vfs_flow_undo(vfs_flow_t *flow)
{
    int     i;
    size_t  n;

    vfs_cache_undo(&flow->cache);
    flow->folded = 0;

    for (i = 0; i < VFS_ENTITIES; i++) {
        flow->letters[i] = 0;

        for (n = 0; n < flow->npartitions[i]; n++) {

            if (flow->partitions[i][n] != NULL) {
                flow->partitions[i][n]->folded = flow->partitions[i][n]->next;
            }
        }
    }
}


int
vfs_flow_has_work(const vfs_flow_t *flow)
{
    int  i;

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (!TAILQ_EMPTY(&flow->lanes[i].refused)) {
            return 1;
        }
    }

    return 0;
}


int
vfs_flow_asking(const vfs_flow_t *flow)
{
    return flow->asker.asking;
}


int
vfs_flow_send(vfs_flow_t *flow, vfs_error_t *err)
{
    int  i, rc;

    if (flow->folded) {
        return VFS_OK;
    }

    rc = VFS_OK;

    for (i = 0; i < VFS_ENTITIES && rc == VFS_OK; i++) {
        rc = vfs_lane_send(&flow->lanes[i], err);
    }

    vfs_store_release(flow->store);

    return rc;
}


int64_t
vfs_flow_wakeup(const vfs_flow_t *flow)
{
    int      i;
    int64_t  now, wait, least;

    now = flow->io->now(flow->io->data);
    least = vfs_flow_asking(flow) ? vfs_asker_wakeup(&flow->asker) : -1;

    for (i = 0; i < VFS_ENTITIES; i++) {
        wait = vfs_lane_wakeup(&flow->lanes[i], now);

        if (wait != -1 && (least == -1 || wait < least)) {
            least = wait;
        }
    }

    return least;
}


int
vfs_flow_offset(const vfs_flow_t *flow, vfs_entity_e entity,
    int32_t partition, int64_t *offset)
{
    vfs_partition_t  *found;

    if (vfs_flow_position(flow, entity, partition, offset) != VFS_OK) {
        return VFS_DECLINED;
    }

    /* who starts below it would send old vectors once more */

    found = vfs_flow_partition(flow, entity, partition);

    if (*offset < found->quiet) {
        *offset = found->quiet;
    }

    return VFS_OK;
}


int
vfs_flow_position(const vfs_flow_t *flow, vfs_entity_e entity,
    int32_t partition, int64_t *offset)
{
    int64_t           next;
    vfs_partition_t  *found;

    found = vfs_flow_partition(flow, entity, partition);

    if (found == NULL) {
        return VFS_DECLINED;
    }

    next = (found->touched < found->next) ? found->touched : found->next;

    *offset = vfs_progress_offset(&found->progress, next);

    return VFS_OK;
}


int
vfs_flow_full(const vfs_flow_t *flow)
{
    return vfs_flow_unsent(flow) >= flow->conf->max_pending;
}


int
vfs_flow_relieved(const vfs_flow_t *flow)
{
    return vfs_flow_unsent(flow) <= flow->conf->max_pending / 2;
}


/* Those that are kept back wait for more to be read, not for the index. */

static size_t
vfs_flow_unsent(const vfs_flow_t *flow)
{
    return flow->pending.map.count - flow->pending.nkept;
}


int
vfs_flow_drained(const vfs_flow_t *flow)
{
    return vfs_flow_idle(flow) && flow->pending.nkept == 0;
}


int
vfs_flow_idle(const vfs_flow_t *flow)
{
    return !flow->folded
           && vfs_flow_unsent(flow) == 0
           && !vfs_flow_has_work(flow);
}


unsigned
vfs_flow_in_flight(const vfs_flow_t *flow)
{
    return flow->lanes[VFS_ENTITY_USER].nin_flight
           + flow->lanes[VFS_ENTITY_ITEM].nin_flight;
}


void
vfs_flow_stop_here(vfs_flow_t *flow, const char *why)
{
    flow->stopped = 1;
    vfs_error_set(&flow->stop, "%s", why);
}


const vfs_error_t *
vfs_flow_stop(const vfs_flow_t *flow)
{
    int  i;

    if (flow->stopped) {
        return &flow->stop;
    }

    if (flow->asker.stopped) {
        return &flow->asker.stop;
    }

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (flow->lanes[i].stopped) {
            return &flow->lanes[i].stop;
        }
    }

    return NULL;
}
