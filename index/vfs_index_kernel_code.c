
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_kernel.h"

#include <string.h>


/*
 * The code of the kernels.  It is compiled several times, each time for
 * another instruction set: VFS_KERNEL_TARGET is the set's name, and
 * VFS_KERNEL_WIDTH the number of floats in one of its registers.
 */

#define vfs_kernel_join2(a, b)  a ## _ ## b
#define vfs_kernel_join(a, b)   vfs_kernel_join2(a, b)
#define vfs_kernel_text2(a)     #a
#define vfs_kernel_text(a)      vfs_kernel_text2(a)

#define VFS_KERNEL              vfs_kernel_join(vfs_kernel, VFS_KERNEL_TARGET)
#define VFS_KERNEL_LANES        32
#define VFS_KERNEL_REGISTERS    (VFS_KERNEL_LANES / VFS_KERNEL_WIDTH)


typedef float  vfs_lanes_t
    __attribute__((vector_size(VFS_KERNEL_WIDTH * sizeof(float))));


static inline float vfs_kernel_fold(vfs_lanes_t *sums);
static void vfs_kernel_dot(const float *query, const float *rows,
    size_t stride, size_t n, float *out);
static void vfs_kernel_distance(const float *query, const float *rows,
    size_t stride, size_t n, float *out);
static uint64_t vfs_kernel_sift(const vfs_sieve_t *sieve, const int8_t *codes,
    const float *scales, const float *halves, size_t stride, size_t n);
static inline int32_t vfs_kernel_code_dot(const int16_t *query,
    const int8_t *codes, size_t stride);


extern const vfs_kernel_t  VFS_KERNEL;

const vfs_kernel_t  VFS_KERNEL = {
    vfs_kernel_text(VFS_KERNEL_TARGET),
    vfs_kernel_dot,
    vfs_kernel_distance,
    vfs_kernel_sift
};


static void
vfs_kernel_dot(const float *query, const float *rows, size_t stride, size_t n,
    float *out)
{
    size_t              i, j, k;
    vfs_lanes_t         sums[VFS_KERNEL_REGISTERS];
    const vfs_lanes_t  *q, *row;

    for (i = 0; i < n; i++) {
        q = (const vfs_lanes_t *) query;
        row = (const vfs_lanes_t *) (rows + i * stride);

#pragma GCC unroll 8
        for (j = 0; j < VFS_KERNEL_REGISTERS; j++) {
            sums[j] = (vfs_lanes_t){ 0 };
        }

        for (k = stride; k >= VFS_KERNEL_LANES; k -= VFS_KERNEL_LANES) {

#pragma GCC unroll 8
            for (j = 0; j < VFS_KERNEL_REGISTERS; j++) {
                sums[j] += *q++ * *row++;
            }
        }

        if (k != 0) {

#pragma GCC unroll 8
            for (j = 0; j < VFS_KERNEL_REGISTERS / 2; j++) {
                sums[j] += *q++ * *row++;
            }
        }

        out[i] = vfs_kernel_fold(sums);
    }
}


static void
vfs_kernel_distance(const float *query, const float *rows, size_t stride,
    size_t n, float *out)
{
    size_t              i, j, k;
    vfs_lanes_t         d, sums[VFS_KERNEL_REGISTERS];
    const vfs_lanes_t  *q, *row;

    for (i = 0; i < n; i++) {
        q = (const vfs_lanes_t *) query;
        row = (const vfs_lanes_t *) (rows + i * stride);

#pragma GCC unroll 8
        for (j = 0; j < VFS_KERNEL_REGISTERS; j++) {
            sums[j] = (vfs_lanes_t){ 0 };
        }

        for (k = stride; k >= VFS_KERNEL_LANES; k -= VFS_KERNEL_LANES) {

#pragma GCC unroll 8
            for (j = 0; j < VFS_KERNEL_REGISTERS; j++) {
                d = *q++ - *row++;
                sums[j] += d * d;
            }
        }

        if (k != 0) {

#pragma GCC unroll 8
            for (j = 0; j < VFS_KERNEL_REGISTERS / 2; j++) {
                d = *q++ - *row++;
                sums[j] += d * d;
            }
        }

        out[i] = vfs_kernel_fold(sums);
    }
}


static uint64_t
vfs_kernel_sift(const vfs_sieve_t *sieve, const int8_t *codes,
    const float *scales, const float *halves, size_t stride, size_t n)
{
    float     bounds[VFS_KERNEL_SIFT];
    size_t    i;
    uint64_t  left;

    for (i = 0; i < n; i++) {
        bounds[i] = (float) vfs_kernel_code_dot(sieve->query,
                                                codes + i * stride, stride);
    }

    for (i = 0; i < n; i++) {
        bounds[i] = scales[i] * (bounds[i] + sieve->allowance);
    }

    if (halves != NULL) {
        for (i = 0; i < n; i++) {
            bounds[i] -= halves[i] * sieve->weight;
        }
    }

    left = 0;

    /* what is not a number is left */

    for (i = 0; i < n; i++) {
        left |= (uint64_t) !(bounds[i] < sieve->limit) << i;
    }

    return left;
}


/* In this form compilers know it for their multiply-and-add instructions. */

static inline int32_t
vfs_kernel_code_dot(const int16_t *query, const int8_t *codes, size_t stride)
{
    size_t   i;
    int32_t  sum;

    sum = 0;

    for (i = 0; i < stride; i++) {
        sum += query[i] * codes[i];
    }

    return sum;
}


static inline float
vfs_kernel_fold(vfs_lanes_t *sums)
{
    float        lanes[VFS_KERNEL_WIDTH];
    size_t       i, half;
    vfs_lanes_t  sum;

#pragma GCC unroll 4
    for (half = VFS_KERNEL_REGISTERS / 2; half != 0; half /= 2) {

#pragma GCC unroll 8
        for (i = 0; i < half; i++) {
            sums[i] += sums[i + half];
        }
    }

    sum = sums[0];
    memcpy(lanes, &sum, sizeof(lanes));

#pragma GCC unroll 4
    for (half = VFS_KERNEL_WIDTH / 2; half != 0; half /= 2) {

#pragma GCC unroll 8
        for (i = 0; i < half; i++) {
            lanes[i] += lanes[i + half];
        }
    }

    return lanes[0];
}
