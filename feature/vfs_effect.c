
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_effect.h"

#include <stdlib.h>
#include <string.h>


/* The vectors of an effect, in one array; only items have a prior. */

enum {
    VFS_EFFECT_SOURCE = 0,      /* and one more behind it */
    VFS_EFFECT_PRIOR = VFS_ENTITIES
};


static int vfs_effect_update(const vfs_definition_t *def,
    const vfs_feature_t *feature, vfs_effect_t *effect, float *vectors,
    vfs_reason_e *reason, vfs_error_t *err);
static int vfs_effect_prior(const vfs_definition_t *def,
    const vfs_feature_t *feature, vfs_effect_t *effect, float *vector,
    vfs_reason_e *reason, vfs_error_t *err);


int
vfs_effect_read(const vfs_definition_t *def, const char *value, size_t len,
    int64_t record_ms, const vfs_position_t *position, float *vectors,
    vfs_effect_t *effect, vfs_reason_e *reason, vfs_error_t *err)
{
    int            i;
    vfs_update_t  *update;

    memset(effect, 0, sizeof(vfs_effect_t));

    *reason = VFS_REASON_NONE;

    effect->event = vfs_event_decode(def, value, len, record_ms, reason, err);

    if (effect->event == NULL) {
        return VFS_ERROR;
    }

    if (vfs_event_weight(effect->event) == 0) {
        return VFS_DECLINED;
    }

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (!def->has_feature[i]) {
            continue;
        }

        update = &effect->updates[i];

        update->position = *position;
        update->time_ms = vfs_event_time(effect->event);
        update->weight = vfs_event_weight(effect->event);

        if (vfs_effect_update(def, &def->features[i], effect, vectors, reason,
                              err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


void
vfs_effect_free(vfs_effect_t *effect)
{
    int  i;

    for (i = 0; i < VFS_ENTITIES; i++) {
        free((char *) effect->updates[i].metadata);
    }

    vfs_event_free(effect->event);
    memset(effect, 0, sizeof(vfs_effect_t));
}


static int
vfs_effect_update(const vfs_definition_t *def, const vfs_feature_t *feature,
    vfs_effect_t *effect, float *vectors, vfs_reason_e *reason,
    vfs_error_t *err)
{
    float         *vector;
    vfs_event_t   *event;
    vfs_update_t  *update;

    event = effect->event;
    update = &effect->updates[feature->entity];

    if (feature->source != NULL) {
        vector = vectors + (VFS_EFFECT_SOURCE + (size_t) feature->entity)
                           * def->dimension;

        if (vfs_source_vector(def, feature->source, event, vector, reason, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        update->vector = vector;
    }

    if (feature->prior != NULL
        && vfs_effect_prior(def, feature, effect,
                            vectors + VFS_EFFECT_PRIOR
                                      * (size_t) def->dimension,
                            reason, err)
           != VFS_OK)
    {
        return VFS_ERROR;
    }

    update->metadata = vfs_event_metadata(def, feature, event, reason, err);

    if (update->metadata == NULL) {
        return VFS_ERROR;
    }

    update->metadata_len = strlen(update->metadata);

    return VFS_OK;
}


/* An event that has nothing to make a prior of leaves the item the one it has.
 */

static int
vfs_effect_prior(const vfs_definition_t *def, const vfs_feature_t *feature,
    vfs_effect_t *effect, float *vector, vfs_reason_e *reason,
    vfs_error_t *err)
{
    vfs_update_t  *update;

    update = &effect->updates[feature->entity];

    /* most often what the user's vector is made of */

    if (feature->prior == def->features[VFS_ENTITY_USER].source) {
        update->prior = effect->updates[VFS_ENTITY_USER].vector;
        return VFS_OK;
    }

    if (vfs_source_vector(def, feature->prior, effect->event, vector, reason,
                          err)
        == VFS_OK)
    {
        update->prior = vector;
        return VFS_OK;
    }

    if (*reason != VFS_REASON_MISSING_FIELD) {
        return VFS_ERROR;
    }

    *reason = VFS_REASON_NONE;

    return VFS_OK;
}


void
vfs_effect_complete(const vfs_definition_t *def, vfs_effect_t *effect,
    const float *user)
{
    vfs_update_t  *update;

    if (!def->has_feature[VFS_ENTITY_ITEM]
        || def->features[VFS_ENTITY_ITEM].source != NULL)
    {
        return;
    }

    update = &effect->updates[VFS_ENTITY_ITEM];
    update->vector = user;

    if (user == NULL) {

        /* it counts and brings its prior, but pulls nowhere */

        update->weight = 0;
    }
}


int
vfs_effect_deletion(const char *key, size_t len, vfs_entity_e *entity,
    const char **id, size_t *id_len, vfs_error_t *err)
{
    int          i;
    size_t       prefix;
    const char  *name;

    *entity = VFS_ENTITY_USER;
    *id = key;
    *id_len = len;

    /* no id has a colon */

    for (i = 0; i < VFS_ENTITIES; i++) {
        name = vfs_entity_name((vfs_entity_e) i);
        prefix = strlen(name);

        if (len > prefix
            && memcmp(key, name, prefix) == 0
            && key[prefix] == ':')
        {
            *entity = (vfs_entity_e) i;
            *id = key + prefix + 1;
            *id_len = len - prefix - 1;
            break;
        }
    }

    if (!vfs_id_valid(*id, *id_len)) {
        vfs_error_set(err, "the key of a record without a value is not an id, "
                      "nor \"user:\" or \"item:\" and an id");
        return VFS_ERROR;
    }

    return VFS_OK;
}
