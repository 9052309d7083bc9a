
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_replay.h"
#include "vfs_train_states.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


struct vfs_replay_s {
    const vfs_definition_t  *def;
    vfs_replay_handler_t     handler;
    vfs_replay_counters_t    counters;
    vfs_states_t            *users;     /* NULL: items do not need them */
    float                   *vectors;   /* an effect's and a user's */
};


static int vfs_replay_event(vfs_replay_t *replay, const vfs_raw_t *raw,
    vfs_error_t *err);
static int vfs_replay_effect(vfs_replay_t *replay, const vfs_raw_t *raw,
    vfs_effect_t *effect, vfs_error_t *err);
static int vfs_replay_user(vfs_replay_t *replay, const vfs_raw_t *raw,
    const vfs_effect_t *effect, int item, const float **vector,
    vfs_error_t *err);
static int vfs_replay_tombstone(vfs_replay_t *replay, const vfs_raw_t *raw,
    vfs_error_t *err);
static int vfs_replay_wanted(const vfs_replay_t *replay, vfs_entity_e entity,
    const char *id);
static int vfs_replay_update(vfs_replay_t *replay, vfs_entity_e entity,
    const vfs_raw_t *raw, const vfs_effect_t *effect, vfs_error_t *err);


vfs_replay_t *
vfs_replay_create(const vfs_definition_t *def, size_t memory,
    const vfs_replay_handler_t *handler, vfs_error_t *err)
{
    vfs_replay_t  *replay;

    replay = calloc(1, sizeof(vfs_replay_t));

    if (replay == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    replay->def = def;
    replay->handler = *handler;
    replay->vectors = calloc((size_t) (VFS_EFFECT_VECTORS + 1)
                             * def->dimension, sizeof(float));

    if (!handler->ids && def->has_feature[VFS_ENTITY_USER]
        && def->has_feature[VFS_ENTITY_ITEM]
        && def->features[VFS_ENTITY_ITEM].source == NULL)
    {
        replay->users = vfs_states_create(def, memory);

        if (replay->users == NULL) {
            goto failed;
        }
    }

    if (replay->vectors != NULL) {
        return replay;
    }

failed:

    vfs_error_set(err, "out of memory");
    vfs_replay_free(replay);

    return NULL;
}


void
vfs_replay_free(vfs_replay_t *replay)
{
    if (replay != NULL) {
        vfs_states_free(replay->users);
        free(replay->vectors);
        free(replay);
    }
}


const vfs_replay_counters_t *
vfs_replay_counters(const vfs_replay_t *replay)
{
    return &replay->counters;
}


int
vfs_replay_history(vfs_replay_t *replay, vfs_history_t *history,
    vfs_error_t *err)
{
    return vfs_history_read(history, vfs_replay_record, replay, err);
}


int
vfs_replay_record(void *data, const vfs_raw_t *raw, vfs_error_t *err)
{
    vfs_replay_t  *replay;

    replay = data;
    replay->counters.records++;

    if (raw->value == NULL) {
        return vfs_replay_tombstone(replay, raw, err);
    }

    return vfs_replay_event(replay, raw, err);
}


static int
vfs_replay_event(vfs_replay_t *replay, const vfs_raw_t *raw, vfs_error_t *err)
{
    int             rc;
    vfs_error_t     why;
    vfs_effect_t    effect;
    vfs_reason_e    reason;
    vfs_position_t  position;

    position.partition = raw->partition;
    position.offset = raw->offset;

    rc = vfs_effect_read(replay->def, raw->value, raw->len, raw->time_ms,
                         &position, replay->vectors, &effect, &reason, &why);

    if (rc == VFS_OK) {
        rc = vfs_replay_effect(replay, raw, &effect, err);

    } else if (rc == VFS_DECLINED) {
        replay->counters.ignored++;
        rc = VFS_OK;

    } else if (reason != VFS_REASON_NONE) {
        replay->counters.dead++;
        rc = VFS_OK;

    } else {
        vfs_error_set(err, "the event %" PRId32 ":%" PRId64 ": %.400s",
                      raw->partition, raw->offset, why.text);
    }

    vfs_effect_free(&effect);

    return rc;
}


static int
vfs_replay_effect(vfs_replay_t *replay, const vfs_raw_t *raw,
    vfs_effect_t *effect, vfs_error_t *err)
{
    int           rc, item;
    const float  *user;

    item = replay->def->has_feature[VFS_ENTITY_ITEM]
           && vfs_replay_wanted(replay, VFS_ENTITY_ITEM,
                                vfs_event_item(effect->event));

    if (replay->users != NULL) {
        rc = vfs_replay_user(replay, raw, effect, item, &user, err);

        if (rc == VFS_DECLINED) {
            replay->counters.dead++;
            return VFS_OK;
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }

        vfs_effect_complete(replay->def, effect, user);
    }

    replay->counters.folded++;

    if (replay->def->has_feature[VFS_ENTITY_USER]
        && vfs_replay_wanted(replay, VFS_ENTITY_USER,
                             vfs_event_user(effect->event))
        && vfs_replay_update(replay, VFS_ENTITY_USER, raw, effect, err)
           != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (item) {
        return vfs_replay_update(replay, VFS_ENTITY_ITEM, raw, effect, err);
    }

    return VFS_OK;
}


/* *vector, if an item asks for it: the user's right after this event. */

static int
vfs_replay_user(vfs_replay_t *replay, const vfs_raw_t *raw,
    const vfs_effect_t *effect, int item, const float **vector,
    vfs_error_t *err)
{
    float        *result;
    vfs_key_t     key;
    const char   *id;
    vfs_state_t  *state;

    id = vfs_event_user(effect->event);
    *vector = NULL;

    vfs_key_set(&key, VFS_ENTITY_USER, raw->partition, id, strlen(id));

    state = vfs_states_get(replay->users, &key, err);

    if (state == NULL) {
        return VFS_ERROR;
    }

    if (vfs_state_fold(state, &effect->updates[VFS_ENTITY_USER])
        == VFS_ERROR)
    {
        if (vfs_state_count(state) == VFS_MAX_COUNT) {
            return VFS_DECLINED;
        }

        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    if (item) {
        result = replay->vectors + (size_t) VFS_EFFECT_VECTORS
                                   * replay->def->dimension;

        if (vfs_state_vector(state, result) == VFS_OK) {
            *vector = result;
        }
    }

    return VFS_OK;
}


static int
vfs_replay_tombstone(vfs_replay_t *replay, const vfs_raw_t *raw,
    vfs_error_t *err)
{
    char            id[VFS_MAX_ID_LEN + 1];
    size_t          len;
    vfs_key_t       key;
    const char     *name;
    vfs_error_t     why;
    vfs_entity_e    entity;
    vfs_update_t    update;
    vfs_replayed_t  replayed;

    if (vfs_effect_deletion(raw->key, (raw->key != NULL) ? raw->key_len : 0,
                            &entity, &name, &len, &why)
        != VFS_OK)
    {
        replay->counters.dead++;
        return VFS_OK;
    }

    if (!replay->def->has_feature[entity]) {
        replay->counters.ignored++;
        return VFS_OK;
    }

    replay->counters.tombstones++;

    memcpy(id, name, len);
    id[len] = '\0';

    if (entity == VFS_ENTITY_USER && replay->users != NULL) {
        vfs_key_set(&key, VFS_ENTITY_USER, raw->partition, id, len);

        if (vfs_states_delete(replay->users, &key, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (!vfs_replay_wanted(replay, entity, id)) {
        return VFS_OK;
    }

    memset(&replayed, 0, sizeof(vfs_replayed_t));

    replayed.entity = entity;
    replayed.id = id;
    replayed.position.partition = raw->partition;
    replayed.position.offset = raw->offset;
    replayed.raw = raw;

    /* an item's owner deletes it in line with its other updates */

    if (entity == VFS_ENTITY_ITEM) {
        memset(&update, 0, sizeof(vfs_update_t));

        update.position = replayed.position;
        update.time_ms = raw->time_ms;
        update.deletes = 1;

        replayed.update = &update;
    }

    return replay->handler.update(replay->handler.data, &replayed, err);
}


static int
vfs_replay_wanted(const vfs_replay_t *replay, vfs_entity_e entity,
    const char *id)
{
    return replay->handler.wanted == NULL
           || replay->handler.wanted(replay->handler.data, entity, id);
}


static int
vfs_replay_update(vfs_replay_t *replay, vfs_entity_e entity,
    const vfs_raw_t *raw, const vfs_effect_t *effect, vfs_error_t *err)
{
    vfs_replayed_t  replayed;

    replayed.entity = entity;
    replayed.id = (entity == VFS_ENTITY_USER) ? vfs_event_user(effect->event)
                                              : vfs_event_item(effect->event);
    replayed.position = effect->updates[entity].position;
    replayed.raw = raw;
    replayed.event = effect->event;
    replayed.update = &effect->updates[entity];

    return replay->handler.update(replay->handler.data, &replayed, err);
}


int
vfs_replayed_spread(const vfs_replayed_t *replayed, int32_t partition,
    const char *hint, vfs_error_t *err)
{
    if (replayed->entity != VFS_ENTITY_USER || partition == -1
        || partition == replayed->position.partition)
    {
        return VFS_OK;
    }

    vfs_error_set(err, "the events of user %s are in more than one partition, "
                  "%" PRId32 " and %" PRId32 ": they have to be keyed by "
                  "user%s", replayed->id, partition,
                  replayed->position.partition, hint);

    return VFS_ERROR;
}
