
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_ROWS_H_INCLUDED_
#define _VFS_INDEX_ROWS_H_INCLUDED_


#include "vfs_index_code.h"
#include "vfs_index_kernel.h"


/*
 * The vectors of a collection and their codes, in blocks of rows, laid out for
 * the scan.
 */

typedef struct {
    float              *values;       /* stride floats a row, zero-padded */
    int8_t             *codes;        /* stride codes a row */
    float              *scales;
    float              *halves;       /* Euclidean: see vfs_index_code.h */
    float              *norms2;       /* cosine: squared norms, a kernel's */
} vfs_block_t;


typedef struct {
    vfs_index_shape_t    shape;
    const vfs_kernel_t  *kernel;
    uint32_t             stride;
    unsigned             bits;         /* rows in a block, as a power of two */
    vfs_block_t         *blocks;
    uint32_t             nblocks;
    uint32_t             room;         /* rows of the first block, it grows */
    vfs_block_t          outgrown;     /* the first block before it grew */
    vfs_code_bounds_t    bounds;
} vfs_rows_t;


#define vfs_rows_block(rows, row)                                             \
    (&(rows)->blocks[(row) >> (rows)->bits])

/* The place of a row in its block. */

#define vfs_rows_place(rows, row)                                             \
    ((size_t) ((row) & ((1u << (rows)->bits) - 1)))

#define vfs_rows_values(rows, row)                                            \
    (vfs_rows_block(rows, row)->values                                        \
     + vfs_rows_place(rows, row) * (rows)->stride)


void vfs_rows_init(vfs_rows_t *rows, const vfs_index_shape_t *shape);
void vfs_rows_free(vfs_rows_t *rows);

/*
 * Makes room for rows below "n"; nothing to do if there is no dimension.
 * Values may move by that; where they were they stay readable until
 * vfs_rows_settle(), or until they move again.
 */

int vfs_rows_reserve(vfs_rows_t *rows, uint32_t n);
void vfs_rows_settle(vfs_rows_t *rows);

/* Sets a row; "values" has the shape's dimension, and may be the row's own. */

void vfs_rows_put(vfs_rows_t *rows, uint32_t row, const float *values);


#endif /* _VFS_INDEX_ROWS_H_INCLUDED_ */
