
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_DIRECTORY_H_INCLUDED_
#define _VFS_DIRECTORY_H_INCLUDED_


#include "vfs_error.h"


/*
 * Creates a directory and those above it, for the owner and the group; it may
 * be there.  VFS_ERROR with a message.
 */

int vfs_directory_make(const char *path, vfs_error_t *err);


#endif /* _VFS_DIRECTORY_H_INCLUDED_ */
