
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_worker.h"
#include "vfs_ingest_model_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_RECORDED_MAP_SIZE  ((size_t) 1 << 28)


static int vfs_worker_ask(void *data, vfs_ask_t *ask, vfs_error_t *err);
static void vfs_worker_answer(void *data, const vfs_http_answer_t *http);
static void vfs_worker_cancel_ask(void *data, vfs_ask_t *ask);


int
vfs_worker_open_models(vfs_worker_t *worker, vfs_error_t *err)
{
    char                 *dir;
    vfs_recorded_conf_t   conf;

    if (vfs_model_sources(worker->def) == 0) {
        return VFS_OK;
    }

    if (asprintf(&dir, "%s/" VFS_RECORDED_NAME, worker->settings->data)
        == -1)
    {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    memset(&conf, 0, sizeof(vfs_recorded_conf_t));

    conf.dir = dir;
    conf.map_size = VFS_RECORDED_MAP_SIZE;

    worker->recorded = vfs_recorded_open(&conf, err);

    free(dir);

    if (worker->recorded == NULL) {
        return VFS_ERROR;
    }

    worker->flow.recorded = worker->recorded;
    worker->def->answers = &worker->flow.asker.answers;
    worker->io.ask = vfs_worker_ask;
    worker->io.cancel_ask = vfs_worker_cancel_ask;

    return vfs_http_key(worker->http, VFS_HTTP_MODEL,
                        worker->settings->model_key, err);
}


int
vfs_worker_start_models(vfs_worker_t *worker, vfs_error_t *err)
{
    int            rc;
    int64_t        logged;
    unsigned       i;
    vfs_source_t  *source;

    logged = 0;

    for (i = 0; i < worker->def->nsources; i++) {
        source = &worker->def->sources[i];

        if (source->type != VFS_SOURCE_MODEL) {
            continue;
        }

        rc = vfs_check_model(worker->http, worker->def, source, err);

        if (rc == VFS_ERROR) {
            return VFS_ERROR;
        }

        if (rc == VFS_DECLINED) {
            vfs_worker_log_wait(&logged, "model", err);
        }
    }

    return VFS_OK;
}


static int
vfs_worker_ask(void *data, vfs_ask_t *ask, vfs_error_t *err)
{
    vfs_worker_t        *worker;
    vfs_http_request_t   http;

    worker = data;

    memset(&http, 0, sizeof(vfs_http_request_t));

    http.url = ask->channel->url;
    http.body = ask->body;
    http.len = ask->len;
    http.timeout_ms = (long) ask->channel->source->model->timeout_ms;
    http.kind = VFS_HTTP_MODEL;
    http.max_answer = vfs_model_answer_max(worker->def, ask->count);
    http.done = vfs_worker_answer;
    http.data = ask;

    ask->transport = vfs_http_start(worker->http, &http, err);

    return (ask->transport != NULL) ? VFS_OK : VFS_ERROR;
}


static void
vfs_worker_answer(void *data, const vfs_http_answer_t *http)
{
    vfs_ask_t           *ask;
    vfs_model_answer_t   answer;

    ask = data;

    memset(&answer, 0, sizeof(vfs_model_answer_t));

    answer.count = ask->count;
    answer.status = http->status;
    answer.body = http->body;
    answer.len = http->len;
    answer.retry_after_ms = http->retry_after_ms;
    answer.failure = http->failure;

    vfs_asker_answer(ask, &answer);
}


static void
vfs_worker_cancel_ask(void *data, vfs_ask_t *ask)
{
    vfs_worker_t  *worker;

    worker = data;

    vfs_http_cancel(worker->http, ask->transport);
}


/*
 * A batch that waits for models keeps the next one from being read.  If that
 * lasts, the partitions are paused, so that the consumer can go on being
 * polled: it would lose its partitions else.
 */

int
vfs_worker_serve(vfs_worker_t *worker, int64_t now, vfs_error_t *err)
{
    if (!worker->paused) {

        if (now - worker->read_at
            < vfs_consumer_session_ms(worker->consumer) / 4)
        {
            return VFS_OK;
        }

        vfs_consumer_pause(worker->consumer);
        worker->paused = 1;
        vfs_log(VFS_LOG_WARN, "reading_paused", "for=model records=%zu",
                worker->nrecords);
    }

    if (vfs_consumer_serve(worker->consumer, err) != VFS_OK) {
        return VFS_ERROR;
    }

    worker->read_at = now;

    return VFS_OK;
}
