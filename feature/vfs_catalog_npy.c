
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_catalog_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* NumPy Enhancement Proposal 1: magic, version, header's length, header. */

#define VFS_NPY_MAGIC       "\x93NUMPY"
#define VFS_NPY_MAGIC_LEN   6
#define VFS_NPY_MAX_HEADER  1024


static int vfs_npy_header(const char *file, size_t len, unsigned dimension,
    const char **data, size_t *rows);
static int vfs_npy_shape(const char *header, unsigned dimension,
    size_t *rows);
static int vfs_npy_rows(vfs_catalog_t *catalog, const char *data, size_t rows,
    const char *ids, size_t ids_len, vfs_error_t *err);


int
vfs_catalog_read_npy(vfs_catalog_t *catalog, const char *file, size_t len,
    const char *ids, size_t ids_len, vfs_error_t *err)
{
    size_t       rows, left, row;
    const char  *data;

    if (vfs_npy_header(file, len, catalog->dimension, &data, &rows) != VFS_OK)
    {
        vfs_error_set(err, "expected a .npy file of little-endian float32 in "
                      "C order with the shape (rows, %u)",
                      catalog->dimension);
        return VFS_ERROR;
    }

    left = (size_t) (file + len - data);
    row = (size_t) catalog->dimension * 4;

    if (left % row != 0 || left / row != rows) {
        vfs_error_set(err, "expected %zu rows of %zu bytes, got %zu bytes",
                      rows, row, left);
        return VFS_ERROR;
    }

    return vfs_npy_rows(catalog, data, rows, ids, ids_len, err);
}


static int
vfs_npy_header(const char *file, size_t len, unsigned dimension,
    const char **data, size_t *rows)
{
    char                  header[VFS_NPY_MAX_HEADER + 1];
    size_t                n, prefix;
    const unsigned char  *p;

    p = (const unsigned char *) file;

    if (len < VFS_NPY_MAGIC_LEN + 6
        || memcmp(p, VFS_NPY_MAGIC, VFS_NPY_MAGIC_LEN) != 0
        || p[6] < 1
        || p[6] > 3)
    {
        return VFS_ERROR;
    }

    prefix = VFS_NPY_MAGIC_LEN + 2;
    n = (size_t) p[prefix] | (size_t) p[prefix + 1] << 8;

    if (p[6] == 1) {
        prefix += 2;

    } else {
        n |= (size_t) p[prefix + 2] << 16 | (size_t) p[prefix + 3] << 24;
        prefix += 4;
    }

    if (n > VFS_NPY_MAX_HEADER || n > len - prefix) {
        return VFS_ERROR;
    }

    memcpy(header, file + prefix, n);
    header[n] = '\0';
    *data = file + prefix + n;

    if (strstr(header, "'descr': '<f4'") == NULL
        || strstr(header, "'fortran_order': False") == NULL)
    {
        return VFS_ERROR;
    }

    return vfs_npy_shape(header, dimension, rows);
}


static int
vfs_npy_shape(const char *header, unsigned dimension, size_t *rows)
{
    int                  end;
    unsigned             columns;
    const char          *shape;
    unsigned long long   n;

    shape = strstr(header, "'shape': (");
    if (shape == NULL) {
        return VFS_ERROR;
    }

    end = 0;

    if (sscanf(shape, "'shape': (%18llu, %9u)%n", &n, &columns, &end) != 2
        || end == 0
        || columns != dimension)
    {
        return VFS_ERROR;
    }

    *rows = (size_t) n;

    return VFS_OK;
}


static int
vfs_npy_rows(vfs_catalog_t *catalog, const char *data, size_t rows,
    const char *ids, size_t ids_len, vfs_error_t *err)
{
    int                   rc;
    float                *vector;
    size_t                n;
    const char           *last, *end;
    vfs_catalog_entry_t   entry;

    vector = malloc(catalog->dimension * sizeof(float));
    if (vector == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    rc = VFS_OK;
    last = ids + ids_len;

    for (n = 1; n <= rows && rc == VFS_OK; n++) {

        end = ids == last ? NULL : memchr(ids, '\n', (size_t) (last - ids));
        if (end == NULL) {
            end = last;
        }

        entry.id = ids;
        entry.id_len = (unsigned) (end - ids > VFS_MAX_ID_LEN + 1
                                   ? VFS_MAX_ID_LEN + 1 : end - ids);
        entry.vector = data;

        if (entry.id_len > 0 && ids[entry.id_len - 1] == '\r') {
            entry.id_len--;
        }

        if (vfs_catalog_floats(catalog, data, vector) != VFS_OK) {
            vfs_error_set(err, "row %zu: expected numbers from -1024 to 1024",
                          n);
            rc = VFS_ERROR;
            break;
        }

        rc = vfs_catalog_add(catalog, &entry, "row", n, err);

        data += (size_t) catalog->dimension * 4;
        ids = end == last ? last : end + 1;
    }

    free(vector);

    if (rc == VFS_OK && ids != last) {
        vfs_error_set(err, "expected %zu ids, one a row, got more", rows);
        return VFS_ERROR;
    }

    return rc;
}
