
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_STATE_H_INCLUDED_
#define _VFS_STATE_H_INCLUDED_


#include "vfs_definition.h"
#include "vfs_event.h"


/*
 * What a feature keeps for one user or item: an intermediate form to which
 * adding is exact, so that the result is a function of the set of updates
 * alone.  The arithmetic is specified in docs/definition.md, "Arithmetic".
 */

#define VFS_SEGMENT_HALF_LIVES  40
#define VFS_FRACTION_BITS       36
#define VFS_MAX_COMPONENT       1024.0
#define VFS_MIN_WEIGHT          1e-6      /* of those that are not 0 */
#define VFS_MAX_WEIGHT          256.0
#define VFS_MAX_COUNT           4294967295ULL


typedef struct {
    int32_t             partition;
    int64_t             offset;
} vfs_position_t;


/* One event's effect on one user or item, or the deletion of an item. */

typedef struct {
    vfs_position_t      position;     /* in the source topic */
    int64_t             time_ms;
    unsigned            deletes:1;    /* then weight is 0, all below NULL */
    double              weight;       /* 0: it counts, but adds nothing */
    const float        *vector;       /* def->dimension; what is folded;
                                         NULL exactly where weight is 0 */
    const float        *prior;        /* def->dimension, or NULL */
    const char         *metadata;     /* inside of a JSON object, or NULL */
    size_t              metadata_len;
} vfs_update_t;


typedef struct vfs_state_s  vfs_state_t;


/* An empty state, or NULL if memory is out. */

vfs_state_t *vfs_state_create(const vfs_definition_t *def,
    const vfs_feature_t *feature);
void vfs_state_free(vfs_state_t *state);

/*
 * Folds one update in; one that deletes takes all that was folded in before,
 * and what comes later but is not younger adds nothing.  VFS_DECLINED, and
 * nothing changes, if its position is at or below the watermark of its source
 * partition; VFS_ERROR if memory is out or the count is at VFS_MAX_COUNT (the
 * state is then unchanged).
 */

int vfs_state_fold(vfs_state_t *state, const vfs_update_t *update);

/*
 * Adds "other", of the same definition and feature, to "state".  The two must
 * hold disjoint sets of updates.  VFS_ERROR, and nothing changes, if memory is
 * out, the counts add up to more than VFS_MAX_COUNT, or one of them was
 * deleted: what of the other is younger cannot be told.
 */

int vfs_state_merge(vfs_state_t *state, const vfs_state_t *other);

/*
 * The feature's vector, def->dimension floats.  VFS_DECLINED if there is none:
 * no update yet, or the sums cancel to zero.
 */

int vfs_state_vector(const vfs_state_t *state, float *vector);

uint64_t vfs_state_count(const vfs_state_t *state);
int64_t vfs_state_time(const vfs_state_t *state);       /* newest event, ms;
                                                    the deletion, if nothing
                                                    is younger */
const char *vfs_state_metadata(const vfs_state_t *state);  /* inside of an
                                                    object, "" if none */

/*
 * The watermark as "partition:offset", comma-separated and ascending by
 * partition where there are several.  snprintf()'s convention for the length.
 */

size_t vfs_state_watermark(const vfs_state_t *state, char *buf, size_t size);

/* The least partition that updates came from; -1: there was none yet. */

int32_t vfs_state_partition(const vfs_state_t *state);

/* Whether an update at "position" was already folded in. */

int vfs_state_seen(const vfs_state_t *state, const vfs_position_t *position);

/*
 * The portable byte form (little-endian, versioned, with the definition's
 * hash).  encode: *data is allocated, the caller frees it.  decode: NULL with
 * a message on anything that encode would not have written for this definition
 * and feature.
 */

int vfs_state_encode(const vfs_state_t *state, unsigned char **data,
    size_t *len);
vfs_state_t *vfs_state_decode(const vfs_definition_t *def,
    const vfs_feature_t *feature, const unsigned char *data, size_t len,
    vfs_error_t *err);


/*
 * The byte form of an update on its way to the item it belongs to: the message
 * of the topic <group>-item-updates (key: the item's id).  After decode the
 * update points into "data" or into "vectors", which has room for 2 *
 * def->dimension floats.
 */

int vfs_update_encode(const vfs_definition_t *def, const vfs_update_t *update,
    unsigned char **data, size_t *len);
int vfs_update_decode(const vfs_definition_t *def, const unsigned char *data,
    size_t len, float *vectors, vfs_update_t *update, vfs_error_t *err);


#endif /* _VFS_STATE_H_INCLUDED_ */
