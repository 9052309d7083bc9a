
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_code.h"
#include "vfs_index_kernel.h"

#include <math.h>
#include <string.h>


/* Within these a squared norm is far from overflow and from denormals. */

#define VFS_CODE_MIN2   1e-25
#define VFS_CODE_MAX2   1e30

/* Half the distance between 1 and the next number of binary32. */

#define VFS_CODE_UNIT   0x1p-24

/* More than binary64 loses in the sums below. */

#define VFS_CODE_ROUND  (1 + 1e-6)


static double vfs_code_gamma(uint32_t stride);


void
vfs_code_row(const float *values, uint32_t stride, vfs_index_metric_e metric,
    int8_t *codes, float *scale, float *half, vfs_code_bounds_t *bounds)
{
    int       code;
    float     peak, step;
    double    y, inverse, norm2, code2, error2;
    uint32_t  i;

    peak = 0;
    norm2 = 0;

    for (i = 0; i < stride; i++) {
        peak = fabsf(values[i]) > peak ? fabsf(values[i]) : peak;
        norm2 += (double) values[i] * values[i];
    }

    if (!(norm2 >= VFS_CODE_MIN2 && norm2 <= VFS_CODE_MAX2)) {
        memset(codes, 0, stride);
        *scale = NAN;
        *half = 0;
        return;
    }

    step = peak / VFS_KERNEL_CODE_MAX;
    inverse = 1 / (double) step;
    code2 = 0;
    error2 = 0;

    for (i = 0; i < stride; i++) {
        y = values[i] * inverse;
        code = (int) (y < 0 ? y - 0.5 : y + 0.5);
        codes[i] = (int8_t) code;

        code2 += (double) code * code;
        error2 += (y - code) * (y - code);
    }

    *scale = metric == VFS_INDEX_COSINE ? (float) (step / sqrt(norm2)) : step;
    *half = (float) (norm2 / 2 * (1 - 16 * VFS_CODE_UNIT));

    bounds->code = fmaxf(bounds->code,
                         (float) (sqrt(code2) * VFS_CODE_ROUND));
    bounds->error = fmaxf(bounds->error,
                          (float) (sqrt(error2) * VFS_CODE_ROUND));
}


int
vfs_code_query(const float *values, uint32_t stride, vfs_code_query_t *query)
{
    int       code;
    double    y, peak, norm2, error2;
    uint32_t  i, most;

    peak = 0;
    norm2 = 0;

    for (i = 0; i < stride; i++) {
        peak = fmax(peak, fabs((double) values[i]));
        norm2 += (double) values[i] * values[i];
    }

    if (!(norm2 >= VFS_CODE_MIN2 && norm2 <= VFS_CODE_MAX2)) {
        return VFS_DECLINED;
    }

    /* as many bits as keep the product with any row within 32 */

    most = INT32_MAX / (VFS_KERNEL_CODE_MAX * stride);
    most = most < INT16_MAX ? most : INT16_MAX;

    query->scale = peak / most;
    error2 = 0;

    for (i = 0; i < stride; i++) {
        y = values[i] / query->scale;
        code = (int) (y < 0 ? y - 0.5 : y + 0.5);
        query->codes[i] = (int16_t) code;
        error2 += (y - code) * (y - code);
    }

    query->norm = sqrt(norm2) / query->scale;
    query->error = sqrt(error2);

    return VFS_OK;
}


float
vfs_code_allowance(const vfs_code_query_t *query, uint32_t stride,
    const vfs_code_bounds_t *bounds)
{
    double  exact, rounding;

    exact = bounds->error * query->norm + bounds->code * query->error;

    /* of the scores, of the scales, and of the comparison itself */

    rounding = (vfs_code_gamma(stride) + 16 * VFS_CODE_UNIT)
               * ((double) bounds->error + bounds->code)
               * (query->norm + query->error);

    return (float) ((exact + rounding) * VFS_CODE_ROUND);
}


float
vfs_code_limit(const vfs_code_query_t *query, uint32_t stride,
    vfs_index_metric_e metric, float worst_rank)
{
    double  limit, norm2, distance;

    switch (metric) {

    case VFS_INDEX_COSINE:
        limit = worst_rank * query->norm;
        break;

    case VFS_INDEX_DOTPRODUCT:
        limit = worst_rank / query->scale;
        break;

    default:

        /* |x - q|^2 is less than d if x * q - |x|^2 / 2 > (|q|^2 - d) / 2 */

        norm2 = query->norm * query->norm * query->scale * query->scale;
        distance = -(double) worst_rank;

        limit = (norm2 - distance * (1 + 2 * vfs_code_gamma(stride))
                 - 8 * VFS_CODE_UNIT * (norm2 + distance))
                / (2 * query->scale);
        break;
    }

    return (float) (limit - 4 * VFS_CODE_UNIT * fabs(limit));
}


/*
 * The relative error of a score as the kernels compute it, of the sum of the
 * products' magnitudes: as many roundings as a lane has additions and the
 * folding has steps, for the product and for a norm under a root.
 */

static double
vfs_code_gamma(uint32_t stride)
{
    uint32_t  roundings;

    roundings = stride / 32 + 8;

    return (4 * roundings + 16) * VFS_CODE_UNIT;
}
