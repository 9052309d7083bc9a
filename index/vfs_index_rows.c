
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_rows.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>


/* The codes of a block fill a huge page, its values four. */

#define VFS_ROWS_HUGE      ((size_t) 2 * 1024 * 1024)
#define VFS_ROWS_MIN_BITS  4
#define VFS_ROWS_MAX_BITS  14


static int vfs_rows_add_block(vfs_rows_t *rows);
static void *vfs_rows_alloc(const vfs_rows_t *rows, size_t bytes);
static void vfs_rows_free_block(vfs_block_t *block);


void
vfs_rows_init(vfs_rows_t *rows, const vfs_index_shape_t *shape)
{
    memset(rows, 0, sizeof(vfs_rows_t));

    rows->shape = *shape;
    rows->kernel = vfs_kernel_best();
    rows->stride = (shape->dimension + VFS_KERNEL_STEP - 1)
                   & ~(uint32_t) (VFS_KERNEL_STEP - 1);
    rows->bits = VFS_ROWS_MAX_BITS;

    while (rows->bits > VFS_ROWS_MIN_BITS
           && (size_t) rows->stride << rows->bits > VFS_ROWS_HUGE)
    {
        rows->bits--;
    }
}


void
vfs_rows_free(vfs_rows_t *rows)
{
    while (rows->nblocks != 0) {
        vfs_rows_free_block(&rows->blocks[--rows->nblocks]);
    }

    free(rows->blocks);
    rows->blocks = NULL;
}


int
vfs_rows_reserve(vfs_rows_t *rows, uint32_t n)
{
    while (rows->stride != 0 && (size_t) rows->nblocks << rows->bits < n) {
        if (vfs_rows_add_block(rows) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


void
vfs_rows_put(vfs_rows_t *rows, uint32_t row, const float *values)
{
    float        *to, half;
    size_t        place;
    uint32_t      dimension;
    vfs_block_t  *block;

    dimension = rows->shape.dimension;

    if (dimension == 0) {
        return;
    }

    to = vfs_rows_values(rows, row);
    memmove(to, values, dimension * sizeof(float));
    memset(to + dimension, 0, (rows->stride - dimension) * sizeof(float));

    block = vfs_rows_block(rows, row);
    place = vfs_rows_place(rows, row);

    vfs_code_row(to, rows->stride, rows->shape.metric,
                 block->codes + place * rows->stride, &block->scales[place],
                 &half, &rows->bounds);

    if (block->halves != NULL) {
        block->halves[place] = half;
    }

    if (block->norms2 != NULL) {
        rows->kernel->dot(to, to, rows->stride, 1, &block->norms2[place]);
    }
}


static int
vfs_rows_add_block(vfs_rows_t *rows)
{
    size_t        n;
    vfs_block_t  *blocks, *block;

    blocks = realloc(rows->blocks, (rows->nblocks + 1) * sizeof(vfs_block_t));
    if (blocks == NULL) {
        return VFS_ERROR;
    }

    rows->blocks = blocks;
    block = &blocks[rows->nblocks];
    n = (size_t) 1 << rows->bits;

    block->values = vfs_rows_alloc(rows, n * rows->stride * sizeof(float));
    block->codes = vfs_rows_alloc(rows, n * rows->stride);
    block->scales = calloc(n, sizeof(float));
    block->halves = NULL;
    block->norms2 = NULL;

    if (rows->shape.metric == VFS_INDEX_EUCLIDEAN) {
        block->halves = calloc(n, sizeof(float));
    }

    if (rows->shape.metric == VFS_INDEX_COSINE) {
        block->norms2 = calloc(n, sizeof(float));
    }

    if (block->values == NULL || block->codes == NULL || block->scales == NULL
        || (rows->shape.metric == VFS_INDEX_EUCLIDEAN
            && block->halves == NULL)
        || (rows->shape.metric == VFS_INDEX_COSINE && block->norms2 == NULL))
    {
        vfs_rows_free_block(block);
        return VFS_ERROR;
    }

    rows->nblocks++;

    return VFS_OK;
}


/*
 * Huge pages spare the scan most of its TLB misses; the first block goes
 * without, so that a small namespace takes little.
 */

static void *
vfs_rows_alloc(const vfs_rows_t *rows, size_t bytes)
{
    int    huge;
    void  *p;

    huge = bytes >= VFS_ROWS_HUGE;

    if (posix_memalign(&p, huge ? VFS_ROWS_HUGE : VFS_KERNEL_ALIGN, bytes)
        != 0)
    {
        return NULL;
    }

    if (huge) {
        (void) madvise(p, bytes, (rows->nblocks != 0) ? MADV_HUGEPAGE
                                                      : MADV_NOHUGEPAGE);
    }

    return p;
}


static void
vfs_rows_free_block(vfs_block_t *block)
{
    free(block->values);
    free(block->codes);
    free(block->scales);
    free(block->halves);
    free(block->norms2);
}
