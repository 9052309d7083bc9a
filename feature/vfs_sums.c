
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_sums.h"


void
vfs_sums_add(vfs_int128_t *sums, const float *vector, size_t n, double factor,
    unsigned shift)
{
    size_t   i;
    double   scaled;
    int64_t  power;

    /*
     * Scaling by a power of two is exact, so it may come before the product
     * is rounded; the product of a negative term and 2^shift is defined where
     * its left shift is not.
     */

    scaled = factor * VFS_SCALE;
    power = (int64_t) 1 << shift;

    for (i = 0; i < n; i++) {
        sums[i] += (vfs_int128_t) vfs_round((double) vector[i] * scaled)
                   * power;
    }
}


void
vfs_sums_merge(vfs_int128_t *sums, const vfs_int128_t *other, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        sums[i] += other[i];
    }
}


int
vfs_sums_zero(const vfs_int128_t *sums, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (sums[i] != 0) {
            return 0;
        }
    }

    return 1;
}


/*
 * The highest 64 bits hold 11 more than a binary64 does; whether any lower
 * bit is set is folded into the last of them, so the conversion rounds as if
 * it saw all 128.
 */

double
vfs_sum_double_wide(vfs_int128_t sum)
{
    int            exponent;
    double         value;
    uint64_t       top;
    vfs_uint128_t  magnitude;

    magnitude = sum < 0 ? -(vfs_uint128_t) sum : (vfs_uint128_t) sum;

    exponent = 64 - __builtin_clzll((uint64_t) (magnitude >> 64));
    top = (uint64_t) (magnitude >> exponent);

    if ((vfs_uint128_t) top << exponent != magnitude) {
        top |= 1;
    }

    value = (double) top * (double) ((uint64_t) 1 << (exponent - 1)) * 2.0;

    return sum < 0 ? -value : value;
}
