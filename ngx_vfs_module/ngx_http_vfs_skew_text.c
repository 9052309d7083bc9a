
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_metrics.h"
#include "ngx_http_vfs_skew.h"


static u_char *ngx_http_vfs_skew_verifier(u_char *p,
    ngx_http_vfs_verifier_t *verifier);
static u_char *ngx_http_vfs_skew_metric(u_char *p, const char *name,
    const char *type, const char *help, ngx_uint_t number,
    ngx_http_vfs_verifier_t *verifiers, ngx_uint_t n);
static double ngx_http_vfs_skew_million(uint64_t mismatches,
    uint64_t compared);


/* The member "verification" of /stats, behind a comma. */

u_char *
ngx_http_vfs_skew_status(u_char *p, ngx_http_vfs_zone_t *zone)
{
    uint64_t                 compared, mismatches;
    ngx_uint_t               i, n;
    ngx_http_vfs_verifier_t  verifiers[NGX_HTTP_VFS_VERIFIERS];

    n = ngx_http_vfs_skew(zone, verifiers);
    compared = 0;
    mismatches = 0;

    p = ngx_sprintf(p, ",\"verification\":{\"verifiers\":[");

    for (i = 0; i < n; i++) {
        if (i != 0) {
            *p++ = ',';
        }

        p = ngx_http_vfs_skew_verifier(p, &verifiers[i]);

        compared += verifiers[i].numbers[NGX_HTTP_VFS_SKEW_ROUND_COMPARED];
        mismatches += verifiers[i].numbers[NGX_HTTP_VFS_SKEW_ROUND_MISMATCHES];
    }

    return ngx_sprintf(p, "],\"compared\":%uL,\"mismatches\":%uL,"
                       "\"mismatches_per_million\":%.1f}", compared,
                       mismatches,
                       ngx_http_vfs_skew_million(mismatches, compared));
}


static u_char *
ngx_http_vfs_skew_verifier(u_char *p, ngx_http_vfs_verifier_t *verifier)
{
    uint64_t  *n;

    n = verifier->numbers;

    p = ngx_sprintf(p, "{\"verifier\":\"%*s\",\"age_ms\":%uL,"
                    "\"definition\":\"%*s\",\"uptime_seconds\":%.1f,"
                    "\"interval_seconds\":%.1f,",
                    verifier->name_len, verifier->name,
                    ngx_http_vfs_now() / 1000 - verifier->time,
                    (size_t) NGX_HTTP_VFS_DEFINITION_LEN, verifier->definition,
                    (double) n[NGX_HTTP_VFS_SKEW_UPTIME] / 1000,
                    (double) n[NGX_HTTP_VFS_SKEW_INTERVAL] / 1000);

    return ngx_sprintf(p, "\"rounds\":%uL,\"compared\":%uL,\"different\":%uL,"
                       "\"missing\":%uL,\"extra\":%uL,\"not_comparable\":%uL,"
                       "\"round\":{\"compared\":%uL,\"mismatches\":%uL}}",
                       n[NGX_HTTP_VFS_SKEW_ROUNDS],
                       n[NGX_HTTP_VFS_SKEW_COMPARED],
                       n[NGX_HTTP_VFS_SKEW_DIFFERENT],
                       n[NGX_HTTP_VFS_SKEW_MISSING],
                       n[NGX_HTTP_VFS_SKEW_EXTRA],
                       n[NGX_HTTP_VFS_SKEW_NOT_COMPARABLE],
                       n[NGX_HTTP_VFS_SKEW_ROUND_COMPARED],
                       n[NGX_HTTP_VFS_SKEW_ROUND_MISMATCHES]);
}


u_char *
ngx_http_vfs_skew_metrics(u_char *p, ngx_http_vfs_zone_t *zone)
{
    uint64_t                 *numbers;
    ngx_uint_t                i, n;
    ngx_http_vfs_verifier_t   verifiers[NGX_HTTP_VFS_VERIFIERS];

    n = ngx_http_vfs_skew(zone, verifiers);

    if (n == 0) {
        return p;
    }

    p = ngx_http_vfs_skew_metric(p, "vfs_skew_compared_total", "counter",
                                 "Served vectors compared with a replay.",
                                 NGX_HTTP_VFS_SKEW_COMPARED, verifiers, n);

    p = ngx_http_vfs_metrics_head(p, "vfs_skew_mismatches_total", "counter",
                                  "Of these, those that were not equal.");

    for (i = 0; i < n; i++) {
        numbers = verifiers[i].numbers;

        p = ngx_sprintf(p, "vfs_skew_mismatches_total{verifier=\"%*s\","
                        "kind=\"different\"} %uL\n"
                        "vfs_skew_mismatches_total{verifier=\"%*s\","
                        "kind=\"missing\"} %uL\n"
                        "vfs_skew_mismatches_total{verifier=\"%*s\","
                        "kind=\"extra\"} %uL\n",
                        verifiers[i].name_len, verifiers[i].name,
                        numbers[NGX_HTTP_VFS_SKEW_DIFFERENT],
                        verifiers[i].name_len, verifiers[i].name,
                        numbers[NGX_HTTP_VFS_SKEW_MISSING],
                        verifiers[i].name_len, verifiers[i].name,
                        numbers[NGX_HTTP_VFS_SKEW_EXTRA]);
    }

    p = ngx_http_vfs_skew_metric(p, "vfs_skew_not_comparable_total", "counter",
                                 "Served vectors older than the history.",
                                 NGX_HTTP_VFS_SKEW_NOT_COMPARABLE, verifiers,
                                 n);

    p = ngx_http_vfs_metrics_head(p, "vfs_skew_mismatches_per_million",
                                  "gauge", "Of the last round.");

    for (i = 0; i < n; i++) {
        numbers = verifiers[i].numbers;

        p = ngx_sprintf(p, "vfs_skew_mismatches_per_million{verifier=\"%*s\"} "
                        "%.1f\n", verifiers[i].name_len, verifiers[i].name,
                        ngx_http_vfs_skew_million(
                            numbers[NGX_HTTP_VFS_SKEW_ROUND_MISMATCHES],
                            numbers[NGX_HTTP_VFS_SKEW_ROUND_COMPARED]));
    }

    return p;
}


static u_char *
ngx_http_vfs_skew_metric(u_char *p, const char *name, const char *type,
    const char *help, ngx_uint_t number, ngx_http_vfs_verifier_t *verifiers,
    ngx_uint_t n)
{
    ngx_uint_t  i;

    p = ngx_http_vfs_metrics_head(p, name, type, help);

    for (i = 0; i < n; i++) {
        p = ngx_sprintf(p, "%s{verifier=\"%*s\"} %uL\n", name,
                        verifiers[i].name_len, verifiers[i].name,
                        verifiers[i].numbers[number]);
    }

    return p;
}


static double
ngx_http_vfs_skew_million(uint64_t mismatches, uint64_t compared)
{
    return (compared == 0) ? 0 : (double) mismatches * 1e6 / (double) compared;
}
