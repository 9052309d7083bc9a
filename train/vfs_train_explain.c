
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_decay.h"
#include "vfs_train_explain.h"
#include "vfs_train_without.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>


static void vfs_explain_weights(vfs_explain_t *explain);
static double vfs_explain_decay(const vfs_explain_t *explain,
    const vfs_decay_t *newest, int64_t time_ms);
static void vfs_explain_latest(vfs_explain_t *explain);
static int vfs_explain_on_without(void *data, size_t i,
    const vfs_state_t *state);
static double vfs_explain_cosine(const float *one, const float *two,
    size_t n);
static double vfs_explain_change(const float *one, const float *two,
    size_t n);


int
vfs_explain_compute(vfs_explain_t *explain, vfs_error_t *err)
{
    float   *vector;
    size_t   i, size, dimension;

    dimension = explain->def->dimension;

    explain->marks = NULL;
    explain->events = calloc(explain->n, sizeof(vfs_explained_t));
    explain->other = calloc(dimension, sizeof(float));
    vector = calloc(dimension, sizeof(float));

    if (explain->events == NULL || explain->other == NULL || vector == NULL) {
        vfs_error_set(err, "out of memory");
        free(vector);
        return VFS_ERROR;
    }

    for (i = 0; i < explain->n; i++) {
        explain->events[i].noted = explain->updates[i];

        if (explain->updates[i]->update.vector != NULL) {
            explain->events[i].hash = XXH64(explain->updates[i]->update.vector,
                                            dimension * sizeof(float), 0);
        }

        if (vfs_updates_fold(&explain->state, explain->def, explain->feature,
                             &explain->updates[i]->update, err)
            != VFS_OK)
        {
            free(vector);
            return VFS_ERROR;
        }
    }

    if (vfs_state_vector(explain->state, vector) == VFS_OK) {
        explain->vector = vector;

    } else {
        free(vector);
    }

    if (explain->feature->transform == VFS_TRANSFORM_LATEST) {
        vfs_explain_latest(explain);

    } else {
        vfs_explain_weights(explain);
    }

    size = vfs_state_watermark(explain->state, NULL, 0) + 1;
    explain->marks = malloc(size);

    if (explain->marks == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    (void) vfs_state_watermark(explain->state, explain->marks, size);

    return vfs_without_each(explain->def, explain->feature, explain->updates,
                            explain->n, vfs_explain_on_without, explain, err);
}


void
vfs_explain_free(vfs_explain_t *explain)
{
    vfs_state_free(explain->state);
    free(explain->updates);
    free(explain->vector);
    free(explain->other);
    free(explain->events);
    free(explain->marks);
}


/* For people: not the exact sums, but what they weigh. */

static void
vfs_explain_weights(vfs_explain_t *explain)
{
    size_t            i;
    double            sum, prior;
    unsigned          has_prior;
    vfs_decay_t       newest;
    vfs_explained_t  *event;

    vfs_decay_at(explain->def, explain->feature,
                 vfs_state_time(explain->state), &newest);

    has_prior = 0;
    sum = 0;

    for (i = 0; i < explain->n; i++) {
        event = &explain->events[i];

        event->decay = vfs_explain_decay(explain, &newest,
                                         event->noted->update.time_ms);
        sum += fabs(event->noted->update.weight) * event->decay;
        has_prior |= (event->noted->update.prior != NULL);
    }

    prior = has_prior ? explain->feature->prior_weight : 0;
    sum += prior;

    if (sum == 0) {
        return;
    }

    explain->prior = prior / sum;

    for (i = 0; i < explain->n; i++) {
        event = &explain->events[i];
        event->share = event->noted->update.weight * event->decay / sum;
    }
}


static double
vfs_explain_decay(const vfs_explain_t *explain, const vfs_decay_t *newest,
    int64_t time_ms)
{
    int64_t      older;
    vfs_decay_t  decay;

    vfs_decay_at(explain->def, explain->feature, time_ms, &decay);

    older = newest->segment - decay.segment;

    if (older > 1) {
        return 0;
    }

    return ldexp(decay.growth / newest->growth,
                 (int) decay.shift - (int) newest->shift
                 - (int) older * VFS_SEGMENT_HALF_LIVES);
}


/* The greatest time, partition and offset is all there is. */

static void
vfs_explain_latest(vfs_explain_t *explain)
{
    size_t              i, best;
    const vfs_noted_t  *one, *two;

    best = 0;

    for (i = 1; i < explain->n; i++) {
        one = explain->updates[i];
        two = explain->updates[best];

        if (one->update.time_ms != two->update.time_ms) {
            best = (one->update.time_ms > two->update.time_ms) ? i : best;

        } else if (one->position.partition != two->position.partition) {
            best = (one->position.partition > two->position.partition)
                   ? i : best;

        } else if (one->position.offset > two->position.offset) {
            best = i;
        }
    }

    explain->events[best].decay = 1;
    explain->events[best].share = 1;
}


static int
vfs_explain_on_without(void *data, size_t i, const vfs_state_t *state)
{
    size_t            n;
    vfs_explain_t    *explain;
    vfs_explained_t  *event;

    explain = data;
    event = &explain->events[i];
    n = explain->def->dimension;

    if (explain->vector == NULL
        || vfs_state_vector(state, explain->other) != VFS_OK)
    {
        event->gone = 1;
        return VFS_OK;
    }

    event->cosine = vfs_explain_cosine(explain->vector, explain->other, n);
    event->change = vfs_explain_change(explain->vector, explain->other, n);

    return VFS_OK;
}


static double
vfs_explain_cosine(const float *one, const float *two, size_t n)
{
    double  dot, a, b;
    size_t  i;

    dot = 0;
    a = 0;
    b = 0;

    for (i = 0; i < n; i++) {
        dot += (double) one[i] * (double) two[i];
        a += (double) one[i] * (double) one[i];
        b += (double) two[i] * (double) two[i];
    }

    return dot / sqrt(a * b);
}


static double
vfs_explain_change(const float *one, const float *two, size_t n)
{
    double  d, sum;
    size_t  i;

    sum = 0;

    for (i = 0; i < n; i++) {
        d = (double) one[i] - (double) two[i];
        sum += d * d;
    }

    return sqrt(sum);
}
