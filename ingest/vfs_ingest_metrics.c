
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_metrics.h"
#include "vfs_listen.h"
#include "vfs_log.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define VFS_METRICS_CONNECTIONS  16U
#define VFS_METRICS_TIMEOUT      30U     /* seconds */


struct vfs_metrics_s {
    struct MHD_Daemon      *daemon;
    pthread_mutex_t         mutex;
    unsigned                told:1;
    vfs_facts_t             facts;
    vfs_counters_t          counters;
    vfs_model_counters_t    models[VFS_MAX_SOURCES];
};


static enum MHD_Result vfs_metrics_on_request(void *data,
    struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *len, void **ctx);
static char *vfs_metrics_text(vfs_metrics_t *metrics, size_t *len);
static enum MHD_Result vfs_metrics_reply(struct MHD_Connection *connection,
    unsigned status, char *text, size_t len, enum MHD_ResponseMemoryMode mode);


vfs_metrics_t *
vfs_metrics_create(const char *address, vfs_error_t *err)
{
    int             fd;
    char            name[80], quoted[100];
    vfs_metrics_t  *metrics;

    fd = vfs_listen_open("VFS_METRICS_ADDRESS", address, NULL, err);

    if (fd == -1) {
        return NULL;
    }

    metrics = calloc(1, sizeof(vfs_metrics_t));

    if (metrics == NULL) {
        vfs_error_set(err, "out of memory");
        (void) close(fd);
        return NULL;
    }

    (void) pthread_mutex_init(&metrics->mutex, NULL);

    metrics->daemon =
        MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0, NULL, NULL,
                         vfs_metrics_on_request, metrics,
                         MHD_OPTION_LISTEN_SOCKET, fd,
                         MHD_OPTION_CONNECTION_LIMIT, VFS_METRICS_CONNECTIONS,
                         MHD_OPTION_CONNECTION_TIMEOUT, VFS_METRICS_TIMEOUT,
                         MHD_OPTION_END);

    if (metrics->daemon == NULL) {
        vfs_error_set(err, "VFS_METRICS_ADDRESS: the server on %.128s cannot "
                      "be started", address);
        (void) close(fd);
        vfs_metrics_destroy(metrics);
        return NULL;
    }

    vfs_listen_address(fd, name, sizeof(name));
    vfs_log(VFS_LOG_INFO, "metrics_served", "address=%s",
            vfs_log_quote(quoted, sizeof(quoted), name, strlen(name)));

    return metrics;
}


void
vfs_metrics_destroy(vfs_metrics_t *metrics)
{
    if (metrics == NULL) {
        return;
    }

    if (metrics->daemon != NULL) {
        MHD_stop_daemon(metrics->daemon);
    }

    (void) pthread_mutex_destroy(&metrics->mutex);
    free(metrics);
}


void
vfs_metrics_update(vfs_metrics_t *metrics, const vfs_facts_t *facts)
{
    unsigned  i;

    if (metrics == NULL) {
        return;
    }

    (void) pthread_mutex_lock(&metrics->mutex);

    metrics->facts = *facts;
    metrics->counters = *facts->counters;
    metrics->facts.counters = &metrics->counters;

    for (i = 0; i < facts->nmodels; i++) {
        metrics->models[i] = *facts->models[i];
        metrics->facts.models[i] = &metrics->models[i];
    }

    metrics->told = 1;

    (void) pthread_mutex_unlock(&metrics->mutex);
}


static enum MHD_Result
vfs_metrics_on_request(void *data, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version,
    const char *upload, size_t *len, void **ctx)
{
    char        *text;
    size_t       size;

    static char  missing[] = "the metrics are at /metrics\n";
    static char  wrong[] = "expected GET\n";
    static char  failed[] = "no metrics yet\n";
    static int   begun;

    /* the first call comes before the body, which nobody needs */

    if (*ctx == NULL) {
        *ctx = &begun;
        return MHD_YES;
    }

    if (*len != 0) {
        *len = 0;
        return MHD_YES;
    }

    if (strcmp(url, "/metrics") != 0) {
        return vfs_metrics_reply(connection, MHD_HTTP_NOT_FOUND, missing,
                                 sizeof(missing) - 1, MHD_RESPMEM_PERSISTENT);
    }

    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        return vfs_metrics_reply(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                                 wrong, sizeof(wrong) - 1,
                                 MHD_RESPMEM_PERSISTENT);
    }

    text = vfs_metrics_text(data, &size);

    if (text == NULL) {
        return vfs_metrics_reply(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                                 failed, sizeof(failed) - 1,
                                 MHD_RESPMEM_PERSISTENT);
    }

    return vfs_metrics_reply(connection, MHD_HTTP_OK, text, size,
                             MHD_RESPMEM_MUST_FREE);
}


static char *
vfs_metrics_text(vfs_metrics_t *metrics, size_t *len)
{
    char  *text;

    (void) pthread_mutex_lock(&metrics->mutex);

    text = metrics->told ? vfs_metrics_print(&metrics->facts, len) : NULL;

    (void) pthread_mutex_unlock(&metrics->mutex);

    return text;
}


static enum MHD_Result
vfs_metrics_reply(struct MHD_Connection *connection, unsigned status,
    char *text, size_t len, enum MHD_ResponseMemoryMode mode)
{
    const char           *type;
    enum MHD_Result       rc;
    struct MHD_Response  *response;

    response = MHD_create_response_from_buffer(len, text, mode);

    if (response == NULL) {

        if (mode == MHD_RESPMEM_MUST_FREE) {
            free(text);
        }

        return MHD_NO;
    }

    type = (status == MHD_HTTP_OK) ? "text/plain; version=0.0.4"
                                   : "text/plain";

    rc = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);

    if (rc == MHD_YES) {
        rc = MHD_queue_response(connection, status, response);
    }

    MHD_destroy_response(response);

    return rc;
}
