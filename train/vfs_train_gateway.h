
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_GATEWAY_H_INCLUDED_
#define _VFS_TRAIN_GATEWAY_H_INCLUDED_


#include "vfs_train_track.h"
#include "vfs_train_web.h"


/* Asks the gateway at "url" for every id of "track", a hundred at a time. */

int vfs_gateway_fetch(vfs_web_t *web, const char *url, vfs_track_t *track,
    vfs_error_t *err);

/*
 * Lets "track" see every id that the index at "url" lists in the namespaces of
 * the definition.
 */

int vfs_gateway_list(vfs_web_t *web, const char *url, vfs_track_t *track,
    vfs_error_t *err);


#endif /* _VFS_TRAIN_GATEWAY_H_INCLUDED_ */
