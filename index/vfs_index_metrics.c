
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_metrics.h"

#include <stdlib.h>


static void vfs_metrics_add(atomic_ullong *counter, uint64_t n);


vfs_metrics_t *
vfs_metrics_create(unsigned nroutes)
{
    vfs_metrics_t  *metrics;

    metrics = calloc(1, sizeof(vfs_metrics_t)
                        + (nroutes + 1) * sizeof(vfs_metrics_route_t));
    if (metrics == NULL) {
        return NULL;
    }

    metrics->nroutes = nroutes;
    metrics->started = time(NULL);

    return metrics;
}


void
vfs_metrics_request(vfs_metrics_t *metrics, unsigned route, unsigned status,
    uint64_t us, size_t received, size_t sent)
{
    vfs_metrics_route_t  *r;

    r = &metrics->routes[route];

    if (status >= 100 && status < 100 * (VFS_METRICS_CLASSES + 1)) {
        vfs_metrics_add(&r->statuses[status / 100 - 1], 1);
    }

    vfs_metrics_add(&r->buckets[vfs_histogram_bound_index(us)], 1);
    vfs_metrics_add(&r->us, us);
    vfs_metrics_add(&metrics->received, received);
    vfs_metrics_add(&metrics->sent, sent);
}


void
vfs_metrics_search(vfs_metrics_t *metrics, uint64_t rows, uint64_t scored)
{
    vfs_metrics_add(&metrics->searches, 1);
    vfs_metrics_add(&metrics->rows, rows);
    vfs_metrics_add(&metrics->scored, scored);
}


static void
vfs_metrics_add(atomic_ullong *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}
