
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_kernel.h"

#include <string.h>


/* vfs_index_kernel_code.c, once for each instruction set */

extern const vfs_kernel_t  vfs_kernel_baseline;

#if defined(__x86_64__)
extern const vfs_kernel_t  vfs_kernel_avx2;
extern const vfs_kernel_t  vfs_kernel_avx512;
#endif


const vfs_kernel_t *
vfs_kernel_best(void)
{
    size_t               i;
    const vfs_kernel_t  *kernel;
    static const char   *names[] = { "avx512", "avx2" };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        kernel = vfs_kernel_find(names[i]);

        if (kernel != NULL) {
            return kernel;
        }
    }

    return &vfs_kernel_baseline;
}


const vfs_kernel_t *
vfs_kernel_find(const char *name)
{
#if defined(__x86_64__)

    if (strcmp(name, "avx512") == 0 && __builtin_cpu_supports("avx512f")
        && __builtin_cpu_supports("avx512bw"))
    {
        return &vfs_kernel_avx512;
    }

    if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2")) {
        return &vfs_kernel_avx2;
    }

#endif

    if (strcmp(name, "baseline") == 0) {
        return &vfs_kernel_baseline;
    }

    return NULL;
}
