
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"


typedef struct {
    const char  *path;
    const char  *what;
    unsigned     control:1;        /* of the control plane */
} vfs_unsupported_t;


static const vfs_unsupported_t  vfs_unsupported[] = {

    { "/bulk/imports", "imports", 0 },
    { "/bulk/imports/{}", "imports", 0 },
    { "/records/namespaces/{}/{}", "records whose text Pinecone embeds", 0 },
    { "/namespaces/{}/documents/{}", "documents", 0 },
    { "/VectorService/{}", "gRPC", 0 },

    { "/indexes/{}/backups", "backups (vfs-index backup makes them)", 1 },
    { "/backups", "backups (vfs-index backup makes them)", 1 },
    { "/backups/{}", "backups (vfs-index backup makes them)", 1 },
    { "/backups/{}/{}", "backups (vfs-index backup makes them)", 1 },
    { "/restore-jobs", "backups (vfs-index backup makes them)", 1 },
    { "/restore-jobs/{}", "backups (vfs-index backup makes them)", 1 },
    { "/collections", "collections", 1 },
    { "/collections/{}", "collections", 1 },
    { "/embed", "inference", 1 },
    { "/rerank", "inference", 1 },
    { "/models", "inference", 1 },
    { "/models/{}", "inference", 1 },

    { NULL, NULL, 0 }
};


int
vfs_unsupported_handler(vfs_request_t *r)
{
    return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                     "vfs-index does not support records whose text Pinecone "
                     "embeds");
}


/*
 * With a status that no client retries, and of which all show the message: so
 * Pinecone itself refuses what an index does not support.
 */

int
vfs_route_missing(vfs_request_t *r)
{
    const vfs_unsupported_t  *known;

    for (known = vfs_unsupported; known->path != NULL; known++) {

        if (vfs_route_matches(r, known->path)) {
            r->control = known->control;

            return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                             "vfs-index does not support %s", known->what);
        }
    }

    return vfs_fault(&r->fault, VFS_CODE_NOT_FOUND, "Not found");
}
