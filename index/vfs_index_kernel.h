
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_KERNEL_H_INCLUDED_
#define _VFS_INDEX_KERNEL_H_INCLUDED_


#include <stddef.h>


/*
 * Products of one vector with many, the same to the bit on every machine:
 * element i is multiplied and added, each operation rounded once to binary32
 * (no fused multiply-add), in lane i mod 32; then the lanes are folded in
 * halves, lane i with lane i + 16, i + 8, i + 4, i + 2, i + 1.
 */

#define VFS_KERNEL_ALIGN  64

/* Rows are padded with zeros to a multiple of this. */

#define VFS_KERNEL_STEP   16


typedef struct {
    const char  *name;

    /*
     * out[i] = the dot product of "query" and rows[i * stride ...], or the
     * square of their Euclidean distance; everything aligned to
     * VFS_KERNEL_ALIGN, "stride" a multiple of VFS_KERNEL_STEP.
     */

    void       (*dot)(const float *query, const float *rows, size_t stride,
                      size_t n, float *out);
    void       (*distance)(const float *query, const float *rows,
                           size_t stride, size_t n, float *out);
} vfs_kernel_t;


/* The fastest that this machine runs. */

const vfs_kernel_t *vfs_kernel_best(void);

/* The one of that name, or NULL if there is none that this machine runs. */

const vfs_kernel_t *vfs_kernel_find(const char *name);


#endif /* _VFS_INDEX_KERNEL_H_INCLUDED_ */
