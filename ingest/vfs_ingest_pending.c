
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_pending.h"

#include <stdlib.h>


static void vfs_progress_insert(vfs_progress_t *progress, vfs_slot_t *slot,
    int64_t offset);
static void vfs_progress_remove(vfs_progress_t *progress, vfs_slot_t *slot);
static void vfs_pending_cover(vfs_pending_t *entry);
static void vfs_pending_free(vfs_pending_set_t *set, vfs_pending_t *entry);


int
vfs_pending_init(vfs_pending_set_t *set)
{
    int  i;

    for (i = 0; i < VFS_ENTITIES; i++) {
        TAILQ_INIT(&set->waiting[i]);
        set->nwaiting[i] = 0;
    }

    return vfs_map_init(&set->map);
}


void
vfs_pending_destroy(vfs_pending_set_t *set)
{
    vfs_pending_clear(set);
    vfs_map_destroy(&set->map);
}


int
vfs_pending_add(vfs_pending_set_t *set, vfs_progress_t *progress,
    const vfs_key_t *key, const vfs_dirty_t *dirty, int64_t now)
{
    vfs_entity_e    entity;
    vfs_pending_t  *entry;

    entry = (vfs_pending_t *) vfs_map_find(&set->map, key);

    if (entry == NULL) {
        entry = calloc(1, sizeof(vfs_pending_t));

        if (entry == NULL) {
            return VFS_ERROR;
        }

        entity = vfs_key_entity(key);

        entry->node.key = *key;
        entry->progress = progress;
        entry->covered_ms = dirty->time_ms;
        entry->since = now;

        vfs_progress_insert(progress, &entry->covered, dirty->first);

        vfs_map_insert(&set->map, &entry->node);
        TAILQ_INSERT_TAIL(&set->waiting[entity], entry, link);
        set->nwaiting[entity]++;

    } else if (entry->state == VFS_PENDING_SENT && !entry->newer.used) {
        vfs_progress_insert(progress, &entry->newer, dirty->first);
        entry->newer_ms = dirty->time_ms;
    }

    entry->last = dirty->last;
    entry->source = dirty->source;

    return VFS_OK;
}


int
vfs_pending_first(const vfs_pending_set_t *set, const vfs_key_t *key,
    vfs_dirty_t *dirty)
{
    vfs_pending_t  *entry;

    entry = (vfs_pending_t *) vfs_map_find(&set->map, key);

    if (entry == NULL) {
        return VFS_DECLINED;
    }

    dirty->first = entry->covered.offset;
    dirty->time_ms = entry->covered_ms;

    return VFS_OK;
}


vfs_pending_t *
vfs_pending_take(vfs_pending_set_t *set, vfs_entity_e entity)
{
    vfs_pending_t  *entry;

    entry = TAILQ_FIRST(&set->waiting[entity]);

    if (entry != NULL) {
        TAILQ_REMOVE(&set->waiting[entity], entry, link);
        set->nwaiting[entity]--;
        entry->state = VFS_PENDING_TAKEN;
    }

    return entry;
}


void
vfs_pending_put_back(vfs_pending_set_t *set, vfs_pending_t *entry)
{
    vfs_entity_e  entity;

    entity = vfs_key_entity(&entry->node.key);

    entry->state = VFS_PENDING_WAITING;

    TAILQ_INSERT_HEAD(&set->waiting[entity], entry, link);
    set->nwaiting[entity]++;
}


void
vfs_pending_send(vfs_pending_t *entry)
{
    entry->state = VFS_PENDING_SENT;
    entry->sent_last = entry->last;
    entry->sent_source = entry->source;
}


void
vfs_pending_fail(vfs_pending_t *entry)
{
    vfs_pending_cover(entry);
    entry->state = VFS_PENDING_TAKEN;
}


/* What is sent next covers what changed since, too. */

static void
vfs_pending_cover(vfs_pending_t *entry)
{
    if (entry->newer.used) {
        vfs_progress_remove(entry->progress, &entry->newer);
    }
}


int
vfs_pending_done(vfs_pending_set_t *set, vfs_pending_t *entry, int64_t now)
{
    int64_t       offset;
    vfs_entity_e  entity;

    vfs_progress_remove(entry->progress, &entry->covered);

    if (!entry->newer.used) {
        vfs_pending_free(set, entry);
        return VFS_OK;
    }

    offset = entry->newer.offset;
    vfs_progress_remove(entry->progress, &entry->newer);
    vfs_progress_insert(entry->progress, &entry->covered, offset);

    entity = vfs_key_entity(&entry->node.key);

    entry->covered_ms = entry->newer_ms;
    entry->since = now;
    entry->refusals = 0;
    entry->state = VFS_PENDING_WAITING;

    TAILQ_INSERT_TAIL(&set->waiting[entity], entry, link);
    set->nwaiting[entity]++;

    return VFS_DECLINED;
}


static void
vfs_pending_free(vfs_pending_set_t *set, vfs_pending_t *entry)
{
    vfs_map_remove(&set->map, &entry->node);
    free(entry);
}


void
vfs_pending_clear(vfs_pending_set_t *set)
{
    int              i;
    size_t           n;
    vfs_pending_t   *entry;
    vfs_map_node_t  *node;

    for (n = 0; n <= set->map.mask; n++) {

        while ((node = set->map.buckets[n]) != NULL) {
            entry = (vfs_pending_t *) node;

            if (entry->covered.used) {
                vfs_progress_remove(entry->progress, &entry->covered);
            }

            if (entry->newer.used) {
                vfs_progress_remove(entry->progress, &entry->newer);
            }

            vfs_pending_free(set, entry);
        }
    }

    for (i = 0; i < VFS_ENTITIES; i++) {
        TAILQ_INIT(&set->waiting[i]);
        set->nwaiting[i] = 0;
    }
}


/* Nearly all come in ascending order, so the place is looked for from behind.
 */

static void
vfs_progress_insert(vfs_progress_t *progress, vfs_slot_t *slot, int64_t offset)
{
    vfs_slot_t  *prev;

    slot->offset = offset;
    slot->used = 1;

    for (prev = TAILQ_LAST(progress, vfs_progress_s);
         prev != NULL && prev->offset > offset;
         prev = TAILQ_PREV(prev, vfs_progress_s, link))
    {
        /* void */
    }

    if (prev == NULL) {
        TAILQ_INSERT_HEAD(progress, slot, link);

    } else {
        TAILQ_INSERT_AFTER(progress, prev, slot, link);
    }
}


static void
vfs_progress_remove(vfs_progress_t *progress, vfs_slot_t *slot)
{
    TAILQ_REMOVE(progress, slot, link);
    slot->used = 0;
}


int64_t
vfs_progress_offset(const vfs_progress_t *progress, int64_t next)
{
    vfs_slot_t  *slot;

    slot = TAILQ_FIRST(progress);

    return (slot != NULL && slot->offset < next) ? slot->offset : next;
}
