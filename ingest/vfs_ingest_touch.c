
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_effect.h"
#include "vfs_ingest_fold.h"

#include <string.h>


static int vfs_fold_deleted_key(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_key_t *key);
static int vfs_fold_user_key(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_key_t *key);
static int vfs_fold_item_key(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_key_t *key, vfs_position_t *source);


int
vfs_fold_key(vfs_fold_t *fold, const vfs_record_t *record, vfs_key_t *key,
    vfs_position_t *source)
{
    if (!fold->def->has_feature[record->entity]) {
        return VFS_DECLINED;
    }

    source->partition = record->partition;
    source->offset = record->offset;

    if (record->value == NULL) {
        return vfs_fold_deleted_key(fold, record, key);
    }

    if (record->entity == VFS_ENTITY_USER) {
        return vfs_fold_user_key(fold, record, key);
    }

    return vfs_fold_item_key(fold, record, key, source);
}


/* The owner of an item that an event deletes has it from an update. */

static int
vfs_fold_deleted_key(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_key_t *key)
{
    size_t         len;
    const char    *id;
    vfs_error_t    err;
    vfs_entity_e   entity;

    if (record->entity != VFS_ENTITY_USER
        || vfs_effect_deletion(record->key, record->key_len, &entity, &id,
                               &len, &err)
           != VFS_OK
        || entity != VFS_ENTITY_USER)
    {
        return VFS_DECLINED;
    }

    vfs_key_set(key, VFS_ENTITY_USER, record->partition, id, len);

    return VFS_OK;
}


static int
vfs_fold_user_key(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_key_t *key)
{
    int           rc;
    const char   *user;
    vfs_event_t  *event;
    vfs_error_t   err;
    vfs_reason_e  reason;

    event = vfs_event_decode(fold->def, record->value, record->len,
                             record->time_ms, &reason, &err);

    if (event == NULL) {
        return VFS_DECLINED;
    }

    rc = VFS_DECLINED;

    if (vfs_event_weight(event) != 0) {
        user = vfs_event_user(event);
        vfs_key_set(key, VFS_ENTITY_USER, record->partition, user,
                    strlen(user));
        rc = VFS_OK;
    }

    vfs_event_free(event);

    return rc;
}


static int
vfs_fold_item_key(vfs_fold_t *fold, const vfs_record_t *record,
    vfs_key_t *key, vfs_position_t *source)
{
    vfs_error_t   err;
    vfs_update_t  update;

    if (!vfs_fold_is_ours(fold, record)
        || !vfs_id_valid(record->key, record->key_len)
        || vfs_update_decode(fold->def, (const unsigned char *) record->value,
                             record->len, fold->vectors, &update, &err)
           != VFS_OK)
    {
        return VFS_DECLINED;
    }

    *source = update.position;

    vfs_key_set(key, VFS_ENTITY_ITEM, record->partition, record->key,
                record->key_len);

    return VFS_OK;
}


int
vfs_fold_is_ours(const vfs_fold_t *fold, const vfs_record_t *record)
{
    return record->definition == NULL
           || (record->definition_len == VFS_DEFINITION_HASH
               && memcmp(record->definition, fold->def->hash,
                         VFS_DEFINITION_HASH) == 0);
}
