
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_stats.h"
#include "ngx_http_vfs_skew.h"


#define NGX_HTTP_VFS_DEFAULT_ZONE_SIZE  (4 * 1024 * 1024)
#define NGX_HTTP_VFS_TICK               1000

/* the same number means the same structures */

#define NGX_HTTP_VFS_LAYOUT                                                   \
    (sizeof(ngx_http_vfs_shared_t) + sizeof(ngx_http_vfs_stripe_t)            \
     + sizeof(ngx_http_vfs_worker_t) + sizeof(ngx_http_vfs_recent_t)          \
     + sizeof(ngx_http_vfs_second_t) + sizeof(ngx_http_vfs_verifier_t))


static char *ngx_http_vfs_add_zone(ngx_conf_t *cf, ngx_str_t *name,
    size_t size);
static ngx_int_t ngx_http_vfs_init_zone(ngx_shm_zone_t *shm_zone, void *data);
static ngx_int_t ngx_http_vfs_create_zone(ngx_http_vfs_zone_t *zone);
static void *ngx_http_vfs_zone_alloc(ngx_http_vfs_zone_t *zone, size_t size);
static void ngx_http_vfs_claim_gauge(ngx_http_vfs_shared_t *sh);
static void ngx_http_vfs_tick_handler(ngx_event_t *ev);


static ngx_http_vfs_gauge_t  *ngx_http_vfs_my_gauge;
static ngx_event_t            ngx_http_vfs_tick_event;
static ngx_connection_t       ngx_http_vfs_tick_connection;


/* vfs_zone name:size; */

char *
ngx_http_vfs_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vfs_main_conf_t  *vmcf = conf;

    u_char     *p;
    ssize_t     size;
    ngx_str_t  *value, name, s;

    if (vmcf->shm_zone != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    p = (u_char *) ngx_strchr(value[1].data, ':');

    if (p == NULL || p == value[1].data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, expected "
                           "name:size", &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    name.data = value[1].data;
    name.len = p - value[1].data;

    s.data = p + 1;
    s.len = value[1].data + value[1].len - s.data;

    size = ngx_parse_size(&s);

    if (size == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid size in \"%V\" of \"%V\" directive, "
                           "expected bytes, or a number with \"k\" or \"m\"",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    return ngx_http_vfs_add_zone(cf, &name, size);
}


/* Without a vfs_zone directive there is a zone all the same. */

ngx_int_t
ngx_http_vfs_default_zone(ngx_conf_t *cf)
{
    ngx_http_vfs_main_conf_t  *vmcf;

    static ngx_str_t  name = ngx_string("vfs");

    vmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_vfs_module);

    if (vmcf->shm_zone != NULL || !vmcf->used) {
        return NGX_OK;
    }

    if (ngx_http_vfs_add_zone(cf, &name, NGX_HTTP_VFS_DEFAULT_ZONE_SIZE)
        != NGX_CONF_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static char *
ngx_http_vfs_add_zone(ngx_conf_t *cf, ngx_str_t *name, size_t size)
{
    size_t                     min;
    ngx_http_vfs_zone_t       *zone;
    ngx_http_vfs_main_conf_t  *vmcf;

    vmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_vfs_module);

    min = ngx_align(sizeof(ngx_http_vfs_stripe_t)
                    + NGX_HTTP_VFS_WORKERS * sizeof(ngx_http_vfs_worker_t)
                    + NGX_HTTP_VFS_RECENTS * sizeof(ngx_http_vfs_recent_t)
                    + NGX_HTTP_VFS_SECONDS * sizeof(ngx_http_vfs_second_t)
                    + NGX_HTTP_VFS_GAUGES * sizeof(ngx_http_vfs_gauge_t),
                    1024 * 1024);

    if (size < min) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is too small, expected at least %uzm",
                           name, min / (1024 * 1024));
        return NGX_CONF_ERROR;
    }

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_http_vfs_zone_t));
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    vmcf->shm_zone = ngx_shared_memory_add(cf, name, size,
                                           &ngx_http_vfs_module);
    if (vmcf->shm_zone == NULL) {
        return NGX_CONF_ERROR;
    }

    zone->cycle = cf->cycle;

    vmcf->shm_zone->init = ngx_http_vfs_init_zone;
    vmcf->shm_zone->data = zone;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_vfs_init_zone(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_vfs_zone_t  *old = data;

    ngx_http_vfs_zone_t  *zone;

    zone = shm_zone->data;

    zone->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    /* after a reload the memory is in use by the old workers */

    if (old != NULL) {
        zone->sh = old->sh;

    } else if (shm_zone->shm.exists) {
        zone->sh = zone->shpool->data;

    } else {
        return ngx_http_vfs_create_zone(zone);
    }

    if (zone->sh->layout != NGX_HTTP_VFS_LAYOUT) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "zone \"%V\" is of another version of the module",
                      &shm_zone->shm.name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_create_zone(ngx_http_vfs_zone_t *zone)
{
    ngx_core_conf_t        *ccf;
    ngx_http_vfs_shared_t  *sh;

    ccf = (ngx_core_conf_t *) ngx_get_conf(zone->cycle->conf_ctx,
                                           ngx_core_module);

    sh = ngx_http_vfs_zone_alloc(zone, sizeof(ngx_http_vfs_shared_t));
    if (sh == NULL) {
        return NGX_ERROR;
    }

    sh->layout = NGX_HTTP_VFS_LAYOUT;
    sh->created = ngx_http_vfs_now();

    sh->gauges = ngx_http_vfs_zone_alloc(zone, NGX_HTTP_VFS_GAUGES
                                             * sizeof(ngx_http_vfs_gauge_t));
    sh->seconds = ngx_http_vfs_zone_alloc(zone, NGX_HTTP_VFS_SECONDS
                                              * sizeof(ngx_http_vfs_second_t));
    sh->recents = ngx_http_vfs_zone_alloc(zone, NGX_HTTP_VFS_RECENTS
                                              * sizeof(ngx_http_vfs_recent_t));
    sh->workers = ngx_http_vfs_zone_alloc(zone, NGX_HTTP_VFS_WORKERS
                                              * sizeof(ngx_http_vfs_worker_t));
    sh->verifiers = ngx_http_vfs_zone_alloc(zone,
                                            NGX_HTTP_VFS_VERIFIERS
                        * sizeof(ngx_http_vfs_verifier_t));

    if (sh->gauges == NULL || sh->seconds == NULL || sh->recents == NULL
        || sh->workers == NULL || sh->verifiers == NULL)
    {
        return NGX_ERROR;
    }

    /* as many stripes as workers, or as there is room for */

    zone->shpool->log_nomem = 0;

    sh->nstripes = ngx_max(ccf->worker_processes, 1);
    sh->nstripes = ngx_min(sh->nstripes, NGX_HTTP_VFS_MAX_STRIPES);

    for ( ;; ) {
        sh->stripes = ngx_http_vfs_zone_alloc(zone, sh->nstripes
                                              * sizeof(ngx_http_vfs_stripe_t));
        if (sh->stripes != NULL) {
            break;
        }

        if (--sh->nstripes == 0) {
            return NGX_ERROR;
        }
    }

    zone->shpool->data = sh;
    zone->sh = sh;

    return NGX_OK;
}


static void *
ngx_http_vfs_zone_alloc(ngx_http_vfs_zone_t *zone, size_t size)
{
    u_char  *p;

    p = ngx_slab_calloc(zone->shpool, size + NGX_HTTP_VFS_ALIGNMENT);
    if (p == NULL) {
        return NULL;
    }

    return ngx_align_ptr(p, NGX_HTTP_VFS_ALIGNMENT);
}


ngx_int_t
ngx_http_vfs_init_process(ngx_cycle_t *cycle)
{
    ngx_http_vfs_zone_t       *zone;
    ngx_http_vfs_main_conf_t  *vmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    vmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_vfs_module);

    if (vmcf == NULL || vmcf->shm_zone == NULL) {
        return NGX_OK;
    }

    zone = vmcf->shm_zone->data;

    ngx_http_vfs_claim_gauge(zone->sh);

    /* a timer's data is taken for a connection by debug logging */

    ngx_http_vfs_tick_connection.fd = (ngx_socket_t) -1;
    ngx_http_vfs_tick_connection.data = zone->sh;

    if (ngx_http_vfs_tick_event.timer_set) {
        ngx_del_timer(&ngx_http_vfs_tick_event);
    }

    ngx_memzero(&ngx_http_vfs_tick_event, sizeof(ngx_event_t));

    ngx_http_vfs_tick_event.handler = ngx_http_vfs_tick_handler;
    ngx_http_vfs_tick_event.data = &ngx_http_vfs_tick_connection;
    ngx_http_vfs_tick_event.log = cycle->log;
    ngx_http_vfs_tick_event.cancelable = 1;

    ngx_add_timer(&ngx_http_vfs_tick_event, NGX_HTTP_VFS_TICK);

    return NGX_OK;
}


/* Takes a gauge that is free, or whose process is gone. */

static void
ngx_http_vfs_claim_gauge(ngx_http_vfs_shared_t *sh)
{
    ngx_uint_t             i;
    ngx_atomic_uint_t      pid;
    ngx_http_vfs_gauge_t  *gauge;

    for (i = 0; i < NGX_HTTP_VFS_GAUGES; i++) {
        gauge = &sh->gauges[i];
        pid = gauge->pid;

        if (pid == (ngx_atomic_uint_t) ngx_pid) {

            if (gauge == ngx_http_vfs_my_gauge) {
                return;
            }

        } else if (pid != 0
                   && (kill((ngx_pid_t) pid, 0) == 0 || ngx_errno != NGX_ESRCH))
        {
            continue;
        }

        if (!ngx_atomic_cmp_set(&gauge->pid, pid, ngx_pid)) {
            continue;
        }

        ngx_memzero((void *) gauge->in_flight, sizeof(gauge->in_flight));
        ngx_http_vfs_my_gauge = gauge;

        return;
    }

    ngx_http_vfs_my_gauge = NULL;
}


ngx_http_vfs_gauge_t *
ngx_http_vfs_gauge(void)
{
    return ngx_http_vfs_my_gauge;
}


static void
ngx_http_vfs_tick_handler(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    c = ev->data;

    ngx_http_vfs_tick(c->data);

    if (!ngx_exiting) {
        ngx_add_timer(ev, NGX_HTTP_VFS_TICK);
    }
}


ngx_http_vfs_zone_t *
ngx_http_vfs_zone(ngx_http_request_t *r)
{
    ngx_http_vfs_main_conf_t  *vmcf;

    vmcf = ngx_http_get_module_main_conf(r, ngx_http_vfs_module);

    return vmcf->shm_zone->data;
}


size_t
ngx_http_vfs_zone_size(ngx_http_vfs_zone_t *zone)
{
    return zone->shpool->end - (u_char *) zone->shpool;
}


size_t
ngx_http_vfs_zone_used(ngx_http_vfs_zone_t *zone)
{
    return ngx_http_vfs_zone_size(zone) - zone->shpool->pfree * ngx_pagesize;
}
