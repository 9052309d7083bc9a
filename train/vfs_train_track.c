
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_track.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>


/* of its own, so that the sample is none that another hash would draw */

#define VFS_TRACK_SEED  0x7666732d73616d70ULL


static vfs_tracked_t *vfs_track_add(vfs_track_t *track, vfs_entity_e entity,
    const char *id, uint64_t hash, vfs_error_t *err);
static void vfs_track_drop(vfs_track_t *track, vfs_tracked_t *tracked);
static uint64_t vfs_track_hash(vfs_entity_e entity, const char *id);
static void vfs_track_push(vfs_track_t *track, vfs_tracked_t *tracked);
static void vfs_track_pop(vfs_track_t *track);
static void vfs_track_stale(vfs_track_t *track, vfs_tracked_t *tracked,
    const vfs_position_t *position);
static int vfs_track_fold(vfs_track_t *track, vfs_tracked_t *tracked,
    const vfs_update_t *update, vfs_error_t *err);


int
vfs_track_init(vfs_track_t *track, const vfs_definition_t *def,
    vfs_history_t *history, size_t sample)
{
    memset(track, 0, sizeof(vfs_track_t));

    track->def = def;
    track->history = history;
    track->sample = sample;

    TAILQ_INIT(&track->list);

    if (sample != 0 && sample != SIZE_MAX) {
        track->heap = calloc(sample, sizeof(vfs_tracked_t *));

        if (track->heap == NULL) {
            return VFS_ERROR;
        }
    }

    return vfs_map_init(&track->map);
}


void
vfs_track_destroy(vfs_track_t *track)
{
    while (!TAILQ_EMPTY(&track->list)) {
        vfs_track_drop(track, TAILQ_FIRST(&track->list));
    }

    vfs_map_destroy(&track->map);
    free(track->heap);
}


vfs_entity_e
vfs_tracked_entity(const vfs_tracked_t *tracked)
{
    return vfs_key_entity(&tracked->node.key);
}


vfs_tracked_t *
vfs_track_find(const vfs_track_t *track, vfs_entity_e entity, const char *id)
{
    vfs_key_t  key;

    vfs_key_set(&key, entity, 0, id, strlen(id));

    return (vfs_tracked_t *) vfs_map_find(&track->map, &key);
}


int
vfs_track_name(vfs_track_t *track, vfs_entity_e entity, const char *id,
    vfs_error_t *err)
{
    vfs_tracked_t  *tracked;

    tracked = vfs_track_find(track, entity, id);

    if (tracked == NULL) {
        tracked = vfs_track_add(track, entity, id, vfs_track_hash(entity, id),
                                err);
    }

    if (tracked == NULL) {
        return VFS_ERROR;
    }

    tracked->named = 1;

    return VFS_OK;
}


int
vfs_track_see(vfs_track_t *track, vfs_entity_e entity, const char *id,
    vfs_error_t *err)
{
    uint64_t        hash;
    vfs_tracked_t  *tracked;

    if (track->sample == 0 || !track->def->has_feature[entity]) {
        return VFS_OK;
    }

    hash = vfs_track_hash(entity, id);

    if ((track->nheap == track->sample && hash >= track->heap[0]->hash)
        || vfs_track_find(track, entity, id) != NULL)
    {
        return VFS_OK;
    }

    tracked = vfs_track_add(track, entity, id, hash, err);

    if (tracked == NULL) {
        return VFS_ERROR;
    }

    vfs_track_push(track, tracked);

    return VFS_OK;
}


static uint64_t
vfs_track_hash(vfs_entity_e entity, const char *id)
{
    return XXH64(id, strlen(id), VFS_TRACK_SEED + (uint64_t) entity);
}


static vfs_tracked_t *
vfs_track_add(vfs_track_t *track, vfs_entity_e entity, const char *id,
    uint64_t hash, vfs_error_t *err)
{
    size_t          len;
    vfs_tracked_t  *tracked;

    tracked = calloc(1, sizeof(vfs_tracked_t));

    if (tracked == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    len = strlen(id);

    vfs_key_set(&tracked->node.key, entity, 0, id, len);
    memcpy(tracked->id, id, len);
    tracked->hash = hash;

    vfs_updates_init(&tracked->later);
    vfs_map_insert(&track->map, &tracked->node);
    TAILQ_INSERT_TAIL(&track->list, tracked, link);

    return tracked;
}


static void
vfs_track_drop(vfs_track_t *track, vfs_tracked_t *tracked)
{
    TAILQ_REMOVE(&track->list, tracked, link);
    vfs_map_remove(&track->map, &tracked->node);
    vfs_updates_clear(&tracked->later);
    vfs_answer_clear(&tracked->answer);
    vfs_state_free(tracked->state);
    free(tracked);
}


/* A binary heap: the first is the one that leaves. */

static void
vfs_track_push(vfs_track_t *track, vfs_tracked_t *tracked)
{
    size_t          i, parent;

    if (track->heap == NULL) {
        return;
    }

    if (track->nheap == track->sample) {
        vfs_track_pop(track);
    }

    for (i = track->nheap++; i > 0; i = parent) {
        parent = (i - 1) / 2;

        if (track->heap[parent]->hash >= tracked->hash) {
            break;
        }

        track->heap[i] = track->heap[parent];
    }

    track->heap[i] = tracked;
}


static void
vfs_track_pop(vfs_track_t *track)
{
    size_t          i, child;
    vfs_tracked_t  *last;

    if (!track->heap[0]->named) {
        vfs_track_drop(track, track->heap[0]);
    }

    last = track->heap[--track->nheap];

    for (i = 0; (child = 2 * i + 1) < track->nheap; i = child) {

        if (child + 1 < track->nheap
            && track->heap[child + 1]->hash > track->heap[child]->hash)
        {
            child++;
        }

        if (track->heap[child]->hash <= last->hash) {
            break;
        }

        track->heap[i] = track->heap[child];
    }

    track->heap[i] = last;
}


int
vfs_track_on_id(void *data, const vfs_replayed_t *replayed, vfs_error_t *err)
{
    return vfs_track_see(data, replayed->entity, replayed->id, err);
}


/*
 * An id that is not tracked and has a place in the sample is new: had it been
 * there before, it would be tracked.
 */

int
vfs_track_wanted(void *data, vfs_entity_e entity, const char *id)
{
    vfs_track_t  *track;

    track = data;

    if (track->keep) {

        /* without memory for a new id, it is seen the next time */

        (void) vfs_track_see(track, entity, id, NULL);
    }

    return vfs_track_find(track, entity, id) != NULL;
}


int
vfs_track_on_update(void *data, const vfs_replayed_t *replayed,
    vfs_error_t *err)
{
    vfs_track_t    *track;
    vfs_tracked_t  *tracked;

    track = data;
    tracked = vfs_track_find(track, replayed->entity, replayed->id);

    if (tracked == NULL) {
        return VFS_OK;
    }

    if (vfs_tracked_has(tracked, &replayed->position)) {
        return vfs_track_fold(track, tracked, replayed->update, err);
    }

    vfs_track_stale(track, tracked, &replayed->position);

    if (track->keep) {
        return vfs_updates_add(&tracked->later, track->def, replayed, err);
    }

    /* what is not served is held against all that is stored */

    if (tracked->answer.found) {
        return VFS_OK;
    }

    if (vfs_track_unstored(track, tracked, &replayed->position)) {
        tracked->waiting = 1;
        tracked->ended |= (replayed->update == NULL
                           || replayed->update->deletes);
        return VFS_OK;
    }

    return vfs_track_fold(track, tracked, replayed->update, err);
}


int
vfs_tracked_has(const vfs_tracked_t *tracked, const vfs_position_t *position)
{
    const vfs_position_t  *mark;

    mark = vfs_answer_mark(&tracked->answer, position->partition);

    return mark != NULL && position->offset <= mark->offset;
}


static void
vfs_track_stale(vfs_track_t *track, vfs_tracked_t *tracked,
    const vfs_position_t *position)
{
    const vfs_partition_t  *partition;

    partition = vfs_history_partition(track->history, position->partition);

    if (tracked->answer.found && !tracked->is_stale && partition != NULL
        && position->offset < partition->stored[vfs_tracked_entity(tracked)])
    {
        tracked->is_stale = 1;
        tracked->stale = *position;
    }
}


int
vfs_track_unstored(const vfs_track_t *track, const vfs_tracked_t *tracked,
    const vfs_position_t *position)
{
    int64_t                 stored;
    const vfs_partition_t  *partition;

    partition = vfs_history_partition(track->history, position->partition);

    if (partition == NULL) {
        return 0;
    }

    stored = partition->stored[vfs_tracked_entity(tracked)];

    return stored != -1 && position->offset >= stored;
}


static int
vfs_track_fold(vfs_track_t *track, vfs_tracked_t *tracked,
    const vfs_update_t *update, vfs_error_t *err)
{
    vfs_entity_e  entity;

    entity = vfs_tracked_entity(tracked);

    return vfs_updates_fold(&tracked->state, track->def,
                            &track->def->features[entity], update, err);
}


int
vfs_track_advance(vfs_track_t *track, vfs_error_t *err)
{
    vfs_noted_t    *noted, *next;
    vfs_tracked_t  *tracked;

    TAILQ_FOREACH(tracked, &track->list, link)
    {
        tracked->is_stale = 0;

        for (noted = TAILQ_FIRST(&tracked->later.list); noted != NULL;
             noted = next)
        {
            next = TAILQ_NEXT(noted, link);

            if (!vfs_tracked_has(tracked, &noted->position)) {
                vfs_track_stale(track, tracked, &noted->position);
                continue;
            }

            if (vfs_track_fold(track, tracked,
                               noted->tombstone ? NULL : &noted->update, err)
                != VFS_OK)
            {
                return VFS_ERROR;
            }

            vfs_updates_remove(&tracked->later, noted);
        }
    }

    return VFS_OK;
}
