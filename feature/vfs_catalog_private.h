
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_CATALOG_PRIVATE_H_INCLUDED_
#define _VFS_CATALOG_PRIVATE_H_INCLUDED_


#include "vfs_catalog.h"


#define VFS_CATALOG_MAX  (1U << 30)       /* ids */


/* Where an id and its vector stand. */

typedef struct {
    const char           *id;
    const char           *vector;         /* a JSON list, or packed floats */
    unsigned              id_len;
} vfs_catalog_entry_t;


struct vfs_catalog_s {
    unsigned              dimension;
    unsigned              packed:1;       /* .npy */

    const char           *last;           /* end of the bytes of "vector"s */

    vfs_catalog_entry_t  *entries;
    size_t                nentries;
    size_t                room;

    uint32_t             *table;          /* open addressing: index + 1 */
    size_t                mask;
};


/*
 * Adds an entry, unless the id is malformed; "where" and "n" are for the
 * message: "line" or "row", from 1.
 */

int vfs_catalog_add(vfs_catalog_t *catalog, const vfs_catalog_entry_t *entry,
    const char *where, size_t n, vfs_error_t *err);

/* One vector; VFS_ERROR, without a message, if it is malformed. */

int vfs_catalog_floats(const vfs_catalog_t *catalog, const char *at,
    float *vector);

/* The two kinds of file: call vfs_catalog_add() for each vector. */

int vfs_catalog_read_lines(vfs_catalog_t *catalog, const char *file,
    size_t len, vfs_error_t *err);
int vfs_catalog_read_npy(vfs_catalog_t *catalog, const char *file, size_t len,
    const char *ids, size_t ids_len, vfs_error_t *err);


#endif /* _VFS_CATALOG_PRIVATE_H_INCLUDED_ */
