
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_load.h"
#include "vfs_ingest_worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>


#define VFS_START_TIMEOUT_MS  5000
#define VFS_START_LOG_MS      5000
#define VFS_START_RETRY_US    500000

#define VFS_MAP_SIZE          ((size_t) 1 << 28)
#define VFS_CACHE_SIZE        ((size_t) 256 << 20)
#define VFS_MAX_PENDING       20000

/* A session, and a request that was begun at its very end. */

#define VFS_RESEND_MS         75000


static int vfs_worker_names(vfs_worker_t *worker);
static int vfs_worker_open_store(vfs_worker_t *worker, vfs_error_t *err);
static void vfs_worker_conf(vfs_worker_t *worker);
static int vfs_worker_start_index(vfs_worker_t *worker, vfs_error_t *err);
static int vfs_worker_start_kafka(vfs_worker_t *worker, vfs_error_t *err);
static int vfs_worker_make_topics(vfs_worker_t *worker, vfs_error_t *err);
static int vfs_worker_make_topic(vfs_worker_t *worker, const char *topic,
    int partitions, vfs_error_t *err);
static int vfs_worker_await_topic(vfs_worker_t *worker, int *partitions,
    vfs_error_t *err);
static int vfs_worker_assign(void *data, vfs_entity_e entity,
    int32_t partition, const vfs_assignment_t *assignment, int64_t *start,
    vfs_error_t *err);
static int vfs_worker_offset(void *data, vfs_entity_e entity,
    int32_t partition, int64_t *offset);
static int vfs_worker_position(void *data, vfs_entity_e entity,
    int32_t partition, int64_t *offset);


int
vfs_worker_init(vfs_worker_t *worker, vfs_error_t *err)
{
    worker->started = vfs_worker_now();

    worker->def = vfs_definition_load(worker->settings->definition,
                                      err);

    if (worker->def == NULL) {
        return VFS_ERROR;
    }

    if (vfs_worker_names(worker) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    worker->http = vfs_http_create(VFS_INGEST_AGENT, err);

    if (worker->http == NULL
        || vfs_http_key(worker->http, VFS_HTTP_INDEX,
                        worker->settings->api_key, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (worker->settings->metrics_address != NULL) {
        worker->metrics =
            vfs_metrics_create(worker->settings->metrics_address, err);

        if (worker->metrics == NULL) {
            return VFS_ERROR;
        }
    }

    worker->report = vfs_report_create(worker->http,
                                       worker->settings->stats_url, err);

    if (worker->report == NULL
        || vfs_worker_open_store(worker, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    vfs_worker_set_io(worker);
    vfs_worker_conf(worker);

    if (vfs_worker_open_models(worker, err) != VFS_OK
        || vfs_flow_init(&worker->flow, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    worker->flow_ready = 1;

    if (vfs_worker_start_index(worker, err) != VFS_OK
        || vfs_worker_start_models(worker, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_worker_start_kafka(worker, err);
}


void
vfs_worker_destroy(vfs_worker_t *worker)
{
    int  i;

    /* whatever is not sent by now is sent after the next start */

    worker->leaving = 1;

    /* its thread reads the definition */

    vfs_metrics_destroy(worker->metrics);

    vfs_consumer_destroy(worker->consumer);
    vfs_producer_destroy(worker->producer);

    if (worker->flow_ready) {
        vfs_flow_destroy(&worker->flow);
    }

    vfs_appender_destroy(worker->appender);

    vfs_report_destroy(worker->report);
    vfs_http_destroy(worker->http);
    vfs_store_close(worker->store);
    vfs_recorded_close(worker->recorded);
    vfs_definition_free(worker->def);

    for (i = 0; i < VFS_ENTITIES; i++) {
        free(worker->topics[i]);
        free(worker->urls[i]);
    }

    free(worker->dead_topic);
    free(worker->log_topic);
    free(worker->mark);
}


static int
vfs_worker_names(vfs_worker_t *worker)
{
    int                           n;
    uint64_t                      hash;
    const vfs_ingest_settings_t  *settings;

    settings = worker->settings;

    worker->topics[VFS_ENTITY_USER] = strdup(worker->def->topic);

    if (worker->topics[VFS_ENTITY_USER] == NULL) {
        return VFS_ERROR;
    }

    if (asprintf(&worker->topics[VFS_ENTITY_ITEM], "%s-item-updates",
                 settings->group) == -1)
    {
        worker->topics[VFS_ENTITY_ITEM] = NULL;
        return VFS_ERROR;
    }

    if (asprintf(&worker->dead_topic, "%s.dlq", worker->def->topic) == -1) {
        worker->dead_topic = NULL;
        return VFS_ERROR;
    }

    if (asprintf(&worker->log_topic, "%s-features", settings->group) == -1) {
        worker->log_topic = NULL;
        return VFS_ERROR;
    }

    /*
     * What is committed holds for this definition and this index alone, and
     * what was not logged has to be sent, and logged, once more.
     */

    hash = XXH3_64bits(settings->index_host, strlen(settings->index_host));

    n = asprintf(&worker->mark, "vfs %s %016" PRIx64 "%s", worker->def->hash,
                 hash, settings->feature_log ? " log" : "");

    if (n == -1) {
        worker->mark = NULL;
        return VFS_ERROR;
    }

    if (asprintf(&worker->urls[VFS_UPSERT], "%s/vectors/upsert",
                 settings->index_host) == -1)
    {
        worker->urls[VFS_UPSERT] = NULL;
        return VFS_ERROR;
    }

    if (asprintf(&worker->urls[VFS_DELETE], "%s/vectors/delete",
                 settings->index_host) == -1)
    {
        worker->urls[VFS_DELETE] = NULL;
        return VFS_ERROR;
    }

    return VFS_OK;
}


/* Each group and definition has a state of its own. */

static int
vfs_worker_open_store(vfs_worker_t *worker, vfs_error_t *err)
{
    char              *dir;
    vfs_store_conf_t   conf;

    if (asprintf(&dir, "%s/ingest/%s.%s", worker->settings->data,
                 worker->settings->group, worker->def->hash) == -1)
    {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    memset(&conf, 0, sizeof(vfs_store_conf_t));

    conf.dir = dir;
    conf.map_size = VFS_MAP_SIZE;

    worker->store = vfs_store_open(&conf, err);

    free(dir);

    return (worker->store != NULL) ? VFS_OK : VFS_ERROR;
}


static void
vfs_worker_conf(vfs_worker_t *worker)
{
    vfs_lane_conf_t  *lane;
    vfs_flow_conf_t  *conf;

    conf = &worker->flow_conf;
    lane = &conf->lane;

    conf->topics[VFS_ENTITY_USER] = worker->topics[VFS_ENTITY_USER];
    conf->topics[VFS_ENTITY_ITEM] = worker->topics[VFS_ENTITY_ITEM];
    conf->group = worker->settings->group;
    conf->max_pending = VFS_MAX_PENDING;
    conf->cached_states = vfs_cache_entries(worker->def, VFS_CACHE_SIZE);
    conf->resend_ms = VFS_RESEND_MS;

    conf->asker.backoff_ms = 200;
    conf->asker.max_backoff_ms = 5000;
    conf->asker.grace_ms = 10000;

    lane->max_records = 1000;
    lane->max_bytes = 1900000;
    lane->max_in_flight = (unsigned) worker->settings->max_in_flight;
    lane->linger_ms = 20;
    lane->backoff_ms = 200;
    lane->max_backoff_ms = 5000;
    lane->grace_ms = 10000;

    worker->flow.def = worker->def;
    worker->flow.conf = conf;
    worker->flow.io = &worker->io;
    worker->flow.store = worker->store;
}


/* An index that does not answer yet is waited for later, by the retries. */

static int
vfs_worker_start_index(vfs_worker_t *worker, vfs_error_t *err)
{
    int      rc;
    int64_t  logged;

    rc = vfs_check_index(worker->http, worker->settings, worker->def, err);

    if (rc == VFS_DECLINED) {
        logged = 0;
        vfs_worker_log_wait(&logged, "index", err);
        return VFS_OK;
    }

    /* before its first vector; later ones are its own matter */

    if (rc == VFS_OK
        && vfs_store_count(worker->store, VFS_STORE_OFFSETS) == 0)
    {
        rc = vfs_check_mixed(worker->http, worker->settings, worker->def,
                             err);
    }

    return rc;
}


static int
vfs_worker_start_kafka(vfs_worker_t *worker, vfs_error_t *err)
{
    const char           *topics[2];
    vfs_consumer_conf_t   conf;

    memset(&conf, 0, sizeof(vfs_consumer_conf_t));

    conf.settings = worker->settings;
    conf.topics[VFS_ENTITY_USER] = worker->topics[VFS_ENTITY_USER];
    conf.mark = worker->mark;
    conf.data = worker;
    conf.assign = vfs_worker_assign;
    conf.revoke = vfs_worker_revoke;
    conf.offset = vfs_worker_offset;
    conf.position = vfs_worker_position;
    conf.stopping = vfs_worker_stopping;

    if (worker->def->has_feature[VFS_ENTITY_ITEM]) {
        conf.topics[VFS_ENTITY_ITEM] = worker->topics[VFS_ENTITY_ITEM];
    }

    worker->consumer = vfs_consumer_create(&conf, err);

    if (worker->consumer == NULL
        || vfs_worker_make_topics(worker, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    topics[VFS_TOPIC_UPDATES] = worker->topics[VFS_ENTITY_ITEM];
    topics[VFS_TOPIC_DEAD] = worker->dead_topic;

    worker->producer = vfs_producer_create(worker->settings, topics, err);

    if (worker->producer == NULL) {
        return VFS_ERROR;
    }

    if (worker->settings->feature_log) {
        worker->appender = vfs_appender_create(worker->settings,
                                               worker->log_topic, err);

        if (worker->appender == NULL) {
            return VFS_ERROR;
        }
    }

    return vfs_consumer_subscribe(worker->consumer, err);
}


static int
vfs_worker_make_topics(vfs_worker_t *worker, vfs_error_t *err)
{
    int  partitions;

    if (vfs_worker_await_topic(worker, &partitions, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (worker->def->has_feature[VFS_ENTITY_ITEM]
        && vfs_worker_make_topic(worker, worker->topics[VFS_ENTITY_ITEM],
                                 partitions, err)
           != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (worker->settings->feature_log
        && vfs_worker_make_topic(worker, worker->log_topic, partitions, err)
           != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_worker_make_topic(worker, worker->dead_topic, 1, err);
}


static int
vfs_worker_await_topic(vfs_worker_t *worker, int *partitions, vfs_error_t *err)
{
    int64_t              logged;
    const char          *topic;
    rd_kafka_resp_err_t  code;

    logged = 0;
    topic = worker->def->topic;

    while (!vfs_worker_stopping(worker)) {
        code = vfs_kafka_ask_partitions(vfs_consumer_client(worker->consumer),
                                        topic, VFS_START_TIMEOUT_MS,
                                        partitions);

        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return VFS_OK;
        }

        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
            vfs_error_set(err, "topic %s does not exist yet: make it, or set "
                          "\"events.topic\" in the definition", topic);

        } else {
            vfs_kafka_partitions_error(topic, code, err);

            if (vfs_kafka_is_denied(code)) {
                return VFS_ERROR;
            }
        }

        vfs_worker_log_wait(&logged, "kafka", err);

        (void) usleep(VFS_START_RETRY_US);
    }

    vfs_error_set(err, "stopped while waiting for Kafka");

    return VFS_ERROR;
}


/*
 * The topics are as long a history as the events that they come from, so they
 * are given the same retention.
 */

static int
vfs_worker_make_topic(vfs_worker_t *worker, const char *topic, int partitions,
    vfs_error_t *err)
{
    int                  rc, n;
    char                 retention[32];
    int64_t              logged;
    rd_kafka_t          *rk;
    rd_kafka_resp_err_t  code;

    logged = 0;
    rk = vfs_consumer_client(worker->consumer);

    while (!vfs_worker_stopping(worker)) {
        code = vfs_kafka_ask_partitions(rk, topic, VFS_START_TIMEOUT_MS, &n);

        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return VFS_OK;
        }

        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
            rc = vfs_kafka_retention(rk, worker->def->topic,
                                     VFS_START_TIMEOUT_MS, retention,
                                     sizeof(retention));

            rc = vfs_kafka_make_topic(rk, topic, partitions,
                                      (rc == VFS_OK) ? retention : NULL,
                                      VFS_START_TIMEOUT_MS, err);

            if (rc == VFS_DECLINED) {
                return VFS_ERROR;
            }

            if (rc == VFS_OK) {
                /* whether brokers know it already: a group gives nobody the
                 * partitions of a topic that they do not */

                (void) usleep(VFS_START_RETRY_US);
                continue;
            }

        } else {
            vfs_kafka_partitions_error(topic, code, err);

            if (vfs_kafka_is_denied(code)) {
                return VFS_ERROR;
            }
        }

        vfs_worker_log_wait(&logged, "kafka", err);

        (void) usleep(VFS_START_RETRY_US);
    }

    vfs_error_set(err, "stopped while waiting for Kafka");

    return VFS_ERROR;
}


void
vfs_worker_log_wait(int64_t *logged, const char *what, const vfs_error_t *err)
{
    char     text[600];
    int64_t  now;

    now = vfs_worker_now();

    if (*logged != 0 && now - *logged < VFS_START_LOG_MS) {
        return;
    }

    *logged = now;

    vfs_log(VFS_LOG_WARN, "waiting", "for=%s reason=%s", what,
            vfs_log_quote(text, sizeof(text), err->text, strlen(err->text)));
}


static int
vfs_worker_assign(void *data, vfs_entity_e entity, int32_t partition,
    const vfs_assignment_t *assignment, int64_t *start, vfs_error_t *err)
{
    vfs_worker_t  *worker;

    worker = data;

    return vfs_flow_assign(&worker->flow, entity, partition, assignment, start,
                           err);
}


static int
vfs_worker_offset(void *data, vfs_entity_e entity, int32_t partition,
    int64_t *offset)
{
    vfs_worker_t  *worker;

    worker = data;

    return vfs_flow_offset(&worker->flow, entity, partition, offset);
}


static int
vfs_worker_position(void *data, vfs_entity_e entity, int32_t partition,
    int64_t *offset)
{
    vfs_worker_t  *worker;

    worker = data;

    return vfs_flow_position(&worker->flow, entity, partition, offset);
}


int
vfs_worker_stopping(void *data)
{
    vfs_worker_t  *worker;

    worker = data;

    return *worker->signals != 0;
}
