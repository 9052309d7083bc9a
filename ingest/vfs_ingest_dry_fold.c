
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_effect.h"
#include "vfs_ingest_dry_fold.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


/* The vectors of a fold, in one allocation. */

enum {
    VFS_DRY_EFFECT = 0,
    VFS_DRY_USER = VFS_EFFECT_VECTORS,
    VFS_DRY_VECTORS
};


static int vfs_dry_event(vfs_dry_fold_t *fold, const vfs_record_t *record,
    FILE *faults, vfs_error_t *err);
static int vfs_dry_effect(vfs_dry_fold_t *fold, vfs_effect_t *effect,
    vfs_error_t *err);
static int vfs_dry_tombstone(vfs_dry_fold_t *fold, const vfs_record_t *record,
    FILE *faults, vfs_error_t *err);
static int vfs_dry_delete(vfs_dry_fold_t *fold, const vfs_record_t *record,
    const vfs_key_t *key, vfs_error_t *err);
static void vfs_dry_forget(vfs_dry_fold_t *fold, const vfs_key_t *key);
static void vfs_dry_fault(vfs_dry_fold_t *fold, const vfs_record_t *record,
    vfs_reason_e reason, const char *message, FILE *faults);
static vfs_state_t *vfs_dry_state(vfs_dry_fold_t *fold, vfs_entity_e entity,
    const char *id, size_t len);


int
vfs_dry_fold_init(vfs_dry_fold_t *fold, const vfs_definition_t *def)
{
    memset(fold, 0, sizeof(vfs_dry_fold_t));

    fold->def = def;
    TAILQ_INIT(&fold->states);

    fold->vectors = calloc((size_t) VFS_DRY_VECTORS * def->dimension,
                           sizeof(float));

    if (fold->vectors == NULL) {
        return VFS_ERROR;
    }

    return vfs_map_init(&fold->map);
}


void
vfs_dry_fold_destroy(vfs_dry_fold_t *fold)
{
    vfs_dry_state_t  *entry;

    while ((entry = TAILQ_FIRST(&fold->states)) != NULL) {
        TAILQ_REMOVE(&fold->states, entry, link);
        vfs_state_free(entry->state);
        free(entry);
    }

    vfs_map_destroy(&fold->map);
    free(fold->vectors);
}


int
vfs_dry_fold_record(vfs_dry_fold_t *fold, const vfs_record_t *record,
    FILE *faults, vfs_error_t *err)
{
    if (record->value == NULL) {
        return vfs_dry_tombstone(fold, record, faults, err);
    }

    return vfs_dry_event(fold, record, faults, err);
}


static int
vfs_dry_event(vfs_dry_fold_t *fold, const vfs_record_t *record, FILE *faults,
    vfs_error_t *err)
{
    int             rc;
    vfs_effect_t    effect;
    vfs_reason_e    reason;
    vfs_position_t  position;

    position.partition = record->partition;
    position.offset = record->offset;

    rc = vfs_effect_read(fold->def, record->value, record->len,
                         record->time_ms, &position,
                         fold->vectors
                         + (size_t) VFS_DRY_EFFECT * fold->def->dimension,
                         &effect, &reason, err);

    if (rc == VFS_DECLINED) {
        fold->ignored++;
        rc = VFS_OK;

    } else if (rc == VFS_OK) {
        rc = vfs_dry_effect(fold, &effect, err);

    } else if (reason != VFS_REASON_NONE) {
        vfs_dry_fault(fold, record, reason, err->text, faults);
        rc = VFS_OK;
    }

    vfs_effect_free(&effect);

    return rc;
}


static int
vfs_dry_effect(vfs_dry_fold_t *fold, vfs_effect_t *effect, vfs_error_t *err)
{
    float        *user;
    const char   *id;
    const float  *result;
    vfs_state_t  *state;

    result = NULL;

    if (fold->def->has_feature[VFS_ENTITY_USER]) {
        id = vfs_event_user(effect->event);
        state = vfs_dry_state(fold, VFS_ENTITY_USER, id, strlen(id));

        if (state == NULL
            || vfs_state_fold(state, &effect->updates[VFS_ENTITY_USER])
               == VFS_ERROR)
        {
            goto failed;
        }

        user = fold->vectors + (size_t) VFS_DRY_USER * fold->def->dimension;
        result = (vfs_state_vector(state, user) == VFS_OK) ? user : NULL;
    }

    if (fold->def->has_feature[VFS_ENTITY_ITEM]) {
        vfs_effect_complete(fold->def, effect, result);

        id = vfs_event_item(effect->event);
        state = vfs_dry_state(fold, VFS_ENTITY_ITEM, id, strlen(id));

        if (state == NULL
            || vfs_state_fold(state, &effect->updates[VFS_ENTITY_ITEM])
               == VFS_ERROR)
        {
            goto failed;
        }
    }

    fold->folded++;

    return VFS_OK;

failed:

    vfs_error_set(err, "out of memory");

    return VFS_ERROR;
}


static int
vfs_dry_tombstone(vfs_dry_fold_t *fold, const vfs_record_t *record,
    FILE *faults, vfs_error_t *err)
{
    size_t         len;
    vfs_key_t      key;
    const char    *id;
    vfs_error_t    why;
    vfs_entity_e   entity;

    if (vfs_effect_deletion(record->key, record->key_len, &entity, &id, &len,
                            &why)
        != VFS_OK)
    {
        vfs_dry_fault(fold, record, VFS_REASON_BAD_ID, why.text, faults);
        return VFS_OK;
    }

    if (!fold->def->has_feature[entity]) {
        fold->ignored++;
        return VFS_OK;
    }

    vfs_key_set(&key, entity, 0, id, len);
    fold->folded++;

    return vfs_dry_delete(fold, record, &key, err);
}


static int
vfs_dry_delete(vfs_dry_fold_t *fold, const vfs_record_t *record,
    const vfs_key_t *key, vfs_error_t *err)
{
    size_t         len;
    const char    *id;
    vfs_state_t   *state;
    vfs_entity_e   entity;
    vfs_update_t   update;

    entity = vfs_key_entity(key);
    id = vfs_key_id(key, &len);
    state = vfs_dry_state(fold, entity, id, len);

    if (state == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    if (entity == VFS_ENTITY_USER) {
        vfs_dry_forget(fold, key);
        return VFS_OK;
    }

    memset(&update, 0, sizeof(vfs_update_t));

    update.position.partition = record->partition;
    update.position.offset = record->offset;
    update.time_ms = record->time_ms;
    update.deletes = 1;

    if (vfs_state_fold(state, &update) == VFS_ERROR) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static void
vfs_dry_forget(vfs_dry_fold_t *fold, const vfs_key_t *key)
{
    vfs_dry_state_t  *entry;

    entry = (vfs_dry_state_t *) vfs_map_find(&fold->map, key);

    vfs_state_free(entry->state);
    entry->state = NULL;
}


static void
vfs_dry_fault(vfs_dry_fold_t *fold, const vfs_record_t *record,
    vfs_reason_e reason, const char *message, FILE *faults)
{
    fold->faults++;

    fprintf(faults, "vfs-ingest: partition %" PRId32 ", offset %" PRId64
            ": %s: %s\n", record->partition, record->offset,
            vfs_reason_name(reason), message);
}


static vfs_state_t *
vfs_dry_state(vfs_dry_fold_t *fold, vfs_entity_e entity, const char *id,
    size_t len)
{
    vfs_key_t         key;
    vfs_dry_state_t  *entry;

    vfs_key_set(&key, entity, 0, id, len);

    entry = (vfs_dry_state_t *) vfs_map_find(&fold->map, &key);

    if (entry == NULL) {
        entry = calloc(1, sizeof(vfs_dry_state_t));

        if (entry == NULL) {
            return NULL;
        }

        entry->node.key = key;
        vfs_map_insert(&fold->map, &entry->node);
        TAILQ_INSERT_TAIL(&fold->states, entry, link);
    }

    if (entry->state == NULL) {
        entry->state = vfs_state_create(fold->def,
                                        &fold->def->features[entity]);
    }

    return entry->state;
}


int
vfs_dry_fold_print(const vfs_dry_fold_t *fold, FILE *fp, vfs_error_t *err)
{
    size_t            len;
    const char       *id;
    vfs_body_t        record;
    vfs_entity_e      entity;
    vfs_dry_state_t  *entry;

    vfs_error_set(err, "out of memory");

    if (vfs_body_init(&record, "", 0) != VFS_OK) {
        return VFS_ERROR;
    }

    TAILQ_FOREACH(entry, &fold->states, link)
    {

        if (entry->state == NULL
            || vfs_state_vector(entry->state, fold->vectors) != VFS_OK)
        {
            continue;
        }

        entity = vfs_key_entity(&entry->node.key);
        id = vfs_key_id(&entry->node.key, &len);

        record.len = 0;
        record.count = 0;

        if (vfs_body_vector(&record, fold->def, entity, id, len, fold->vectors,
                            entry->state)
            != VFS_OK)
        {
            vfs_body_destroy(&record);
            return VFS_ERROR;
        }

        /* the record as it is sent, and before it where to */

        fprintf(fp, "{\"namespace\":\"%s\",%.*s\n",
                fold->def->features[entity].namespace_name,
                (int) record.len - 1, record.data + 1);
    }

    vfs_body_destroy(&record);

    if (fflush(fp) != 0) {
        vfs_error_set(err, "cannot write to standard output");
        return VFS_ERROR;
    }

    return VFS_OK;
}
