
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_stats.h"


#define NGX_HTTP_VFS_MIN_TICK       900             /* ms */
#define NGX_HTTP_VFS_RECENT_WINDOW  10000           /* ms */


static void ngx_http_vfs_store(ngx_http_vfs_shared_t *sh,
    ngx_atomic_uint_t number, uint64_t now);
static ngx_uint_t ngx_http_vfs_copy_second(ngx_http_vfs_shared_t *sh,
    ngx_atomic_uint_t number, ngx_http_vfs_second_t *second);


/*
 * Every worker's timer comes here once a second; one of them gets to keep the
 * totals.  Rates and recent latencies are differences to what was kept, so
 * they cost nothing while requests are served.
 */

void
ngx_http_vfs_tick(ngx_http_vfs_shared_t *sh)
{
    uint64_t           now;
    ngx_atomic_uint_t  last;

    now = ngx_http_vfs_now() / 1000;
    last = sh->last_tick;

    if (now < last + NGX_HTTP_VFS_MIN_TICK
        || !ngx_atomic_cmp_set(&sh->last_tick, last, now))
    {
        return;
    }

    ngx_http_vfs_store(sh, ngx_atomic_fetch_add(&sh->ticks, 1) + 1, now);
}


static void
ngx_http_vfs_store(ngx_http_vfs_shared_t *sh, ngx_atomic_uint_t number,
    uint64_t now)
{
    ngx_uint_t              i, k, n, failed, route;
    ngx_http_vfs_second_t  *second;
    ngx_http_vfs_recent_t  *recent;
    ngx_http_vfs_series_t  *s;

    second = &sh->seconds[number % NGX_HTTP_VFS_SECONDS];
    recent = &sh->recents[number % NGX_HTTP_VFS_RECENTS];

    second->number = 0;
    recent->number = 0;
    ngx_memory_barrier();

    second->time = now;
    recent->time = now;

    for (route = 0; route < NGX_HTTP_VFS_ROUTES; route++) {
        n = 0;
        failed = 0;
        ngx_memzero(recent->counts[route], sizeof(recent->counts[route]));

        for (i = 0; i < sh->nstripes; i++) {
            s = &sh->stripes[i].series[route];

            for (k = 0; k < VFS_HISTOGRAM_BUCKETS; k++) {
                n += s->buckets[k];
                recent->counts[route][k] += (uint32_t) s->buckets[k];
            }

            for (k = 0; k <= VFS_HISTOGRAM_BOUNDS; k++) {
                failed += s->bounded[NGX_HTTP_VFS_5XX][k];
            }
        }

        second->totals[NGX_HTTP_VFS_REQUESTS][route] = n;
        second->totals[NGX_HTTP_VFS_FAILURES][route] = failed;
    }

    ngx_memory_barrier();
    second->number = number;
    recent->number = number;
}


/*
 * How much a total grew a second since the newest kept totals that are at
 * least "window" ms old, or since the oldest; of all routes if "route" is
 * NGX_HTTP_VFS_ROUTES.  "total" is the number of now.
 */

double
ngx_http_vfs_rate(ngx_http_vfs_shared_t *sh, ngx_http_vfs_rate_e what,
    ngx_uint_t route, ngx_msec_t window, uint64_t total)
{
    uint64_t               now, then, before;
    ngx_uint_t             i;
    ngx_atomic_uint_t      ticks, number;
    ngx_http_vfs_second_t  second;

    now = ngx_http_vfs_now() / 1000;
    then = sh->created / 1000;
    before = 0;

    ticks = sh->ticks;

    for (number = ticks;
         number > 0 && number + NGX_HTTP_VFS_SECONDS - 1 > ticks;
         number--)
    {
        if (!ngx_http_vfs_copy_second(sh, number, &second)) {
            continue;
        }

        then = second.time;
        before = 0;

        for (i = 0; i < NGX_HTTP_VFS_ROUTES; i++) {
            if (route == i || route == NGX_HTTP_VFS_ROUTES) {
                before += second.totals[what][i];
            }
        }

        if (then + window <= now) {
            break;
        }
    }

    if (now <= then || total <= before) {
        return 0;
    }

    return (double) (total - before) * 1000 / (double) (now - then);
}


static ngx_uint_t
ngx_http_vfs_copy_second(ngx_http_vfs_shared_t *sh, ngx_atomic_uint_t number,
    ngx_http_vfs_second_t *second)
{
    ngx_http_vfs_second_t  *kept;

    kept = &sh->seconds[number % NGX_HTTP_VFS_SECONDS];

    if (kept->number != number) {
        return 0;
    }

    ngx_memory_barrier();
    *second = *kept;
    ngx_memory_barrier();

    return kept->number == number;
}


/*
 * The histogram of the last ten seconds: what "totals" has beyond what was
 * kept then.
 */

ngx_uint_t
ngx_http_vfs_recent(ngx_http_vfs_shared_t *sh, ngx_uint_t route,
    ngx_http_vfs_totals_t *totals, uint64_t *counts)
{
    uint64_t                now;
    ngx_uint_t              k, n;
    ngx_atomic_uint_t       ticks, number;
    ngx_http_vfs_recent_t  *recent;

    now = ngx_http_vfs_now() / 1000;
    ticks = sh->ticks;

    ngx_memcpy(counts, totals->counts, sizeof(totals->counts));
    n = totals->requests;

    for (number = ticks;
         number > 0 && number + NGX_HTTP_VFS_RECENTS - 1 > ticks;
         number--)
    {
        recent = &sh->recents[number % NGX_HTTP_VFS_RECENTS];

        if (recent->number != number
            || recent->time + NGX_HTTP_VFS_RECENT_WINDOW > now)
        {
            continue;
        }

        ngx_memory_barrier();

        n = 0;

        for (k = 0; k < VFS_HISTOGRAM_BUCKETS; k++) {
            counts[k] = (uint32_t) (totals->counts[k]
                                    - recent->counts[route][k]);
            n += counts[k];
        }

        ngx_memory_barrier();

        /* unless it was overwritten meanwhile */

        if (recent->number == number) {
            break;
        }
    }

    return n;
}
