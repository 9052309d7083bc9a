
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_appender.h"
#include "vfs_log.h"
#include "vfs_version.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>


#define VFS_APPENDER_WARN_S  5


struct vfs_appender_s {
    rd_kafka_t                   *rk;
    rd_kafka_topic_t             *topic;
    rd_kafka_queue_t             *queue;
    const char                   *name;
    const vfs_ingest_settings_t  *settings;
    int                           fd;
    unsigned                      fatal:1;
    unsigned                      stopped:1;
    time_t                        warned;
    vfs_error_t                   why;
};


/* One append of a request; its messages carry it. */

typedef struct {
    vfs_request_t                *request;    /* NULL: disowned */
    unsigned                      unsent;
    unsigned                      failed:1;
} vfs_append_t;


static int vfs_appender_open(vfs_appender_t *appender, vfs_error_t *err);
static void vfs_appender_close(vfs_appender_t *appender);
static int vfs_appender_produce(vfs_appender_t *appender,
    vfs_append_t *append, const vfs_request_t *request, unsigned i,
    vfs_error_t *err);
static size_t vfs_appender_key(char *buf, const vfs_pending_t *entry);
static void vfs_appender_on_report(rd_kafka_t *rk,
    const rd_kafka_message_t *message, void *data);
static void vfs_appender_failed(vfs_appender_t *appender,
    const rd_kafka_message_t *message);
static void vfs_appender_warn(vfs_appender_t *appender,
    rd_kafka_resp_err_t code);


static const vfs_kafka_default_t  vfs_appender_defaults[] = {
    { "enable.idempotence", "true" },
    { "partitioner", "murmur2_random" },
    { "message.timeout.ms", "0" },
    { "linger.ms", "2" },
    { "queue.buffering.max.messages", "1000000" },
    { "queue.buffering.max.kbytes", "262144" },

    /* the broker's own limit decides, not a second one here */
    { "message.max.bytes", "16777216" },
    { NULL, NULL }
};


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

    appender->settings = settings;
    appender->name = topic;

    appender->fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

    if (appender->fd == -1) {
        vfs_error_set(err, "eventfd() failed");
        free(appender);
        return NULL;
    }

    if (vfs_appender_open(appender, err) != VFS_OK) {
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
    (void) close(appender->fd);

    free(appender);
}


static int
vfs_appender_open(vfs_appender_t *appender, vfs_error_t *err)
{
    rd_kafka_conf_t  *conf;

    static const uint64_t  one = 1;

    conf = vfs_kafka_conf(appender->settings->brokers, vfs_appender_defaults,
                          err);

    if (conf == NULL) {
        return VFS_ERROR;
    }

    rd_kafka_conf_set_dr_msg_cb(conf, vfs_appender_on_report);
    rd_kafka_conf_set_opaque(conf, appender);

    appender->rk = vfs_kafka_create(VFS_KAFKA_PRODUCER, conf, err);

    if (appender->rk == NULL) {
        return VFS_ERROR;
    }

    appender->topic = rd_kafka_topic_new(appender->rk, appender->name, NULL);

    if (appender->topic == NULL) {
        vfs_error_set(err, "topic %s: %s", appender->name,
                      rd_kafka_err2str(rd_kafka_last_error()));
        return VFS_ERROR;
    }

    appender->queue = rd_kafka_queue_get_main(appender->rk);
    rd_kafka_queue_io_event_enable(appender->queue, appender->fd, &one,
                                   sizeof(one));

    return VFS_OK;
}


static void
vfs_appender_close(vfs_appender_t *appender)
{
    if (appender->rk == NULL) {
        return;
    }

    /*
     * What is on its way is appended once more, by whoever sends its vectors
     * next; each message is reported, so that each append is freed.
     */

    (void) rd_kafka_purge(appender->rk,
                          RD_KAFKA_PURGE_F_QUEUE|RD_KAFKA_PURGE_F_INFLIGHT);
    (void) rd_kafka_flush(appender->rk, 1000);

    if (appender->queue != NULL) {
        rd_kafka_queue_io_event_enable(appender->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(appender->queue);
        appender->queue = NULL;
    }

    if (appender->topic != NULL) {
        rd_kafka_topic_destroy(appender->topic);
        appender->topic = NULL;
    }

    rd_kafka_destroy(appender->rk);
    appender->rk = NULL;
}


int
vfs_appender_fd(const vfs_appender_t *appender)
{
    return appender->fd;
}


int
vfs_appender_send(vfs_appender_t *appender, vfs_request_t *request,
    vfs_error_t *err)
{
    unsigned       i;
    vfs_append_t  *append;

    if (appender->rk == NULL && vfs_appender_open(appender, err) != VFS_OK) {
        vfs_appender_close(appender);
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

        append->unsent++;
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

    rc = rd_kafka_produce(appender->topic, RD_KAFKA_PARTITION_UA,
                          RD_KAFKA_MSG_F_COPY, (void *) bytes, len, key,
                          key_len, append);

    if (rc == 0) {
        return VFS_OK;
    }

    vfs_error_set(err, "cannot produce to topic %s: %s", appender->name,
                  rd_kafka_err2str(rd_kafka_last_error()));

    if (rd_kafka_fatal_error(appender->rk, NULL, 0) != 0) {
        appender->fatal = 1;
    }

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

    (void) !read(appender->fd, &count, sizeof(count));

    if (appender->rk != NULL) {
        (void) rd_kafka_poll(appender->rk, 0);
    }

    if (appender->fatal) {

        /* a fatal error ends a producer for good; the next begins anew */

        vfs_appender_close(appender);
        appender->fatal = 0;
    }
}


static void
vfs_appender_on_report(rd_kafka_t *rk, const rd_kafka_message_t *message,
    void *data)
{
    vfs_append_t    *append;
    vfs_request_t   *request;
    vfs_appender_t  *appender;

    appender = data;
    append = message->_private;

    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        append->failed = 1;
        vfs_appender_failed(appender, message);
    }

    append->unsent--;

    if (append->unsent != 0) {
        return;
    }

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
    if (rd_kafka_fatal_error(appender->rk, NULL, 0) != 0) {
        appender->fatal = 1;
        return;
    }

    switch (message->err) {

    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        appender->stopped = 1;
        vfs_error_set(&appender->why, "topic %s does not take a version: %s; "
                      "mend it, or set VFS_FEATURE_LOG=off", appender->name,
                      rd_kafka_err2str(message->err));
        break;

    default:
        vfs_appender_warn(appender, message->err);
        break;
    }
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
                "topic=%s code=%s error=\"%s\"", appender->name,
                rd_kafka_err2name(code), rd_kafka_err2str(code));
    }
}


const vfs_error_t *
vfs_appender_stop(const vfs_appender_t *appender)
{
    return appender->stopped ? &appender->why : NULL;
}
