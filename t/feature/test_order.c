
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"


/*
 * What a state says is a function of the set of its updates: whatever the
 * order, however they are split and merged, bytes and bits are the same.
 */

#define TEST_EVENTS      3000
#define TEST_PARTITIONS  7
#define TEST_DIMENSION   6
#define TEST_ORDERS      24


typedef struct {
    vfs_update_t  update;
    float         vector[TEST_DIMENSION];
    float         own[TEST_DIMENSION];
    char          metadata[64];
} test_event_t;


static test_event_t  test_events[TEST_EVENTS];


static const char  test_item[] =
    "{\"namespace\":\"items\",\"source\":\"user\","
    "\"transform\":\"decayed_mean\",\"half_life\":\"1d\","
    "\"prior\":{\"source\":\"v\",\"weight\":0.7},"
    "\"metadata\":{\"a\":\"a\",\"b\":\"b\"}}";

static const char  test_user[] =
    "\"transform\":\"latest\",\"metadata\":{\"a\":\"a\",\"b\":\"b\"}";


/* From 25 half-lives before the landmark to 100 after it. */

static int64_t
test_time(uint64_t *seed)
{
    int64_t  day;

    day = (int64_t) test_random_below(seed, 125) - 25;

    switch (test_random_below(seed, 4)) {

    case 0:

        /* at a segment's boundary, or 1 ms beside it */

        day = ((int64_t) test_random_below(seed, 3)) * 40;

        return day * TEST_DAY - 1 + (int64_t) test_random_below(seed, 3);

    case 1:

        /* many at one time */

        return day * TEST_DAY;

    default:
        return day * TEST_DAY + (int64_t) test_random_below(seed, TEST_DAY);
    }
}


static double
test_weight(uint64_t *seed)
{
    double  weight;

    static const double  weights[] = {
        0, 1e-6, 256, 1, 5, 0.3, 255.999, 3.25
    };

    weight = weights[test_random_below(seed, 8)];

    return test_random_below(seed, 3) == 0 ? -weight : weight;
}


static float
test_component(uint64_t *seed)
{
    static const float  ends[] = { 1024, -1024, 0, 1e-45f, -0.0f, 1e-7f };

    if (test_random_below(seed, 8) == 0) {
        return ends[test_random_below(seed, 6)];
    }

    return (float) ((double) test_random_below(seed, 2000001) / 1e6 - 1);
}


/* Position i stands for partition i mod 7, offset i / 7. */

static void
test_make_event(test_event_t *event, unsigned i, uint64_t *seed)
{
    unsigned  j;

    for (j = 0; j < TEST_DIMENSION; j++) {
        event->vector[j] = test_component(seed);
        event->own[j] = test_component(seed);
    }

    memset(&event->update, 0, sizeof(vfs_update_t));

    event->update.position.partition = (int32_t) (i % TEST_PARTITIONS);
    event->update.position.offset = i / TEST_PARTITIONS;
    event->update.time_ms = TEST_LANDMARK + test_time(seed);
    event->update.weight = test_weight(seed);

    if (event->update.weight != 0) {
        event->update.vector = event->vector;
    }

    if (test_random_below(seed, 3) == 0) {
        event->update.prior = event->own;
    }

    if (test_random_below(seed, 3) == 0) {
        (void) sprintf(event->metadata, "\"%c\":\"%u\"",
                       "ab"[test_random_below(seed, 2)], i);
        event->update.metadata = event->metadata;
        event->update.metadata_len = strlen(event->metadata);
    }
}


static void
test_make_events(uint64_t seed)
{
    unsigned  i;

    for (i = 0; i < TEST_EVENTS; i++) {
        test_make_event(&test_events[i], i, &seed);
    }
}


static vfs_state_t *
test_state(const vfs_definition_t *def, vfs_entity_e entity)
{
    vfs_state_t  *state;

    state = vfs_state_create(def, &def->features[entity]);
    assert_non_null(state);

    return state;
}


static vfs_state_t *
test_in_order(const vfs_definition_t *def, vfs_entity_e entity)
{
    unsigned      i;
    vfs_state_t  *state;

    state = test_state(def, entity);

    for (i = 0; i < TEST_EVENTS; i++) {
        assert_int_equal(vfs_state_fold(state, &test_events[i].update),
                         VFS_OK);
    }

    return state;
}


/* Partitions in random turns: what an item's owner sees. */

static vfs_state_t *
test_interleaved(const vfs_definition_t *def, vfs_entity_e entity,
    uint64_t *seed)
{
    unsigned      i, p, next[TEST_PARTITIONS];
    vfs_state_t  *state;

    state = test_state(def, entity);

    for (p = 0; p < TEST_PARTITIONS; p++) {
        next[p] = p;
    }

    for (i = 0; i < TEST_EVENTS; i++) {

        do {
            p = (unsigned) test_random_below(seed, TEST_PARTITIONS);
        } while (next[p] >= TEST_EVENTS);

        assert_int_equal(vfs_state_fold(state, &test_events[next[p]].update),
                         VFS_OK);
        next[p] += TEST_PARTITIONS;
    }

    return state;
}


/* Each event to one of "n" states, then these merged in a random order. */

static vfs_state_t *
test_split(const vfs_definition_t *def, vfs_entity_e entity, unsigned n,
    uint64_t *seed)
{
    unsigned      i, j;
    vfs_state_t  *state, **parts;

    parts = calloc(n, sizeof(vfs_state_t *));
    assert_non_null(parts);

    for (i = 0; i < n; i++) {
        parts[i] = test_state(def, entity);
    }

    for (i = 0; i < TEST_EVENTS; i++) {
        j = n == TEST_EVENTS ? i : (unsigned) test_random_below(seed, n);
        assert_int_equal(vfs_state_fold(parts[j], &test_events[i].update),
                         VFS_OK);
    }

    while (n > 1) {
        i = (unsigned) test_random_below(seed, n);
        state = parts[i];
        parts[i] = parts[--n];

        i = (unsigned) test_random_below(seed, n);
        assert_int_equal(vfs_state_merge(parts[i], state), VFS_OK);
        vfs_state_free(state);
    }

    state = parts[0];
    free(parts);

    return state;
}


static void
test_compare(const vfs_state_t *expected, vfs_state_t *state)
{
    int    rc;
    float  a[TEST_DIMENSION], b[TEST_DIMENSION];

    test_assert_same_state(expected, state);

    rc = vfs_state_vector(expected, a);
    assert_int_equal(vfs_state_vector(state, b), rc);

    if (rc == VFS_OK) {
        assert_memory_equal(a, b, sizeof(a));
    }

    assert_string_equal(vfs_state_metadata(state),
                        vfs_state_metadata(expected));
    assert_int_equal(vfs_state_count(state), TEST_EVENTS);

    vfs_state_free(state);
}


static void
test_orders(vfs_entity_e entity)
{
    unsigned           i;
    uint64_t           seed;
    vfs_state_t       *expected;
    vfs_definition_t  *def;

    def = test_definition_of(TEST_DIMENSION, test_user, test_item);

    test_make_events(entity + 1);
    expected = test_in_order(def, entity);
    seed = 42;

    for (i = 0; i < TEST_ORDERS; i++) {
        test_compare(expected, test_interleaved(def, entity, &seed));
        test_compare(expected, test_split(def, entity, 2 + i, &seed));
    }

    for (i = 0; i < 3; i++) {
        test_compare(expected, test_split(def, entity, TEST_EVENTS, &seed));
    }

    vfs_state_free(expected);
    vfs_definition_free(def);
}


static void
test_order_mean(void **unused)
{
    test_orders(VFS_ENTITY_ITEM);
}


static void
test_order_latest(void **unused)
{
    test_orders(VFS_ENTITY_USER);
}


/*
 * An event 40 to 80 half-lives behind the newest counts by its segment, one
 * further behind is gone: merging with it changes no bit of the vector.
 */

static void
test_order_vanished(void **unused)
{
    float              vector[2], expected[2], v[2] = { 1, 0.25f };
    float              w[2] = { -3, 8 };
    vfs_state_t       *state;
    vfs_update_t       update;
    vfs_definition_t  *def;

    def = test_definition_of(2, "\"transform\":\"decayed_mean\","
                             "\"half_life\":\"1d\"", NULL);
    state = test_state(def, VFS_ENTITY_USER);

    memset(&update, 0, sizeof(update));
    update.time_ms = TEST_LANDMARK + 80 * TEST_DAY;
    update.weight = 1e-6;
    update.vector = v;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, expected), VFS_OK);

    update.position.offset = 1;
    update.time_ms = TEST_LANDMARK + 40 * TEST_DAY - 1;
    update.weight = 256;
    update.vector = w;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    assert_memory_equal(vector, expected, sizeof(vector));
    assert_int_equal(vfs_state_count(state), 2);

    update.position.offset = 2;
    update.time_ms++;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    assert_memory_not_equal(vector, expected, sizeof(vector));

    vfs_state_free(state);
    vfs_definition_free(def);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_order_mean),
        cmocka_unit_test(test_order_latest),
        cmocka_unit_test(test_order_vanished)
    };

    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
