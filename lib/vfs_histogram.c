
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_histogram.h"


#define VFS_HISTOGRAM_LINEAR  5       /* log2 of the buckets a power of two */
#define VFS_HISTOGRAM_LAST    27      /* the last bucket begins at 2^27 */

/* the lowest of the exposed bounds, and the one above it */

#define VFS_HISTOGRAM_FIRST   50
#define VFS_HISTOGRAM_SECOND  70


unsigned
vfs_histogram_index(uint64_t us)
{
    unsigned  shift;

    if (us < (1 << VFS_HISTOGRAM_LINEAR)) {
        return (unsigned) us;
    }

    if (us >> VFS_HISTOGRAM_LAST) {
        return VFS_HISTOGRAM_BUCKETS - 1;
    }

    shift = 63 - (unsigned) __builtin_clzll(us) - VFS_HISTOGRAM_LINEAR;

    return (shift << VFS_HISTOGRAM_LINEAR) + (unsigned) (us >> shift);
}


uint64_t
vfs_histogram_lower(unsigned index)
{
    unsigned  shift, linear;

    linear = 1 << VFS_HISTOGRAM_LINEAR;

    if (index < linear) {
        return index;
    }

    shift = (index >> VFS_HISTOGRAM_LINEAR) - 1;

    return (uint64_t) (linear + (index & (linear - 1))) << shift;
}


double
vfs_histogram_quantile(const uint64_t *counts, double q)
{
    double    position;
    unsigned  i;
    uint64_t  total, rank, seen, lower, upper;

    total = 0;

    for (i = 0; i < VFS_HISTOGRAM_BUCKETS; i++) {
        total += counts[i];
    }

    if (total == 0) {
        return 0;
    }

    /* a product like 0.07 * 100 must not round up to the next rank */

    position = q * (double) total;
    rank = (uint64_t) position;

    if (position - (double) rank > position * 1e-12) {
        rank++;
    }

    if (rank < 1) {
        rank = 1;
    }

    /* a total beyond 2^53 is no exact double */

    if (q >= 1 || rank > total) {
        rank = total;
    }

    seen = 0;

    for (i = 0; i < VFS_HISTOGRAM_BUCKETS - 1; i++) {
        seen += counts[i];

        if (seen >= rank) {
            break;
        }
    }

    /* the middle of the whole microseconds that the bucket holds */

    lower = vfs_histogram_lower(i);
    upper = vfs_histogram_lower(i + 1) - 1;

    return ((double) lower + (double) upper) / 2;
}


uint64_t
vfs_histogram_bound(unsigned i)
{
    unsigned  lowest;

    lowest = (i % 2 == 0) ? VFS_HISTOGRAM_FIRST : VFS_HISTOGRAM_SECOND;

    return (uint64_t) lowest << (i / 2);
}


unsigned
vfs_histogram_bound_index(uint64_t us)
{
    unsigned  i, power;

    if (us < VFS_HISTOGRAM_FIRST) {
        return 0;
    }

    power = 63 - (unsigned) __builtin_clzll(us / VFS_HISTOGRAM_FIRST);
    i = 2 * power + 1;

    if (i >= VFS_HISTOGRAM_BOUNDS) {
        return VFS_HISTOGRAM_BOUNDS;
    }

    return i + (us >= (uint64_t) VFS_HISTOGRAM_SECOND << power);
}
