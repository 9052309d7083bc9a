
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_pending.h"

#include <stdlib.h>


static void vfs_progress_insert(vfs_progress_t *progress, vfs_slot_t *slot,
    int64_t offset);
static void vfs_progress_remove(vfs_progress_t *progress, vfs_slot_t *slot);
static void vfs_progress_replace(vfs_progress_t *progress, vfs_slot_t *slot,
    vfs_slot_t *by);
static vfs_pending_t *vfs_pending_entry(vfs_map_node_t *node);
static void vfs_pending_wait(vfs_pending_set_t *set, vfs_pending_t *entry);
static void vfs_pending_free(vfs_pending_set_t *set, vfs_pending_t *entry);


int
vfs_pending_init(vfs_pending_set_t *set)
{
    int  i;

    for (i = 0; i < VFS_ENTITIES; i++) {
        TAILQ_INIT(&set->waiting[i]);
        set->nwaiting[i] = 0;
    }

    set->nkept = 0;

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
    const vfs_key_t *key, const vfs_change_t *change)
{
    vfs_pending_t  *entry;

    entry = vfs_pending_entry(vfs_map_find(&set->map, key));

    if (entry == NULL) {
        entry = calloc(1, vfs_map_size(vfs_pending_t, node, key));

        if (entry == NULL) {
            return VFS_ERROR;
        }

        vfs_key_copy(&entry->node.key, key);
        entry->progress = progress;
        entry->covered_ms = change->time_ms;
        entry->unsure = change->unsure;

        vfs_progress_insert(progress, &entry->covered, change->first);
        vfs_map_insert(&set->map, &entry->node);

        if (progress->held) {
            entry->state = VFS_PENDING_KEPT;
            TAILQ_INSERT_TAIL(&progress->kept, entry, link);
            set->nkept++;

        } else {
            vfs_pending_wait(set, entry);
        }

    } else if (entry->state == VFS_PENDING_SENT && !entry->newer.used) {
        vfs_progress_insert(progress, &entry->newer, change->first);
        entry->newer_ms = change->time_ms;
        entry->newer_unsure = change->unsure;

    } else if (entry->state == VFS_PENDING_SENT) {
        entry->newer_unsure |= change->unsure;

    } else {
        entry->unsure |= change->unsure;
    }

    entry->source = change->source;
    entry->source_ms = change->source_ms;

    return VFS_OK;
}


static void
vfs_pending_wait(vfs_pending_set_t *set, vfs_pending_t *entry)
{
    vfs_entity_e  entity;

    entity = vfs_key_entity(&entry->node.key);

    entry->state = VFS_PENDING_WAITING;

    TAILQ_INSERT_TAIL(&set->waiting[entity], entry, link);
    set->nwaiting[entity]++;
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
    entry->sent_source = entry->source;
}


void
vfs_pending_fail(vfs_pending_t *entry)
{
    entry->state = VFS_PENDING_TAKEN;

    /* what is sent next covers what changed since, too */

    if (entry->newer.used) {
        vfs_progress_remove(entry->progress, &entry->newer);
        entry->unsure |= entry->newer_unsure;
    }
}


int
vfs_pending_done(vfs_pending_set_t *set, vfs_pending_t *entry)
{
    vfs_progress_remove(entry->progress, &entry->covered);

    if (!entry->newer.used) {
        vfs_pending_free(set, entry);
        return VFS_OK;
    }

    vfs_progress_replace(entry->progress, &entry->newer, &entry->covered);

    entry->covered_ms = entry->newer_ms;
    entry->unsure = entry->newer_unsure;

    vfs_pending_wait(set, entry);

    return VFS_DECLINED;
}


static vfs_pending_t *
vfs_pending_entry(vfs_map_node_t *node)
{
    return (node != NULL) ? vfs_map_owner(node, vfs_pending_t, node) : NULL;
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
    vfs_map_node_t  *node;

    for (n = 0; n <= set->map.mask; n++) {

        while ((node = set->map.buckets[n]) != NULL) {
            vfs_pending_free(set, vfs_pending_entry(node));
        }
    }

    set->nkept = 0;

    for (i = 0; i < VFS_ENTITIES; i++) {
        TAILQ_INIT(&set->waiting[i]);
        set->nwaiting[i] = 0;
    }
}


void
vfs_progress_init(vfs_progress_t *progress)
{
    TAILQ_INIT(&progress->slots);
    TAILQ_INIT(&progress->kept);

    progress->held = 0;
}


void
vfs_progress_hold(vfs_progress_t *progress)
{
    progress->held = 1;
}


void
vfs_progress_release(vfs_pending_set_t *set, vfs_progress_t *progress)
{
    vfs_pending_t  *entry;

    progress->held = 0;

    while ((entry = TAILQ_FIRST(&progress->kept)) != NULL) {
        TAILQ_REMOVE(&progress->kept, entry, link);
        set->nkept--;
        vfs_pending_wait(set, entry);
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

    for (prev = TAILQ_LAST(&progress->slots, vfs_slots_s);
         prev != NULL && prev->offset > offset;
         prev = TAILQ_PREV(prev, vfs_slots_s, link))
    {
        /* void */
    }

    if (prev == NULL) {
        TAILQ_INSERT_HEAD(&progress->slots, slot, link);

    } else {
        TAILQ_INSERT_AFTER(&progress->slots, prev, slot, link);
    }
}


static void
vfs_progress_remove(vfs_progress_t *progress, vfs_slot_t *slot)
{
    TAILQ_REMOVE(&progress->slots, slot, link);
    slot->used = 0;
}


static void
vfs_progress_replace(vfs_progress_t *progress, vfs_slot_t *slot,
    vfs_slot_t *by)
{
    by->offset = slot->offset;
    by->used = 1;

    TAILQ_INSERT_BEFORE(slot, by, link);
    vfs_progress_remove(progress, slot);
}


int64_t
vfs_progress_offset(const vfs_progress_t *progress, int64_t next)
{
    vfs_slot_t  *slot;

    slot = TAILQ_FIRST(&progress->slots);

    return (slot != NULL && slot->offset < next) ? slot->offset : next;
}
