
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_TEMPORARY_H_INCLUDED_
#define _VFS_TRAIN_TEMPORARY_H_INCLUDED_


#include "vfs_error.h"


/*
 * A new file in TMPDIR (/tmp), open for reading and writing; its path goes to
 * "path" of "size" bytes, and the caller unlinks it.  -1 with a message.
 */

int vfs_temporary_open(char *path, size_t size, vfs_error_t *err);

/* One without a name, which is gone when it is closed. */

int vfs_temporary_file(vfs_error_t *err);


#endif /* _VFS_TRAIN_TEMPORARY_H_INCLUDED_ */
