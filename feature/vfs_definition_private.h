
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

/* A source of the type "model"; it frees what it read, also after a failure. */

int vfs_definition_model(vfs_source_t *source, const vfs_section_t *sources,
    const vfs_node_t *node);
void vfs_definition_model_free(vfs_model_t *model);


#endif /* _VFS_DEFINITION_PRIVATE_H_INCLUDED_ */
