
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

#define VFS_SCALE      0x1p36          /* 2^VFS_FRACTION_BITS */
#define VFS_TWO52      0x1p52
#define VFS_TWO52_INT  ((int64_t) 1 << 52)
#define VFS_TWO40_INT  ((int64_t) 1 << 40)


/*
 * sums[i] += rne(vector[i] * factor * 2^36) << shift for i < n, where rne()
 * is the nearest integer, ties to even; |vector[i]| <= 1024, |factor| < 512,
 * shift < 40, so that no term is beyond 2^94.
 */

void vfs_sums_add(vfs_int128_t *sums, const float *vector, size_t n,
    double factor, unsigned shift);

void vfs_sums_merge(vfs_int128_t *sums, const vfs_int128_t *other, size_t n);
int vfs_sums_zero(const vfs_int128_t *sums, size_t n);

/*
 * The rest is inline, as it stands in loops over a vector.  Nearest integer,
 * ties to even; |value| < 2^62.
 */

static inline int64_t
vfs_round(double value)
{
    double  two52;

    if (__builtin_fabs(value) < VFS_TWO52) {

        /* a sum at 2^52 has units in its last place, and so rounds to them */

        two52 = __builtin_copysign(VFS_TWO52, value);
        value = (value + two52) - two52;
    }

    return (int64_t) value;
}


/* rne(value * 2^36) << shift; |value| <= 2^19 */

static inline vfs_int128_t
vfs_sum_term(double value, unsigned shift)
{
    return (vfs_int128_t) vfs_round(value * VFS_SCALE) * ((int64_t) 1 << shift);
}


/* The nearest binary64 of a sum from 2^104 on, ties to even. */

double vfs_sum_double_wide(vfs_int128_t sum);

/*
 * The nearest binary64, ties to even.  Below 2^104 both parts convert exactly,
 * so that their floating-point sum is the only rounding.
 */

static inline double
vfs_sum_double(vfs_int128_t sum)
{
    int64_t  high, low;

    high = (int64_t) (sum >> 64);

    if (high >= VFS_TWO40_INT || high < -VFS_TWO40_INT) {
        return vfs_sum_double_wide(sum);
    }

    high = (int64_t) (sum >> 52);
    low = (int64_t) sum & (VFS_TWO52_INT - 1);

    return (double) high * VFS_TWO52 + (double) low;
}


#endif /* _VFS_SUMS_H_INCLUDED_ */
