
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_FILE_MAP_H_INCLUDED_
#define _VFS_FILE_MAP_H_INCLUDED_


#include "vfs_error.h"


/*
 * A vfs_map_pt: maps a file for as long as the process lives.  "data" is the
 * path of the definition that names the file: a relative path starts at its
 * directory.
 */

int vfs_file_map(void *data, const char *path, const char **bytes,
    size_t *len, vfs_error_t *err);


#endif /* _VFS_FILE_MAP_H_INCLUDED_ */
