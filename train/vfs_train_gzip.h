
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_GZIP_H_INCLUDED_
#define _VFS_TRAIN_GZIP_H_INCLUDED_


#include "vfs_error.h"

#include <stdint.h>
#include <zlib.h>


/*
 * Whether what was read up to the end is all of the file: behind gzip, zlib
 * takes whatever is not gzip for the end (RFC 1952, 2.2: a file is a series of
 * members).  "number": of what "unit" names that were read, for the message.
 * The file is inflated once more for that.  Plain files, pipes and devices are
 * VFS_OK.
 */

int vfs_gzip_whole(gzFile gz, const char *path, const char *unit,
    uint64_t number, vfs_error_t *err);


#endif /* _VFS_TRAIN_GZIP_H_INCLUDED_ */
