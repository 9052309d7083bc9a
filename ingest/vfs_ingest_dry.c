
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_load.h"
#include "vfs_ingest_consumer_private.h"
#include "vfs_ingest_dry.h"
#include "vfs_ingest_dry_fold.h"
#include "vfs_ingest_dry_model.h"

#include <inttypes.h>
#include <string.h>


#define VFS_DRY_TIMEOUT_MS  10000
#define VFS_DRY_POLL_MS     200


typedef struct {
    rd_kafka_t              *rk;
    const vfs_definition_t  *def;
    vfs_dry_fold_t           fold;
    vfs_dry_models_t         models;
    uint64_t                 left;
    volatile int            *signals;
} vfs_dry_t;


static rd_kafka_t *vfs_dry_open(const vfs_ingest_settings_t *settings,
    vfs_error_t *err);
static int vfs_dry_read(vfs_dry_t *dry, vfs_error_t *err);
static int vfs_dry_partition(vfs_dry_t *dry, int32_t partition,
    vfs_error_t *err);
static int vfs_dry_messages(vfs_dry_t *dry, int64_t end, vfs_error_t *err);
static int vfs_dry_message(vfs_dry_t *dry, const rd_kafka_message_t *message,
    vfs_error_t *err);


static const vfs_kafka_default_t  vfs_dry_defaults[] = {
    { "enable.auto.commit", "false" },
    { "auto.offset.reset", "error" },
    { "enable.partition.eof", "true" },
    { NULL, NULL }
};


int
vfs_dry_run(const vfs_ingest_settings_t *settings, uint64_t max,
    volatile int *signals, vfs_error_t *err)
{
    int                rc;
    vfs_dry_t          dry;
    vfs_definition_t  *def;

    memset(&dry, 0, sizeof(vfs_dry_t));

    def = vfs_definition_load(settings->definition, err);

    if (def == NULL) {
        return VFS_ERROR;
    }

    rc = VFS_ERROR;

    dry.def = def;
    dry.left = max;
    dry.signals = signals;
    dry.rk = vfs_dry_open(settings, err);

    if (dry.rk == NULL) {
        vfs_definition_free(def);
        return VFS_ERROR;
    }

    if (vfs_dry_fold_init(&dry.fold, def) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        goto done;
    }

    if (vfs_dry_models_init(&dry.models, def, settings, err) != VFS_OK
        || vfs_dry_read(&dry, err) != VFS_OK
        || vfs_dry_fold_print(&dry.fold, stdout, err) != VFS_OK)
    {
        goto done;
    }

    fprintf(stderr, "vfs-ingest: of %" PRIu64 " events %" PRIu64
            " folded, %" PRIu64 " ignored, %" PRIu64 " at fault; %zu users "
            "and items; nothing was written\n",
            dry.fold.folded + dry.fold.ignored + dry.fold.faults,
            dry.fold.folded, dry.fold.ignored, dry.fold.faults,
            dry.fold.map.count);

    rc = VFS_OK;

done:

    vfs_dry_fold_destroy(&dry.fold);
    vfs_dry_models_destroy(&dry.models);

    (void) rd_kafka_consumer_close(dry.rk);
    rd_kafka_destroy(dry.rk);
    vfs_definition_free(def);

    return rc;
}


static rd_kafka_t *
vfs_dry_open(const vfs_ingest_settings_t *settings, vfs_error_t *err)
{
    rd_kafka_t       *rk;
    rd_kafka_conf_t  *conf;

    conf = vfs_kafka_conf(settings->brokers, vfs_dry_defaults, err);

    if (conf == NULL) {
        return NULL;
    }

    /* a client that assigns by itself needs the name, and joins no group */

    (void) rd_kafka_conf_set(conf, "group.id", settings->group, NULL, 0);

    rk = vfs_kafka_create(VFS_KAFKA_CONSUMER, conf, err);

    if (rk != NULL) {
        (void) rd_kafka_poll_set_consumer(rk);
    }

    return rk;
}


static int
vfs_dry_read(vfs_dry_t *dry, vfs_error_t *err)
{
    int  rc, i, partitions;

    rc = vfs_kafka_partitions(dry->rk, dry->def->topic, VFS_DRY_TIMEOUT_MS,
                              &partitions, err);

    if (rc == VFS_DECLINED) {
        vfs_error_set(err, "topic %s does not exist: make it, or set "
                      "\"events.topic\" in the definition", dry->def->topic);
    }

    if (rc != VFS_OK) {
        return VFS_ERROR;
    }

    for (i = 0; i < partitions && dry->left != 0; i++) {

        if (vfs_dry_partition(dry, i, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_dry_partition(vfs_dry_t *dry, int32_t partition, vfs_error_t *err)
{
    int64_t                           begin, end;
    rd_kafka_resp_err_t               code;
    rd_kafka_topic_partition_list_t  *parts;

    code = rd_kafka_query_watermark_offsets(dry->rk, dry->def->topic,
                                            partition, &begin, &end,
                                            VFS_DRY_TIMEOUT_MS);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && begin < end) {
        parts = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(parts, dry->def->topic,
                                          partition)->offset = begin;

        code = rd_kafka_assign(dry->rk, parts);

        rd_kafka_topic_partition_list_destroy(parts);
    }

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "cannot read topic %s, partition %" PRId32 ": %s",
                      dry->def->topic, partition, rd_kafka_err2str(code));
        return VFS_ERROR;
    }

    return (begin < end) ? vfs_dry_messages(dry, end, err) : VFS_OK;
}


/* Up to the partition's end as it was at the beginning. */

static int
vfs_dry_messages(vfs_dry_t *dry, int64_t end, vfs_error_t *err)
{
    int                  rc;
    int64_t              until;
    rd_kafka_message_t  *message;

    until = vfs_consumer_now() + VFS_DRY_TIMEOUT_MS;
    rc = VFS_OK;

    while (rc == VFS_OK && dry->left != 0) {

        if (vfs_consumer_now() > until || *dry->signals != 0) {
            vfs_error_set(err, *dry->signals ? "stopped"
                                             : "no broker answered in time");
            return VFS_ERROR;
        }

        message = rd_kafka_consumer_poll(dry->rk, VFS_DRY_POLL_MS);

        if (message == NULL) {
            continue;
        }

        rc = vfs_dry_message(dry, message, err);

        /* a model may have taken its time */

        until = vfs_consumer_now() + VFS_DRY_TIMEOUT_MS;

        if (rc == VFS_OK && message->offset + 1 >= end) {
            rc = VFS_DECLINED;
        }

        rd_kafka_message_destroy(message);
    }

    return (rc == VFS_ERROR) ? VFS_ERROR : VFS_OK;
}


/* VFS_DECLINED: the partition has no more. */

static int
vfs_dry_message(vfs_dry_t *dry, const rd_kafka_message_t *message,
    vfs_error_t *err)
{
    vfs_record_t  record;

    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        return VFS_DECLINED;
    }

    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        vfs_error_set(err, "cannot read topic %s: %s", dry->def->topic,
                      rd_kafka_message_errstr(message));
        return VFS_ERROR;
    }

    vfs_consumer_record(message, VFS_ENTITY_USER, &record);

    dry->left--;

    if (vfs_dry_models_ask(&dry->models, &record, err) != VFS_OK) {
        return VFS_ERROR;
    }

    return vfs_dry_fold_record(&dry->fold, &record, stderr, err);
}
