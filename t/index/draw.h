
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TEST_DRAW_H_INCLUDED_
#define _VFS_TEST_DRAW_H_INCLUDED_


#include "vfs_index_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>


/* Numbers that look random, the same in each run. */

static uint64_t  test_seed = 1;


static uint32_t
test_random(uint32_t n)
{
    test_seed = test_seed * 6364136223846793005ULL + 1442695040888963407ULL;

    return (uint32_t) ((test_seed >> 33) % n);
}


static float
test_float(void)
{
    return ((float) test_random(2000001) - 1000000) / 999983;
}


static float *
test_vectors(size_t n)
{
    float   *vectors;
    size_t   i;

    vectors = aligned_alloc(VFS_KERNEL_ALIGN, (n * sizeof(float) + 63) & ~63);
    assert_non_null(vectors);

    for (i = 0; i < n; i++) {
        vectors[i] = test_float();
    }

    return vectors;
}


#endif /* _VFS_TEST_DRAW_H_INCLUDED_ */
