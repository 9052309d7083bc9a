
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_CSV_H_INCLUDED_
#define _VFS_CSV_H_INCLUDED_


#include "vfs_definition.h"
#include "vfs_document.h"


/*
 * Reads one CSV record (RFC 4180) as an object of the definition's columns,
 * each a string; an empty column is left out.  The names point into "def".
 * VFS_DECLINED with a message if the record is malformed, VFS_ERROR if memory
 * is out.
 */

int vfs_csv_parse(const vfs_definition_t *def, const char *text, size_t len,
    vfs_document_t *doc, vfs_error_t *err);


#endif /* _VFS_CSV_H_INCLUDED_ */
