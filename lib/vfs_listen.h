
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_LISTEN_H_INCLUDED_
#define _VFS_LISTEN_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>


/*
 * A listening socket for "host:port"; -1 with a message that begins with
 * "name", the setting's, and names both.  "remedy": how to be allowed another
 * address than a loopback one; NULL: any may be listened on.
 */

int vfs_listen_open(const char *name, const char *address, const char *remedy,
    vfs_error_t *err);

/* Writes the socket's own address, "host:port", to "buf". */

void vfs_listen_address(int fd, char *buf, size_t size);


#endif /* _VFS_LISTEN_H_INCLUDED_ */
