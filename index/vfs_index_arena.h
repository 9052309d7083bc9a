
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_ARENA_H_INCLUDED_
#define _VFS_INDEX_ARENA_H_INCLUDED_


#include <stddef.h>


/* Memory of one request: allocated piece by piece, freed as a whole. */

typedef struct vfs_arena_block_s  vfs_arena_block_t;

typedef struct {
    vfs_arena_block_t  *blocks;
    char               *pos;
    char               *last;
} vfs_arena_t;


void vfs_arena_init(vfs_arena_t *arena);
void vfs_arena_free(vfs_arena_t *arena);

/* Aligned to 16 bytes, not cleared; NULL if memory is out. */

void *vfs_arena_alloc(vfs_arena_t *arena, size_t size);


#endif /* _VFS_INDEX_ARENA_H_INCLUDED_ */
