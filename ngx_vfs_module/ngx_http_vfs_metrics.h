
/*
 * Copyright (C) the vfs authors
 */


#ifndef _NGX_HTTP_VFS_METRICS_H_INCLUDED_
#define _NGX_HTTP_VFS_METRICS_H_INCLUDED_


#include "ngx_http_vfs_module.h"


/* What a sample takes at most. */

#define NGX_HTTP_VFS_SAMPLE_SIZE  320


u_char *ngx_http_vfs_metrics_head(u_char *p, const char *name,
    const char *type, const char *help);

/*
 * A histogram by vfs_histogram_bound(): "bounded" has a count for each and one
 * for what is above all, "labels" is their text, "unit" what one of their
 * numbers is in the metric's unit.
 */

u_char *ngx_http_vfs_metrics_bounded(u_char *p, const char *name,
    u_char *labels, size_t len, uint64_t *bounded, double sum, double unit);

/*
 * A histogram by the buckets of lib/vfs_histogram.h, with one label.
 */

u_char *ngx_http_vfs_metrics_histogram(u_char *p, const char *name,
    const char *label, u_char *value, size_t len, uint64_t *counts, double sum,
    double unit);


#endif /* _NGX_HTTP_VFS_METRICS_H_INCLUDED_ */
