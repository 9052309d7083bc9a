
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_RECORDED_H_INCLUDED_
#define _VFS_TRAIN_RECORDED_H_INCLUDED_


#include "vfs_definition.h"


/*
 * Where the definition asks models: gives it what the worker has recorded below
 * VFS_DATA, for as long as the process lives.  Nothing is asked.
 */

int vfs_train_recorded(vfs_definition_t *def, vfs_error_t *err);

/* Before a pause: the worker may then use the space of old pages again. */

void vfs_train_recorded_release(void);


#endif /* _VFS_TRAIN_RECORDED_H_INCLUDED_ */
