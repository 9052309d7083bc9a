
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_DEFINITION_PRIVATE_H_INCLUDED_
#define _VFS_DEFINITION_PRIVATE_H_INCLUDED_


#include "vfs_definition_read.h"


/* The sections of the file, in the order in which they are read. */

int vfs_definition_events(vfs_definition_t *def, const vfs_section_t *root);
int vfs_definition_sources(vfs_definition_t *def, const vfs_section_t *root);
int vfs_definition_features(vfs_definition_t *def, const vfs_section_t *root);


#endif /* _VFS_DEFINITION_PRIVATE_H_INCLUDED_ */
