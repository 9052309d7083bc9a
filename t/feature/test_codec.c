
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"

#include <math.h>


/*
 * Bytes from outside: what decodes is what encode writes, to the byte;
 * anything else is refused.  The copies are exact, so that a sanitizer sees a
 * read beyond the end.
 */

#define TEST_USER                                                             \
    "\"transform\":\"latest\",\"metadata\":{\"a\":\"a\",\"b\":\"b\"}"

#define TEST_ITEM                                                             \
    "{\"namespace\":\"items\",\"source\":\"user\","                           \
    "\"transform\":\"decayed_mean\",\"half_life\":\"1d\","                    \
    "\"prior\":{\"source\":\"v\",\"weight\":1},"                              \
    "\"metadata\":{\"a\":\"a\",\"b\":\"b\"}}"


typedef struct {
    unsigned char  *data;
    size_t          len;
} test_bytes_t;


static const float  test_vector[3] = { 0.5f, -1, 1024 };
static const float  test_own[3] = { 1, 2, -3 };
static const char   test_metadata[] = "\"a\":\"x\",\"b\":[\"y\",\"z\"]";


static vfs_state_t *
test_state(const vfs_definition_t *def, vfs_entity_e entity)
{
    unsigned       i;
    vfs_state_t   *state;
    vfs_update_t   update;

    state = vfs_state_create(def, &def->features[entity]);
    assert_non_null(state);

    memset(&update, 0, sizeof(update));
    update.vector = test_vector;
    update.prior = test_own;
    update.metadata = test_metadata;
    update.metadata_len = strlen(test_metadata);

    for (i = 0; i < 5; i++) {
        update.position.partition = (int32_t) i % 2;
        update.position.offset = i;
        update.time_ms = TEST_LANDMARK + i * 15 * TEST_DAY + i;
        update.weight = i == 3 ? -2 : 1.5;
        assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    }

    return state;
}


static vfs_state_t *
test_decode(const vfs_definition_t *def, vfs_entity_e entity,
    const test_bytes_t *bytes)
{
    vfs_error_t     err;
    vfs_state_t    *state;
    unsigned char  *copy;

    copy = malloc(bytes->len == 0 ? 1 : bytes->len);
    assert_non_null(copy);
    memcpy(copy, bytes->data, bytes->len);

    err.text[0] = '\0';
    state = vfs_state_decode(def, &def->features[entity], copy, bytes->len,
                             &err);
    free(copy);

    if (state == NULL) {
        assert_true(err.text[0] != '\0');
    }

    return state;
}


/* Refused, or exactly what this state's encode writes. */

static int
test_decode_strict(const vfs_definition_t *def, vfs_entity_e entity,
    const test_bytes_t *bytes)
{
    float         vector[3];
    vfs_state_t  *state;
    test_bytes_t  again;

    state = test_decode(def, entity, bytes);
    if (state == NULL) {
        return 0;
    }

    assert_int_equal(vfs_state_encode(state, &again.data, &again.len), VFS_OK);
    assert_int_equal(again.len, bytes->len);
    assert_memory_equal(again.data, bytes->data, bytes->len);

    (void) vfs_state_vector(state, vector);

    free(again.data);
    vfs_state_free(state);

    return 1;
}


static void
test_mutations(vfs_entity_e entity)
{
    size_t             i;
    unsigned           j, decoded;
    uint64_t           seed;
    vfs_state_t       *state;
    test_bytes_t       bytes, cut, mutant;
    vfs_definition_t  *def;

    def = test_definition_of(3, TEST_USER, TEST_ITEM);
    state = test_state(def, entity);
    assert_int_equal(vfs_state_encode(state, &bytes.data, &bytes.len), VFS_OK);

    assert_true(test_decode_strict(def, entity, &bytes));

    for (i = 0; i < bytes.len; i++) {
        cut.data = bytes.data;
        cut.len = i;
        assert_null(test_decode(def, entity, &cut));
    }

    mutant.len = bytes.len + 1;
    mutant.data = malloc(mutant.len);
    assert_non_null(mutant.data);

    memcpy(mutant.data, bytes.data, bytes.len);
    mutant.data[bytes.len] = 0;
    assert_null(test_decode(def, entity, &mutant));

    mutant.len = bytes.len;
    decoded = 0;
    seed = 11;

    for (i = 0; i < bytes.len; i++) {
        for (j = 0; j < 64; j++) {
            memcpy(mutant.data, bytes.data, bytes.len);
            mutant.data[i] ^= j < 8 ? 1u << j
                                    : 1 + test_random_below(&seed, 255);

            if (j >= 16) {
                mutant.data[test_random_below(&seed, bytes.len)]
                    = (unsigned char) test_random(&seed);
            }

            decoded += test_decode_strict(def, entity, &mutant);
        }
    }

    /* changed offsets, components and sums are as good as the original ones */

    assert_true(decoded > bytes.len);

    free(mutant.data);
    free(bytes.data);
    vfs_state_free(state);
    vfs_definition_free(def);
}


/*
 * What no set of updates leads to, one by one; offsets as the layout in
 * vfs_state_codec.c has them for 3 dimensions and two partitions.
 */

static void
test_state_refuses(void **unused)
{
    unsigned           i;
    vfs_state_t       *state;
    test_bytes_t       bytes, patched;
    vfs_definition_t  *def;

    static const struct {
        int            at;        /* < 0: from the end */
        unsigned       n;
        const char    *what;
        unsigned char  value[16];
    } patches[] = {
        { 11, 1, "an unknown flag", { 0x0f } },
        { 12, 4, "no updates", { 0 } },
        { 23, 1, "a negative time", { 0x80 } },
        { 24, 4, "no watermarks", { 0 } },
        { 24, 4, "more watermarks than updates", { 6 } },
        { 28, 4, "watermarks that descend", { 2 } },
        { 40, 4, "two watermarks of one partition", { 0 } },
        { 31, 1, "a negative partition", { 0x80 } },
        { 39, 1, "a negative offset", { 0x80 } },
        { 56, 1, "an own vector newer than the state", { 0x71 } },
        { 60, 4, "an own vector of an unknown partition", { 7 } },
        { 64, 1, "an own vector beyond the watermark", { 99 } },
        { 72, 4, "an own vector that is no number", { 0, 0, 0xc0, 0x7f } },
        { 72, 4, "an own vector out of range", { 1, 0, 0x80, 0x44 } },
        { 84, 4, "metadata longer than the rest", { 0xff, 0xff } },
        { 108, 1, "metadata that is no JSON", { 'x' } },
        { -64 - 16, 16, "components without a weight", { 0 } },
        { -64 - 1, 1, "a negative weight", { 0xff } },
        { -16, 16, "components without a weight before", { 0 } },
        { -64 - 64 + 15, 1, "a sum of more than five updates", { 0x7f } },
        { -64 - 64 + 15, 1, "the same below zero", { 0x80 } }
    };

    def = test_definition_of(3, TEST_USER, TEST_ITEM);
    state = test_state(def, VFS_ENTITY_ITEM);
    assert_int_equal(vfs_state_encode(state, &bytes.data, &bytes.len), VFS_OK);

    patched.len = bytes.len;
    patched.data = malloc(bytes.len);
    assert_non_null(patched.data);

    for (i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        memcpy(patched.data, bytes.data, bytes.len);
        memcpy(patched.data + patches[i].at
               + (patches[i].at < 0 ? bytes.len : 0),
               patches[i].value, patches[i].n);

        if (test_decode_strict(def, VFS_ENTITY_ITEM, &patched)) {
            fail_msg("decoded with %s", patches[i].what);
        }
    }

    free(patched.data);
    free(bytes.data);
    vfs_state_free(state);

    /* an empty state with a time */

    state = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);
    assert_int_equal(vfs_state_encode(state, &bytes.data, &bytes.len), VFS_OK);
    bytes.data[16] = 1;
    assert_false(test_decode_strict(def, VFS_ENTITY_ITEM, &bytes));

    free(bytes.data);
    vfs_state_free(state);
    vfs_definition_free(def);
}


static void
test_state_mean(void **unused)
{
    test_mutations(VFS_ENTITY_ITEM);
}


static void
test_state_latest(void **unused)
{
    test_mutations(VFS_ENTITY_USER);
}


static void
test_state_empty(void **unused)
{
    vfs_state_t       *state;
    test_bytes_t       bytes;
    vfs_definition_t  *def;

    def = test_definition_of(3, TEST_USER, TEST_ITEM);
    state = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);

    assert_int_equal(vfs_state_encode(state, &bytes.data, &bytes.len), VFS_OK);
    assert_true(test_decode_strict(def, VFS_ENTITY_ITEM, &bytes));

    free(bytes.data);
    vfs_state_free(state);
    vfs_definition_free(def);
}


/* A decoded state goes on as the one it was made of. */

static void
test_state_continues(void **unused)
{
    vfs_state_t       *state, *copy;
    test_bytes_t       bytes;
    vfs_update_t       update;
    vfs_definition_t  *def;

    def = test_definition_of(3, TEST_USER, TEST_ITEM);
    state = test_state(def, VFS_ENTITY_ITEM);

    assert_int_equal(vfs_state_encode(state, &bytes.data, &bytes.len), VFS_OK);
    copy = test_decode(def, VFS_ENTITY_ITEM, &bytes);
    assert_non_null(copy);

    memset(&update, 0, sizeof(update));
    update.position.offset = 4;
    update.time_ms = TEST_LANDMARK + 90 * TEST_DAY;
    update.weight = 1;
    update.vector = test_own;

    assert_int_equal(vfs_state_fold(state, &update), VFS_DECLINED);
    assert_int_equal(vfs_state_fold(copy, &update), VFS_DECLINED);

    update.position.offset = 5;
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_fold(copy, &update), VFS_OK);
    test_assert_same_state(state, copy);

    free(bytes.data);
    vfs_state_free(state);
    vfs_state_free(copy);
    vfs_definition_free(def);
}


static void
test_state_foreign(void **unused)
{
    vfs_error_t        err;
    vfs_state_t       *state;
    test_bytes_t       bytes;
    vfs_definition_t  *def, *other;

    def = test_definition_of(3, TEST_USER, TEST_ITEM);
    other = test_definition_of(3, TEST_USER, NULL);
    state = test_state(def, VFS_ENTITY_USER);

    assert_int_equal(vfs_state_encode(state, &bytes.data, &bytes.len), VFS_OK);

    assert_null(vfs_state_decode(other, &other->features[VFS_ENTITY_USER],
                                 bytes.data, bytes.len, &err));
    assert_non_null(strstr(err.text, "another definition"));

    assert_null(vfs_state_decode(def, &def->features[VFS_ENTITY_ITEM],
                                 bytes.data, bytes.len, &err));
    assert_string_equal(err.text, "not the state of one item");

    bytes.data[1] = 2;
    assert_null(vfs_state_decode(def, &def->features[VFS_ENTITY_USER],
                                 bytes.data, bytes.len, &err));
    assert_string_equal(err.text, "expected format version 1, got 2");

    free(bytes.data);
    vfs_state_free(state);
    vfs_definition_free(def);
    vfs_definition_free(other);
}


static void
test_update_round_trip(const vfs_definition_t *def, const vfs_update_t *update)
{
    float          vectors[6];
    vfs_error_t    err;
    test_bytes_t   bytes;
    vfs_update_t   copy;

    assert_int_equal(vfs_update_encode(def, update, &bytes.data, &bytes.len),
                     VFS_OK);
    assert_int_equal(vfs_update_decode(def, bytes.data, bytes.len, vectors,
                                       &copy, &err), VFS_OK);

    assert_int_equal(copy.position.partition, update->position.partition);
    assert_int_equal(copy.position.offset, update->position.offset);
    assert_int_equal(copy.time_ms, update->time_ms);
    assert_true(copy.weight == update->weight);
    assert_int_equal(copy.vector != NULL, update->vector != NULL);
    assert_int_equal(copy.prior != NULL, update->prior != NULL);
    assert_int_equal(copy.metadata_len, update->metadata_len);

    if (copy.vector != NULL) {
        assert_memory_equal(copy.vector, update->vector, 12);
    }

    if (copy.prior != NULL) {
        assert_memory_equal(copy.prior, update->prior, 12);
    }

    if (copy.metadata_len > 0) {
        assert_memory_equal(copy.metadata, update->metadata,
                            copy.metadata_len);
    }

    free(bytes.data);
}


static void
test_update(vfs_update_t *update)
{
    memset(update, 0, sizeof(vfs_update_t));

    update->position.partition = 2147483647;
    update->position.offset = 9223372036854775807;
    update->time_ms = VFS_MAX_TIME_MS;
    update->weight = -256;
    update->vector = test_vector;
    update->prior = test_own;
    update->metadata = test_metadata;
    update->metadata_len = strlen(test_metadata);
}


static void
test_update_codec(void **unused)
{
    vfs_update_t       update;
    vfs_definition_t  *def;

    def = test_definition_of(3, TEST_USER, TEST_ITEM);

    test_update(&update);
    test_update_round_trip(def, &update);

    update.prior = NULL;
    test_update_round_trip(def, &update);

    update.metadata = NULL;
    update.metadata_len = 0;
    test_update_round_trip(def, &update);

    update.vector = NULL;
    update.weight = 0;
    test_update_round_trip(def, &update);

    vfs_definition_free(def);
}


static void
test_update_refused(const vfs_definition_t *def, const vfs_update_t *update)
{
    float          vectors[6];
    vfs_error_t    err;
    test_bytes_t   bytes;
    vfs_update_t   copy;

    assert_int_equal(vfs_update_encode(def, update, &bytes.data, &bytes.len),
                     VFS_OK);
    assert_int_equal(vfs_update_decode(def, bytes.data, bytes.len, vectors,
                                       &copy, &err), VFS_ERROR);
    assert_true(err.text[0] != '\0');

    free(bytes.data);
}


/* Of what encode would write for any update, decode takes the valid ones. */

static void
test_update_refuses(void **unused)
{
    float              vector[3] = { 1, 2, 3 };
    unsigned           i;
    vfs_update_t       update;
    vfs_definition_t  *def;

    static const double  weights[] = {
        0, 9e-7, -9e-7, 256.1, -257, 1e300, NAN, INFINITY
    };

    def = test_definition_of(3, TEST_USER, TEST_ITEM);

    for (i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
        test_update(&update);
        update.weight = weights[i];
        test_update_refused(def, &update);
    }

    test_update(&update);
    update.vector = NULL;
    test_update_refused(def, &update);

    test_update(&update);
    update.time_ms = -1;
    test_update_refused(def, &update);

    test_update(&update);
    update.time_ms = VFS_MAX_TIME_MS + 1;
    test_update_refused(def, &update);

    test_update(&update);
    update.position.partition = -1;
    test_update_refused(def, &update);

    test_update(&update);
    update.position.offset = -1;
    test_update_refused(def, &update);

    test_update(&update);
    vector[2] = 1024.001f;
    update.vector = vector;
    test_update_refused(def, &update);

    test_update(&update);
    vector[2] = -NAN;
    update.prior = vector;
    test_update_refused(def, &update);

    test_update(&update);
    update.metadata = "\"a\":1,\"a\":1";
    update.metadata_len = strlen(update.metadata);
    test_update_refused(def, &update);

    vfs_definition_free(def);
}


/* What decodes may be folded in without harm. */

static void
test_update_mutations(void **unused)
{
    int                rc;
    float              vectors[6];
    size_t             i;
    unsigned           j;
    uint64_t           seed;
    vfs_error_t        err;
    vfs_state_t       *state;
    test_bytes_t       bytes;
    vfs_update_t       update;
    unsigned char     *mutant;
    vfs_definition_t  *def;

    def = test_definition_of(3, TEST_USER, TEST_ITEM);
    state = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);

    test_update(&update);
    assert_int_equal(vfs_update_encode(def, &update, &bytes.data, &bytes.len),
                     VFS_OK);

    seed = 23;

    for (i = 0; i < bytes.len; i++) {

        /* cut */

        mutant = malloc(i + 1);
        assert_non_null(mutant);
        memcpy(mutant, bytes.data, i);
        assert_int_equal(vfs_update_decode(def, mutant, i, vectors, &update,
                                           &err), VFS_ERROR);
        free(mutant);

        mutant = malloc(bytes.len);
        assert_non_null(mutant);

        for (j = 0; j < 40; j++) {
            memcpy(mutant, bytes.data, bytes.len);
            mutant[i] ^= j < 8 ? 1u << j : 1 + test_random_below(&seed, 255);

            rc = vfs_update_decode(def, mutant, bytes.len, vectors, &update,
                                   &err);

            if (rc == VFS_OK) {
                assert_int_not_equal(vfs_state_fold(state, &update),
                                     VFS_ERROR);
            }
        }

        free(mutant);
    }

    free(bytes.data);
    vfs_state_free(state);
    vfs_definition_free(def);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_state_mean),
        cmocka_unit_test(test_state_latest),
        cmocka_unit_test(test_state_refuses),
        cmocka_unit_test(test_state_empty),
        cmocka_unit_test(test_state_continues),
        cmocka_unit_test(test_state_foreign),
        cmocka_unit_test(test_update_codec),
        cmocka_unit_test(test_update_refuses),
        cmocka_unit_test(test_update_mutations)
    };

    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
