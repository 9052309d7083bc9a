
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_ACCESS_H_INCLUDED_
#define _VFS_INDEX_ACCESS_H_INCLUDED_


#include "vfs_error.h"

#include <stdint.h>

#include <sys/socket.h>


/* The access log: a line of logfmt for each request, written at once. */

typedef struct vfs_access_s  vfs_access_t;


typedef struct {
    const struct sockaddr  *client;      /* NULL: not known */
    const char             *method;
    const char             *path;        /* without the parameters */
    const char             *operation;
    unsigned                status;      /* 0: ended without an answer */
    size_t                  received;
    size_t                  sent;
    uint64_t                us;
} vfs_access_line_t;


/* "path" is a file that is appended to, or "-" for standard error. */

vfs_access_t *vfs_access_open(const char *path, vfs_error_t *err);
void vfs_access_close(vfs_access_t *access);

/* Opens the file anew: somebody has moved it.  Keeps the old one if it fails */

int vfs_access_reopen(vfs_access_t *access, vfs_error_t *err);

void vfs_access_write(vfs_access_t *access, const vfs_access_line_t *line);


#endif /* _VFS_INDEX_ACCESS_H_INCLUDED_ */
