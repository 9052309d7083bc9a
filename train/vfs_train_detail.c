
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_judge.h"
#include "vfs_train_without.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* how many events are listed, and beyond which none is left out by turns */

#define VFS_DETAIL_LISTED  10
#define VFS_DETAIL_EVENTS  20000


typedef struct {
    const vfs_track_t      *track;
    const vfs_tracked_t    *tracked;
    const vfs_feature_t    *feature;
    vfs_noted_t           **updates;
    size_t                  n;
    float                  *vector;
    size_t                  found;
} vfs_detail_t;


static int vfs_detail_versions(vfs_detail_t *detail, vfs_state_t **state,
    size_t *equal, vfs_error_t *err);
static void vfs_detail_since(const vfs_detail_t *detail, size_t equal);
static int vfs_detail_without(vfs_detail_t *detail, vfs_error_t *err);
static int vfs_detail_on_without(void *data, size_t i,
    const vfs_state_t *state);
static int vfs_detail_twice(vfs_detail_t *detail, const vfs_state_t *whole,
    vfs_error_t *err);
static int vfs_detail_same(const vfs_detail_t *detail,
    const vfs_state_t *state);


int
vfs_judge_detail(const vfs_track_t *track, const vfs_tracked_t *tracked,
    const vfs_updates_t *updates, vfs_error_t *err)
{
    int            rc;
    size_t         equal;
    vfs_state_t   *state;
    vfs_detail_t   detail;

    detail.track = track;
    detail.tracked = tracked;
    detail.feature = &track->def->features[vfs_tracked_entity(tracked)];
    detail.updates = vfs_updates_array(updates, &detail.n);
    detail.vector = calloc(track->def->dimension, sizeof(float));

    state = NULL;
    rc = VFS_OK;

    if (detail.updates == NULL || detail.vector == NULL) {
        goto done;
    }

    rc = vfs_detail_versions(&detail, &state, &equal, err);

    /* of all its events: then the values are right */

    if (rc != VFS_OK || equal == detail.n) {
        goto done;
    }

    if (equal == 0 && detail.n > VFS_DETAIL_EVENTS) {
        printf("  %zu events: too many to leave each out\n", detail.n);

    } else if (equal == 0) {
        rc = vfs_detail_without(&detail, err);

        if (rc == VFS_OK) {
            rc = vfs_detail_twice(&detail, state, err);
        }

        /* the one event is known: before it the versions agree */

        if (rc == VFS_DECLINED) {
            equal = detail.found;
            rc = VFS_OK;
        }
    }

    if (rc == VFS_OK) {
        vfs_detail_since(&detail, equal);
    }

done:

    vfs_state_free(state);
    free(detail.updates);
    free(detail.vector);

    return rc;
}


/* *equal: after how many events it was last what is served; 0: never. */

static int
vfs_detail_versions(vfs_detail_t *detail, vfs_state_t **state, size_t *equal,
    vfs_error_t *err)
{
    size_t  i;

    *equal = 0;

    for (i = 0; i < detail->n; i++) {

        if (vfs_updates_fold(state, detail->track->def, detail->feature,
                             &detail->updates[i]->update, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        if (vfs_detail_same(detail, *state)) {
            *equal = i + 1;
        }
    }

    return VFS_OK;
}


static void
vfs_detail_since(const vfs_detail_t *detail, size_t equal)
{
    size_t                 i, first;
    const vfs_position_t  *position;

    if (equal == 0) {
        printf("  no version of it is equal; its events:");
        first = (detail->n > VFS_DETAIL_LISTED)
                ? detail->n - VFS_DETAIL_LISTED : 0;

        if (first != 0) {
            printf(" ...");
        }

    } else {
        position = &detail->updates[equal - 1]->position;
        printf("  equal up to the event %" PRId32 ":%" PRId64 " (%zu of %zu); "
               "since then:", position->partition, position->offset, equal,
               detail->n);
        first = equal;
    }

    for (i = first; i < detail->n && i < first + VFS_DETAIL_LISTED; i++) {
        position = &detail->updates[i]->position;
        printf(" %" PRId32 ":%" PRId64, position->partition, position->offset);
    }

    printf("%s\n", (i < detail->n) ? " ..." : "");
}


/* VFS_DECLINED: found. */

static int
vfs_detail_without(vfs_detail_t *detail, vfs_error_t *err)
{
    int                    rc;
    const vfs_position_t  *position;

    rc = vfs_without_each(detail->track->def, detail->feature,
                          detail->updates, detail->n, vfs_detail_on_without,
                          detail, err);

    if (rc == VFS_DECLINED) {
        position = &detail->updates[detail->found]->position;
        printf("  it is what it would be without the event %" PRId32 ":%"
               PRId64 "\n", position->partition, position->offset);
    }

    return rc;
}


static int
vfs_detail_on_without(void *data, size_t i, const vfs_state_t *state)
{
    vfs_detail_t  *detail;

    detail = data;

    if (!vfs_detail_same(detail, state)) {
        return VFS_OK;
    }

    detail->found = i;

    return VFS_DECLINED;
}


static int
vfs_detail_twice(vfs_detail_t *detail, const vfs_state_t *whole,
    vfs_error_t *err)
{
    int           rc;
    size_t        i;
    vfs_state_t  *state;

    for (i = 0; i < detail->n; i++) {
        state = NULL;

        if (vfs_updates_fold(&state, detail->track->def, detail->feature,
                             &detail->updates[i]->update, err)
            != VFS_OK)
        {
            vfs_state_free(state);
            return VFS_ERROR;
        }

        rc = vfs_state_merge(state, whole);

        if (rc == VFS_OK && vfs_detail_same(detail, state)) {
            printf("  it is what it would be with the event %" PRId32 ":%"
                   PRId64 " folded in twice\n",
                   detail->updates[i]->position.partition,
                   detail->updates[i]->position.offset);
            detail->found = i;
            rc = VFS_DECLINED;
        }

        vfs_state_free(state);

        if (rc != VFS_OK) {
            return rc;
        }
    }

    return VFS_OK;
}


static int
vfs_detail_same(const vfs_detail_t *detail, const vfs_state_t *state)
{
    return vfs_state_vector(state, detail->vector) == VFS_OK
           && vfs_answer_same(&detail->tracked->answer, detail->track->def,
                              detail->vector);
}
