
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    uint32_t  index;
    float     weight;
} vfs_vector_pair_t;


static int vfs_vector_sort_sparse(vfs_reader_t *reader, const char *what,
    vfs_vector_room_t *room, vfs_record_t *record);
static int vfs_vector_cmp_pairs(const void *one, const void *two);


int
vfs_vector_read_values(vfs_reader_t *reader, vfs_vector_room_t *room,
    const char *what, vfs_record_t *record)
{
    float  *values;

    if (vfs_reader_floats(reader, what, VFS_INDEX_MAX_DIMENSION,
                          &room->values)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    record->nvalues = room->values.n;

    if (room->values.n == 0) {
        return VFS_OK;
    }

    values = vfs_arena_alloc(reader->arena,
                             room->values.n * sizeof(float));
    if (values == NULL) {
        return vfs_fault_memory(reader->fault);
    }

    memcpy(values, room->values.data, room->values.n * sizeof(float));
    record->values = values;

    return VFS_OK;
}


int
vfs_vector_read_sparse(vfs_reader_t *reader, vfs_vector_room_t *room,
    const char *what, vfs_record_t *record)
{
    int  rc;

    room->indices.n = 0;
    room->weights.n = 0;

    if (vfs_reader_object(reader, what) != VFS_OK) {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_member(reader)) == VFS_OK) {

        if (vfs_reader_is(reader, "indices")) {
            rc = vfs_reader_uints(reader, "indices", VFS_INDEX_MAX_SPARSE,
                                  &room->indices);

        } else if (vfs_reader_is(reader, "values")) {
            rc = vfs_reader_floats(reader, "values", VFS_INDEX_MAX_SPARSE,
                                   &room->weights);

        } else {
            rc = vfs_reader_skip(reader);
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (room->indices.n != room->weights.n) {
        return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT,
                         "Sparse vector must have as many values as indices, "
                         "got %u values and %u indices in '%s'",
                         room->weights.n, room->indices.n, what);
    }

    return vfs_vector_sort_sparse(reader, what, room, record);
}


int
vfs_vector_check_zero(const vfs_record_t *record, vfs_fault_t *fault)
{
    uint32_t  i;

    for (i = 0; i < record->nvalues; i++) {
        if (fabsf(record->values[i]) >= VFS_INDEX_MIN_COMPONENT) {
            return VFS_OK;
        }
    }

    if (record->nvalues == 0) {
        return VFS_OK;
    }

    return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                     "Dense vectors must contain at least one non-zero value. "
                     "Vector ID '%.*s' contains only zeros",
                     (int) record->id.len, record->id.data);
}


int
vfs_vector_check_shape(const vfs_record_t *record,
    const vfs_index_shape_t *shape, vfs_fault_t *fault)
{
    if (shape->dimension == 0 && record->nvalues != 0) {
        return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                         "Index of sparse vectors does not take dense values");
    }

    if (shape->dimension == 0 && record->nsparse == 0) {
        return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                         "Sparse vector must contain at least one value");
    }

    if (record->nvalues != shape->dimension) {
        return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                         "Vector dimension %u does not match the dimension "
                         "of the index %u", record->nvalues,
                         shape->dimension);
    }

    if (shape->metric != VFS_INDEX_DOTPRODUCT && record->nsparse != 0) {
        return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                         "Index of metric %s does not support sparse values",
                         vfs_index_metric_name(shape->metric));
    }

    return VFS_OK;
}


static int
vfs_vector_sort_sparse(vfs_reader_t *reader, const char *what,
    vfs_vector_room_t *room, vfs_record_t *record)
{
    float              *weights;
    uint32_t            i, n, *indices;
    vfs_vector_pair_t  *pairs;

    n = room->indices.n;
    record->nsparse = n;

    if (n == 0) {
        return VFS_OK;
    }

    pairs = vfs_arena_alloc(reader->arena, n * sizeof(vfs_vector_pair_t));
    indices = vfs_arena_alloc(reader->arena, n * sizeof(uint32_t));
    weights = vfs_arena_alloc(reader->arena, n * sizeof(float));

    if (pairs == NULL || indices == NULL || weights == NULL) {
        return vfs_fault_memory(reader->fault);
    }

    for (i = 0; i < n; i++) {
        pairs[i].index = room->indices.data[i];
        pairs[i].weight = room->weights.data[i];
    }

    qsort(pairs, n, sizeof(vfs_vector_pair_t), vfs_vector_cmp_pairs);

    for (i = 0; i < n; i++) {

        if (i != 0 && pairs[i].index == pairs[i - 1].index) {
            return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT,
                             "Sparse vector must not hold an index twice, got "
                             "%u in '%s'", pairs[i].index, what);
        }

        indices[i] = pairs[i].index;
        weights[i] = pairs[i].weight;
    }

    record->indices = indices;
    record->weights = weights;

    return VFS_OK;
}


static int
vfs_vector_cmp_pairs(const void *one, const void *two)
{
    const vfs_vector_pair_t  *a, *b;

    a = one;
    b = two;

    return (a->index > b->index) - (a->index < b->index);
}
