
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_search.h"
#include "vfs_index_heap.h"

#include <float.h>
#include <math.h>
#include <string.h>


/* Within these bounds a squared norm kept its precision in binary32. */

#define VFS_SEARCH_MIN2    1e-25f
#define VFS_SEARCH_MAX2    1e30f


static int vfs_search_copy_sparse(vfs_search_t *search, vfs_arena_t *arena,
    const vfs_record_t *query);
static int vfs_search_copy_vector(vfs_search_t *search, vfs_arena_t *arena,
    const vfs_record_t *query);
static int vfs_search_encode(vfs_search_t *search, vfs_arena_t *arena);
static uint64_t vfs_search_sift(const vfs_search_t *search,
    vfs_collection_t *c, uint32_t first, uint32_t n, vfs_sieve_t *sieve,
    const vfs_heap_t *heap);
static void vfs_search_offer(const vfs_search_t *search, vfs_collection_t *c,
    uint32_t row, vfs_heap_t *heap);
static void vfs_search_sparse(const vfs_search_t *search, vfs_collection_t *c,
    uint32_t first, uint32_t last, vfs_heap_t *heap);
static int vfs_search_admits(const vfs_search_t *search,
    const vfs_node_t *node);
static float vfs_search_score(const vfs_search_t *search, vfs_collection_t *c,
    const vfs_node_t *node, uint32_t row);
static double vfs_search_wide(const vfs_search_t *search, const float *values);
static int vfs_search_sparse_product(const vfs_search_t *search,
    const vfs_node_t *node, double *product);
static float vfs_search_narrow(double score);


int
vfs_search_init(vfs_search_t *search, vfs_arena_t *arena,
    const vfs_kernel_t *kernel, const vfs_index_shape_t *shape,
    const vfs_record_t *query, const vfs_filter_t *filter)
{
    memset(search, 0, sizeof(vfs_search_t));

    search->kernel = kernel;
    search->shape = *shape;
    search->filter = filter;

    if (vfs_search_copy_sparse(search, arena, query) != VFS_OK) {
        return VFS_ERROR;
    }

    if (query->nvalues == 0) {
        return VFS_OK;
    }

    return vfs_search_copy_vector(search, arena, query);
}


void
vfs_search_scan(const vfs_search_t *search, vfs_collection_t *c,
    uint32_t first, uint32_t last, vfs_heap_t *heap)
{
    uint32_t     n, end;
    uint64_t     left;
    vfs_sieve_t  sieve;

    if (heap->max == 0) {
        return;
    }

    if (search->vector == NULL) {
        vfs_search_sparse(search, c, first, last, heap);
        return;
    }

    if (search->coded) {
        sieve.query = search->query.codes;
        sieve.weight = (float) (1 / search->query.scale);
        sieve.allowance = vfs_code_allowance(&search->query, search->stride,
                                             &c->rows.bounds);
    }

    while (first < last) {
        end = ((first >> c->rows.bits) + 1) << c->rows.bits;
        n = (end < last ? end : last) - first;
        n = n < VFS_KERNEL_SIFT ? n : VFS_KERNEL_SIFT;

        left = vfs_search_sift(search, c, first, n, &sieve, heap);

        while (left != 0) {
            vfs_search_offer(search, c,
                             first + (uint32_t) __builtin_ctzll(left), heap);
            left &= left - 1;
        }

        first += n;
    }
}


static int
vfs_search_copy_sparse(vfs_search_t *search, vfs_arena_t *arena,
    const vfs_record_t *query)
{
    float     *weights;
    size_t     size;
    uint32_t  *indices;

    if (query->nsparse == 0) {
        return VFS_OK;
    }

    size = query->nsparse * sizeof(uint32_t);
    indices = vfs_arena_alloc(arena, size);
    weights = vfs_arena_alloc(arena, size);

    if (indices == NULL || weights == NULL) {
        return VFS_ERROR;
    }

    memcpy(indices, query->indices, size);
    memcpy(weights, query->weights, size);

    search->nsparse = query->nsparse;
    search->indices = indices;
    search->weights = weights;

    return VFS_OK;
}


static int
vfs_search_copy_vector(vfs_search_t *search, vfs_arena_t *arena,
    const vfs_record_t *query)
{
    int        exponent;
    char      *room;
    float      peak;
    uint32_t   i;

    search->stride = (query->nvalues + VFS_KERNEL_STEP - 1)
                     & ~(uint32_t) (VFS_KERNEL_STEP - 1);

    room = vfs_arena_alloc(arena, search->stride * sizeof(float)
                                  + VFS_KERNEL_ALIGN);
    if (room == NULL) {
        return VFS_ERROR;
    }

    room += -(uintptr_t) room & (VFS_KERNEL_ALIGN - 1);

    search->vector = (void *) room;
    memset(room, 0, search->stride * sizeof(float));
    memcpy(room, query->values, query->nvalues * sizeof(float));

    if (search->shape.metric != VFS_INDEX_COSINE) {
        return vfs_search_encode(search, arena);
    }

    /* by a power of two, which is exact and keeps the products in range */

    peak = 0;

    for (i = 0; i < query->nvalues; i++) {
        peak = fmaxf(peak, fabsf(query->values[i]));
    }

    (void) frexpf(peak, &exponent);

    for (i = 0; i < query->nvalues; i++) {
        search->vector[i] = ldexpf(query->values[i], -exponent);
    }

    search->kernel->dot(search->vector, search->vector, search->stride, 1,
                        &search->norm2);

    return vfs_search_encode(search, arena);
}


/* Codes know nothing of sparse values. */

static int
vfs_search_encode(vfs_search_t *search, vfs_arena_t *arena)
{
    if (search->nsparse != 0) {
        return VFS_OK;
    }

    search->query.codes = vfs_arena_alloc(arena,
                                          search->stride * sizeof(int16_t));
    if (search->query.codes == NULL) {
        return VFS_ERROR;
    }

    search->coded = vfs_code_query(search->vector, search->stride,
                                   &search->query)
                    == VFS_OK;

    return VFS_OK;
}


/* A bit for each of the rows that may enter the heap, by their codes. */

static uint64_t
vfs_search_sift(const vfs_search_t *search, vfs_collection_t *c,
    uint32_t first, uint32_t n, vfs_sieve_t *sieve, const vfs_heap_t *heap)
{
    size_t              place;
    uint32_t            stride;
    const vfs_block_t  *block;

    if (!search->coded || heap->n < heap->max) {
        return UINT64_MAX >> (VFS_KERNEL_SIFT - n);
    }

    stride = search->stride;
    block = vfs_rows_block(&c->rows, first);
    place = vfs_rows_place(&c->rows, first);

    sieve->limit = vfs_code_limit(&search->query, stride, search->shape.metric,
                                  heap->hits[0].rank);

    return search->kernel->sift(sieve, block->codes + place * stride,
                                block->scales + place,
                                block->halves == NULL ? NULL
                                                      : block->halves + place,
                                stride, n);
}


/* A filter costs more than a score: once the heap is full, scores go first. */

static void
vfs_search_offer(const vfs_search_t *search, vfs_collection_t *c,
    uint32_t row, vfs_heap_t *heap)
{
    int          full;
    float        score, rank;
    vfs_node_t  *node;

    node = c->nodes[row];
    full = heap->n == heap->max;

    if (node == NULL || (!full && !vfs_search_admits(search, node))) {
        return;
    }

    score = vfs_search_score(search, c, node, row);
    rank = search->shape.metric == VFS_INDEX_EUCLIDEAN ? -score : score;
    heap->scored++;

    if (full
        && (rank < heap->hits[0].rank || !vfs_search_admits(search, node)))
    {
        return;
    }

    vfs_heap_offer(heap, c, node, score, rank);
}


static void
vfs_search_sparse(const vfs_search_t *search, vfs_collection_t *c,
    uint32_t first, uint32_t last, vfs_heap_t *heap)
{
    float        score;
    double       product;
    vfs_node_t  *node;

    for ( /* void */ ; first < last; first++) {
        node = c->nodes[first];

        if (node == NULL || !vfs_search_admits(search, node)) {
            continue;
        }

        /* a record that shares no dimension with the query is no match */

        if (vfs_search_sparse_product(search, node, &product) == 0) {
            continue;
        }

        score = vfs_search_narrow(product);
        heap->scored++;
        vfs_heap_offer(heap, c, node, score, score);
    }
}


static int
vfs_search_admits(const vfs_search_t *search, const vfs_node_t *node)
{
    return search->filter == NULL
           || vfs_filter_match(search->filter, vfs_node_metadata(node));
}


static float
vfs_search_score(const vfs_search_t *search, vfs_collection_t *c,
    const vfs_node_t *node, uint32_t row)
{
    float         norm2, product;
    double        score, sparse;
    const float  *values;

    values = vfs_collection_values(c, row);

    if (search->shape.metric == VFS_INDEX_EUCLIDEAN) {
        search->kernel->distance(search->vector, values, search->stride, 1,
                                 &product);

    } else {
        search->kernel->dot(search->vector, values, search->stride, 1,
                            &product);
    }

    switch (search->shape.metric) {

    case VFS_INDEX_COSINE:
        if (search->norm2 == 0) {
            return 0;
        }

        norm2 = vfs_rows_block(&c->rows, row)
                        ->norms2[vfs_rows_place(&c->rows, row)];

        if (isfinite(product) && norm2 >= VFS_SEARCH_MIN2
            && norm2 <= VFS_SEARCH_MAX2)
        {
            score = product / sqrt((double) norm2 * search->norm2);

        } else {
            score = vfs_search_wide(search, values);
        }

        break;

    case VFS_INDEX_DOTPRODUCT:
        score = isfinite(product) ? product : vfs_search_wide(search, values);

        if (search->nsparse != 0) {
            (void) vfs_search_sparse_product(search, node, &sparse);
            score += sparse;
        }

        break;

    default:
        score = isfinite(product) ? product : vfs_search_wide(search, values);
        break;
    }

    return vfs_search_narrow(score);
}


/* The score in binary64 throughout, in which nothing overflows. */

static double
vfs_search_wide(const vfs_search_t *search, const float *values)
{
    double    d, dot, distance, norm2, query2;
    uint32_t  i;

    dot = 0;
    distance = 0;
    norm2 = 0;
    query2 = 0;

    for (i = 0; i < search->shape.dimension; i++) {
        d = (double) search->vector[i] - values[i];
        distance += d * d;
        dot += (double) search->vector[i] * values[i];
        norm2 += (double) values[i] * values[i];
        query2 += (double) search->vector[i] * search->vector[i];
    }

    switch (search->shape.metric) {

    case VFS_INDEX_COSINE:
        return norm2 == 0 ? 0 : dot / sqrt(norm2 * query2);

    case VFS_INDEX_DOTPRODUCT:
        return dot;

    default:
        return distance;
    }
}


/* Returns the number of dimensions that both have. */

static int
vfs_search_sparse_product(const vfs_search_t *search, const vfs_node_t *node,
    double *product)
{
    int                shared;
    uint32_t           i, j;
    const float       *weights;
    const uint32_t    *indices;
    const vfs_body_t  *body;

    shared = 0;
    *product = 0;
    body = node->body;

    if (body == NULL) {
        return 0;
    }

    indices = body->data;
    weights = vfs_body_weights(body);
    i = 0;
    j = 0;

    while (i < search->nsparse && j < body->nsparse) {

        if (search->indices[i] < indices[j]) {
            i++;

        } else if (search->indices[i] > indices[j]) {
            j++;

        } else {
            *product += (double) search->weights[i++] * weights[j++];
            shared++;
        }
    }

    return shared;
}


static float
vfs_search_narrow(double score)
{
    if (score > FLT_MAX) {
        return FLT_MAX;
    }

    if (score < -FLT_MAX) {
        return -FLT_MAX;
    }

    /* a negative zero becomes zero */

    return (float) score + 0.0f;
}
