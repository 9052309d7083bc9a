
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_GETOPT_H_INCLUDED_
#define _VFS_GETOPT_H_INCLUDED_


#include "vfs_error.h"

#include <getopt.h>


#define VFS_GETOPT_LONG  256            /* above all characters */


/*
 * Says why getopt_long() returned '?', with the option as it was typed.  Taken
 * for given: the values of long options are VFS_GETOPT_LONG and above, and no
 * short one takes a value.  "help": where to look, for example
 * "vfs-index --help".
 */

void vfs_getopt_refused(char *const *argv, const struct option *longs,
    const char *help, vfs_error_t *err);


#endif /* _VFS_GETOPT_H_INCLUDED_ */
