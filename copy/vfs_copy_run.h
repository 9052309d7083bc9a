
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_RUN_H_INCLUDED_
#define _VFS_COPY_RUN_H_INCLUDED_


#include "vfs_copy_options.h"

#include <signal.h>


/*
 * Copies and compares what the options say, and reports on standard output.
 * VFS_DECLINED with a message: *stop was set; VFS_ERROR with a message: the
 * indexes do not hold the same, or it could not be done.
 */

int vfs_copy_run(const vfs_copy_options_t *options,
    const volatile sig_atomic_t *stop, vfs_error_t *err);


#endif /* _VFS_COPY_RUN_H_INCLUDED_ */
