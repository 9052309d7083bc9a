
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_updates.h"

#include <stdlib.h>
#include <string.h>


static void vfs_updates_copy(vfs_noted_t *noted, const vfs_definition_t *def,
    const vfs_update_t *update);


void
vfs_updates_init(vfs_updates_t *updates)
{
    TAILQ_INIT(&updates->list);
    updates->n = 0;
}


void
vfs_updates_clear(vfs_updates_t *updates)
{
    while (!TAILQ_EMPTY(&updates->list)) {
        vfs_updates_remove(updates, TAILQ_FIRST(&updates->list));
    }
}


int
vfs_updates_add(vfs_updates_t *updates, const vfs_definition_t *def,
    const vfs_replayed_t *replayed, vfs_error_t *err)
{
    size_t               size;
    const char          *other;
    vfs_noted_t         *noted;
    const vfs_update_t  *update;

    update = replayed->update;
    size = sizeof(vfs_noted_t);

    if (update != NULL) {
        size += 2 * (size_t) def->dimension * sizeof(float)
                + update->metadata_len + 1;
    }

    noted = malloc(size);

    if (noted == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    memset(noted, 0, sizeof(vfs_noted_t));

    noted->position = replayed->position;
    noted->record_ms = replayed->raw->time_ms;

    if (update == NULL) {
        noted->tombstone = 1;

    } else {
        vfs_updates_copy(noted, def, update);
    }

    if (replayed->event != NULL) {
        other = (replayed->entity == VFS_ENTITY_USER)
                ? vfs_event_item(replayed->event)
                : vfs_event_user(replayed->event);

        memcpy(noted->other, other, strlen(other) + 1);
    }

    TAILQ_INSERT_TAIL(&updates->list, noted, link);
    updates->n++;

    return VFS_OK;
}


/* "noted" has room behind it for two vectors and the metadata. */

static void
vfs_updates_copy(vfs_noted_t *noted, const vfs_definition_t *def,
    const vfs_update_t *update)
{
    char    *text;
    float   *vectors;
    size_t   len;

    len = def->dimension * sizeof(float);
    vectors = (float *) (noted + 1);
    text = (char *) (vectors + 2 * (size_t) def->dimension);

    noted->update = *update;

    if (update->vector != NULL) {
        memcpy(vectors, update->vector, len);
        noted->update.vector = vectors;
    }

    if (update->prior != NULL) {
        memcpy(vectors + def->dimension, update->prior, len);
        noted->update.prior = vectors + def->dimension;
    }

    if (update->metadata != NULL) {
        memcpy(text, update->metadata, update->metadata_len);
        noted->update.metadata = text;
    }

    text[update->metadata_len] = '\0';
}


void
vfs_updates_remove(vfs_updates_t *updates, vfs_noted_t *noted)
{
    TAILQ_REMOVE(&updates->list, noted, link);
    updates->n--;

    free(noted);
}


int
vfs_updates_fold(vfs_state_t **state, const vfs_definition_t *def,
    const vfs_feature_t *feature, const vfs_update_t *update, vfs_error_t *err)
{
    if (update == NULL) {
        vfs_state_free(*state);
        *state = NULL;
        return VFS_OK;
    }

    if (*state == NULL) {
        *state = vfs_state_create(def, feature);
    }

    /* at VFS_MAX_COUNT the event is a dead letter: the state stays */

    if (*state == NULL
        || (vfs_state_fold(*state, update) == VFS_ERROR
            && vfs_state_count(*state) != VFS_MAX_COUNT))
    {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}
