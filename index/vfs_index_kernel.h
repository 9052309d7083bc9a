
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_KERNEL_H_INCLUDED_
#define _VFS_INDEX_KERNEL_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/*
 * Products of one vector with many, the same to the bit on every machine:
 * element i is multiplied and added, each operation rounded once to binary32
 * (no fused multiply-add), in lane i mod 32; then the lanes are folded in
 * halves, lane i with lane i + 16, i + 8, i + 4, i + 2, i + 1.
 */

#define VFS_KERNEL_ALIGN  64

/* Rows are padded with zeros to a multiple of this. */

#define VFS_KERNEL_STEP   16

/* The magnitude of a row's codes; the rows that are sifted at once. */

#define VFS_KERNEL_CODE_MAX  127
#define VFS_KERNEL_SIFT      64


/* What a row's bound is compared with: see vfs_index_code.h. */

typedef struct {
    const int16_t  *query;        /* codes: products fit 32 bits */
    float           allowance;
    float           weight;       /* of the halves */
    float           limit;
} vfs_sieve_t;


typedef struct {
    const char     *name;

    /*
     * out[i] = the dot product of "query" and rows[i * stride ...], or the
     * square of their Euclidean distance; everything aligned to
     * VFS_KERNEL_ALIGN, "stride" a multiple of VFS_KERNEL_STEP.
     */

    void          (*dot)(const float *query, const float *rows, size_t stride,
                         size_t n, float *out);
    void          (*distance)(const float *query, const float *rows,
                              size_t stride, size_t n, float *out);

    /*
     * A bit for each of at most VFS_KERNEL_SIFT rows, set unless
     *
     *     scales[i] * (query * codes[i * stride ...] + allowance)
     *     - halves[i] * weight < limit
     *
     * "halves" may be NULL.
     */

    uint64_t      (*sift)(const vfs_sieve_t *sieve, const int8_t *codes,
                          const float *scales, const float *halves,
                          size_t stride, size_t n);
} vfs_kernel_t;


/* The fastest that this machine runs. */

const vfs_kernel_t *vfs_kernel_best(void);

/* The one of that name, or NULL if there is none that this machine runs. */

const vfs_kernel_t *vfs_kernel_find(const char *name);


#endif /* _VFS_INDEX_KERNEL_H_INCLUDED_ */
