
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_ERROR_H_INCLUDED_
#define _VFS_ERROR_H_INCLUDED_


#include <stddef.h>


#define VFS_OK        0
#define VFS_ERROR    -1
#define VFS_DECLINED -2


/*
 * One line for a person: which field, what was expected, what stood there.
 * It never holds a secret or a whole payload.
 */

typedef struct {
    char  text[512];
} vfs_error_t;


/* Writes a printf-style text, cut at the buffer's size; "err" may be NULL. */

void vfs_error_set(vfs_error_t *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


#endif /* _VFS_ERROR_H_INCLUDED_ */
