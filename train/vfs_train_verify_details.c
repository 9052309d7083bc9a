
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    const vfs_definition_t  *def;
    vfs_tracked_t          **different;
    vfs_updates_t           *updates;
    size_t                   n;
} vfs_verify_events_t;


static int vfs_verify_events(vfs_verify_t *verify,
    vfs_verify_events_t *events, vfs_error_t *err);
static int vfs_verify_events_wanted(void *data, vfs_entity_e entity,
    const char *id);
static int vfs_verify_events_update(void *data, const vfs_replayed_t *replayed,
    vfs_error_t *err);
static size_t vfs_verify_events_find(const vfs_verify_events_t *events,
    vfs_entity_e entity, const char *id);


int
vfs_verify_details(vfs_verify_t *verify, vfs_tracked_t **different, size_t n,
    vfs_error_t *err)
{
    int                   rc;
    size_t                i;
    vfs_verify_events_t   events;

    events.def = verify->def;
    events.different = different;
    events.updates = calloc(n, sizeof(vfs_updates_t));
    events.n = n;

    if (events.updates == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    for (i = 0; i < n; i++) {
        vfs_updates_init(&events.updates[i]);
    }

    rc = vfs_verify_events(verify, &events, err);

    for (i = 0; i < n; i++) {

        if (rc == VFS_OK) {
            printf("%s %s:\n",
                   vfs_entity_name(vfs_tracked_entity(different[i])),
                   different[i]->id);
            rc = vfs_judge_detail(&verify->track, different[i],
                                  &events.updates[i], err);
        }

        vfs_updates_clear(&events.updates[i]);
    }

    free(events.updates);

    return rc;
}


/* The history once more from its begin; it then stands where it stood. */

static int
vfs_verify_events(vfs_verify_t *verify, vfs_verify_events_t *events,
    vfs_error_t *err)
{
    int                    rc;
    vfs_replay_t          *replay;
    vfs_replay_handler_t   handler;

    memset(&handler, 0, sizeof(vfs_replay_handler_t));

    handler.wanted = vfs_verify_events_wanted;
    handler.update = vfs_verify_events_update;
    handler.data = events;

    replay = vfs_replay_create(verify->def,
                               (size_t) verify->options->files.memory << 20,
                               &handler, err);

    if (replay == NULL) {
        return VFS_ERROR;
    }

    vfs_history_rewind(verify->history);

    rc = vfs_replay_history(replay, verify->history, err);

    vfs_replay_free(replay);

    return rc;
}


static int
vfs_verify_events_wanted(void *data, vfs_entity_e entity, const char *id)
{
    vfs_verify_events_t  *events;

    events = data;

    return vfs_verify_events_find(events, entity, id) < events->n;
}


static int
vfs_verify_events_update(void *data, const vfs_replayed_t *replayed,
    vfs_error_t *err)
{
    size_t                i;
    vfs_verify_events_t  *events;

    events = data;
    i = vfs_verify_events_find(events, replayed->entity, replayed->id);

    if (i == events->n
        || !vfs_tracked_has(events->different[i], &replayed->position))
    {
        return VFS_OK;
    }

    return vfs_updates_add(&events->updates[i], events->def, replayed, err);
}


static size_t
vfs_verify_events_find(const vfs_verify_events_t *events, vfs_entity_e entity,
    const char *id)
{
    size_t  i;

    for (i = 0; i < events->n; i++) {

        if (vfs_tracked_entity(events->different[i]) == entity
            && strcmp(events->different[i]->id, id) == 0)
        {
            break;
        }
    }

    return i;
}
