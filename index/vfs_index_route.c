
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"

#include <string.h>


static int vfs_route_prefix(vfs_request_t *r);


const vfs_route_t  vfs_routes[] = {

    { VFS_POST, "/vectors/upsert", "upsert", vfs_upsert_handler, 0, 0 },
    { VFS_POST, "/query", "query", vfs_query_handler, 0, 0 },
    { VFS_GET, "/vectors/fetch", "fetch", vfs_fetch_handler, 0, 0 },
    { VFS_POST, "/vectors/fetch_by_metadata", "fetch_by_metadata",
      vfs_fetch_filter_handler, 0, 0 },
    { VFS_GET, "/vectors/list", "list", vfs_list_handler, 0, 0 },
    { VFS_POST, "/vectors/update", "update", vfs_update_handler, 0, 0 },
    { VFS_POST|VFS_DELETE, "/vectors/delete", "delete", vfs_delete_handler,
      0, 0 },
    { VFS_GET|VFS_POST, "/describe_index_stats", "stats", vfs_stats_handler,
      0, 0 },

    { VFS_GET, "/namespaces", "list_namespaces", vfs_namespaces_handler,
      0, 0 },
    { VFS_POST, "/namespaces", "create_namespace",
      vfs_namespace_create_handler, 0, 0 },
    { VFS_GET, "/namespaces/{}", "describe_namespace", vfs_namespace_handler,
      0, 0 },
    { VFS_DELETE, "/namespaces/{}", "delete_namespace",
      vfs_namespace_delete_handler, 0, 0 },

    { VFS_GET, "/indexes", "list_indexes", vfs_indexes_handler, 1, 0 },
    { VFS_POST, "/indexes", "create_index", vfs_index_create_handler, 1, 0 },
    { VFS_POST, "/indexes/create-for-model", "create_index_for_model",
      vfs_unsupported_handler, 1, 0 },
    { VFS_GET, "/indexes/{}", "describe_index", vfs_index_handler, 1, 0 },
    { VFS_PATCH, "/indexes/{}", "configure_index",
      vfs_index_configure_handler, 1, 0 },
    { VFS_DELETE, "/indexes/{}", "delete_index", vfs_index_delete_handler,
      1, 0 },

    { VFS_GET, "/healthz", "health", vfs_health_handler, 0, 1 },
    { VFS_GET, "/metrics", "metrics", vfs_metrics_handler, 0, 0 },

    { 0, NULL, NULL, NULL, 0, 0 }
};


unsigned
vfs_route_count(void)
{
    return sizeof(vfs_routes) / sizeof(vfs_routes[0]) - 1;
}


int
vfs_route_find(vfs_request_t *r)
{
    const vfs_route_t  *route;

    if (vfs_route_prefix(r) != VFS_OK) {
        return VFS_ERROR;
    }

    r->allowed = 0;

    for (route = vfs_routes; route->path != NULL; route++) {

        if (!vfs_route_matches(r, route->path)) {
            continue;
        }

        r->route = route;
        r->control = route->control;
        r->allowed |= route->methods;

        if (route->methods & r->method) {
            return vfs_request_decode(r, &r->parameter);
        }
    }

    if (r->allowed != 0) {
        return vfs_fault(&r->fault, VFS_CODE_METHOD_NOT_ALLOWED,
                         "Method not allowed");
    }

    return vfs_route_missing(r);
}


static int
vfs_route_prefix(vfs_request_t *r)
{
    size_t       len;
    const char  *p, *last, *end;

    r->index.data = VFS_INDEX_DEFAULT;
    r->index.len = strlen(VFS_INDEX_DEFAULT);

    len = strlen(VFS_ROUTE_PREFIX);

    if (r->path.len < len || memcmp(r->path.data, VFS_ROUTE_PREFIX, len) != 0)
    {
        return VFS_OK;
    }

    p = r->path.data + len;
    last = r->path.data + r->path.len;
    end = memchr(p, '/', last - p);

    if (end == NULL || end == p || end - p > VFS_INDEX_MAX_NAME) {
        return vfs_fault(&r->fault, VFS_CODE_NOT_FOUND, "Not found");
    }

    r->index.data = p;
    r->index.len = end - p;
    r->path.data = end;
    r->path.len = last - end;

    return VFS_OK;
}


int
vfs_route_matches(vfs_request_t *r, const char *pattern)
{
    const char  *p, *last;

    p = r->path.data;
    last = p + r->path.len;

    for ( /* void */ ; *pattern != '\0'; pattern++) {

        if (*pattern != '{') {

            if (p == last || *p++ != *pattern) {
                return 0;
            }

            continue;
        }

        pattern++;
        r->parameter.data = p;

        while (p < last && *p != '/') {
            p++;
        }

        r->parameter.len = p - r->parameter.data;

        if (r->parameter.len == 0) {
            return 0;
        }
    }

    return p == last;
}
