
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_NAMES_H_INCLUDED_
#define _VFS_INDEX_NAMES_H_INCLUDED_


#include "vfs_index.h"


/* Items by name, bytewise ascending: each item begins with its vfs_str_t. */

typedef struct {
    vfs_str_t  **items;
    uint32_t     n;
    uint32_t     size;
} vfs_names_t;


/* The item of that name, or NULL. */

void *vfs_names_find(const vfs_names_t *names, vfs_str_t name);

/* The position of the first item whose name is not less than "name". */

uint32_t vfs_names_from(const vfs_names_t *names, vfs_str_t name);

/* VFS_ERROR if memory is out. */

int vfs_names_add(vfs_names_t *names, void *item);
void vfs_names_remove(vfs_names_t *names, const void *item);


#endif /* _VFS_INDEX_NAMES_H_INCLUDED_ */
