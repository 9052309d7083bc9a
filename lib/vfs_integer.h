
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INTEGER_H_INCLUDED_
#define _VFS_INTEGER_H_INCLUDED_


#include <stdint.h>


#ifdef __cplusplus
extern "C" {
#endif


/* Room for any number, without a terminating zero. */

#define VFS_INTEGER_LEN  20


/*
 * Prints "value" in decimal (libstdc++'s std::to_chars, several times as fast
 * as printf()); "buf" has at least VFS_INTEGER_LEN bytes.  Returns the first
 * byte after the number.
 */

char *vfs_integer_print(char *buf, int64_t value);


#ifdef __cplusplus
}
#endif


#endif /* _VFS_INTEGER_H_INCLUDED_ */
