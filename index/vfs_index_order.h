
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_ORDER_H_INCLUDED_
#define _VFS_INDEX_ORDER_H_INCLUDED_


#include "vfs_index_collection.h"


/*
 * The order of a collection's ids, which only lists need: it is built by the
 * first, then kept up lazily.  New nodes wait to be merged in, and deleted
 * ones stay, dead, until the next merge.
 */

/* Makes room for "n" more that wait. */

int vfs_order_reserve(vfs_collection_t *c, uint32_t n);

void vfs_order_add(vfs_collection_t *c, vfs_node_t *node);
void vfs_order_bury(vfs_collection_t *c, vfs_node_t *node);
void vfs_order_free(vfs_collection_t *c);


#endif /* _VFS_INDEX_ORDER_H_INCLUDED_ */
