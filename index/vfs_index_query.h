
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_QUERY_H_INCLUDED_
#define _VFS_INDEX_QUERY_H_INCLUDED_


#include "vfs_index_request.h"
#include "vfs_index_search.h"


typedef struct {
    vfs_str_t      ns;
    vfs_record_t   query;              /* its id, or its vector */
    vfs_filter_t  *filter;
    uint32_t       top_k;
    unsigned       has_top_k:1;
    unsigned       include_values;
    unsigned       include_metadata;
} vfs_query_t;


/*
 * Answers the query from the collection, of which it takes over the reference;
 * NULL stands for one without records.  "query" stays where it is until the
 * request is finished.  Returns what a handler does.
 */

int vfs_query_run(vfs_request_t *r, const vfs_query_t *query,
    const vfs_index_shape_t *shape, vfs_collection_t *c);


#endif /* _VFS_INDEX_QUERY_H_INCLUDED_ */
