
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_SUMS_H_INCLUDED_
#define _VFS_SUMS_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/*
 * Fixed-point sums with VFS_FRACTION_BITS bits behind the point: what makes
 * adding exact, and so the order of updates immaterial.
 */

__extension__ typedef __int128           vfs_int128_t;
__extension__ typedef unsigned __int128  vfs_uint128_t;


/*
 * sums[i] += rne(vector[i] * factor * 2^36) << shift for i < n, where rne()
 * is the nearest integer, ties to even; |vector[i]| <= 1024, |factor| < 512,
 * shift < 40, so that no term is beyond 2^94.
 */

void vfs_sums_add(vfs_int128_t *sums, const float *vector, size_t n,
    double factor, unsigned shift);

/* rne(value * 2^36) << shift; |value| <= 2^19 */

vfs_int128_t vfs_sum_term(double value, unsigned shift);

void vfs_sums_merge(vfs_int128_t *sums, const vfs_int128_t *other, size_t n);
int vfs_sums_zero(const vfs_int128_t *sums, size_t n);

/* The nearest binary64, ties to even. */

double vfs_sum_double(vfs_int128_t sum);


#endif /* _VFS_SUMS_H_INCLUDED_ */
