
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_STATE_PRIVATE_H_INCLUDED_
#define _VFS_STATE_PRIVATE_H_INCLUDED_


#include "vfs_state.h"
#include "vfs_sums.h"


/* What decides between two updates which of them is the newer. */

typedef struct {
    int64_t                 time_ms;
    vfs_position_t          position;
} vfs_stamp_t;


/* One metadata field's newest value, JSON text; len 0: none yet. */

typedef struct {
    vfs_stamp_t             stamp;
    const char             *start;
    size_t                  len;
} vfs_metadata_value_t;


struct vfs_state_s {
    const vfs_definition_t  *def;
    const vfs_feature_t     *feature;

    uint64_t                 count;
    int64_t                  time_ms;    /* newest event; count > 0 */
    int64_t                  segment;    /* of time_ms */
    int64_t                  deleted_ms; /* has_deleted: the newest deletion */

    /*
     * decayed_mean: dimension sums and the sum of weights behind them, of
     * "segment" and of the one before, the latter NULL until needed
     */

    vfs_int128_t            *newer;
    vfs_int128_t            *older;

    /* the vector of "latest", or the newest own vector of a prior */

    float                   *own;
    vfs_stamp_t              own_stamp;
    unsigned                 has_own:1;
    unsigned                 has_deleted:1;

    vfs_position_t          *watermarks; /* ascending by partition */
    unsigned                 nwatermarks;
    unsigned                 watermarks_room;

    vfs_metadata_value_t    *values;     /* feature->nmetadata, in "metadata" */
    char                    *metadata;   /* or NULL */
};


int vfs_stamp_newer(const vfs_stamp_t *a, const vfs_stamp_t *b);

/* Sums of one segment: dimension + 1. */

size_t vfs_state_nsums(const vfs_state_t *state);

/* Zeroed sums to state->older if it has none; VFS_ERROR if memory is out. */

int vfs_state_reserve_older(vfs_state_t *state);

/* The same for state->own. */

int vfs_state_reserve_own(vfs_state_t *state);


/*
 * Watermarks: the index of a partition's, or where it would stand; room for
 * "n" more; the greater of the two positions.
 */

unsigned vfs_state_watermark_find(const vfs_state_t *state, int32_t partition);
int vfs_state_watermark_reserve(vfs_state_t *state, unsigned n);
void vfs_state_watermark_raise(vfs_state_t *state,
    const vfs_position_t *position);


/*
 * Takes those of the values ("candidates", one a metadata field, len 0: none)
 * that are newer than what the state has.  VFS_ERROR, and nothing changes, if
 * memory is out.
 */

int vfs_state_metadata_take(vfs_state_t *state,
    const vfs_metadata_value_t *candidates);


#endif /* _VFS_STATE_PRIVATE_H_INCLUDED_ */
