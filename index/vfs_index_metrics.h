
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_METRICS_H_INCLUDED_
#define _VFS_INDEX_METRICS_H_INCLUDED_


#include "vfs_error.h"
#include "vfs_histogram.h"

#include <stdatomic.h>
#include <stddef.h>
#include <time.h>


/* Status codes by their first digit, from 1 to 5. */

#define VFS_METRICS_CLASSES  5


/* Of the requests of one route. */

typedef struct {
    atomic_ullong         statuses[VFS_METRICS_CLASSES];
    atomic_ullong         buckets[VFS_HISTOGRAM_BOUNDS + 1];
    atomic_ullong         us;
} vfs_metrics_route_t;


typedef struct {
    time_t                started;
    atomic_ullong         received;      /* bytes of bodies */
    atomic_ullong         sent;
    atomic_ullong         searches;
    atomic_ullong         rows;          /* that searches went over */
    atomic_ullong         scored;        /* of those, what codes left */
    atomic_uint           requests;      /* begun, not ended */
    atomic_uint           connections;
    unsigned              nroutes;
    vfs_metrics_route_t   routes[];      /* the last: of no route */
} vfs_metrics_t;


/* NULL if memory is out. */

vfs_metrics_t *vfs_metrics_create(unsigned nroutes);

/* Counts an answered request; "route" is its number, or nroutes for none. */

void vfs_metrics_request(vfs_metrics_t *metrics, unsigned route,
    unsigned status, uint64_t us, size_t received, size_t sent);

void vfs_metrics_search(vfs_metrics_t *metrics, uint64_t rows,
    uint64_t scored);


#endif /* _VFS_INDEX_METRICS_H_INCLUDED_ */
