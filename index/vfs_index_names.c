
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_names.h"
#include "vfs_index_collection.h"

#include <stdlib.h>
#include <string.h>


void *
vfs_names_find(const vfs_names_t *names, vfs_str_t name)
{
    uint32_t  i;

    i = vfs_names_from(names, name);

    if (i == names->n || vfs_id_compare(*names->items[i], name) != 0) {
        return NULL;
    }

    return names->items[i];
}


uint32_t
vfs_names_from(const vfs_names_t *names, vfs_str_t name)
{
    uint32_t  low, high, middle;

    low = 0;
    high = names->n;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (vfs_id_compare(*names->items[middle], name) < 0) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return low;
}


int
vfs_names_add(vfs_names_t *names, void *item)
{
    uint32_t     i, size;
    vfs_str_t  **items;

    if (names->n == names->size) {
        size = names->size == 0 ? 8 : 2 * names->size;

        items = realloc(names->items, size * sizeof(vfs_str_t *));
        if (items == NULL) {
            return VFS_ERROR;
        }

        names->items = items;
        names->size = size;
    }

    i = vfs_names_from(names, *(vfs_str_t *) item);

    memmove(&names->items[i + 1], &names->items[i],
            (names->n - i) * sizeof(vfs_str_t *));

    names->items[i] = item;
    names->n++;

    return VFS_OK;
}


void
vfs_names_remove(vfs_names_t *names, const void *item)
{
    uint32_t  i;

    i = vfs_names_from(names, *(const vfs_str_t *) item);

    names->n--;
    memmove(&names->items[i], &names->items[i + 1],
            (names->n - i) * sizeof(vfs_str_t *));
}
