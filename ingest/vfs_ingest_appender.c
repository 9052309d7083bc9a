
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_appender.h"
#include "vfs_ingest_kafka_producer.h"
#include "vfs_log.h"
#include "vfs_version.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


#define VFS_APPENDER_WARN_S   5
#define VFS_APPENDER_WAIT_MS  1000


/* One append of a request; its messages carry it. */

typedef struct vfs_append_s  vfs_append_t;

struct vfs_append_s {
    TAILQ_ENTRY(vfs_append_s)   link;
    vfs_request_t              *request;    /* NULL: disowned */
    unsigned                    unsent;
    unsigned                    failed:1;
};


TAILQ_HEAD(vfs_appends_s, vfs_append_s);

typedef struct vfs_appends_s  vfs_appends_t;


struct vfs_appender_s {
    vfs_kafka_producer_t        kafka;
    vfs_appends_t               appends;    /* not all reported */
    unsigned                    stopped:1;
    time_t                      warned;
    vfs_error_t                 why;
};


static void vfs_appender_close(vfs_appender_t *appender);
static int vfs_appender_produce(vfs_appender_t *appender,
    vfs_append_t *append, const vfs_request_t *request, unsigned i,
    vfs_error_t *err);
static size_t vfs_appender_key(char *buf, const vfs_pending_t *entry);
static void vfs_appender_on_report(rd_kafka_t *rk,
    const rd_kafka_message_t *message, void *data);
static void vfs_appender_finish(vfs_appender_t *appender,
    vfs_append_t *append);
static void vfs_appender_failed(vfs_appender_t *appender,
    const rd_kafka_message_t *message);
static void vfs_appender_warn(vfs_appender_t *appender,
    rd_kafka_resp_err_t code);


vfs_appender_t *
vfs_appender_create(const vfs_ingest_settings_t *settings, const char *topic,
    vfs_error_t *err)
{
    vfs_appender_t  *appender;

    appender = calloc(1, sizeof(vfs_appender_t));

    if (appender == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    TAILQ_INIT(&appender->appends);

    appender->kafka.brokers = settings->brokers;
    appender->kafka.names[0] = topic;
    appender->kafka.on_report = vfs_appender_on_report;
    appender->kafka.data = appender;

    if (vfs_kafka_producer_init(&appender->kafka, err) != VFS_OK
        || vfs_kafka_producer_open(&appender->kafka, err) != VFS_OK)
    {
        vfs_appender_destroy(appender);
        return NULL;
    }

    return appender;
}


void
vfs_appender_destroy(vfs_appender_t *appender)
{
    if (appender == NULL) {
        return;
    }

    vfs_appender_close(appender);
    vfs_kafka_producer_destroy(&appender->kafka);

    free(appender);
}


/*
 * What is on its way is appended once more.  A client that ends with reports
 * outstanding gives them no more: such an append would never be over.
 */

static void
vfs_appender_close(vfs_appender_t *appender)
{
    vfs_append_t  *append;

    vfs_kafka_producer_close(&appender->kafka, VFS_APPENDER_WAIT_MS);

    while ((append = TAILQ_FIRST(&appender->appends)) != NULL) {
        append->failed = 1;
        vfs_appender_finish(appender, append);
    }
}


int
vfs_appender_fd(const vfs_appender_t *appender)
{
    return appender->kafka.fd;
}


int
vfs_appender_send(vfs_appender_t *appender, vfs_request_t *request,
    vfs_error_t *err)
{
    unsigned       i;
    vfs_append_t  *append;

    if (appender->kafka.rk == NULL
        && vfs_kafka_producer_open(&appender->kafka, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    append = calloc(1, sizeof(vfs_append_t));

    if (append == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    for (i = 0; i < request->count; i++) {

        if (vfs_appender_produce(appender, append, request, i, err) != VFS_OK)
        {
            goto failed;
        }

        if (append->unsent++ == 0) {
            TAILQ_INSERT_TAIL(&appender->appends, append, link);
        }
    }

    append->request = request;
    request->transport = append;

    return VFS_OK;

failed:

    /* what was produced is reported, to no one */

    if (append->unsent == 0) {
        free(append);
    }

    return VFS_ERROR;
}


static int
vfs_appender_produce(vfs_appender_t *appender, vfs_append_t *append,
    const vfs_request_t *request, unsigned i, vfs_error_t *err)
{
    int                   rc;
    char                  key[VFS_VERSION_MAX_ID];
    size_t                len, key_len;
    const unsigned char  *bytes;

    bytes = vfs_versions_get(&request->versions, i, &len);
    key_len = vfs_appender_key(key, request->entries[i]);

    rc = rd_kafka_produce(appender->kafka.topics[0], RD_KAFKA_PARTITION_UA,
                          RD_KAFKA_MSG_F_COPY, (void *) bytes, len, key,
                          key_len, append);

    if (rc == 0) {
        return VFS_OK;
    }

    vfs_error_set(err, "cannot produce to topic %s: %s",
                  appender->kafka.names[0],
                  rd_kafka_err2str(rd_kafka_last_error()));

    return VFS_ERROR;
}


/* The record's id, as the index has it. */

static size_t
vfs_appender_key(char *buf, const vfs_pending_t *entry)
{
    char        *p;
    size_t       len;
    const char  *id;

    id = vfs_key_id(&entry->node.key, &len);

    p = stpcpy(buf, vfs_entity_name(vfs_key_entity(&entry->node.key)));
    *p++ = ':';
    memcpy(p, id, len);

    return (size_t) (p - buf) + len;
}


void
vfs_appender_disown(vfs_appender_t *appender, vfs_request_t *request)
{
    vfs_append_t  *append;

    append = request->transport;
    append->request = NULL;
}


void
vfs_appender_run(vfs_appender_t *appender)
{
    uint64_t  count;

    (void) !read(appender->kafka.fd, &count, sizeof(count));

    if (appender->kafka.rk == NULL) {
        return;
    }

    (void) rd_kafka_poll(appender->kafka.rk, 0);

    if (vfs_kafka_producer_is_fatal(&appender->kafka)) {
        vfs_appender_close(appender);
    }
}


static void
vfs_appender_on_report(rd_kafka_t *rk, const rd_kafka_message_t *message,
    void *data)
{
    vfs_append_t    *append;
    vfs_appender_t  *appender;

    appender = data;
    append = message->_private;

    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        append->failed = 1;
        vfs_appender_failed(appender, message);
    }

    if (--append->unsent == 0) {
        vfs_appender_finish(appender, append);
    }
}


static void
vfs_appender_finish(vfs_appender_t *appender, vfs_append_t *append)
{
    vfs_request_t  *request;

    TAILQ_REMOVE(&appender->appends, append, link);

    request = append->request;

    if (request != NULL) {
        request->transport = NULL;
        vfs_lane_logged(request->lane, request,
                        append->failed ? VFS_ERROR : VFS_OK);
    }

    free(append);
}


static void
vfs_appender_failed(vfs_appender_t *appender,
    const rd_kafka_message_t *message)
{
    /* it is appended once more, by a client that is opened anew */

    if (vfs_kafka_producer_is_fatal(&appender->kafka)) {
        return;
    }

    if (vfs_kafka_is_refusal(message->err)) {
        appender->stopped = 1;
        vfs_error_set(&appender->why, "topic %s does not take a version: %s; "
                      "mend it, or set VFS_FEATURE_LOG=off",
                      appender->kafka.names[0],
                      rd_kafka_err2str(message->err));
        return;
    }

    vfs_appender_warn(appender, message->err);
}


/* It is tried again, by whoever waits for it. */

static void
vfs_appender_warn(vfs_appender_t *appender, rd_kafka_resp_err_t code)
{
    time_t  now;

    now = time(NULL);

    if (now - appender->warned >= VFS_APPENDER_WARN_S) {
        appender->warned = now;

        vfs_log(VFS_LOG_WARN, "feature_log_unavailable",
                "topic=%s code=%s error=\"%s\"", appender->kafka.names[0],
                rd_kafka_err2name(code), rd_kafka_err2str(code));
    }
}


const vfs_error_t *
vfs_appender_stop(const vfs_appender_t *appender)
{
    return appender->stopped ? &appender->why : NULL;
}
