
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_group.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>


static vfs_change_t *vfs_group_last(vfs_group_t *group, vfs_collection_t *c,
    vfs_str_t id, uint32_t hash);
static vfs_change_t *vfs_group_add(vfs_group_t *group, vfs_collection_t *c,
    uint32_t hash);
static int vfs_group_grow(vfs_group_t *group);
static uint32_t vfs_group_hash(vfs_collection_t *c, vfs_str_t id);
static void vfs_group_settle(vfs_group_t *group);


int
vfs_group_init(vfs_group_t *group, vfs_catalog_t *catalog, vfs_store_t *store,
    vfs_index_metric_e metric)
{
    memset(group, 0, sizeof(vfs_group_t));

    group->catalog = catalog;
    group->store = store;
    group->metric = metric;

    vfs_arena_init(&group->arena);

    return vfs_group_grow(group);
}


void
vfs_group_free(vfs_group_t *group)
{
    vfs_arena_free(&group->arena);
    free(group->changes);
    free(group->buckets);
    free(group->creations);
}


int
vfs_group_find(vfs_group_t *group, vfs_collection_t *c, vfs_str_t id,
    vfs_record_t *record)
{
    vfs_node_t    *node;
    vfs_change_t  *change;

    change = vfs_group_last(group, c, id, vfs_group_hash(c, id));

    if (change != NULL) {
        *record = change->record;
        return change->removal ? VFS_DECLINED : VFS_OK;
    }

    node = vfs_collection_find(c, id);

    if (node == NULL) {
        return VFS_DECLINED;
    }

    vfs_collection_record(c, node, record);

    return VFS_OK;
}


int
vfs_group_put(vfs_group_t *group, vfs_collection_t *c,
    const vfs_record_t *record)
{
    uint32_t       hash;
    vfs_node_t    *node;
    vfs_change_t  *last, *change;

    hash = vfs_group_hash(c, record->id);

    change = vfs_group_add(group, c, hash);
    if (change == NULL) {
        return vfs_group_out_of_memory(group);
    }

    change->record = *record;

    /* the new change is not yet in its chain */

    last = vfs_group_last(group, c, record->id, hash);
    node = last == NULL ? vfs_collection_find(c, record->id) : NULL;

    if (last != NULL && !last->removal) {
        change->row = last->row;

    } else if (node != NULL) {
        change->row = node->row;

    } else {
        change->row = vfs_row_take(c);
        change->node = vfs_node_create(record->id, change->row);

        if (change->node == NULL) {
            vfs_row_give(c, change->row);
            return vfs_group_out_of_memory(group);
        }
    }

    vfs_group_settle(group);

    if (vfs_body_create(record, &change->body) != VFS_OK) {
        return vfs_group_out_of_memory(group);
    }

    return vfs_store_put_record(group->store, c->number, change->row, record,
                                &group->error);
}


int
vfs_group_remove(vfs_group_t *group, vfs_collection_t *c, vfs_str_t id)
{
    uint32_t       hash;
    vfs_node_t    *node;
    vfs_change_t  *last, *change;

    hash = vfs_group_hash(c, id);
    last = vfs_group_last(group, c, id, hash);
    node = last == NULL ? vfs_collection_find(c, id) : NULL;

    if (node == NULL && (last == NULL || last->removal)) {
        return VFS_DECLINED;
    }

    /* adding may move the changes */

    change = vfs_group_add(group, c, hash);
    if (change == NULL) {
        return vfs_group_out_of_memory(group);
    }

    last = vfs_group_last(group, c, id, hash);

    change->record.id = id;
    change->row = node != NULL ? node->row : last->row;
    change->removal = 1;

    vfs_group_settle(group);

    return vfs_store_delete_record(group->store, c->number, change->row,
                                   &group->error);
}


int
vfs_group_reserve(vfs_group_t *group)
{
    int                rc;
    uint32_t           i, j;
    vfs_collection_t  *c;

    for (i = 0; i < group->nchanges; i = j) {
        c = group->changes[i].c;

        for (j = i; j < group->nchanges && group->changes[j].c == c; j++) {
            /* void */
        }

        /* for all changes: a collection may have several runs of them */

        (void) pthread_rwlock_wrlock(&c->lock);
        rc = vfs_collection_reserve(c, group->nchanges);
        (void) pthread_rwlock_unlock(&c->lock);

        if (rc != VFS_OK) {
            return vfs_group_out_of_memory(group);
        }
    }

    return VFS_OK;
}


void
vfs_group_apply(vfs_group_t *group)
{
    uint32_t           i, j;
    vfs_change_t      *change;
    vfs_collection_t  *c;

    for (i = 0; i < group->nchanges; i = j) {
        c = group->changes[i].c;

        (void) pthread_rwlock_wrlock(&c->lock);

        for (j = i; j < group->nchanges && group->changes[j].c == c; j++) {
            change = &group->changes[j];

            if (change->removal) {
                vfs_collection_remove(c, change->row);

            } else {
                vfs_collection_put(c, change->row, change->node, change->body,
                                   change->record.values);
            }
        }

        (void) pthread_rwlock_unlock(&c->lock);
    }

    /* a staged record may have had the values of its row before it moved */

    for (i = 0; i < group->nchanges; i++) {
        vfs_rows_settle(&group->changes[i].c->rows);
    }

    vfs_group_apply_creations(group);

    group->nchanges = 0;
    memset(group->buckets, 0, group->nbuckets * sizeof(uint32_t));
    vfs_arena_free(&group->arena);
}


void
vfs_group_drop(vfs_group_t *group)
{
    vfs_change_t  *change;

    while (group->nchanges != 0) {
        change = &group->changes[--group->nchanges];

        free(change->body);

        if (change->node != NULL) {
            free(change->node);
            vfs_row_give(change->c, change->row);
        }
    }

    vfs_group_drop_creations(group);

    memset(group->buckets, 0, group->nbuckets * sizeof(uint32_t));
    vfs_arena_free(&group->arena);
}


int
vfs_group_out_of_memory(vfs_group_t *group)
{
    vfs_error_set(&group->error, "out of memory");

    return VFS_ERROR;
}


/* The last change that was staged for an id. */

static vfs_change_t *
vfs_group_last(vfs_group_t *group, vfs_collection_t *c, vfs_str_t id,
    uint32_t hash)
{
    uint32_t       i;
    vfs_change_t  *change;

    i = group->buckets[hash & (group->nbuckets - 1)];

    for ( /* void */ ; i != 0; i = change->next) {
        change = &group->changes[i - 1];

        if (change->hash == hash && change->c == c
            && vfs_id_compare(change->record.id, id) == 0)
        {
            return change;
        }
    }

    return NULL;
}


/* Room for a change; vfs_group_settle() counts it in. */

static vfs_change_t *
vfs_group_add(vfs_group_t *group, vfs_collection_t *c, uint32_t hash)
{
    vfs_change_t  *change;

    if (group->nchanges == group->size && vfs_group_grow(group) != VFS_OK) {
        return NULL;
    }

    change = &group->changes[group->nchanges];
    memset(change, 0, sizeof(vfs_change_t));
    change->c = c;
    change->hash = hash;

    return change;
}


static void
vfs_group_settle(vfs_group_t *group)
{
    uint32_t      *bucket;
    vfs_change_t  *change;

    change = &group->changes[group->nchanges++];
    bucket = &group->buckets[change->hash & (group->nbuckets - 1)];

    change->next = *bucket;
    *bucket = group->nchanges;
}


static int
vfs_group_grow(vfs_group_t *group)
{
    uint32_t       i, n, size, *buckets, *bucket;
    vfs_change_t  *changes;

    size = group->size == 0 ? 1024 : 2 * group->size;

    changes = realloc(group->changes, size * sizeof(vfs_change_t));
    if (changes == NULL) {
        return VFS_ERROR;
    }

    group->changes = changes;

    buckets = calloc(size, sizeof(uint32_t));
    if (buckets == NULL) {
        return VFS_ERROR;
    }

    free(group->buckets);
    group->buckets = buckets;
    group->nbuckets = size;
    group->size = size;

    n = group->nchanges;

    for (i = 0; i < n; i++) {
        bucket = &buckets[changes[i].hash & (size - 1)];
        changes[i].next = *bucket;
        *bucket = i + 1;
    }

    return VFS_OK;
}


static uint32_t
vfs_group_hash(vfs_collection_t *c, vfs_str_t id)
{
    return (uint32_t) XXH3_64bits_withSeed(id.data, id.len,
                                           c->seed ^ c->number);
}
