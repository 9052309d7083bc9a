
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_without.h"

#include <stdlib.h>


typedef struct {
    const vfs_definition_t  *def;
    const vfs_feature_t     *feature;
    vfs_noted_t *const      *updates;
    vfs_without_pt           each;
    void                    *data;
    vfs_error_t             *err;
} vfs_without_t;


static size_t vfs_updates_left(vfs_noted_t **array, size_t n);
static int vfs_updates_order(const void *one, const void *two);
static int vfs_without_range(const vfs_without_t *without, size_t first,
    size_t last, const vfs_state_t *rest);
static vfs_state_t *vfs_without_state(const vfs_without_t *without,
    size_t first, size_t last, const vfs_state_t *rest);


vfs_noted_t **
vfs_updates_array(const vfs_updates_t *updates, size_t *n)
{
    vfs_noted_t  *noted, **array;

    *n = 0;
    array = calloc(updates->n + 1, sizeof(vfs_noted_t *));

    if (array == NULL) {
        return NULL;
    }

    TAILQ_FOREACH(noted, &updates->list, link)
    {

        if (noted->tombstone) {
            *n = 0;

        } else {
            array[(*n)++] = noted;
        }
    }

    qsort(array, *n, sizeof(vfs_noted_t *), vfs_updates_order);

    *n = vfs_updates_left(array, *n);

    if (*n == 0) {
        free(array);
        return NULL;
    }

    return array;
}


/* What an item's deletions leave, as vfs_state_fold() has it. */

static size_t
vfs_updates_left(vfs_noted_t **array, size_t n)
{
    size_t               i, left;
    int64_t              deleted_ms;
    unsigned             has_deleted;
    const vfs_update_t  *update;

    has_deleted = 0;
    deleted_ms = 0;
    left = 0;

    for (i = 0; i < n; i++) {
        update = &array[i]->update;

        if (has_deleted && update->time_ms <= deleted_ms) {
            continue;
        }

        if (update->deletes) {
            has_deleted = 1;
            deleted_ms = update->time_ms;
            left = 0;

        } else {
            array[left++] = array[i];
        }
    }

    return left;
}


static int
vfs_updates_order(const void *one, const void *two)
{
    const vfs_noted_t  *a, *b;

    a = *(vfs_noted_t *const *) one;
    b = *(vfs_noted_t *const *) two;

    if (a->position.partition == b->position.partition) {
        return (a->position.offset > b->position.offset)
               - (a->position.offset < b->position.offset);
    }

    if (a->record_ms != b->record_ms) {
        return (a->record_ms > b->record_ms) ? 1 : -1;
    }

    return (a->position.partition > b->position.partition) ? 1 : -1;
}


int
vfs_without_each(const vfs_definition_t *def, const vfs_feature_t *feature,
    vfs_noted_t *const *updates, size_t n, vfs_without_pt each, void *data,
    vfs_error_t *err)
{
    int            rc;
    vfs_state_t   *none;
    vfs_without_t  without;

    without.def = def;
    without.feature = feature;
    without.updates = updates;
    without.each = each;
    without.data = data;
    without.err = err;

    none = vfs_state_create(def, feature);

    if (none == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    rc = (n == 0) ? VFS_OK : vfs_without_range(&without, 0, n, none);

    vfs_state_free(none);

    return rc;
}


/* "rest": the state of all updates outside of [first, last). */

static int
vfs_without_range(const vfs_without_t *without, size_t first, size_t last,
    const vfs_state_t *rest)
{
    int           rc;
    size_t        middle;
    vfs_state_t  *state;

    if (last - first == 1) {
        return without->each(without->data, first, rest);
    }

    middle = first + (last - first) / 2;

    state = vfs_without_state(without, middle, last, rest);

    if (state == NULL) {
        return VFS_ERROR;
    }

    rc = vfs_without_range(without, first, middle, state);

    vfs_state_free(state);

    if (rc != VFS_OK) {
        return rc;
    }

    state = vfs_without_state(without, first, middle, rest);

    if (state == NULL) {
        return VFS_ERROR;
    }

    rc = vfs_without_range(without, middle, last, state);

    vfs_state_free(state);

    return rc;
}


static vfs_state_t *
vfs_without_state(const vfs_without_t *without, size_t first, size_t last,
    const vfs_state_t *rest)
{
    size_t        i;
    vfs_state_t  *state;

    state = NULL;

    for (i = first; i < last; i++) {

        if (vfs_updates_fold(&state, without->def, without->feature,
                             &without->updates[i]->update, without->err)
            != VFS_OK)
        {
            vfs_state_free(state);
            return NULL;
        }
    }

    if (vfs_state_merge(state, rest) != VFS_OK) {
        vfs_error_set(without->err, "out of memory");
        vfs_state_free(state);
        return NULL;
    }

    return state;
}
