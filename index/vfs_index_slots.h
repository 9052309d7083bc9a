
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_SLOTS_H_INCLUDED_
#define _VFS_INDEX_SLOTS_H_INCLUDED_


#include "vfs_error.h"

#include <stdint.h>


/*
 * Rows by the hash of their id: open addressing, in the order of the hashes,
 * so that the table can grow by a quarter and takes little memory.
 */

typedef struct {
    uint32_t     hash;
    uint32_t     row;             /* counted from 1; 0: a free slot */
} vfs_slot_t;


typedef struct {
    vfs_slot_t  *slots;
    uint32_t     size;
} vfs_slots_t;


/* Makes room for "n" rows in all; the rest cannot fail then. */

int vfs_slots_reserve(vfs_slots_t *slots, uint32_t n);
void vfs_slots_free(vfs_slots_t *slots);

void vfs_slots_put(vfs_slots_t *slots, uint32_t hash, uint32_t row);

/* The row is there. */

void vfs_slots_remove(vfs_slots_t *slots, uint32_t hash, uint32_t row);

/*
 * The slots of a hash one after the other: the first has "slot" from
 * vfs_slots_home(), the next one more.  Sets "row", and "slot" to where to go
 * on; VFS_DECLINED if there is none left.
 */

uint32_t vfs_slots_home(const vfs_slots_t *slots, uint32_t hash);
int vfs_slots_next(const vfs_slots_t *slots, uint32_t hash, uint32_t *slot,
    uint32_t *row);


#endif /* _VFS_INDEX_SLOTS_H_INCLUDED_ */
