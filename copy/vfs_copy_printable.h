
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_PRINTABLE_H_INCLUDED_
#define _VFS_COPY_PRINTABLE_H_INCLUDED_


#include <stddef.h>


/* Room for an id or a namespace in a message. */

#define VFS_PRINTABLE  192


/*
 * The text with a question mark for each byte that is no printable ASCII, cut
 * with "..." if it does not fit into "size" bytes (at least 4) with the
 * terminating zero.  Returns "buf".
 */

char *vfs_printable(char *buf, size_t size, const char *text, size_t len);


#endif /* _VFS_COPY_PRINTABLE_H_INCLUDED_ */
