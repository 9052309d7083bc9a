
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_worker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>


#define VFS_REQUEST_TIMEOUT_MS  30000


static int64_t vfs_io_now(void *data);
static int64_t vfs_io_time(void *data);
static double vfs_io_random(void *data);
static int vfs_io_produce(void *data, const vfs_message_t *message,
    vfs_error_t *err);
static int vfs_io_unsent(void *data, vfs_error_t *err);
static void vfs_io_forgive(void *data);
static int vfs_io_request(void *data, vfs_request_t *request,
    vfs_error_t *err);
static void vfs_io_done(void *data, const vfs_http_answer_t *answer);
static void vfs_io_cancel(void *data, vfs_request_t *request);
static int vfs_io_append(void *data, vfs_request_t *request,
    vfs_error_t *err);
static void vfs_io_disown(void *data, vfs_request_t *request);
static int vfs_io_verify(void *data, vfs_error_t *err);
static int vfs_io_reread(void *data, const vfs_position_t *position,
    vfs_record_t *record, vfs_error_t *err);


void
vfs_worker_set_io(vfs_worker_t *worker)
{
    worker->io.data = worker;
    worker->io.now = vfs_io_now;
    worker->io.time = vfs_io_time;
    worker->io.random = vfs_io_random;
    worker->io.produce = vfs_io_produce;
    worker->io.unsent = vfs_io_unsent;
    worker->io.forgive = vfs_io_forgive;
    worker->io.request = vfs_io_request;
    worker->io.cancel = vfs_io_cancel;
    worker->io.verify = vfs_io_verify;
    worker->io.reread = vfs_io_reread;

    if (worker->settings->feature_log) {
        worker->io.append = vfs_io_append;
        worker->io.disown = vfs_io_disown;
    }
}


int64_t
vfs_worker_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static int64_t
vfs_io_now(void *data)
{
    return vfs_worker_now();
}


static int64_t
vfs_io_time(void *data)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_REALTIME, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static double
vfs_io_random(void *data)
{
    return drand48();
}


static int
vfs_io_produce(void *data, const vfs_message_t *message, vfs_error_t *err)
{
    vfs_worker_t  *worker;

    worker = data;

    return vfs_producer_send(worker->producer, message, err);
}


static int
vfs_io_unsent(void *data, vfs_error_t *err)
{
    vfs_worker_t  *worker;

    worker = data;

    return vfs_producer_unsent(worker->producer, err);
}


static void
vfs_io_forgive(void *data)
{
    vfs_worker_t  *worker;

    worker = data;

    vfs_producer_forgive(worker->producer);
}


static int
vfs_io_request(void *data, vfs_request_t *request, vfs_error_t *err)
{
    vfs_worker_t        *worker;
    vfs_http_request_t   http;

    worker = data;

    memset(&http, 0, sizeof(vfs_http_request_t));

    http.url = worker->urls[request->operation];
    http.body = request->body.data;
    http.len = request->body.len;
    http.timeout_ms = VFS_REQUEST_TIMEOUT_MS;
    http.kind = VFS_HTTP_INDEX;
    http.done = vfs_io_done;
    http.data = request;

    request->transport = vfs_http_start(worker->http, &http, err);

    return (request->transport != NULL) ? VFS_OK : VFS_ERROR;
}


static void
vfs_io_done(void *data, const vfs_http_answer_t *http)
{
    vfs_answer_t    answer;
    vfs_request_t  *request;

    request = data;

    answer.operation = request->operation;
    answer.count = request->count;
    answer.status = http->status;
    answer.body = http->body;
    answer.len = http->len;
    answer.retry_after_ms = http->retry_after_ms;
    answer.elapsed_us = http->elapsed_us;
    answer.failure = http->failure;

    vfs_lane_answer(request->lane, request, &answer);
}


static void
vfs_io_cancel(void *data, vfs_request_t *request)
{
    vfs_worker_t  *worker;

    worker = data;

    vfs_http_cancel(worker->http, request->transport);
}


static int
vfs_io_append(void *data, vfs_request_t *request, vfs_error_t *err)
{
    vfs_worker_t  *worker;

    worker = data;

    return vfs_appender_send(worker->appender, request, err);
}


static void
vfs_io_disown(void *data, vfs_request_t *request)
{
    vfs_worker_t  *worker;

    worker = data;

    vfs_appender_disown(worker->appender, request);
}


static int
vfs_io_verify(void *data, vfs_error_t *err)
{
    vfs_worker_t  *worker;

    worker = data;

    return (vfs_check_index(worker->http, worker->settings, worker->def, err)
            == VFS_ERROR)
           ? VFS_ERROR : VFS_OK;
}


static int
vfs_io_reread(void *data, const vfs_position_t *position,
    vfs_record_t *record, vfs_error_t *err)
{
    vfs_worker_t  *worker;

    worker = data;

    return vfs_consumer_reread(worker->consumer, position, record, err);
}
