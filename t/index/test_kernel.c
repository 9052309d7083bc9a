
/*
 * Copyright (C) the vfs authors
 */


#include "draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>


/* The order of operations that vfs_index_kernel.h promises, word by word. */

static float
test_product(const float *one, const float *two, size_t n, int distance)
{
    float   d, lanes[32];
    size_t  i, half;

    memset(lanes, 0, sizeof(lanes));

    for (i = 0; i < n; i++) {
        d = distance ? one[i] - two[i] : 0;
        lanes[i % 32] += distance ? d * d : one[i] * two[i];
    }

    for (half = 16; half != 0; half /= 2) {
        for (i = 0; i < half; i++) {
            lanes[i] += lanes[i + half];
        }
    }

    return lanes[0];
}


static void
test_kernel(const char *name)
{
    float               *query, *rows, out[7], expected;
    size_t               i, stride;
    const vfs_kernel_t  *kernel;

    kernel = vfs_kernel_find(name);

    if (kernel == NULL) {
        print_message("%s: not on this machine\n", name);
        return;
    }

    assert_string_equal(kernel->name, name);

    for (stride = 16; stride <= 16 * 21; stride += 16) {
        query = test_vectors(stride);
        rows = test_vectors(7 * stride);

        kernel->dot(query, rows, stride, 7, out);

        for (i = 0; i < 7; i++) {
            expected = test_product(query, rows + i * stride, stride, 0);
            assert_memory_equal(&out[i], &expected, sizeof(float));
        }

        kernel->distance(query, rows, stride, 7, out);

        for (i = 0; i < 7; i++) {
            expected = test_product(query, rows + i * stride, stride, 1);
            assert_memory_equal(&out[i], &expected, sizeof(float));
        }

        free(query);
        free(rows);
    }
}


/* Every kernel leaves the rows that the definition of the sieve leaves. */

static void
test_sift(const char *name, float *halves)
{
    float                scales[VFS_KERNEL_SIFT], bound;
    int8_t              *codes;
    int16_t             *query;
    int32_t              sum;
    uint32_t             i, k, n, stride;
    uint64_t             left;
    vfs_sieve_t          sieve;
    const vfs_kernel_t  *kernel;

    kernel = vfs_kernel_find(name);

    if (kernel == NULL) {
        return;
    }

    for (n = 1; n <= VFS_KERNEL_SIFT; n++) {
        stride = 16 * (1 + test_random(20));
        query = malloc(stride * sizeof(int16_t));
        codes = malloc(n * stride);
        assert_true(query != NULL && codes != NULL);

        for (i = 0; i < stride; i++) {
            query[i] = (int16_t) (test_random(65535) - 32767);
        }

        for (i = 0; i < n * stride; i++) {
            codes[i] = (int8_t) (test_random(255) - 127);
        }

        for (i = 0; i < n; i++) {
            scales[i] = test_random(9) == 0 ? NAN : test_float();
        }

        sieve.query = query;
        sieve.allowance = 1000 * test_float();
        sieve.weight = 1e6f * test_float();
        sieve.limit = 1e5f * test_float();

        left = kernel->sift(&sieve, codes, scales, halves, stride, n);

        for (i = 0; i < n; i++) {
            sum = 0;

            for (k = 0; k < stride; k++) {
                sum += query[k] * codes[i * stride + k];
            }

            bound = scales[i] * ((float) sum + sieve.allowance);

            if (halves != NULL) {
                bound -= halves[i] * sieve.weight;
            }

            assert_int_equal(left >> i & 1, !(bound < sieve.limit));
        }

        assert_true(n == 64 || left >> n == 0);

        free(query);
        free(codes);
    }
}


static void
test_kernels_leave_the_same_rows(void **state)
{
    float   *halves;
    size_t   i;

    static const char  *names[] = { "baseline", "avx2", "avx512" };

    halves = test_vectors(VFS_KERNEL_SIFT);

    for (i = 0; i < 3; i++) {
        test_sift(names[i], NULL);
        test_sift(names[i], halves);
    }

    free(halves);
}


static void
test_kernels_give_the_same_bits(void **state)
{
    test_kernel("baseline");
    test_kernel("avx2");
    test_kernel("avx512");

    assert_null(vfs_kernel_find("none"));
    assert_non_null(vfs_kernel_find(vfs_kernel_best()->name));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_kernels_give_the_same_bits),
        cmocka_unit_test(test_kernels_leave_the_same_rows),
    };

    return cmocka_run_group_tests_name("index kernels", tests, NULL, NULL);
}
