
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


static uint64_t  counts[VFS_HISTOGRAM_BUCKETS];


static void
add(uint64_t us)
{
    counts[vfs_histogram_index(us)]++;
}


static int
reset(void **state)
{
    memset(counts, 0, sizeof(counts));

    return 0;
}


static uint64_t
random_duration(uint64_t *seed)
{
    uint64_t  bits;

    /* SplitMix64; the top bits choose the magnitude */

    *seed += 0x9e3779b97f4a7c15ULL;
    bits = *seed;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    bits ^= bits >> 31;

    return (bits >> 37) >> (bits & 31);
}


static int
compare(const void *one, const void *two)
{
    const uint64_t  *a = one;
    const uint64_t  *b = two;

    return (*a > *b) - (*a < *b);
}


static void
buckets_meet(void **state)
{
    unsigned  i;
    uint64_t  lower, upper;

    for (i = 0; i < VFS_HISTOGRAM_BUCKETS; i++) {
        lower = vfs_histogram_lower(i);
        upper = vfs_histogram_lower(i + 1);

        assert_true(lower < upper);
        assert_int_equal(vfs_histogram_index(lower), i);
        assert_int_equal(vfs_histogram_index(upper - 1), i);
    }
}


static void
buckets_are_narrow(void **state)
{
    unsigned  i;
    uint64_t  lower;

    for (i = 32; i < VFS_HISTOGRAM_BUCKETS; i++) {
        lower = vfs_histogram_lower(i);

        assert_true((vfs_histogram_lower(i + 1) - lower) * 32 <= lower);
    }
}


static void
the_last_bucket_takes_the_rest(void **state)
{
    assert_int_equal(vfs_histogram_index(1ULL << 27),
                     VFS_HISTOGRAM_BUCKETS - 1);
    assert_int_equal(vfs_histogram_index((1ULL << 27) - 1),
                     VFS_HISTOGRAM_BUCKETS - 2);
    assert_int_equal(vfs_histogram_index(UINT64_MAX),
                     VFS_HISTOGRAM_BUCKETS - 1);
    assert_int_equal(vfs_histogram_lower(VFS_HISTOGRAM_BUCKETS - 1),
                     1 << 27);
}


static void
nothing_has_no_quantiles(void **state)
{
    assert_true(vfs_histogram_quantile(counts, 0.5) == 0);
    assert_true(vfs_histogram_quantile(counts, 1) == 0);
}


static void
small_durations_are_exact(void **state)
{
    unsigned  i;

    for (i = 1; i <= 50; i++) {
        add(i);
    }

    for (i = 1; i <= 50; i++) {
        assert_true(vfs_histogram_quantile(counts, i / 50.0) == i);
    }

    assert_true(vfs_histogram_quantile(counts, 0.001) == 1);
}


static void
wide_buckets_answer_their_middle(void **state)
{
    add(65);
    assert_true(vfs_histogram_quantile(counts, 1) == 64.5);
}


/* 7 % of 100 is the 7th, though 0.07 * 100 is a little more than 7. */

static void
ranks_are_not_rounded_up(void **state)
{
    unsigned  i;

    for (i = 1; i <= 30; i++) {
        add(i);
        add(i);
    }

    for (i = 0; i < 40; i++) {
        add(31);
    }

    assert_true(vfs_histogram_quantile(counts, 0.07) == 4);
    assert_true(vfs_histogram_quantile(counts, 0.06) == 3);
    assert_true(vfs_histogram_quantile(counts, 0.56) == 28);
}


static void
large_counts_do_not_overflow(void **state)
{
    counts[10] = 1ULL << 60;
    counts[20] = 1;

    assert_true(vfs_histogram_quantile(counts, 0.5) == 10);
    assert_true(vfs_histogram_quantile(counts, 1) == 20);
}


/* Against the sorted durations themselves: off by half a bucket at most. */

static void
quantiles_are_near_exact_ones(void **state)
{
    size_t           i, k, n;
    double           got, exact;
    uint64_t         seed;
    static uint64_t  durations[20000];

    static const double  qs[] = { 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99,
                                  0.999, 1 };

    seed = 42;
    n = sizeof(durations) / sizeof(durations[0]);

    for (i = 0; i < n; i++) {
        durations[i] = random_duration(&seed);
        add(durations[i]);
    }

    qsort(durations, n, sizeof(uint64_t), compare);

    for (k = 0; k < sizeof(qs) / sizeof(qs[0]); k++) {
        i = (size_t) (qs[k] * (double) n + 0.999999);
        exact = (double) durations[i - 1];
        got = vfs_histogram_quantile(counts, qs[k]);

        assert_true(got >= exact * (1 - 0.016) - 0.5);
        assert_true(got <= exact * (1 + 0.016) + 0.5);
    }
}


static void
exposed_bounds_split_no_bucket(void **state)
{
    unsigned  i;
    uint64_t  bound;

    assert_int_equal(vfs_histogram_bound(0), 50);
    assert_int_equal(vfs_histogram_bound(1), 70);

    for (i = 0; i < VFS_HISTOGRAM_BOUNDS; i++) {
        bound = vfs_histogram_bound(i);

        assert_int_equal(vfs_histogram_lower(vfs_histogram_index(bound)),
                         bound);

        if (i != 0) {
            assert_true(bound > vfs_histogram_bound(i - 1));
        }
    }

    assert_int_equal(bound, 13107200);
}


static void
an_exposed_bound_is_above_what_it_counts(void **state)
{
    uint64_t  us;
    unsigned  i;

    for (us = 0; us < 20000000; us += 1 + us / 64) {
        i = vfs_histogram_bound_index(us);

        assert_true(i <= VFS_HISTOGRAM_BOUNDS);
        assert_true(i == 0 || us >= vfs_histogram_bound(i - 1));
        assert_true(i == VFS_HISTOGRAM_BOUNDS || us < vfs_histogram_bound(i));
    }

    for (i = 0; i < VFS_HISTOGRAM_BOUNDS; i++) {
        us = vfs_histogram_bound(i);

        assert_int_equal(vfs_histogram_bound_index(us - 1), i);
        assert_int_equal(vfs_histogram_bound_index(us), i + 1);
    }

    assert_int_equal(vfs_histogram_bound_index(UINT64_MAX),
                     VFS_HISTOGRAM_BOUNDS);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(buckets_meet),
        cmocka_unit_test(buckets_are_narrow),
        cmocka_unit_test(the_last_bucket_takes_the_rest),
        cmocka_unit_test(exposed_bounds_split_no_bucket),
        cmocka_unit_test(an_exposed_bound_is_above_what_it_counts),
        cmocka_unit_test_setup(nothing_has_no_quantiles, reset),
        cmocka_unit_test_setup(small_durations_are_exact, reset),
        cmocka_unit_test_setup(wide_buckets_answer_their_middle, reset),
        cmocka_unit_test_setup(ranks_are_not_rounded_up, reset),
        cmocka_unit_test_setup(large_counts_do_not_overflow, reset),
        cmocka_unit_test_setup(quantiles_are_near_exact_ones, reset),
    };

    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
