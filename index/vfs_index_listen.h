
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_LISTEN_H_INCLUDED_
#define _VFS_INDEX_LISTEN_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>


/*
 * A listening socket for "host:port"; -1 with a message that names both.  The
 * host must be a loopback address unless "anywhere" is set.
 */

int vfs_listen_open(const char *address, int anywhere, vfs_error_t *err);

/* Writes the socket's own address, "host:port", to "buf". */

void vfs_listen_address(int fd, char *buf, size_t size);


#endif /* _VFS_INDEX_LISTEN_H_INCLUDED_ */
