
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_effect.h"
#include "vfs_ingest_fold.h"
#include "vfs_ingest_letter.h"
#include "vfs_integer.h"
#include "vfs_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


/* The vectors of a fold, in one allocation. */

enum {
    VFS_FOLD_EFFECT = 0,
    VFS_FOLD_USER_VECTOR = VFS_EFFECT_VECTORS,
    VFS_FOLD_UPDATE,            /* and one more behind it */
    VFS_FOLD_VECTORS = VFS_FOLD_UPDATE + 2
};


static float *vfs_fold_vector(const vfs_fold_t *fold, unsigned n);
static int vfs_fold_event(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_error_t *err);
static int vfs_fold_effect(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_effect_t *effect, vfs_reason_e *reason,
    vfs_error_t *err);
static void vfs_fold_check_key(vfs_fold_t *fold, const vfs_record_t *record,
    const char *user);
static int vfs_fold_user(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, const vfs_effect_t *effect, const float **vector,
    vfs_reason_e *reason, vfs_error_t *err);
static int vfs_fold_item(vfs_fold_t *fold, const vfs_record_t *record,
    const vfs_update_t *update, const char *id, size_t len, vfs_error_t *err);
static int vfs_fold_item_update(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_error_t *err);
static int vfs_fold_tombstone(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_error_t *err);
static int vfs_fold_delete_user(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, const char *id, size_t len, vfs_error_t *err);
static int vfs_fold_delete_item(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, const char *id, size_t len, vfs_error_t *err);
static int vfs_fold_state(vfs_fold_t *fold, vfs_cached_t *cached,
    const vfs_update_t *update, vfs_reason_e *reason, vfs_error_t *err);
static void vfs_fold_changed(vfs_fold_t *fold, vfs_cached_t *cached,
    const vfs_record_t *record, const vfs_position_t *source,
    vfs_fold_mode_e mode);
static int vfs_fold_dead(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_reason_e reason, const char *message,
    vfs_error_t *err);


int
vfs_fold_init(vfs_fold_t *fold)
{
    fold->vectors = calloc((size_t) VFS_FOLD_VECTORS * fold->def->dimension,
                           sizeof(float));

    return (fold->vectors != NULL) ? VFS_OK : VFS_ERROR;
}


void
vfs_fold_destroy(vfs_fold_t *fold)
{
    free(fold->vectors);
}


void
vfs_fold_begin(vfs_fold_t *fold)
{
    memset(&fold->counters, 0, sizeof(vfs_fold_counters_t));
}


static float *
vfs_fold_vector(const vfs_fold_t *fold, unsigned n)
{
    return fold->vectors + (size_t) n * fold->def->dimension;
}


int
vfs_fold_record(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_error_t *err)
{
    if (record->entity == VFS_ENTITY_USER) {
        fold->counters.events++;
    }

    if (record->value == NULL) {
        return vfs_fold_tombstone(fold, record, mode, err);
    }

    if (record->entity == VFS_ENTITY_USER) {
        return vfs_fold_event(fold, record, mode, err);
    }

    return vfs_fold_item_update(fold, record, mode, err);
}


static int
vfs_fold_event(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_error_t *err)
{
    int             rc;
    vfs_error_t     why;
    vfs_effect_t    effect;
    vfs_reason_e    reason;
    vfs_position_t  position;

    position.partition = record->partition;
    position.offset = record->offset;

    rc = vfs_effect_read(fold->def, record->value, record->len,
                         record->time_ms, &position,
                         vfs_fold_vector(fold, VFS_FOLD_EFFECT), &effect,
                         &reason, &why);

    if (rc == VFS_DECLINED) {
        fold->counters.ignored++;
        rc = VFS_OK;

    } else if (rc == VFS_OK) {
        rc = vfs_fold_effect(fold, record, mode, &effect, &reason, &why);
    }

    if (rc != VFS_OK) {

        /* a reason: the event is at fault; none: something of ours failed */

        if (reason != VFS_REASON_NONE) {
            rc = vfs_fold_dead(fold, record, mode, reason, why.text, err);

        } else {
            *err = why;
        }
    }

    vfs_effect_free(&effect);

    return rc;
}


static int
vfs_fold_effect(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_effect_t *effect, vfs_reason_e *reason,
    vfs_error_t *err)
{
    const char   *item;
    const float  *user;

    user = NULL;

    if (fold->def->has_feature[VFS_ENTITY_USER]) {
        vfs_fold_check_key(fold, record, vfs_event_user(effect->event));

        if (vfs_fold_user(fold, record, mode, effect, &user, reason, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    if (fold->def->has_feature[VFS_ENTITY_ITEM] && mode == VFS_FOLD_LIVE) {
        vfs_effect_complete(fold->def, effect, user);

        item = vfs_event_item(effect->event);

        if (vfs_fold_item(fold, record, &effect->updates[VFS_ENTITY_ITEM],
                          item, strlen(item), err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    fold->counters.folded++;

    return VFS_OK;
}


/*
 * A user's state lives in one partition: where the topic is not keyed by user,
 * the user's vectors would be of a part of the events.
 */

static void
vfs_fold_check_key(vfs_fold_t *fold, const vfs_record_t *record,
    const char *user)
{
    if (fold->warned_key
        || (record->key_len == strlen(user)
            && memcmp(record->key, user, record->key_len) == 0))
    {
        return;
    }

    fold->warned_key = 1;

    vfs_log(VFS_LOG_WARN, "event_not_keyed_by_user",
            "topic=%s partition=%" PRId32 " offset=%" PRId64 " remedy=\"key "
            "the records by user: a user whose events are spread over "
            "partitions has a vector of a part of them\"",
            fold->topics[VFS_ENTITY_USER], record->partition, record->offset);
}


/* *vector: what items fold, the user's vector right after this event. */

static int
vfs_fold_user(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, const vfs_effect_t *effect, const float **vector,
    vfs_reason_e *reason, vfs_error_t *err)
{
    int                  rc;
    float               *result;
    vfs_key_t            key;
    const char          *user;
    vfs_cached_t        *cached;
    const vfs_update_t  *update;

    user = vfs_event_user(effect->event);
    update = &effect->updates[VFS_ENTITY_USER];

    vfs_key_set(&key, VFS_ENTITY_USER, record->partition, user, strlen(user));

    cached = vfs_cache_get(fold->cache, &key, err);

    if (cached == NULL) {
        return VFS_ERROR;
    }

    rc = vfs_fold_state(fold, cached, update, reason, err);

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (rc == VFS_OK) {
        vfs_fold_changed(fold, cached, record, &update->position, mode);
    }

    result = vfs_fold_vector(fold, VFS_FOLD_USER_VECTOR);
    *vector = (vfs_state_vector(cached->state, result) == VFS_OK) ? result
                                                                  : NULL;

    return VFS_OK;
}


/* Sends the item's update to the partition that owns the item. */

static int
vfs_fold_item(vfs_fold_t *fold, const vfs_record_t *record,
    const vfs_update_t *update, const char *id, size_t len, vfs_error_t *err)
{
    int             rc;
    char            time[VFS_INTEGER_LEN];
    vfs_message_t   message;
    unsigned char  *data;

    memset(&message, 0, sizeof(vfs_message_t));

    if (vfs_update_encode(fold->def, update, &data, &message.len) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    message.topic = VFS_TOPIC_UPDATES;
    message.key = id;
    message.key_len = len;
    message.value = data;

    message.headers[0].name = VFS_HEADER_DEFINITION;
    message.headers[0].value = fold->def->hash;
    message.headers[0].len = VFS_DEFINITION_HASH;
    message.headers[1].name = VFS_HEADER_EVENT_TIME;
    message.headers[1].value = time;
    message.headers[1].len = (size_t) (vfs_integer_print(time, record->time_ms)
                                       - time);
    message.nheaders = 2;

    rc = fold->io->produce(fold->io->data, &message, err);

    free(data);

    return rc;
}


static int
vfs_fold_item_update(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_error_t *err)
{
    int            rc;
    vfs_key_t      key;
    vfs_error_t    why;
    vfs_update_t   update;
    vfs_reason_e   reason;
    vfs_cached_t  *cached;

    /* an update by another definition is replayed by who has that one */

    if (!vfs_fold_is_ours(fold, record)) {
        fold->counters.ignored++;
        return VFS_OK;
    }

    if (!vfs_id_valid(record->key, record->key_len)) {
        return vfs_fold_dead(fold, record, mode, VFS_REASON_BAD_ID,
                             "the key is not the id of an item", err);
    }

    if (vfs_update_decode(fold->def, (const unsigned char *) record->value,
                          record->len, vfs_fold_vector(fold, VFS_FOLD_UPDATE),
                          &update, &why)
        != VFS_OK)
    {
        return vfs_fold_dead(fold, record, mode, VFS_REASON_BAD_VECTOR,
                             why.text, err);
    }

    vfs_key_set(&key, VFS_ENTITY_ITEM, record->partition, record->key,
                record->key_len);

    cached = vfs_cache_get(fold->cache, &key, err);

    if (cached == NULL) {
        return VFS_ERROR;
    }

    reason = VFS_REASON_NONE;

    rc = vfs_fold_state(fold, cached, &update, &reason, &why);

    if (rc == VFS_DECLINED) {
        return VFS_OK;
    }

    if (rc == VFS_ERROR) {

        if (reason != VFS_REASON_NONE) {
            return vfs_fold_dead(fold, record, mode, reason, why.text, err);
        }

        *err = why;

        return VFS_ERROR;
    }

    vfs_fold_changed(fold, cached, record, &update.position, mode);
    fold->counters.item_updates++;

    return VFS_OK;
}


/* A record without a value deletes the user or item that its key names. */

static int
vfs_fold_tombstone(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_error_t *err)
{
    size_t         len;
    const char    *id;
    vfs_error_t    why;
    vfs_entity_e   entity;

    /* the worker writes none to the item updates */

    if (record->entity == VFS_ENTITY_ITEM) {
        fold->counters.ignored++;
        return VFS_OK;
    }

    if (vfs_effect_deletion(record->key, record->key_len, &entity, &id, &len,
                            &why)
        != VFS_OK)
    {
        return vfs_fold_dead(fold, record, mode, VFS_REASON_BAD_ID, why.text,
                             err);
    }

    if (!fold->def->has_feature[entity]) {
        fold->counters.ignored++;
        return VFS_OK;
    }

    if (entity == VFS_ENTITY_ITEM) {
        return vfs_fold_delete_item(fold, record, mode, id, len, err);
    }

    return vfs_fold_delete_user(fold, record, mode, id, len, err);
}


static int
vfs_fold_delete_user(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, const char *id, size_t len, vfs_error_t *err)
{
    vfs_key_t       key;
    vfs_cached_t   *cached;
    vfs_position_t  position;

    vfs_key_set(&key, VFS_ENTITY_USER, record->partition, id, len);

    cached = vfs_cache_get(fold->cache, &key, err);

    if (cached == NULL) {
        return VFS_ERROR;
    }

    position.partition = record->partition;
    position.offset = record->offset;

    vfs_fold_changed(fold, cached, record, &position, mode);

    vfs_state_free(cached->state);
    cached->state = NULL;

    fold->counters.folded++;

    return VFS_OK;
}


/* The item's owner deletes it, in line with the item's other updates. */

static int
vfs_fold_delete_item(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, const char *id, size_t len, vfs_error_t *err)
{
    vfs_update_t  update;

    if (record->time_ms > VFS_MAX_TIME_MS) {
        return vfs_fold_dead(fold, record, mode, VFS_REASON_BAD_TIME,
                             "the time of a record without a value is beyond "
                             "the year 9999", err);
    }

    memset(&update, 0, sizeof(vfs_update_t));

    update.position.partition = record->partition;
    update.position.offset = record->offset;
    update.time_ms = record->time_ms;
    update.deletes = 1;

    if (mode == VFS_FOLD_LIVE
        && vfs_fold_item(fold, record, &update, id, len, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    fold->counters.folded++;

    return VFS_OK;
}


/*
 * VFS_DECLINED: it was folded before.  VFS_ERROR with a reason: the event
 * cannot be folded; without one: memory.
 */

static int
vfs_fold_state(vfs_fold_t *fold, vfs_cached_t *cached,
    const vfs_update_t *update, vfs_reason_e *reason, vfs_error_t *err)
{
    int            rc;
    vfs_entity_e   entity;

    if (cached->state == NULL) {
        entity = vfs_key_entity(&cached->node.key);
        cached->state = vfs_state_create(fold->def,
                                         &fold->def->features[entity]);

        if (cached->state == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }
    }

    rc = vfs_state_fold(cached->state, update);

    if (rc == VFS_ERROR) {

        if (vfs_state_count(cached->state) == VFS_MAX_COUNT) {
            *reason = VFS_REASON_REFUSED;
            vfs_error_set(err, "the state has %llu events, more cannot be "
                          "folded in", VFS_MAX_COUNT);

        } else {
            vfs_error_set(err, "out of memory");
        }
    }

    return rc;
}


static void
vfs_fold_changed(vfs_fold_t *fold, vfs_cached_t *cached,
    const vfs_record_t *record, const vfs_position_t *source,
    vfs_fold_mode_e mode)
{
    vfs_cache_change(fold->cache, cached);

    if (mode == VFS_FOLD_QUIET) {
        return;
    }

    if (!cached->send) {
        cached->send = 1;
        cached->change.first = record->offset;
        cached->change.time_ms = record->event_ms;
    }

    cached->change.source = *source;
    cached->change.source_ms = record->event_ms;
}


static int
vfs_fold_dead(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_fold_mode_e mode, vfs_reason_e reason, const char *message,
    vfs_error_t *err)
{
    vfs_letter_t  letter;

    if (mode != VFS_FOLD_LIVE) {
        return VFS_OK;
    }

    letter.topic = fold->topics[record->entity];
    letter.group = fold->group;
    letter.definition = fold->def->hash;
    letter.record = record;
    letter.reason = reason;
    letter.message = message;
    letter.attempts = 1;

    if (vfs_letter_send(&letter, fold->io, err) != VFS_OK) {
        return VFS_ERROR;
    }

    fold->counters.dead_letters[reason]++;

    return VFS_OK;
}
