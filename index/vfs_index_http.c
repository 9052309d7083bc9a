
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_http_request.h"
#include "vfs_index_handlers.h"
#include "vfs_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* What the head of a request takes: a fetch of many ids has a long one. */

#define VFS_HTTP_HEAD        262144

/* The longest body that is read only to be thrown away. */

#define VFS_HTTP_DISCARD     (64 * 1024 * 1024)

/* How long a stop waits for clients to take their answers. */

#define VFS_HTTP_DRAIN_MS    10000
#define VFS_HTTP_POLL_MS     5


static size_t vfs_http_unescape(void *cls, struct MHD_Connection *connection,
    char *text);
static vfs_http_request_t *vfs_http_create(vfs_http_t *http,
    struct MHD_Connection *connection, const char *url, const char *method);
static enum MHD_Result vfs_http_access(void *cls,
    struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **con_cls);
static void vfs_http_completed(void *cls, struct MHD_Connection *connection,
    void **con_cls, enum MHD_RequestTerminationCode code);
static void vfs_http_connection(void *cls, struct MHD_Connection *connection,
    void **socket_context, enum MHD_ConnectionNotificationCode code);
static void vfs_http_account(vfs_http_request_t *h);
static void vfs_http_log(void *cls, const char *fmt, va_list args);
static int vfs_http_begin(vfs_http_request_t *h, const char *method);
static enum MHD_Result vfs_http_argument(void *cls, enum MHD_ValueKind kind,
    const char *name, size_t name_len, const char *value, size_t value_len);
static int vfs_http_method(const char *method, vfs_method_e *value);
static unsigned vfs_http_version(vfs_http_request_t *h);
static int vfs_http_dispatch(vfs_http_request_t *h);


vfs_http_t *
vfs_http_start(vfs_service_t *service, const vfs_http_options_t *options,
    vfs_error_t *err)
{
    vfs_http_t  *http;

    http = calloc(1, sizeof(vfs_http_t));
    if (http == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    http->service = service;
    http->options = *options;
    http->metrics = service->metrics;

    http->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD
                                    |MHD_ALLOW_SUSPEND_RESUME
                                    |MHD_USE_ERROR_LOG
                                    |MHD_USE_ITC,
                                    0, NULL, NULL, vfs_http_access, http,
                 MHD_OPTION_EXTERNAL_LOGGER, vfs_http_log, NULL,
                 MHD_OPTION_LISTEN_SOCKET, options->listen_fd,
                 MHD_OPTION_THREAD_POOL_SIZE, options->threads,
                 MHD_OPTION_CONNECTION_LIMIT, options->connections,
                 MHD_OPTION_CONNECTION_TIMEOUT, options->timeout,
                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) VFS_HTTP_HEAD,
                 MHD_OPTION_UNESCAPE_CALLBACK, vfs_http_unescape, NULL,
                 MHD_OPTION_NOTIFY_COMPLETED, vfs_http_completed, http,
                 MHD_OPTION_NOTIFY_CONNECTION, vfs_http_connection, http,
                 MHD_OPTION_END);

    if (http->daemon == NULL) {
        vfs_error_set(err, "cannot start the HTTP server");
        free(http);
        return NULL;
    }

    return http;
}


void
vfs_http_stop(vfs_http_t *http)
{
    unsigned         waited;
    struct timespec  pause;

    if (http == NULL) {
        return;
    }

    pause.tv_sec = 0;
    pause.tv_nsec = VFS_HTTP_POLL_MS * 1000000L;

    atomic_store(&http->stopping, 1);
    (void) MHD_quiesce_daemon(http->daemon);

    waited = 0;

    while (atomic_load(&http->metrics->requests) != 0
           && waited < VFS_HTTP_DRAIN_MS)
    {
        (void) nanosleep(&pause, NULL);

        /* what is being worked on ends by itself, so that has no bound */

        if (atomic_load(&http->working) == 0) {
            waited += VFS_HTTP_POLL_MS;
        }
    }

    /*
     * A connection that was silent up to here may still bring a request, but
     * the daemon must not be stopped while one is suspended.
     */

    atomic_store(&http->closed, 1);

    while (atomic_load(&http->working) != 0) {
        (void) nanosleep(&pause, NULL);
    }

    MHD_stop_daemon(http->daemon);
    free(http);
}


void
vfs_request_suspend(vfs_request_t *r)
{
    vfs_http_request_t  *h;

    h = r->connection;

    MHD_suspend_connection(h->connection);
}


void
vfs_request_finish(vfs_request_t *r, int rc)
{
    vfs_http_t          *http;
    vfs_http_request_t  *h;

    h = r->connection;
    http = h->http;
    h->rc = rc;

    MHD_resume_connection(h->connection);

    /* the request may be gone by now */

    atomic_fetch_sub(&http->working, 1);
}


/* Text stays as it is: a part of a path may hold an encoded slash. */

static size_t
vfs_http_unescape(void *cls, struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}


static vfs_http_request_t *
vfs_http_create(vfs_http_t *http, struct MHD_Connection *connection,
    const char *url, const char *method)
{
    vfs_request_t       *r;
    vfs_http_request_t  *h;

    h = calloc(1, sizeof(vfs_http_request_t));
    if (h == NULL) {
        return NULL;
    }

    h->http = http;
    h->connection = connection;
    (void) snprintf(h->method, sizeof(h->method), "%s", method);
    atomic_fetch_add(&http->metrics->requests, 1);

    h->url = url;

    r = &h->r;
    r->connection = h;
    r->service = http->service;
    r->path.data = url;
    r->parameter.data = "";
    r->path.len = strlen(url);

    vfs_arena_init(&r->arena);
    vfs_buf_init(&r->reply, VFS_REPLY_MAX);

    (void) clock_gettime(CLOCK_MONOTONIC, &r->start);

    return h;
}


static enum MHD_Result
vfs_http_access(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **con_cls)
{
    size_t               len;
    vfs_http_request_t  *h;

    h = *con_cls;

    if (h == NULL) {
        h = vfs_http_create(cls, connection, url, method);

        if (h == NULL) {
            return MHD_NO;
        }

        *con_cls = h;

        if (vfs_http_begin(h, method) != VFS_OK) {
            h->refused = 1;
            h->rc = VFS_ERROR;
        }

        if (vfs_http_length(h, &len) != VFS_OK) {
            h->refused = 1;
            h->rc = VFS_ERROR;
        }

        /*
         * An answer before the body is read closes the connection, and may be
         * lost with it: that is for bodies that nobody wants to read.
         */

        return len > VFS_HTTP_DISCARD ? vfs_http_respond(h) : MHD_YES;
    }

    if (*size != 0) {
        if (vfs_http_body(h, data, *size) != VFS_OK) {
            return MHD_NO;
        }

        *size = 0;

        return MHD_YES;
    }

    if (!h->dispatched) {
        h->dispatched = 1;

        if (vfs_http_dispatch(h) == VFS_AGAIN) {
            return MHD_YES;
        }
    }

    return vfs_http_respond(h);
}


static void
vfs_http_completed(void *cls, struct MHD_Connection *connection,
    void **con_cls, enum MHD_RequestTerminationCode code)
{
    vfs_http_t          *http;
    vfs_http_request_t  *h;

    h = *con_cls;

    if (h == NULL) {
        return;
    }

    http = h->http;
    *con_cls = NULL;

    vfs_http_account(h);
    atomic_fetch_sub(&http->bodies, h->body_size);

    vfs_arena_free(&h->r.arena);
    vfs_buf_free(&h->r.reply);
    free(h->body);
    free(h);

    atomic_fetch_sub(&http->metrics->requests, 1);
}


static void
vfs_http_connection(void *cls, struct MHD_Connection *connection,
    void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    vfs_http_t  *http;

    http = cls;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        atomic_fetch_add(&http->metrics->connections, 1);

    } else {
        atomic_fetch_sub(&http->metrics->connections, 1);
    }
}


/* Counts a request that has ended, and logs it. */

static void
vfs_http_account(vfs_http_request_t *h)
{
    unsigned                          route, nroutes;
    vfs_access_line_t                 line;
    const union MHD_ConnectionInfo   *info;

    nroutes = h->http->metrics->nroutes;
    route = h->r.route == NULL ? nroutes
                               : (unsigned) (h->r.route - vfs_routes);

    if (h->status != 0) {
        vfs_metrics_request(h->http->metrics, route, h->status, h->us,
                            h->body_len, h->sent);
    }

    if (h->http->service->access == NULL) {
        return;
    }

    info = MHD_get_connection_info(h->connection,
                                   MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    line.client = info == NULL ? NULL : info->client_addr;
    line.method = h->method;
    line.path = h->url;
    line.operation = h->r.route == NULL ? "none" : h->r.route->operation;
    line.status = h->status;
    line.received = h->body_len;
    line.sent = h->sent;
    line.us = h->us;

    vfs_access_write(h->http->service->access, &line);
}


static void
vfs_http_log(void *cls, const char *fmt, va_list args)
{
    int   n;
    char  text[256], quoted[600];

    n = vsnprintf(text, sizeof(text), fmt, args);

    while (n > 0 && (size_t) n < sizeof(text) && text[n - 1] == '\n') {
        text[--n] = '\0';
    }

    vfs_log(VFS_LOG_DEBUG, "http", "message=%s",
            vfs_log_quote(quoted, sizeof(quoted), text, strlen(text)));
}


/* All that can be judged by the head of a request. */

static int
vfs_http_begin(vfs_http_request_t *h, const char *method)
{
    int             n, rc;
    vfs_request_t  *r;

    r = &h->r;
    n = MHD_get_connection_values(h->connection, MHD_GET_ARGUMENT_KIND, NULL,
                                  NULL);

    if (n > 0) {
        r->arguments = vfs_arena_alloc(&r->arena,
                                       (size_t) n * sizeof(vfs_argument_t));
        if (r->arguments == NULL) {
            return vfs_fault_memory(&r->fault);
        }

        (void) MHD_get_connection_values_n(h->connection,
                                           MHD_GET_ARGUMENT_KIND,
                                           vfs_http_argument, r);
    }

    r->host = vfs_http_header(h, "Host");
    r->user_agent = vfs_http_header(h, "User-Agent");
    r->version = vfs_http_version(h);

    if (vfs_http_method(method, &r->method) != VFS_OK) {
        return vfs_fault(&r->fault, VFS_CODE_METHOD_NOT_ALLOWED,
                         "Method not allowed");
    }

    rc = vfs_route_find(r);

    /* without the key nobody learns which paths there are */

    if (r->route == NULL || !r->route->open) {

        if (vfs_http_authorize(h) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return rc;
}


static enum MHD_Result
vfs_http_argument(void *cls, enum MHD_ValueKind kind, const char *name,
    size_t name_len, const char *value, size_t value_len)
{
    vfs_request_t   *r;
    vfs_argument_t  *argument;

    r = cls;
    argument = &r->arguments[r->narguments++];

    argument->name.data = name;
    argument->name.len = name_len;
    argument->value.data = value == NULL ? "" : value;
    argument->value.len = value_len;

    return MHD_YES;
}


static int
vfs_http_method(const char *method, vfs_method_e *value)
{
    size_t  i;

    static const struct {
        const char    *name;
        vfs_method_e   value;

    } methods[] = {
        { "GET", VFS_GET },
        { "POST", VFS_POST },
        { "PATCH", VFS_PATCH },
        { "DELETE", VFS_DELETE }
    };

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].name, method) == 0) {
            *value = methods[i].value;
            return VFS_OK;
        }
    }

    return VFS_ERROR;
}


/* "2026-04" becomes 202604; the date of a release candidate counts, too. */

static unsigned
vfs_http_version(vfs_http_request_t *h)
{
    size_t     i;
    unsigned   version;
    vfs_str_t  text;

    text = vfs_http_header(h, "X-Pinecone-Api-Version");
    version = 0;

    if (text.len < 7 || text.data[4] != '-') {
        return 0;
    }

    for (i = 0; i < 7; i++) {

        if (i == 4) {
            continue;
        }

        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }

        version = version * 10 + (unsigned) (text.data[i] - '0');
    }

    return version;
}


vfs_str_t
vfs_http_header(vfs_http_request_t *h, const char *name)
{
    vfs_str_t  value;

    value.data = MHD_lookup_connection_value(h->connection, MHD_HEADER_KIND,
                                             name);
    value.data = value.data == NULL ? "" : value.data;
    value.len = strlen(value.data);

    return value;
}


static int
vfs_http_dispatch(vfs_http_request_t *h)
{
    int          rc;
    vfs_http_t  *http;

    if (h->refused) {
        return VFS_OK;
    }

    http = h->http;

    /* counted first: vfs_http_stop() closes first and then looks for any */

    atomic_fetch_add(&http->working, 1);

    if (atomic_load(&http->closed)) {
        atomic_fetch_sub(&http->working, 1);

        h->rc = vfs_fault(&h->r.fault, VFS_CODE_UNAVAILABLE,
                          "The index is being stopped");
        return h->rc;
    }

    h->r.body.data = h->body == NULL ? "" : h->body;
    h->r.body.len = h->body_len;
    h->r.status = MHD_HTTP_OK;
    h->r.content_type = "application/json";

    rc = h->r.route->handler(&h->r);

    /* once suspended the request is another thread's */

    if (rc != VFS_AGAIN) {
        h->rc = rc;
        atomic_fetch_sub(&http->working, 1);
    }

    return rc;
}
