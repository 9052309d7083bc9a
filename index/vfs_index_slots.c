
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_slots.h"

#include <stdlib.h>


#define VFS_SLOTS_MIN  64


static uint32_t vfs_slots_distance(const vfs_slots_t *slots, uint32_t from,
    uint32_t to);


int
vfs_slots_reserve(vfs_slots_t *slots, uint32_t n)
{
    uint32_t     i;
    uint64_t     size;
    vfs_slots_t  old;

    size = slots->size == 0 ? VFS_SLOTS_MIN : slots->size;

    while (size - size / 8 < n) {
        size += size / 4;
    }

    if (size == slots->size) {
        return VFS_OK;
    }

    if (size > UINT32_MAX) {
        return VFS_ERROR;
    }

    old = *slots;

    slots->slots = calloc(size, sizeof(vfs_slot_t));

    if (slots->slots == NULL) {
        *slots = old;
        return VFS_ERROR;
    }

    slots->size = (uint32_t) size;

    for (i = 0; i < old.size; i++) {
        if (old.slots[i].row != 0) {
            vfs_slots_put(slots, old.slots[i].hash, old.slots[i].row - 1);
        }
    }

    free(old.slots);

    return VFS_OK;
}


void
vfs_slots_free(vfs_slots_t *slots)
{
    free(slots->slots);
    slots->slots = NULL;
    slots->size = 0;
}


void
vfs_slots_put(vfs_slots_t *slots, uint32_t hash, uint32_t row)
{
    uint32_t  i;

    i = vfs_slots_home(slots, hash);

    while (slots->slots[i].row != 0) {
        i = i + 1 == slots->size ? 0 : i + 1;
    }

    slots->slots[i].hash = hash;
    slots->slots[i].row = row + 1;
}


void
vfs_slots_remove(vfs_slots_t *slots, uint32_t hash, uint32_t row)
{
    uint32_t     i, hole, home;
    vfs_slot_t  *slot;

    hole = vfs_slots_home(slots, hash);

    while (slots->slots[hole].row != row + 1) {
        hole = hole + 1 == slots->size ? 0 : hole + 1;
    }

    /* what was pushed past the hole moves back, so no search ends at it */

    i = hole;

    for ( ;; ) {
        i = i + 1 == slots->size ? 0 : i + 1;
        slot = &slots->slots[i];

        if (slot->row == 0) {
            break;
        }

        home = vfs_slots_home(slots, slot->hash);

        if (vfs_slots_distance(slots, home, i)
            >= vfs_slots_distance(slots, hole, i))
        {
            slots->slots[hole] = *slot;
            hole = i;
        }
    }

    slots->slots[hole].row = 0;
}


/* The hash scaled to the table, which need not be a power of two. */

uint32_t
vfs_slots_home(const vfs_slots_t *slots, uint32_t hash)
{
    return (uint32_t) ((uint64_t) hash * slots->size >> 32);
}


int
vfs_slots_next(const vfs_slots_t *slots, uint32_t hash, uint32_t *slot,
    uint32_t *row)
{
    const vfs_slot_t  *s;

    if (slots->size == 0) {
        return VFS_DECLINED;
    }

    for ( ;; ) {
        s = &slots->slots[*slot];

        if (s->row == 0) {
            return VFS_DECLINED;
        }

        *slot = *slot + 1 == slots->size ? 0 : *slot + 1;

        if (s->hash == hash) {
            *row = s->row - 1;
            return VFS_OK;
        }
    }
}


static uint32_t
vfs_slots_distance(const vfs_slots_t *slots, uint32_t from, uint32_t to)
{
    return to >= from ? to - from : to + (slots->size - from);
}
