
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"

#include "vfs_decay.h"
#include "vfs_exp2.h"
#include "vfs_state_private.h"

#include <math.h>


#define TEST_MEAN  "\"transform\":\"decayed_mean\",\"half_life\":"


/*
 * The largest term there is: the greatest component and weight at the last
 * millisecond of a segment of the longest half-life.
 */

static vfs_int128_t
test_largest_term(void)
{
    double             growth;
    vfs_decay_t        decay;
    vfs_definition_t  *def;

    def = test_definition_of(1, TEST_MEAN "3200000000000", NULL);

    vfs_decay_at(def, &def->features[VFS_ENTITY_USER],
                 def->landmark_ms + 40 * 3200000000000LL - 1, &decay);
    growth = decay.growth;

    assert_int_equal(decay.segment, 0);
    assert_int_equal(decay.shift, 39);
    assert_true(growth < 2);

    vfs_definition_free(def);

    return vfs_sum_term(VFS_MAX_COMPONENT * (VFS_MAX_WEIGHT * growth), 39);
}


/* Count times the largest term, and a prior's on top, stay below 2^127. */

static void
test_no_overflow(void **unused)
{
    vfs_int128_t  term, sum, limit;

    term = test_largest_term();
    assert_true(term <= (vfs_int128_t) 1 << 94);

    limit = (vfs_int128_t) (((vfs_uint128_t) 1 << 127) - 1);

    assert_false(__builtin_mul_overflow(term, (vfs_int128_t) VFS_MAX_COUNT,
                                        &sum));
    assert_false(__builtin_add_overflow(sum, term, &sum));
    assert_true(sum < limit / 2 + 1);
}


/*
 * 2^32 - 1 of the largest updates, by merging states of 1, 2, 4, ... of them;
 * one more is refused.
 */

static void
test_maximal_count(void **unused)
{
    float              v[2] = { 1024, -1024 }, vector[2];
    unsigned           i;
    vfs_state_t       *state, *power, *before;
    vfs_update_t       update;
    vfs_definition_t  *def;

    def = test_definition_of(2, TEST_MEAN "\"1d\"", NULL);
    state = vfs_state_create(def, &def->features[VFS_ENTITY_USER]);
    before = vfs_state_create(def, &def->features[VFS_ENTITY_USER]);
    power = vfs_state_create(def, &def->features[VFS_ENTITY_USER]);

    memset(&update, 0, sizeof(update));
    update.time_ms = TEST_LANDMARK + 40 * TEST_DAY - 1;
    update.weight = VFS_MAX_WEIGHT;
    update.vector = v;
    assert_int_equal(vfs_state_fold(power, &update), VFS_OK);

    for (i = 0; i < 32; i++) {
        assert_int_equal(vfs_state_merge(state, power), VFS_OK);

        if (i < 31) {
            assert_int_equal(vfs_state_merge(power, power), VFS_OK);
        }
    }

    assert_int_equal(vfs_state_count(state), VFS_MAX_COUNT);
    assert_true(state->newer[0] > 0 && state->newer[1] < 0);
    assert_true(state->newer[0] == -state->newer[1]);
    assert_true(state->newer[0] / (vfs_int128_t) VFS_MAX_COUNT
                * (vfs_int128_t) VFS_MAX_COUNT == state->newer[0]);

    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    assert_float_equal(vector[0], 1024, 0);
    assert_float_equal(vector[1], -1024, 0);

    assert_int_equal(vfs_state_merge(before, state), VFS_OK);

    update.position.offset = 1;
    assert_int_equal(vfs_state_fold(state, &update), VFS_ERROR);
    assert_int_equal(vfs_state_merge(state, power), VFS_ERROR);
    test_assert_same_state(state, before);

    vfs_state_free(state);
    vfs_state_free(before);
    vfs_state_free(power);
    vfs_definition_free(def);
}


/*
 * The least weight still divides: the mean of equal values at the end of the
 * range is that value, never more, whatever the weight rounds to.
 */

static void
test_least_weight(void **unused)
{
    float              v[2] = { 1024, -1024 }, vector[2];
    uint64_t           seed;
    unsigned           i;
    vfs_state_t       *state;
    vfs_update_t       update;
    vfs_definition_t  *def;

    def = test_definition_of(2, TEST_MEAN "\"1d\"", NULL);
    seed = 7;

    for (i = 0; i < 2000; i++) {
        state = vfs_state_create(def, &def->features[VFS_ENTITY_USER]);

        memset(&update, 0, sizeof(update));
        update.time_ms = TEST_LANDMARK
                         + (int64_t) test_random_below(&seed, 50 * TEST_DAY);
        update.weight = VFS_MIN_WEIGHT
                        * (1 + (double) test_random_below(&seed, 1000) / 1e3);
        update.vector = v;

        assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
        assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
        assert_true(vector[0] <= 1024 && vector[0] > 1023.9);
        assert_true(vector[1] == -vector[0]);

        vfs_state_free(state);
    }

    vfs_definition_free(def);
}


/* The growth at half a half-life is the polynomial's, by exact fractions. */

static void
test_decay_boundaries(void **unused)
{
    unsigned              i;
    vfs_decay_t           decay;
    vfs_definition_t     *def;
    const vfs_feature_t  *feature;

    static const struct {
        double    growth;
        int64_t   ms;
        int64_t   segment;
        unsigned  shift;
    } cases[] = {
        { 1, 0, 0, 0 },
        { 0, -1, -1, 39 },
        { 1, TEST_DAY, 0, 1 },
        { 0x1.6a09e667f3bccp+0, TEST_DAY / 2, 0, 0 },
        { 0, 40 * TEST_DAY - 1, 0, 39 },
        { 1, 40 * TEST_DAY, 1, 0 },
        { 1, -40 * TEST_DAY, -1, 0 },
        { 0, -40 * TEST_DAY - 1, -2, 39 },
        { 0x1.6a09e667f3bccp+0, -TEST_DAY / 2, -1, 39 }
    };

    def = test_definition_of(1, TEST_MEAN "\"1d\"", NULL);
    feature = &def->features[VFS_ENTITY_USER];

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        vfs_decay_at(def, feature, TEST_LANDMARK + cases[i].ms, &decay);

        assert_int_equal(decay.segment, cases[i].segment);
        assert_int_equal(decay.shift, cases[i].shift);
        assert_true(decay.growth >= 1 && decay.growth < 2);

        if (cases[i].growth != 0) {
            assert_true(decay.growth == cases[i].growth);
        }
    }

    vfs_definition_free(def);
}


/* Against libm, which is close, though not the same everywhere. */

static void
test_exp2(void **unused)
{
    double    f, error;
    uint64_t  seed;
    unsigned  i;

    seed = 1;

    for (i = 0; i < 100000; i++) {
        f = (double) (test_random(&seed) >> 11) * 0x1p-53;
        error = fabs(vfs_exp2(f) - exp2(f));
        assert_true(error <= 0x1p-51);
    }

    assert_true(vfs_exp2(0) == 1);
    assert_true(vfs_exp2(1 - 1 / 3.2e12) < 2);
}


/* Rounding to integers against llrint(), ties and all magnitudes. */

static void
test_rounding(void **unused)
{
    float         v;
    double        value;
    int64_t       expected;
    uint64_t      seed;
    unsigned      i;
    vfs_int128_t  sum;

    static const double  ties[] = {
        0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994,
        4503599627370495.5, 4503599627370494.5, -4503599627370495.5,
        4503599627370496.0, 9007199254740993.0, 36028797018963968.0,
        -36028797018963968.0
    };

    for (i = 0; i < sizeof(ties) / sizeof(ties[0]); i++) {
        assert_true(vfs_sum_term(ties[i] * 0x1p-36, 0) == llrint(ties[i]));
    }

    seed = 3;

    for (i = 0; i < 200000; i++) {
        value = ldexp((double) (int64_t) test_random(&seed),
                      -8 - (int) test_random_below(&seed, 60));
        value = fmod(value, 0x1p55);
        expected = llrint(value);

        assert_true(vfs_sum_term(value * 0x1p-36, 0) == expected);

        v = 1;
        sum = 5;
        vfs_sums_add(&sum, &v, 1, value * 0x1p-36, 39);
        assert_true(sum == 5 + (vfs_int128_t) expected * (1LL << 39));
    }
}


/* Conversion to binary64 against the compiler's own. */

static void
test_conversion(void **unused)
{
    uint64_t       seed;
    unsigned       i, shift;
    vfs_int128_t   sum;
    vfs_uint128_t  bits;

    seed = 5;

    for (i = 0; i < 400000; i++) {
        bits = (vfs_uint128_t) test_random(&seed) << 64 | test_random(&seed);
        shift = 1 + (unsigned) test_random_below(&seed, 126);
        sum = (vfs_int128_t) bits >> shift;

        /* some in the middle between two, or next to it */

        if (i % 3 == 0) {
            shift = (unsigned) test_random_below(&seed, 70);
            sum = (vfs_int128_t) (test_random(&seed) >> 11) * 2 + 1;
            sum = sum << shift;
            sum += (vfs_int128_t) test_random_below(&seed, 3) - 1;
            sum = i % 2 == 0 ? sum : -sum;
        }

        assert_true(vfs_sum_double(sum) == (double) sum);
    }

    sum = (vfs_int128_t) (((vfs_uint128_t) 1 << 127) - 1);
    assert_true(vfs_sum_double(sum) == 0x1p127);
    assert_true(vfs_sum_double(-sum) == -0x1p127);
    assert_true(vfs_sum_double(0) == 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_no_overflow),
        cmocka_unit_test(test_maximal_count),
        cmocka_unit_test(test_least_weight),
        cmocka_unit_test(test_decay_boundaries),
        cmocka_unit_test(test_exp2),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_conversion)
    };

    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
