
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"
#include "vfs_index_http.h"
#include "vfs_index_options.h"
#include "vfs_index_store_guard.h"
#include "vfs_listen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


/* The bodies of all requests together, in bodies of the greatest size. */

#define VFS_MAIN_BODIES  16


static int vfs_main_serve(const vfs_options_t *options, vfs_error_t *err);
static void vfs_main_signals(const vfs_options_t *options, sigset_t *signals);
static int vfs_main_run(vfs_service_t *service, const vfs_options_t *options,
    int fd, vfs_error_t *err);
static void vfs_main_wait(const vfs_options_t *options, vfs_access_t *access);
static int vfs_main_fail(const vfs_error_t *err);


int
main(int argc, char **argv)
{
    int            rc;
    vfs_error_t    err;
    vfs_options_t  options;

    if (vfs_options_parse(&options, argc, argv, &err) != VFS_OK) {
        return vfs_main_fail(&err);
    }

    if (options.help) {
        (void) fputs(vfs_options_usage, stdout);
        return EXIT_SUCCESS;
    }

    if (options.version) {
        (void) puts("vfs-index " VFS_VERSION);
        return EXIT_SUCCESS;
    }

    vfs_log_init("vfs-index", options.log_level);

    vfs_store_guard(options.data);

    rc = options.backup != NULL
         ? vfs_store_backup(options.data, options.backup, &err)
         : vfs_main_serve(&options, &err);

    vfs_options_free(&options);

    return rc == VFS_OK ? EXIT_SUCCESS : vfs_main_fail(&err);
}


static int
vfs_main_serve(const vfs_options_t *options, vfs_error_t *err)
{
    int            fd, rc;
    sigset_t       signals;
    vfs_service_t  service;

    /* before any thread is there, so that only sigwait() sees them */

    (void) signal(SIGPIPE, SIG_IGN);
    vfs_main_signals(options, &signals);
    (void) pthread_sigmask(SIG_BLOCK, &signals, NULL);

    memset(&service, 0, sizeof(vfs_service_t));
    service.kernel = vfs_kernel_best();
    service.metric = options->metric;

    /* first the port: that it is taken is known before the long load */

    fd = vfs_listen_open("option --listen", options->listen,
                         (options->key != NULL || options->insecure)
                         ? NULL
                         : "give --api-key-file, or --insecure to serve "
                           "without a key", err);
    if (fd == -1) {
        return VFS_ERROR;
    }

    if (options->access_log != NULL) {
        service.access = vfs_access_open(options->access_log, err);

        if (service.access == NULL) {
            (void) close(fd);
            return VFS_ERROR;
        }
    }

    rc = VFS_ERROR;
    service.metrics = vfs_metrics_create(vfs_route_count());

    if (service.metrics == NULL
        || vfs_catalog_init(&service.catalog) != VFS_OK)
    {
        vfs_error_set(err, "out of memory");
        goto done;
    }

    service.store = vfs_store_open(options->data, options->nosync, err);

    if (service.store != NULL
        && vfs_catalog_load(&service.catalog, service.store, err) == VFS_OK)
    {
        vfs_store_guard_loaded();
        rc = vfs_main_run(&service, options, fd, err);
    }

    vfs_store_close(service.store);
    vfs_catalog_free(&service.catalog);

done:

    free(service.metrics);
    vfs_access_close(service.access);
    (void) close(fd);

    return rc;
}


static void
vfs_main_signals(const vfs_options_t *options, sigset_t *signals)
{
    (void) sigemptyset(signals);
    (void) sigaddset(signals, SIGTERM);
    (void) sigaddset(signals, SIGQUIT);
    (void) sigaddset(signals, SIGINT);

    if (options->access_log != NULL) {
        (void) sigaddset(signals, SIGHUP);
    }
}


static int
vfs_main_run(vfs_service_t *service, const vfs_options_t *options, int fd,
    vfs_error_t *err)
{
    vfs_http_t         *http;
    vfs_http_options_t  limits;

    service->pool = vfs_pool_start(options->threads, err);
    if (service->pool == NULL) {
        return VFS_ERROR;
    }

    service->writer = vfs_writer_start(&service->catalog, service->store,
                                       options->metric, options->nosync, err);
    if (service->writer == NULL) {
        vfs_pool_stop(service->pool);
        return VFS_ERROR;
    }

    vfs_listen_address(fd, service->address, sizeof(service->address));

    limits.listen_fd = fd;
    limits.key = options->key;
    limits.hosts = options->hosts;
    limits.nhosts = options->nhosts;
    limits.threads = options->threads;
    limits.connections = options->connections;
    limits.timeout = options->timeout;
    limits.max_body = options->max_body;
    limits.max_bodies = VFS_MAIN_BODIES * options->max_body;

    http = vfs_http_start(service, &limits, err);

    if (http != NULL) {
        vfs_log(VFS_LOG_INFO, "listening", "address=%s kernel=%s",
                service->address, service->kernel->name);

        vfs_main_wait(options, service->access);
        vfs_http_stop(http);
    }

    vfs_writer_stop(service->writer);
    vfs_pool_stop(service->pool);

    return http == NULL ? VFS_ERROR : VFS_OK;
}


/* Until the program is to end; SIGHUP only opens the access log anew. */

static void
vfs_main_wait(const vfs_options_t *options, vfs_access_t *access)
{
    int       number;
    sigset_t  signals;

    vfs_main_signals(options, &signals);

    while (sigwait(&signals, &number) == 0 && number == SIGHUP) {
        vfs_access_reopen(access);
    }

    vfs_log(VFS_LOG_INFO, "stopping", "signal=%d", number);
}


static int
vfs_main_fail(const vfs_error_t *err)
{
    (void) fprintf(stderr, "vfs-index: %s\n", err->text);

    return EXIT_FAILURE;
}
