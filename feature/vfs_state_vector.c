
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_decay.h"
#include "vfs_state_private.h"
#include "vfs_vector.h"

#include <math.h>


/* An item's own vector as a pull, at the newest event's time. */

typedef struct {
    const float  *vector;          /* NULL: none */
    double        factor;
    unsigned      shift;
} vfs_pull_t;


static void vfs_state_pull(const vfs_state_t *state, vfs_pull_t *pull);
static inline double vfs_state_component(const vfs_state_t *state,
    const vfs_pull_t *pull, size_t i);
static double vfs_state_weight(const vfs_state_t *state,
    const vfs_pull_t *pull);
static inline double vfs_state_join(const vfs_state_t *state,
    vfs_int128_t newer, size_t i);


int
vfs_state_vector(const vfs_state_t *state, float *vector)
{
    size_t      i, n;
    double      x, squares, divisor;
    vfs_pull_t  pull;

    n = state->def->dimension;

    if (state->feature->transform == VFS_TRANSFORM_LATEST) {
        return !state->has_own ? VFS_DECLINED
                               : vfs_vector_finish(state->own, vector, n,
                                                   state->feature->normalise);
    }

    if (state->count == 0) {
        return VFS_DECLINED;
    }

    vfs_state_pull(state, &pull);
    squares = 0;

    for (i = 0; i < n; i++) {
        x = vfs_state_component(state, &pull, i);
        squares += x * x;
    }

    if (squares == 0) {
        return VFS_DECLINED;
    }

    divisor = state->feature->normalise ? sqrt(squares)
                                        : vfs_state_weight(state, &pull);

    for (i = 0; i < n; i++) {
        vector[i] = vfs_component(vfs_state_component(state, &pull, i),
                                  divisor);
    }

    return VFS_OK;
}


static void
vfs_state_pull(const vfs_state_t *state, vfs_pull_t *pull)
{
    vfs_decay_t  decay;

    pull->vector = NULL;
    pull->factor = 0;
    pull->shift = 0;

    if (!state->has_own) {
        return;
    }

    vfs_decay_at(state->def, state->feature, state->time_ms, &decay);

    pull->vector = state->own;
    pull->factor = state->feature->prior_weight * decay.growth;
    pull->shift = decay.shift;
}


static inline double
vfs_state_component(const vfs_state_t *state, const vfs_pull_t *pull, size_t i)
{
    vfs_int128_t  newer;

    newer = state->newer[i];

    if (pull->vector != NULL) {
        newer += vfs_sum_term(pull->vector[i] * pull->factor, pull->shift);
    }

    return vfs_state_join(state, newer, i);
}


static double
vfs_state_weight(const vfs_state_t *state, const vfs_pull_t *pull)
{
    size_t        n;
    vfs_int128_t  newer;

    n = state->def->dimension;
    newer = state->newer[n] + vfs_sum_term(pull->factor, pull->shift);

    return vfs_state_join(state, newer, n);
}


/* The older segment's sums count VFS_SEGMENT_HALF_LIVES half-lives less. */

static inline double
vfs_state_join(const vfs_state_t *state, vfs_int128_t newer, size_t i)
{
    double  x;

    x = vfs_sum_double(newer);

    if (state->older != NULL) {
        x += vfs_sum_double(state->older[i]) * 0x1p-40;
    }

    return x;
}
