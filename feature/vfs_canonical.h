
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_CANONICAL_H_INCLUDED_
#define _VFS_CANONICAL_H_INCLUDED_


#include "vfs_definition.h"
#include "vfs_document.h"


/*
 * The canonical form of RFC 8785 (JSON Canonicalization Scheme): no white
 * space, names sorted by their UTF-16 code units, numbers and strings in the
 * one form that ECMAScript gives them.  "without" lists the values of members
 * that are left out (NULL-terminated; NULL: none).  *text is allocated, the
 * caller frees it.  VFS_ERROR if memory is out or a number is beyond binary64.
 */

int vfs_canonical_form(const vfs_node_t *node,
    const vfs_node_t *const *without, char **text, size_t *len);

/* The first 64 bits of its SHA-256 as VFS_DEFINITION_HASH hex digits. */

int vfs_canonical_hash(const vfs_node_t *node,
    const vfs_node_t *const *without, char *hash);


#endif /* _VFS_CANONICAL_H_INCLUDED_ */
