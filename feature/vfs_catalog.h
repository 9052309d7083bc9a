
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_CATALOG_H_INCLUDED_
#define _VFS_CATALOG_H_INCLUDED_


#include "vfs_definition.h"


/*
 * Vectors by id, as training exports them: JSON lines, each an object with
 * "id" and "vector", or NumPy's .npy (an array of little-endian float32 of two
 * dimensions, in C order) beside a text file with one id a line.  The files
 * stay where they are, in memory that the caller has mapped; a catalog keeps
 * about 40 bytes for each id.
 */

/*
 * "ids" is NULL for JSON lines.  Checks every id and every vector; NULL with a
 * message that names the line or row.  The bytes must outlive the catalog.
 */

vfs_catalog_t *vfs_catalog_create(unsigned dimension, const char *file,
    size_t len, const char *ids, size_t ids_len, vfs_error_t *err);
void vfs_catalog_free(vfs_catalog_t *catalog);

size_t vfs_catalog_count(const vfs_catalog_t *catalog);

/* "dimension" floats to "vector"; VFS_DECLINED if the id is not there. */

int vfs_catalog_vector(const vfs_catalog_t *catalog, const char *id,
    size_t len, float *vector);


/*
 * Opens the catalogs of a definition before it is used.  "map" gives a file's
 * bytes, which must stay until the definition is freed; their SHA-256 must be
 * the one that the definition has.  VFS_ERROR with a message.
 */

typedef int (*vfs_map_pt)(void *data, const char *path, const char **bytes,
    size_t *len, vfs_error_t *err);

int vfs_definition_open(vfs_definition_t *def, vfs_map_pt map, void *data,
    vfs_error_t *err);


#endif /* _VFS_CATALOG_H_INCLUDED_ */
