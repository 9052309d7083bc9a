
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_decay.h"
#include "vfs_exp2.h"
#include "vfs_state.h"


static int64_t vfs_floor_div(int64_t a, int64_t b);


void
vfs_decay_at(const vfs_definition_t *def, const vfs_feature_t *feature,
    int64_t time_ms, vfs_decay_t *decay)
{
    int64_t  tau, half_lives, rest;

    tau = time_ms - def->landmark_ms;

    half_lives = vfs_floor_div(tau, feature->half_life_ms);
    rest = tau - half_lives * feature->half_life_ms;

    decay->segment = vfs_floor_div(half_lives, VFS_SEGMENT_HALF_LIVES);
    decay->shift = (unsigned)
                   (half_lives - decay->segment * VFS_SEGMENT_HALF_LIVES);
    decay->growth = vfs_exp2((double) rest / (double) feature->half_life_ms);
}


static int64_t
vfs_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}
