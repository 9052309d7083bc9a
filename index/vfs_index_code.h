
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_CODE_H_INCLUDED_
#define _VFS_INDEX_CODE_H_INCLUDED_


#include "vfs_index.h"


/*
 * Codes: vectors in whole numbers of 8 bits, a quarter of the memory to read.
 * A scan takes the product of the codes first and leaves out the rows whose
 * score cannot reach the worst hit so far, whatever the rounding did; for the
 * others the score is computed from the values.  So the result is exact.
 *
 * A row is scale * (code + e), a query scale * (code + f), with e and f what
 * rounding left.  By Cauchy and Schwarz their product is at most
 *
 *     scale * scale * (code * code + |code| |f| + |e| |code + f|)
 *
 * in which |code| and |e| are the greatest of all rows of a collection.
 */


/* The norms of the codes and of what rounding left: no row has greater ones */

typedef struct {
    float      code;
    float      error;
} vfs_code_bounds_t;


typedef struct {
    int16_t   *codes;
    double     scale;
    double     norm;         /* of the query, in units of its scale */
    double     error;        /* of what rounding left, likewise */
} vfs_code_query_t;


/*
 * Encodes a row: "codes" has "stride" of them, those past the dimension are
 * zero.  The scale is that of the vector divided by its norm if the metric is
 * cosine.  "half", for the Euclidean metric, is half the squared norm, rounded
 * down.  The scale is NAN, which rules nothing out, if the squared norm is
 * beyond binary32's range.
 */

void vfs_code_row(const float *values, uint32_t stride,
    vfs_index_metric_e metric, int8_t *codes, float *scale, float *half,
    vfs_code_bounds_t *bounds);

/*
 * Encodes a query into query->codes, which has room for "stride" of them.
 * VFS_DECLINED if its norm is zero or beyond the range.
 */

int vfs_code_query(const float *values, uint32_t stride,
    vfs_code_query_t *query);

/* What is added to a product of codes: all that rounding may have taken. */

float vfs_code_allowance(const vfs_code_query_t *query, uint32_t stride,
    const vfs_code_bounds_t *bounds);

/* What a row's bound must reach, in units of the query's scale. */

float vfs_code_limit(const vfs_code_query_t *query, uint32_t stride,
    vfs_index_metric_e metric, float worst_rank);


#endif /* _VFS_INDEX_CODE_H_INCLUDED_ */
