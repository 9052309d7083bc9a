
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_bytes.h"
#include "vfs_metadata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>


/*
 * header, flags (u8), stamp, weight (f64), length of the metadata (u32), the
 * vector's floats, the own vector's floats, the metadata's text
 */

#define VFS_UPDATE_KIND    'U'

#define VFS_UPDATE_VECTOR  0x01
#define VFS_UPDATE_PRIOR   0x02
#define VFS_UPDATE_DELETE  0x04

#define VFS_UPDATE_FIXED   (VFS_HEADER_LEN + 1 + VFS_STAMP_LEN + 8 + 4)


static int vfs_update_get(const vfs_definition_t *def, vfs_reader_t *in,
    float *vectors, vfs_update_t *update);
static int vfs_update_weight_valid(double weight, int has_vector);


int
vfs_update_encode(const vfs_definition_t *def, const vfs_update_t *update,
    unsigned char **data, size_t *len)
{
    size_t          size, metadata_len;
    unsigned        flags;
    vfs_stamp_t     stamp;
    unsigned char  *p;

    flags = (update->vector != NULL ? VFS_UPDATE_VECTOR : 0)
            | (update->prior != NULL ? VFS_UPDATE_PRIOR : 0)
            | (update->deletes ? VFS_UPDATE_DELETE : 0);

    metadata_len = update->metadata != NULL ? update->metadata_len : 0;

    size = VFS_UPDATE_FIXED + metadata_len
           + 2 * (size_t) def->dimension * sizeof(float);

    *data = malloc(size);
    if (*data == NULL) {
        return VFS_ERROR;
    }

    stamp.time_ms = update->time_ms;
    stamp.position = update->position;

    p = vfs_put_header(*data, VFS_UPDATE_KIND, def);
    p = vfs_put_u8(p, flags);
    p = vfs_put_stamp(p, &stamp);
    p = vfs_put_double(p, update->weight);
    p = vfs_put_u32(p, (uint32_t) metadata_len);

    if (update->vector != NULL) {
        p = vfs_put_floats(p, update->vector, def->dimension);
    }

    if (update->prior != NULL) {
        p = vfs_put_floats(p, update->prior, def->dimension);
    }

    if (metadata_len > 0) {
        p = vfs_put_bytes(p, update->metadata, metadata_len);
    }

    *len = (size_t) (p - *data);

    return VFS_OK;
}


int
vfs_update_decode(const vfs_definition_t *def, const unsigned char *data,
    size_t len, float *vectors, vfs_update_t *update, vfs_error_t *err)
{
    vfs_reader_t          in;
    const vfs_feature_t  *feature;
    vfs_metadata_value_t  values[VFS_MAX_METADATA];

    memset(update, 0, sizeof(vfs_update_t));

    in.pos = data;
    in.last = data + len;
    in.failed = 0;

    if (vfs_get_header(&in, VFS_UPDATE_KIND, def, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (vfs_update_get(def, &in, vectors, update) != VFS_OK) {
        vfs_error_set(err, "malformed update of %zu bytes", len);
        return VFS_ERROR;
    }

    if (update->metadata == NULL) {
        return VFS_OK;
    }

    feature = &def->features[VFS_ENTITY_ITEM];

    return vfs_metadata_split(feature, update->metadata, update->metadata_len,
                              values, err) == VFS_OK ? VFS_OK : VFS_ERROR;
}


static int
vfs_update_get(const vfs_definition_t *def, vfs_reader_t *in, float *vectors,
    vfs_update_t *update)
{
    unsigned              flags;
    vfs_stamp_t           stamp;
    const unsigned char  *metadata;

    flags = vfs_get_u8(in);
    vfs_get_stamp(in, &stamp);

    update->position = stamp.position;
    update->time_ms = stamp.time_ms;
    update->weight = vfs_get_double(in);
    update->metadata_len = vfs_get_u32(in);
    update->deletes = (flags & VFS_UPDATE_DELETE) != 0;

    if (flags & VFS_UPDATE_VECTOR) {
        vfs_get_floats(in, vectors, def->dimension);
        update->vector = vectors;
    }

    if (flags & VFS_UPDATE_PRIOR) {
        vfs_get_floats(in, vectors + def->dimension, def->dimension);
        update->prior = vectors + def->dimension;
    }

    if (update->metadata_len > 0) {
        metadata = vfs_get_bytes(in, update->metadata_len);
        update->metadata = (const char *) metadata;
    }

    if (in->failed
        || in->pos != in->last
        || (flags & VFS_UPDATE_DELETE
            ? flags != VFS_UPDATE_DELETE || update->metadata_len != 0
            : flags & ~(VFS_UPDATE_VECTOR | VFS_UPDATE_PRIOR))
        || !vfs_stamp_valid(&stamp)
        || !vfs_update_weight_valid(update->weight, update->vector != NULL)
        || (update->vector != NULL
            && !vfs_floats_valid(update->vector, def->dimension))
        || (update->prior != NULL
            && !vfs_floats_valid(update->prior, def->dimension)))
    {
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_update_weight_valid(double weight, int has_vector)
{
    if (weight == 0) {
        return !has_vector;
    }

    return has_vector
           && fabs(weight) >= VFS_MIN_WEIGHT
           && fabs(weight) <= VFS_MAX_WEIGHT;
}
