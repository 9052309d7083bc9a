
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_bytes.h"
#include "vfs_decay.h"
#include "vfs_metadata.h"

#include <stdlib.h>
#include <string.h>


/*
 * header, entity (u8), flags (u8), count (u32), newest time (i64), if it was
 * deleted, the time of that (i64), number of watermarks (u32), each partition
 * (i32) and offset (i64); own vector: stamp, floats; metadata: for each field
 * length (u32) and, unless it is 0, stamp and text; sums of the newer, then of
 * the older segment
 */

#define VFS_STATE_KIND     'S'

#define VFS_STATE_OWN      0x01
#define VFS_STATE_NEWER    0x02
#define VFS_STATE_OLDER    0x04
#define VFS_STATE_DELETED  0x08

#define VFS_STATE_SUMS     (VFS_STATE_NEWER | VFS_STATE_OLDER)


static unsigned vfs_state_flags(const vfs_state_t *state);
static size_t vfs_state_size(const vfs_state_t *state, unsigned flags);
static unsigned char *vfs_state_put_metadata(unsigned char *p,
    const vfs_state_t *state);
static int vfs_state_get(vfs_state_t *state, vfs_reader_t *in);
static int vfs_state_get_deleted(vfs_state_t *state, vfs_reader_t *in);
static int vfs_state_get_watermarks(vfs_state_t *state, vfs_reader_t *in);
static int vfs_state_get_own(vfs_state_t *state, vfs_reader_t *in);
static int vfs_state_get_metadata(vfs_state_t *state, vfs_reader_t *in);
static int vfs_state_get_sums(vfs_state_t *state, vfs_reader_t *in,
    vfs_int128_t *sums);
static int vfs_state_stamp_known(const vfs_state_t *state,
    const vfs_stamp_t *stamp);


int
vfs_state_encode(const vfs_state_t *state, unsigned char **data, size_t *len)
{
    size_t          n, size;
    unsigned        i, flags;
    unsigned char  *p;

    n = vfs_state_nsums(state);
    flags = vfs_state_flags(state);
    size = vfs_state_size(state, flags);

    *data = malloc(size);
    if (*data == NULL) {
        return VFS_ERROR;
    }

    p = vfs_put_header(*data, VFS_STATE_KIND, state->def);
    p = vfs_put_u8(p, state->feature->entity);
    p = vfs_put_u8(p, flags);
    p = vfs_put_u32(p, (uint32_t) state->count);
    p = vfs_put_u64(p, (uint64_t) state->time_ms);

    if (flags & VFS_STATE_DELETED) {
        p = vfs_put_u64(p, (uint64_t) state->deleted_ms);
    }

    p = vfs_put_u32(p, state->nwatermarks);

    for (i = 0; i < state->nwatermarks; i++) {
        p = vfs_put_u32(p, (uint32_t) state->watermarks[i].partition);
        p = vfs_put_u64(p, (uint64_t) state->watermarks[i].offset);
    }

    if (flags & VFS_STATE_OWN) {
        p = vfs_put_stamp(p, &state->own_stamp);
        p = vfs_put_floats(p, state->own, state->def->dimension);
    }

    p = vfs_state_put_metadata(p, state);

    if (flags & VFS_STATE_NEWER) {
        p = vfs_put_sums(p, state->newer, n);
    }

    if (flags & VFS_STATE_OLDER) {
        p = vfs_put_sums(p, state->older, n);
    }

    *len = (size_t) (p - *data);

    return VFS_OK;
}


vfs_state_t *
vfs_state_decode(const vfs_definition_t *def, const vfs_feature_t *feature,
    const unsigned char *data, size_t len, vfs_error_t *err)
{
    vfs_state_t   *state;
    vfs_reader_t   in;

    in.pos = data;
    in.last = data + len;
    in.failed = 0;

    if (vfs_get_header(&in, VFS_STATE_KIND, def, err) != VFS_OK) {
        return NULL;
    }

    if (vfs_get_u8(&in) != feature->entity) {
        vfs_error_set(err, "not the state of one %s",
                      vfs_entity_name(feature->entity));
        return NULL;
    }

    state = vfs_state_create(def, feature);
    if (state == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    if (vfs_state_get(state, &in) != VFS_OK) {
        vfs_error_set(err, "malformed state of %zu bytes", len);
        vfs_state_free(state);
        return NULL;
    }

    return state;
}


/* Sums of zeros take no room: what is written depends on their values only. */

static unsigned
vfs_state_flags(const vfs_state_t *state)
{
    size_t    n;
    unsigned  flags;

    n = vfs_state_nsums(state);
    flags = (state->has_own ? VFS_STATE_OWN : 0)
            | (state->has_deleted ? VFS_STATE_DELETED : 0);

    if (state->newer != NULL && !vfs_sums_zero(state->newer, n)) {
        flags |= VFS_STATE_NEWER;
    }

    if (state->older != NULL && !vfs_sums_zero(state->older, n)) {
        flags |= VFS_STATE_OLDER;
    }

    return flags;
}


static size_t
vfs_state_size(const vfs_state_t *state, unsigned flags)
{
    size_t    size;
    unsigned  i;

    size = VFS_HEADER_LEN + 1 + 1 + 4 + 8 + 4
           + (size_t) state->nwatermarks * VFS_POSITION_LEN;

    if (flags & VFS_STATE_DELETED) {
        size += 8;
    }

    if (flags & VFS_STATE_OWN) {
        size += VFS_STAMP_LEN + (size_t) state->def->dimension * 4;
    }

    for (i = 0; i < state->feature->nmetadata; i++) {
        size += 4;

        if (state->values[i].len > 0) {
            size += VFS_STAMP_LEN + state->values[i].len;
        }
    }

    if (flags & VFS_STATE_NEWER) {
        size += vfs_state_nsums(state) * 16;
    }

    if (flags & VFS_STATE_OLDER) {
        size += vfs_state_nsums(state) * 16;
    }

    return size;
}


static unsigned char *
vfs_state_put_metadata(unsigned char *p, const vfs_state_t *state)
{
    unsigned               i;
    vfs_metadata_value_t  *value;

    for (i = 0; i < state->feature->nmetadata; i++) {
        value = &state->values[i];
        p = vfs_put_u32(p, (uint32_t) value->len);

        if (value->len > 0) {
            p = vfs_put_stamp(p, &value->stamp);
            p = vfs_put_bytes(p, value->start, value->len);
        }
    }

    return p;
}


static int
vfs_state_get(vfs_state_t *state, vfs_reader_t *in)
{
    unsigned     flags;
    vfs_decay_t  decay;

    flags = vfs_get_u8(in);
    state->count = vfs_get_u32(in);
    state->time_ms = (int64_t) vfs_get_u64(in);

    if (state->time_ms < 0
        || state->time_ms > VFS_MAX_TIME_MS
        || flags & ~(VFS_STATE_OWN | VFS_STATE_SUMS | VFS_STATE_DELETED)
        || (state->newer == NULL && flags & VFS_STATE_SUMS)
        || (state->count == 0 && (flags & ~VFS_STATE_DELETED
                                  || state->time_ms != 0)))
    {
        return VFS_ERROR;
    }

    if (flags & VFS_STATE_DELETED
        && vfs_state_get_deleted(state, in) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (state->newer != NULL && state->count > 0) {
        vfs_decay_at(state->def, state->feature, state->time_ms, &decay);
        state->segment = decay.segment;
    }

    if (vfs_state_get_watermarks(state, in) != VFS_OK
        || (flags & VFS_STATE_OWN && vfs_state_get_own(state, in) != VFS_OK)
        || vfs_state_get_metadata(state, in) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (flags & VFS_STATE_NEWER
        && vfs_state_get_sums(state, in, state->newer) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (flags & VFS_STATE_OLDER
        && (vfs_state_reserve_older(state) != VFS_OK
            || vfs_state_get_sums(state, in, state->older) != VFS_OK))
    {
        return VFS_ERROR;
    }

    return in->failed || in->pos != in->last ? VFS_ERROR : VFS_OK;
}


/* Whatever is folded in is younger. */

static int
vfs_state_get_deleted(vfs_state_t *state, vfs_reader_t *in)
{
    state->has_deleted = 1;
    state->deleted_ms = (int64_t) vfs_get_u64(in);

    if (state->deleted_ms < 0
        || state->deleted_ms > VFS_MAX_TIME_MS
        || (state->count > 0 && state->time_ms <= state->deleted_ms))
    {
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_state_get_watermarks(vfs_state_t *state, vfs_reader_t *in)
{
    int64_t          partition;
    uint32_t         i, n;
    vfs_position_t   mark;

    n = vfs_get_u32(in);

    if ((n > state->count && !state->has_deleted)
        || (n == 0 && (state->count > 0 || state->has_deleted))
        || n > (size_t) (in->last - in->pos) / VFS_POSITION_LEN
        || vfs_state_watermark_reserve(state, n) != VFS_OK)
    {
        return VFS_ERROR;
    }

    partition = -1;

    for (i = 0; i < n; i++) {
        mark.partition = (int32_t) vfs_get_u32(in);
        mark.offset = (int64_t) vfs_get_u64(in);

        if (mark.partition <= partition || mark.offset < 0) {
            return VFS_ERROR;
        }

        partition = mark.partition;
        state->watermarks[state->nwatermarks++] = mark;
    }

    return VFS_OK;
}


static int
vfs_state_get_own(vfs_state_t *state, vfs_reader_t *in)
{
    if (vfs_state_reserve_own(state) != VFS_OK
        || (state->newer != NULL && state->feature->prior == NULL))
    {
        return VFS_ERROR;
    }

    vfs_get_stamp(in, &state->own_stamp);
    vfs_get_floats(in, state->own, state->def->dimension);
    state->has_own = 1;

    if (!vfs_state_stamp_known(state, &state->own_stamp)
        || !vfs_floats_valid(state->own, state->def->dimension))
    {
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_state_get_metadata(vfs_state_t *state, vfs_reader_t *in)
{
    unsigned               i;
    vfs_metadata_value_t  *value, values[VFS_MAX_METADATA];

    memset(values, 0, sizeof(values));

    for (i = 0; i < state->feature->nmetadata; i++) {
        value = &values[i];

        value->len = vfs_get_u32(in);
        if (value->len == 0) {
            continue;
        }

        vfs_get_stamp(in, &value->stamp);
        value->start = (const char *) vfs_get_bytes(in, value->len);

        if (value->start == NULL
            || !vfs_state_stamp_known(state, &value->stamp)
            || !vfs_metadata_valid(value->start, value->len))
        {
            return VFS_ERROR;
        }
    }

    if (state->feature->nmetadata == 0) {
        return VFS_OK;
    }

    return vfs_state_metadata_take(state, values);
}


/*
 * Within what "count" updates can add up to, so that nothing that is merged or
 * folded in later can overflow; with a weight, so that nothing is divided by
 * zero.
 */

static int
vfs_state_get_sums(vfs_state_t *state, vfs_reader_t *in, vfs_int128_t *sums)
{
    size_t        i, n;
    vfs_int128_t  limit;

    n = vfs_state_nsums(state);
    vfs_get_sums(in, sums, n);

    limit = (vfs_int128_t) state->count << 94;

    for (i = 0; i < n; i++) {
        if (sums[i] > limit || sums[i] < -limit) {
            return VFS_ERROR;
        }
    }

    return sums[n - 1] > 0 ? VFS_OK : VFS_ERROR;
}


/* Of an update that was folded in. */

static int
vfs_state_stamp_known(const vfs_state_t *state, const vfs_stamp_t *stamp)
{
    return vfs_stamp_valid(stamp)
           && stamp->time_ms <= state->time_ms
           && vfs_state_seen(state, &stamp->position);
}
