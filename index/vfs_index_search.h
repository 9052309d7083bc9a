
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_SEARCH_H_INCLUDED_
#define _VFS_INDEX_SEARCH_H_INCLUDED_


#include "vfs_index_arena.h"
#include "vfs_index_collection.h"
#include "vfs_index_filter.h"
#include "vfs_index_kernel.h"


/* A record that was found: which, and as which of its versions. */

typedef struct {
    float                score;
    float                rank;        /* the greater the better */
    uint32_t             row;
    uint32_t             version;
} vfs_hit_t;


/* The best hits so far, the worst of them on top. */

typedef struct {
    vfs_hit_t           *hits;
    uint32_t             n;
    uint32_t             max;
    uint64_t             scored;      /* rows whose score was computed */
} vfs_heap_t;


typedef struct {
    const vfs_kernel_t  *kernel;
    vfs_index_shape_t    shape;
    uint32_t             stride;
    float               *vector;      /* padded, aligned; NULL: sparse only */
    float                norm2;       /* of "vector", by the kernel */
    unsigned             coded:1;     /* "query" is set */
    vfs_code_query_t     query;
    uint32_t             nsparse;
    const uint32_t      *indices;
    const float         *weights;
    const vfs_filter_t  *filter;      /* NULL: all records match */
} vfs_search_t;


/*
 * Prepares a search: "query" has the shape's dimension of values, or none, and
 * sparse values, or none.  It is copied, so that its memory may go.  VFS_ERROR
 * if memory is out.
 *
 * A score is: cosine, the dot product over the root of the product of both
 * squared norms, zero for a zero vector; dot product, of values and of sparse
 * values added; Euclidean, the squared distance.  Dense sums are the kernel's
 * binary32, all else is binary64, rounded once.  Where binary32 overflows, the
 * sums are taken in binary64, ascending, and the score is clamped.
 */

int vfs_search_init(vfs_search_t *search, vfs_arena_t *arena,
    const vfs_kernel_t *kernel, const vfs_index_shape_t *shape,
    const vfs_record_t *query, const vfs_filter_t *filter);

int vfs_heap_init(vfs_heap_t *heap, vfs_arena_t *arena, uint32_t max);

/* Offers the rows [first, last) to the heap; the lock is held for reading. */

void vfs_search_scan(const vfs_search_t *search, vfs_collection_t *c,
    uint32_t first, uint32_t last, vfs_heap_t *heap);

/*
 * Whether each hit is still the version that was scanned; the lock is held for
 * reading.
 */

int vfs_heap_current(const vfs_heap_t *heap, vfs_collection_t *c);

/* Adds the hits of another heap. */

void vfs_heap_merge(vfs_heap_t *heap, const vfs_heap_t *other,
    vfs_collection_t *c);

/* Best first, ties by id; the lock is held for reading. */

void vfs_heap_sort(vfs_heap_t *heap, vfs_collection_t *c);


#endif /* _VFS_INDEX_SEARCH_H_INCLUDED_ */
