
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_DEFINITION_LOAD_H_INCLUDED_
#define _VFS_DEFINITION_LOAD_H_INCLUDED_


#include "vfs_definition.h"


/*
 * Reads and parses the file of the feature definition and opens its catalogs:
 * what VFS_DEFINITION names, for every program alike.  NULL with a message.
 */

vfs_definition_t *vfs_definition_load(const char *path, vfs_error_t *err);

/* The same without its catalogs: it can be looked at, and folds nothing. */

vfs_definition_t *vfs_definition_read(const char *path, vfs_error_t *err);


#endif /* _VFS_DEFINITION_LOAD_H_INCLUDED_ */
