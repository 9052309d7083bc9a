
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_decay.h"
#include "vfs_metadata.h"
#include "vfs_state_private.h"

#include <stdlib.h>
#include <string.h>


static int vfs_state_prepare(vfs_state_t *state, const vfs_update_t *update,
    const vfs_decay_t *decay);
static int vfs_state_delete(vfs_state_t *state, const vfs_update_t *update);
static void vfs_state_clear(vfs_state_t *state);
static void vfs_state_advance(vfs_state_t *state, int64_t time_ms,
    int64_t segment);
static void vfs_state_add(vfs_state_t *state, const vfs_update_t *update,
    const vfs_decay_t *decay);
static void vfs_state_take_own(vfs_state_t *state, const float *vector,
    const vfs_stamp_t *stamp);
static int vfs_state_merge_prepare(vfs_state_t *state,
    const vfs_state_t *other);
static void vfs_state_merge_sums(vfs_state_t *state, const vfs_state_t *other);
static const float *vfs_state_own_of(const vfs_state_t *state,
    const vfs_update_t *update);


vfs_state_t *
vfs_state_create(const vfs_definition_t *def, const vfs_feature_t *feature)
{
    vfs_state_t  *state;

    state = calloc(1, sizeof(vfs_state_t));
    if (state == NULL) {
        return NULL;
    }

    state->def = def;
    state->feature = feature;

    if (feature->transform == VFS_TRANSFORM_DECAYED_MEAN) {
        state->newer = calloc(vfs_state_nsums(state), sizeof(vfs_int128_t));
        if (state->newer == NULL) {
            goto failed;
        }
    }

    if (feature->nmetadata > 0) {
        state->values = calloc(feature->nmetadata,
                               sizeof(vfs_metadata_value_t));
        if (state->values == NULL) {
            goto failed;
        }
    }

    return state;

failed:

    vfs_state_free(state);

    return NULL;
}


void
vfs_state_free(vfs_state_t *state)
{
    if (state == NULL) {
        return;
    }

    free(state->newer);
    free(state->older);
    free(state->own);
    free(state->watermarks);
    free(state->values);
    free(state->metadata);
    free(state);
}


int
vfs_state_fold(vfs_state_t *state, const vfs_update_t *update)
{
    vfs_decay_t   decay;
    vfs_stamp_t   stamp;
    const float  *own;

    if (vfs_state_seen(state, &update->position)) {
        return VFS_DECLINED;
    }

    if (update->deletes
        || (state->has_deleted && update->time_ms <= state->deleted_ms))
    {
        return vfs_state_delete(state, update);
    }

    if (state->count == VFS_MAX_COUNT) {
        return VFS_ERROR;
    }

    if (state->newer != NULL) {
        vfs_decay_at(state->def, state->feature, update->time_ms, &decay);

    } else {
        memset(&decay, 0, sizeof(vfs_decay_t));
    }

    if (vfs_state_prepare(state, update, &decay) != VFS_OK) {
        return VFS_ERROR;
    }

    stamp.time_ms = update->time_ms;
    stamp.position = update->position;

    vfs_state_advance(state, update->time_ms, decay.segment);
    vfs_state_add(state, update, &decay);

    own = vfs_state_own_of(state, update);
    if (own != NULL) {
        vfs_state_take_own(state, own, &stamp);
    }

    vfs_state_watermark_raise(state, &update->position);
    state->count++;

    return VFS_OK;
}


/*
 * A deletion, or an update that is not younger than one: its position is known
 * from now on, and that is all of it.
 */

static int
vfs_state_delete(vfs_state_t *state, const vfs_update_t *update)
{
    if (vfs_state_watermark_reserve(state, 1) != VFS_OK) {
        return VFS_ERROR;
    }

    vfs_state_watermark_raise(state, &update->position);

    /* what is there now is younger than an older deletion */

    if (!state->has_deleted || update->time_ms > state->deleted_ms) {
        state->has_deleted = 1;
        state->deleted_ms = update->time_ms;
        vfs_state_clear(state);
    }

    return VFS_OK;
}


/* All but the positions that are known, and the deletion. */

static void
vfs_state_clear(vfs_state_t *state)
{
    size_t  size;

    size = vfs_state_nsums(state) * sizeof(vfs_int128_t);

    if (state->newer != NULL) {
        memset(state->newer, 0, size);
    }

    if (state->older != NULL) {
        memset(state->older, 0, size);
    }

    if (state->values != NULL) {
        memset(state->values, 0, state->feature->nmetadata
                                 * sizeof(vfs_metadata_value_t));
    }

    free(state->metadata);
    state->metadata = NULL;

    state->has_own = 0;
    state->count = 0;
    state->time_ms = 0;
    state->segment = 0;
}


int
vfs_state_merge(vfs_state_t *state, const vfs_state_t *other)
{
    unsigned  i;

    if (state->has_deleted || other->has_deleted) {
        return VFS_ERROR;
    }

    if (other->count == 0) {
        return VFS_OK;
    }

    if (other->count > VFS_MAX_COUNT - state->count
        || vfs_state_merge_prepare(state, other) != VFS_OK)
    {
        return VFS_ERROR;
    }

    vfs_state_advance(state, other->time_ms, other->segment);
    vfs_state_merge_sums(state, other);

    if (other->has_own) {
        vfs_state_take_own(state, other->own, &other->own_stamp);
    }

    for (i = 0; i < other->nwatermarks; i++) {
        vfs_state_watermark_raise(state, &other->watermarks[i]);
    }

    state->count += other->count;

    return VFS_OK;
}


uint64_t
vfs_state_count(const vfs_state_t *state)
{
    return state->count;
}


int64_t
vfs_state_time(const vfs_state_t *state)
{
    return (state->count == 0 && state->has_deleted) ? state->deleted_ms
                                                     : state->time_ms;
}


size_t
vfs_state_nsums(const vfs_state_t *state)
{
    return (size_t) state->def->dimension + 1;
}


int
vfs_state_reserve_older(vfs_state_t *state)
{
    if (state->older == NULL) {
        state->older = calloc(vfs_state_nsums(state), sizeof(vfs_int128_t));
    }

    return state->older == NULL ? VFS_ERROR : VFS_OK;
}


int
vfs_state_reserve_own(vfs_state_t *state)
{
    if (state->own == NULL) {
        state->own = malloc(state->def->dimension * sizeof(float));
    }

    return state->own == NULL ? VFS_ERROR : VFS_OK;
}


int
vfs_stamp_newer(const vfs_stamp_t *a, const vfs_stamp_t *b)
{
    if (a->time_ms != b->time_ms) {
        return a->time_ms > b->time_ms;
    }

    if (a->position.partition != b->position.partition) {
        return a->position.partition > b->position.partition;
    }

    return a->position.offset > b->position.offset;
}


/* All that may fail, so that folding either happens as a whole or not. */

static int
vfs_state_prepare(vfs_state_t *state, const vfs_update_t *update,
    const vfs_decay_t *decay)
{
    unsigned              i;
    vfs_metadata_value_t  candidates[VFS_MAX_METADATA];

    if (vfs_state_watermark_reserve(state, 1) != VFS_OK) {
        return VFS_ERROR;
    }

    if (vfs_state_own_of(state, update) != NULL
        && vfs_state_reserve_own(state) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (state->newer != NULL
        && state->count > 0
        && decay->segment != state->segment
        && vfs_state_reserve_older(state) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (update->metadata == NULL || update->metadata_len == 0) {
        return VFS_OK;
    }

    if (vfs_metadata_split(state->feature, update->metadata,
                           update->metadata_len, candidates, NULL)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    for (i = 0; i < state->feature->nmetadata; i++) {
        candidates[i].stamp.time_ms = update->time_ms;
        candidates[i].stamp.position = update->position;
    }

    return vfs_state_metadata_take(state, candidates);
}


/* A newer event may open a newer segment: sums grow older or vanish. */

static void
vfs_state_advance(vfs_state_t *state, int64_t time_ms, int64_t segment)
{
    size_t         size;
    vfs_int128_t  *older;

    if (state->count > 0 && time_ms <= state->time_ms) {
        return;
    }

    if (state->newer != NULL
        && state->count > 0
        && segment != state->segment)
    {
        size = vfs_state_nsums(state) * sizeof(vfs_int128_t);

        if (segment == state->segment + 1) {
            older = state->older;
            state->older = state->newer;
            state->newer = older;

        } else {
            memset(state->older, 0, size);
        }

        memset(state->newer, 0, size);
    }

    state->time_ms = time_ms;
    state->segment = segment;
}


static void
vfs_state_add(vfs_state_t *state, const vfs_update_t *update,
    const vfs_decay_t *decay)
{
    size_t         n;
    double         factor;
    vfs_int128_t  *sums;

    if (state->newer == NULL || update->weight == 0) {
        return;
    }

    if (decay->segment == state->segment) {
        sums = state->newer;

    } else if (decay->segment == state->segment - 1) {
        sums = state->older;

    } else {
        return;
    }

    n = state->def->dimension;
    factor = update->weight * decay->growth;

    vfs_sums_add(sums, update->vector, n, factor, decay->shift);
    sums[n] += vfs_sum_term(factor < 0 ? -factor : factor, decay->shift);
}


/* The vector to keep as a whole, if the feature keeps one. */

static const float *
vfs_state_own_of(const vfs_state_t *state, const vfs_update_t *update)
{
    if (state->feature->transform == VFS_TRANSFORM_LATEST) {
        return update->vector;
    }

    return state->feature->prior == NULL ? NULL : update->prior;
}


static void
vfs_state_take_own(vfs_state_t *state, const float *vector,
    const vfs_stamp_t *stamp)
{
    if (state->has_own && !vfs_stamp_newer(stamp, &state->own_stamp)) {
        return;
    }

    memcpy(state->own, vector, state->def->dimension * sizeof(float));
    state->own_stamp = *stamp;
    state->has_own = 1;
}


static int
vfs_state_merge_prepare(vfs_state_t *state, const vfs_state_t *other)
{
    if (vfs_state_watermark_reserve(state, other->nwatermarks) != VFS_OK) {
        return VFS_ERROR;
    }

    if (other->has_own && vfs_state_reserve_own(state) != VFS_OK) {
        return VFS_ERROR;
    }

    if (state->newer != NULL && vfs_state_reserve_older(state) != VFS_OK) {
        return VFS_ERROR;
    }

    if (other->metadata == NULL) {
        return VFS_OK;
    }

    return vfs_state_metadata_take(state, other->values);
}


/* After vfs_state_advance(): other->segment <= state->segment. */

static void
vfs_state_merge_sums(vfs_state_t *state, const vfs_state_t *other)
{
    size_t  n;

    if (state->newer == NULL) {
        return;
    }

    n = vfs_state_nsums(state);

    if (other->segment == state->segment) {
        vfs_sums_merge(state->newer, other->newer, n);

        if (other->older != NULL) {
            vfs_sums_merge(state->older, other->older, n);
        }

    } else if (other->segment == state->segment - 1) {
        vfs_sums_merge(state->older, other->newer, n);
    }
}
