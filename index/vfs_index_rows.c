
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

/* Of the first block to begin with, so that a small namespace takes little. */

#define VFS_ROWS_MIN       16


static int vfs_rows_grow(vfs_rows_t *rows, uint32_t n);
static int vfs_rows_add_block(vfs_rows_t *rows);
static int vfs_rows_init_block(const vfs_rows_t *rows, vfs_block_t *block,
    size_t n, int advice);
static void *vfs_rows_alloc(size_t bytes, int advice);
static void vfs_rows_copy(const vfs_rows_t *rows, vfs_block_t *to,
    const vfs_block_t *from, size_t n);
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
    vfs_rows_settle(rows);

    while (rows->nblocks != 0) {
        vfs_rows_free_block(&rows->blocks[--rows->nblocks]);
    }

    free(rows->blocks);
    rows->blocks = NULL;
}


int
vfs_rows_reserve(vfs_rows_t *rows, uint32_t n)
{
    uint32_t  full;

    full = (uint32_t) 1 << rows->bits;

    if (rows->stride == 0) {
        return VFS_OK;
    }

    if (rows->room < n && rows->room < full
        && vfs_rows_grow(rows, n < full ? n : full) != VFS_OK)
    {
        return VFS_ERROR;
    }

    while ((size_t) rows->nblocks << rows->bits < n) {
        if (vfs_rows_add_block(rows) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


void
vfs_rows_settle(vfs_rows_t *rows)
{
    vfs_rows_free_block(&rows->outgrown);
    memset(&rows->outgrown, 0, sizeof(vfs_block_t));
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
vfs_rows_grow(vfs_rows_t *rows, uint32_t n)
{
    uint32_t     room;
    vfs_block_t  block;

    room = rows->room == 0 ? VFS_ROWS_MIN : rows->room;

    while (room < n) {
        room *= 2;
    }

    if (rows->blocks == NULL) {
        rows->blocks = malloc(sizeof(vfs_block_t));

        if (rows->blocks == NULL) {
            return VFS_ERROR;
        }
    }

    if (vfs_rows_init_block(rows, &block, room, MADV_NOHUGEPAGE) != VFS_OK) {
        return VFS_ERROR;
    }

    vfs_rows_settle(rows);

    if (rows->room != 0) {
        vfs_rows_copy(rows, &block, &rows->blocks[0], rows->room);
        rows->outgrown = rows->blocks[0];
    }

    rows->blocks[0] = block;
    rows->nblocks = 1;
    rows->room = room;

    return VFS_OK;
}


static int
vfs_rows_add_block(vfs_rows_t *rows)
{
    vfs_block_t  *blocks;

    blocks = realloc(rows->blocks, (rows->nblocks + 1) * sizeof(vfs_block_t));
    if (blocks == NULL) {
        return VFS_ERROR;
    }

    rows->blocks = blocks;

    if (vfs_rows_init_block(rows, &blocks[rows->nblocks],
                            (size_t) 1 << rows->bits, MADV_HUGEPAGE)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    rows->nblocks++;

    return VFS_OK;
}


/* Nothing is set: rows that hold no record are passed over. */

static int
vfs_rows_init_block(const vfs_rows_t *rows, vfs_block_t *block, size_t n,
    int advice)
{
    memset(block, 0, sizeof(vfs_block_t));

    block->values = vfs_rows_alloc(n * rows->stride * sizeof(float), advice);
    block->codes = vfs_rows_alloc(n * rows->stride, advice);
    block->scales = malloc(n * sizeof(float));

    if (rows->shape.metric == VFS_INDEX_EUCLIDEAN) {
        block->halves = malloc(n * sizeof(float));
    }

    if (rows->shape.metric == VFS_INDEX_COSINE) {
        block->norms2 = malloc(n * sizeof(float));
    }

    if (block->values == NULL || block->codes == NULL || block->scales == NULL
        || (rows->shape.metric == VFS_INDEX_EUCLIDEAN
            && block->halves == NULL)
        || (rows->shape.metric == VFS_INDEX_COSINE && block->norms2 == NULL))
    {
        vfs_rows_free_block(block);
        return VFS_ERROR;
    }

    return VFS_OK;
}


/* Huge pages spare the scan most of its TLB misses. */

static void *
vfs_rows_alloc(size_t bytes, int advice)
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
        (void) madvise(p, bytes, advice);
    }

    return p;
}


static void
vfs_rows_copy(const vfs_rows_t *rows, vfs_block_t *to,
    const vfs_block_t *from, size_t n)
{
    memcpy(to->values, from->values, n * rows->stride * sizeof(float));
    memcpy(to->codes, from->codes, n * rows->stride);
    memcpy(to->scales, from->scales, n * sizeof(float));

    if (from->halves != NULL) {
        memcpy(to->halves, from->halves, n * sizeof(float));
    }

    if (from->norms2 != NULL) {
        memcpy(to->norms2, from->norms2, n * sizeof(float));
    }
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
