
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_HEAP_H_INCLUDED_
#define _VFS_INDEX_HEAP_H_INCLUDED_


#include "vfs_index_search.h"


/* Keeps a record if it is among the best heap->max so far. */

void vfs_heap_offer(vfs_heap_t *heap, vfs_collection_t *c,
    const vfs_node_t *node, float score, float rank);


#endif /* _VFS_INDEX_HEAP_H_INCLUDED_ */
