
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_METADATA_H_INCLUDED_
#define _VFS_COPY_METADATA_H_INCLUDED_


#include <stddef.h>


/*
 * Whether two JSON objects mean the same: members in any order, numbers as
 * binary64, strings without their escapes.  NULL is none and equals NULL
 * alone.  VFS_ERROR: out of memory.
 */

int vfs_metadata_same(const char *one, size_t one_len, const char *two,
    size_t two_len, unsigned *same);


#endif /* _VFS_COPY_METADATA_H_INCLUDED_ */
