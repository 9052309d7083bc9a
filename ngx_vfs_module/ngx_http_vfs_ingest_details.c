
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_ingest.h"


/* Bounds of the text: names and numbers, the quantiles of a distribution. */

#define NGX_HTTP_VFS_DETAIL_SIZE     (NGX_HTTP_VFS_NAME_LEN + 32)
#define NGX_HTTP_VFS_QUANTILES_SIZE  192


static u_char *ngx_http_vfs_details_counted(u_char *p,
    ngx_http_vfs_counted_t *counted, ngx_uint_t n);
static u_char *ngx_http_vfs_details_quantiles(u_char *p, ngx_str_t *name,
    uint64_t *counts);


size_t
ngx_http_vfs_ingest_details_size(ngx_http_vfs_report_t *report)
{
    ngx_uint_t  i, details;

    details = 3 + report->nretries + report->nletters;

    for (i = 0; i < report->nnamespaces; i++) {
        details += 1 + report->namespaces[i].nresults;
    }

    return details * NGX_HTTP_VFS_DETAIL_SIZE
           + NGX_HTTP_VFS_DISTRIBUTIONS * NGX_HTTP_VFS_QUANTILES_SIZE;
}


u_char *
ngx_http_vfs_ingest_details(u_char *p, ngx_http_vfs_report_t *report)
{
    ngx_uint_t                 i;
    ngx_http_vfs_namespace_t  *space;

    p = ngx_cpymem(p, ",\"retries\":", sizeof(",\"retries\":") - 1);
    p = ngx_http_vfs_details_counted(p, report->retries, report->nretries);

    p = ngx_cpymem(p, ",\"dead_letters\":", sizeof(",\"dead_letters\":") - 1);
    p = ngx_http_vfs_details_counted(p, report->letters, report->nletters);

    p = ngx_cpymem(p, ",\"upserts\":{", sizeof(",\"upserts\":{") - 1);

    for (i = 0; i < report->nnamespaces; i++) {
        space = &report->namespaces[i];

        p = ngx_sprintf(p, "%s\"%*s\":", i ? "," : "", space->name_len,
                        space->name);
        p = ngx_http_vfs_details_counted(p, space->results, space->nresults);
    }

    *p++ = '}';

    for (i = NGX_HTTP_VFS_BATCH_US; i < NGX_HTTP_VFS_DISTRIBUTIONS; i++) {
        p = ngx_http_vfs_details_quantiles(p,
                                           &ngx_http_vfs_distribution_names[i],
                                           report->buckets[i]);
    }

    return p;
}


static u_char *
ngx_http_vfs_details_counted(u_char *p, ngx_http_vfs_counted_t *counted,
    ngx_uint_t n)
{
    ngx_uint_t  i;

    *p++ = '{';

    for (i = 0; i < n; i++) {
        p = ngx_sprintf(p, "%s\"%*s\":%uL", i ? "," : "", counted[i].len,
                        counted[i].word, counted[i].count);
    }

    *p++ = '}';

    return p;
}


static u_char *
ngx_http_vfs_details_quantiles(u_char *p, ngx_str_t *name, uint64_t *counts)
{
    uint64_t    n;
    ngx_uint_t  i;

    n = 0;

    for (i = 0; i < VFS_HISTOGRAM_BUCKETS; i++) {
        n += counts[i];
    }

    return ngx_sprintf(p, ",\"%V\":{\"count\":%uL,\"p50\":%.0f,\"p99\":%.0f,"
                       "\"max\":%.0f}", name, n,
                       vfs_histogram_quantile(counts, 0.5),
                       vfs_histogram_quantile(counts, 0.99),
                       vfs_histogram_quantile(counts, 1));
}
