
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_HANDLERS_H_INCLUDED_
#define _VFS_INDEX_HANDLERS_H_INCLUDED_


#include "vfs_index_request.h"


/*
 * Finds the route of r->path and sets r->route, r->index and r->parameter.
 * VFS_ERROR with the fault set if there is none, or none for this method.
 */

int vfs_route_find(vfs_request_t *r);

/*
 * Whether the pattern of a path, in which "{}" stands for one part, is that of
 * r->path; sets r->parameter to the last such part.
 */

int vfs_route_matches(vfs_request_t *r, const char *pattern);

/* The fault of a path without a route: it says if Pinecone has one. */

int vfs_route_missing(vfs_request_t *r);

/* All routes, ended by one without a path. */

extern const vfs_route_t  vfs_routes[];

unsigned vfs_route_count(void);

/* Writes the answer to a request that failed, in the shape of its plane. */

void vfs_reply_fault(vfs_request_t *r);


/* The data plane, one file each. */

int vfs_upsert_handler(vfs_request_t *r);
int vfs_query_handler(vfs_request_t *r);
int vfs_fetch_handler(vfs_request_t *r);
int vfs_fetch_filter_handler(vfs_request_t *r);
int vfs_list_handler(vfs_request_t *r);
int vfs_update_handler(vfs_request_t *r);
int vfs_delete_handler(vfs_request_t *r);
int vfs_stats_handler(vfs_request_t *r);
int vfs_namespaces_handler(vfs_request_t *r);
int vfs_namespace_handler(vfs_request_t *r);
int vfs_namespace_create_handler(vfs_request_t *r);
int vfs_namespace_delete_handler(vfs_request_t *r);

/* The control plane. */

int vfs_indexes_handler(vfs_request_t *r);
int vfs_index_handler(vfs_request_t *r);
int vfs_index_create_handler(vfs_request_t *r);
int vfs_index_configure_handler(vfs_request_t *r);
int vfs_index_delete_handler(vfs_request_t *r);

/* What Pinecone has and this program has not, on a path that others share. */

int vfs_unsupported_handler(vfs_request_t *r);

/* For machines that watch this one. */

int vfs_health_handler(vfs_request_t *r);
int vfs_metrics_handler(vfs_request_t *r);


#endif /* _VFS_INDEX_HANDLERS_H_INCLUDED_ */
