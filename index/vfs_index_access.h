
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_ACCESS_H_INCLUDED_
#define _VFS_INDEX_ACCESS_H_INCLUDED_


#include "vfs_error.h"

#include <stdint.h>

#include <sys/socket.h>


/*
 * The access log: a line of logfmt for each request.  A thread of its own
 * writes it, so that no request ever waits for a disk or for the reader of a
 * pipe: lines that find too many before them are dropped and counted.
 */

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


/*
 * "path" is a file that is appended to, or "-" for standard error, and must
 * live as long as the log.  Signals are blocked already.  Closing waits for
 * the last lines, but not for ever.
 */

vfs_access_t *vfs_access_open(const char *path, vfs_error_t *err);
void vfs_access_close(vfs_access_t *access);

/*
 * Has the file opened anew: somebody has moved it.  The old one is kept, and
 * an error logged, if that fails.
 */

void vfs_access_reopen(vfs_access_t *access);

void vfs_access_write(vfs_access_t *access, const vfs_access_line_t *line);

/* The lines that were not written. */

uint64_t vfs_access_dropped(vfs_access_t *access);


#endif /* _VFS_INDEX_ACCESS_H_INCLUDED_ */
