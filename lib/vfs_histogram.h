
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_HISTOGRAM_H_INCLUDED_
#define _VFS_HISTOGRAM_H_INCLUDED_


#include <stdint.h>


/*
 * Log-linear buckets for durations in microseconds (as in HdrHistogram): below
 * 32 us one bucket a microsecond, above that 32 buckets for each power of two,
 * so a bucket's width is at most 1/32 of its lower bound and a value read from
 * its middle is off by at most 1.6 %.  The last bucket takes all from about
 * 134 seconds (2^27 us) on.  Only the arithmetic lives here: where the counts
 * are kept, and how they are incremented, is the caller's.
 */

#define VFS_HISTOGRAM_BUCKETS  737


unsigned vfs_histogram_index(uint64_t us);

/* The smallest value of bucket "index"; of VFS_HISTOGRAM_BUCKETS: its end. */

uint64_t vfs_histogram_lower(unsigned index);

/*
 * The q-quantile (0 < q <= 1) in microseconds, by nearest rank: the middle of
 * the bucket in which the observation of rank ceil(q * total) lies; 0 when
 * "counts" (VFS_HISTOGRAM_BUCKETS of them) are all zero.
 */

double vfs_histogram_quantile(const uint64_t *counts, double q);

/*
 * Upper bounds of the histogram that Prometheus is shown: from 50 by half
 * powers of two to 13 million.  1.4 stands for the square root of two, so that
 * no bucket is ever split.  The second function is the number of bounds that
 * "us" is not below.
 */

#define VFS_HISTOGRAM_BOUNDS  37

uint64_t vfs_histogram_bound(unsigned i);
unsigned vfs_histogram_bound_index(uint64_t us);


#endif /* _VFS_HISTOGRAM_H_INCLUDED_ */
