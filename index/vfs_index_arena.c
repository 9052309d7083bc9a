
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_arena.h"

#include <stdint.h>
#include <stdlib.h>


#define VFS_ARENA_ALIGN  16
#define VFS_ARENA_BLOCK  16384


struct vfs_arena_block_s {
    vfs_arena_block_t  *next;
    max_align_t         data[];
};


void
vfs_arena_init(vfs_arena_t *arena)
{
    arena->blocks = NULL;
    arena->pos = NULL;
    arena->last = NULL;
}


void
vfs_arena_free(vfs_arena_t *arena)
{
    vfs_arena_block_t  *block;

    while (arena->blocks != NULL) {
        block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }

    vfs_arena_init(arena);
}


void *
vfs_arena_alloc(vfs_arena_t *arena, size_t size)
{
    char               *p;
    size_t              room;
    vfs_arena_block_t  *block;

    if (size > SIZE_MAX / 2) {
        return NULL;
    }

    size = (size + VFS_ARENA_ALIGN - 1) & ~((size_t) VFS_ARENA_ALIGN - 1);

    if ((size_t) (arena->last - arena->pos) >= size && arena->pos != NULL) {
        p = arena->pos;
        arena->pos += size;

        return p;
    }

    room = size > VFS_ARENA_BLOCK / 4 ? size : VFS_ARENA_BLOCK;

    block = malloc(sizeof(vfs_arena_block_t) + room);
    if (block == NULL) {
        return NULL;
    }

    block->next = arena->blocks;
    arena->blocks = block;
    p = (char *) block->data;

    /* a large piece has a block of its own: the open one stays open */

    if (room != size) {
        arena->pos = p + size;
        arena->last = p + room;
    }

    return p;
}
