
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"


#define TEST_MEAN       "\"transform\":\"decayed_mean\",\"half_life\":\"1d\""
#define TEST_UNIT_MEAN  TEST_MEAN ",\"normalise\":true"
#define TEST_LATEST     "\"transform\":\"latest\",\"normalise\":true"
#define TEST_ITEM(members)                                                    \
    "{\"namespace\":\"items\",\"source\":\"user\"," members "}"
#define TEST_PRIOR(weight)                                                    \
    ",\"prior\":{\"source\":\"v\",\"weight\":" weight "}"


typedef struct {
    int64_t   ms;                 /* since the landmark */
    double    weight;
    float     vector[4];
} test_event_t;


static const test_event_t  test_one[] = {
    { 10 * TEST_DAY + TEST_DAY * 3 / 10, 5, { 0.1f, -0.2f, 0.3f, 0 } }
};


/* late, before the landmark (so in the older segment), negative */

static const test_event_t  test_many[] = {
    { 10 * TEST_DAY + 12345, 5, { 0.1f, -0.2f, 0.3f, 0 } },
    { 9 * TEST_DAY + 1, -5, { 0.5f, 0.25f, -1, 1e-3f } },
    { 12 * TEST_DAY + 86399999, 0.3, { -0.7f, 1024, 0.001f, 2 } },
    { -3 * TEST_DAY - 7, 1, { 1, 1, 1, 1 } },
    { 3 * TEST_DAY, 2, { 3, -3, 0.125f, -8 } }
};


/* the newest event opens the second segment; one event is three behind */

static const test_event_t  test_cross[] = {
    { 39 * TEST_DAY + 5, 5, { 0.1f, -0.2f, 0.3f, 0 } },
    { 40 * TEST_DAY, 1, { 1, 0, 0, -1 } },
    { -1, 3, { 9, 9, 9, 9 } },
    { 41 * TEST_DAY + 17, 0.5, { 0.2f, 0.4f, 0.6f, 0.8f } },
    { 5 * TEST_DAY + 1, 256, { 100, 200, -300, 400 } }
};


static const float  test_own[] = { 0.5f, 0.5f, -0.5f, 0.5f };


#define test_count(events)  (sizeof(events) / sizeof(events[0]))


static void
test_update(vfs_update_t *update, const test_event_t *event, int64_t offset)
{
    memset(update, 0, sizeof(vfs_update_t));

    update->position.partition = 3;
    update->position.offset = offset;
    update->time_ms = TEST_LANDMARK + event->ms;
    update->weight = event->weight;
    update->vector = event->vector;
}


static vfs_state_t *
test_fold(const vfs_definition_t *def, vfs_entity_e entity,
    const test_event_t *events, size_t n, const float *own)
{
    size_t         i;
    vfs_state_t   *state;
    vfs_update_t   update;

    state = vfs_state_create(def, &def->features[entity]);
    assert_non_null(state);

    for (i = 0; i < n; i++) {
        test_update(&update, &events[i], (int64_t) i);
        update.prior = own;
        assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    }

    return state;
}


static void
test_golden(const char *user, const char *item, const test_event_t *events,
    size_t n, const uint32_t *bits)
{
    float              vector[4];
    vfs_state_t       *state;
    vfs_definition_t  *def;

    def = test_definition_of(4, user, item);

    state = test_fold(def, item == NULL ? VFS_ENTITY_USER : VFS_ENTITY_ITEM,
                      events, n, test_own);

    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    test_assert_bits(vector, bits, 4);

    vfs_state_free(state);
    vfs_definition_free(def);
}


/*
 * The bits were calculated with exact fractions, rounded where the
 * specification says so, by a program that shares nothing with this one.
 */

static void
test_golden_mean(void **unused)
{
    static const uint32_t  one[] = {
        0x3dcccccd, 0xbe4ccccd, 0x3e99999a, 0x00000000
    };

    static const uint32_t  many[] = {
        0xbe761354, 0x4377aacf, 0x3ecec4c2, 0x3ef1424c
    };

    static const uint32_t  cross[] = {
        0x3ea4fa55, 0xbcb60aaa, 0x3e99998a, 0xbd360aa7
    };

    test_golden(TEST_MEAN, NULL, test_one, test_count(test_one), one);
    test_golden(TEST_MEAN, NULL, test_many, test_count(test_many), many);
    test_golden(TEST_MEAN, NULL, test_cross, test_count(test_cross), cross);
}


static void
test_golden_unit_mean(void **unused)
{
    static const uint32_t  one[] = {
        0x3e88d677, 0xbf08d677, 0x3f4d41b3, 0x00000000
    };

    static const uint32_t  many[] = {
        0xba7e5a93, 0x3f7fffc3, 0x3ad5b97d, 0x3af96011
    };

    static const uint32_t  cross[] = {
        0x3f3a2ed6, 0xbd4d70a5, 0x3f2d57a7, 0xbdcd70a1
    };

    test_golden(TEST_UNIT_MEAN, NULL, test_one, test_count(test_one), one);
    test_golden(TEST_UNIT_MEAN, NULL, test_many, test_count(test_many), many);
    test_golden(TEST_UNIT_MEAN, NULL, test_cross, test_count(test_cross),
                cross);
}


static void
test_golden_prior(void **unused)
{
    static const uint32_t  unit[] = {
        0x3be921ff, 0x3f7ff9b8, 0xbbd3ac33, 0x3c23403b
    };

    static const uint32_t  mean[] = {
        0x3e825c8f, 0x42a4db00, 0xbe4d3712, 0x3efb1d25
    };

    test_golden(TEST_MEAN, TEST_ITEM(TEST_UNIT_MEAN TEST_PRIOR("5")),
                test_many, test_count(test_many), unit);
    test_golden(TEST_MEAN, TEST_ITEM(TEST_MEAN TEST_PRIOR("2.5")), test_many,
                test_count(test_many), mean);
}


static void
test_golden_latest(void **unused)
{
    static const uint32_t  bits[] = {
        0xba33331a, 0x3f7fffdc, 0x3583125d, 0x3affffdc
    };

    test_golden(TEST_LATEST, NULL, test_many, test_count(test_many), bits);
}


static void
test_latest_ties(void **unused)
{
    float              vector[4];
    vfs_state_t       *state;
    vfs_update_t       update;
    test_event_t       event;
    vfs_definition_t  *def;

    def = test_definition_of(4, "\"transform\":\"latest\"", NULL);
    state = vfs_state_create(def, &def->features[VFS_ENTITY_USER]);

    memset(&event, 0, sizeof(event));
    event.weight = 1;

    /* at one time the greater partition wins, then the greater offset */

    event.vector[0] = 1;
    test_update(&update, &event, 10);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);

    event.vector[0] = 2;
    update.position.partition = 2;
    update.position.offset = 99;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);

    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    assert_float_equal(vector[0], 1, 0);

    event.vector[0] = 3;
    update.position.partition = 3;
    update.position.offset = 11;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);

    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    assert_float_equal(vector[0], 3, 0);

    /* a later offset of an earlier time does not */

    event.vector[0] = 4;
    update.position.offset = 12;
    update.time_ms--;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);

    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    assert_float_equal(vector[0], 3, 0);
    assert_int_equal(vfs_state_count(state), 4);

    vfs_state_free(state);
    vfs_definition_free(def);
}


static void
test_no_vector(void **unused)
{
    float              vector[4];
    vfs_state_t       *state;
    vfs_update_t       update;
    test_event_t       event;
    vfs_definition_t  *def;

    def = test_definition_of(4, TEST_UNIT_MEAN, TEST_ITEM(TEST_UNIT_MEAN));

    state = vfs_state_create(def, &def->features[VFS_ENTITY_USER]);
    assert_int_equal(vfs_state_vector(state, vector), VFS_DECLINED);

    /* an event and its cancellation at the same time leave nothing */

    event = test_one[0];
    test_update(&update, &event, 1);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);

    event.weight = -5;
    test_update(&update, &event, 2);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, vector), VFS_DECLINED);
    assert_int_equal(vfs_state_count(state), 2);

    vfs_state_free(state);

    /* what adds nothing counts all the same */

    state = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);

    update.weight = 0;
    update.vector = NULL;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, vector), VFS_DECLINED);
    assert_int_equal(vfs_state_count(state), 1);
    assert_int_equal(vfs_state_time(state), update.time_ms);
    assert_true(vfs_state_seen(state, &update.position));

    vfs_state_free(state);
    vfs_definition_free(def);
}


static void
test_negative_zero(void **unused)
{
    float                  vector[4];
    vfs_state_t           *state;
    vfs_update_t           update;
    test_event_t           event;
    vfs_definition_t      *def;
    static const uint32_t  bits[] = { 0x3f800000, 0, 0, 0 };

    def = test_definition_of(4, "\"transform\":\"latest\"", NULL);
    state = vfs_state_create(def, &def->features[VFS_ENTITY_USER]);

    memset(&event, 0, sizeof(event));
    event.weight = -1;
    event.vector[0] = 1;
    event.vector[1] = -0.0f;

    test_update(&update, &event, 1);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    test_assert_bits(vector, bits, 4);

    vfs_state_free(state);
    vfs_definition_free(def);
}


/* An own vector alone is a vector, and the newest one stands. */

static void
test_prior_alone(void **unused)
{
    float              vector[4], own[4];
    vfs_state_t       *state;
    vfs_update_t       update;
    vfs_definition_t  *def;

    def = test_definition_of(4, TEST_MEAN,
                             TEST_ITEM(TEST_MEAN TEST_PRIOR("3")));
    state = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);

    memset(&update, 0, sizeof(update));
    update.time_ms = TEST_LANDMARK + 500 * TEST_DAY;
    update.prior = test_own;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    assert_memory_equal(vector, test_own, sizeof(test_own));

    memset(own, 0, sizeof(own));
    own[0] = 7;
    update.prior = own;
    update.position.offset = 1;
    update.time_ms--;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    assert_memory_equal(vector, test_own, sizeof(test_own));

    update.position.offset = 2;
    update.time_ms++;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    assert_memory_equal(vector, own, sizeof(own));

    vfs_state_free(state);
    vfs_definition_free(def);
}


static void
test_watermarks(void **unused)
{
    char               text[64], cut[8];
    vfs_state_t       *state;
    vfs_update_t       update;
    test_event_t       event;
    vfs_position_t     position;
    vfs_definition_t  *def;

    def = test_definition_of(4, TEST_MEAN, NULL);
    state = vfs_state_create(def, &def->features[VFS_ENTITY_USER]);

    assert_int_equal(vfs_state_watermark(state, text, sizeof(text)), 0);
    assert_string_equal(text, "");

    event = test_one[0];
    test_update(&update, &event, 7);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_fold(state, &update), VFS_DECLINED);

    update.position.offset = 6;
    assert_int_equal(vfs_state_fold(state, &update), VFS_DECLINED);
    assert_int_equal(vfs_state_count(state), 1);

    update.position.partition = 12;
    update.position.offset = 9000000000;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);

    update.position.partition = 0;
    update.position.offset = 0;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);

    update.position.partition = 3;
    update.position.offset = 8;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);

    assert_int_equal(vfs_state_watermark(state, text, sizeof(text)), 21);
    assert_string_equal(text, "0:0,3:8,12:9000000000");

    assert_int_equal(vfs_state_watermark(state, cut, sizeof(cut)), 21);
    assert_string_equal(cut, "0:0,3:8");
    assert_int_equal(vfs_state_watermark(state, NULL, 0), 21);

    position.partition = 3;
    position.offset = 9;
    assert_false(vfs_state_seen(state, &position));
    position.offset = 8;
    assert_true(vfs_state_seen(state, &position));
    position.partition = 4;
    assert_false(vfs_state_seen(state, &position));

    vfs_state_free(state);
    vfs_definition_free(def);
}


/* Each metadata field keeps its own newest value. */

static void
test_metadata(void **unused)
{
    unsigned           i;
    vfs_state_t       *state;
    vfs_update_t       update;
    vfs_definition_t  *def;

    static const char *const  refused[] = {
        "\"a\":false,\"d\":1", "\"a\":1,\"a\":2", "\"a\":null", "\"a\":{}",
        "\"a\":[1]", "\"a\":[[]]", "\"a\":1e999", "\"a\"", "\"a\":1,",
        "\"a\":1}{", "}", "\"a\":1]", "{\"a\":1}"
    };

    def = test_definition_of(4, TEST_MEAN ",\"metadata\":{\"a\":\"a\","
                             "\"b\":\"b\",\"c\":\"c\"}", NULL);
    state = vfs_state_create(def, &def->features[VFS_ENTITY_USER]);

    test_update(&update, &test_one[0], 1);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_string_equal(vfs_state_metadata(state), "");

    update.position.offset = 2;
    update.metadata = "\"b\":\"x, \\\"y\\\": {\",\"c\":[\"1\",\"2\"]";
    update.metadata_len = strlen(update.metadata);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_string_equal(vfs_state_metadata(state), update.metadata);

    /* an older event adds what is not there yet and no more */

    update.position.offset = 3;
    update.time_ms -= 1000;
    update.metadata = "\"a\":1.5,\"b\":\"old\"";
    update.metadata_len = strlen(update.metadata);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_string_equal(vfs_state_metadata(state),
                        "\"a\":1.5,\"b\":\"x, \\\"y\\\": {\","
                        "\"c\":[\"1\",\"2\"]");

    update.position.offset = 4;
    update.time_ms += 500;
    update.metadata = "\"a\":true";
    update.metadata_len = strlen(update.metadata);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_string_equal(vfs_state_metadata(state),
                        "\"a\":true,\"b\":\"x, \\\"y\\\": {\","
                        "\"c\":[\"1\",\"2\"]");

    /* what vfs_event_metadata() would not write is refused as a whole */

    update.position.offset = 5;
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        update.metadata = refused[i];
        update.metadata_len = strlen(update.metadata);
        assert_int_equal(vfs_state_fold(state, &update), VFS_ERROR);
    }

    assert_int_equal(vfs_state_count(state), 4);
    assert_non_null(strstr(vfs_state_metadata(state), "\"a\":true"));

    vfs_state_free(state);
    vfs_definition_free(def);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_golden_mean),
        cmocka_unit_test(test_golden_unit_mean),
        cmocka_unit_test(test_golden_prior),
        cmocka_unit_test(test_golden_latest),
        cmocka_unit_test(test_latest_ties),
        cmocka_unit_test(test_no_vector),
        cmocka_unit_test(test_negative_zero),
        cmocka_unit_test(test_prior_alone),
        cmocka_unit_test(test_watermarks),
        cmocka_unit_test(test_metadata)
    };

    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
