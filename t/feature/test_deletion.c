
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"
#include "vfs_effect.h"
#include "vfs_state.h"

#include <stdlib.h>
#include <string.h>


#define TEST_TIME  1700000000000LL


static const char  test_text[] =
    "{\"name\":\"test\",\"dimension\":2,\"events\":{\"topic\":\"t\","
    "\"fields\":{\"user\":\"u\",\"item\":\"i\"}},"
    "\"sources\":{\"own\":{\"type\":\"event\",\"field\":\"v\"}},"
    "\"features\":{\"user\":{\"namespace\":\"users\",\"transform\":"
    "\"decayed_mean\",\"source\":\"own\",\"half_life\":\"1d\"},"
    "\"item\":{\"namespace\":\"items\",\"transform\":\"decayed_mean\","
    "\"source\":\"user\",\"half_life\":\"1d\",\"prior\":{\"source\":\"own\","
    "\"weight\":2},\"metadata\":{\"m\":\"m\"}}}}";

static const float  test_vector[2] = { 1, 2 };


static void
test_update(vfs_update_t *update, int32_t partition, int64_t offset,
    int64_t time_ms)
{
    memset(update, 0, sizeof(vfs_update_t));

    update->position.partition = partition;
    update->position.offset = offset;
    update->time_ms = time_ms;
    update->weight = 1;
    update->vector = test_vector;
    update->prior = test_vector;
    update->metadata = "\"m\":1";
    update->metadata_len = 5;
}


static void
test_deletion(vfs_update_t *update, int32_t partition, int64_t offset,
    int64_t time_ms)
{
    memset(update, 0, sizeof(vfs_update_t));

    update->position.partition = partition;
    update->position.offset = offset;
    update->time_ms = time_ms;
    update->deletes = 1;
}


/* Through its bytes, so that whatever is tested outlives the disk. */

static vfs_state_t *
test_again(const vfs_definition_t *def, vfs_state_t *state)
{
    size_t          len, copied;
    vfs_error_t     err;
    vfs_state_t    *copy;
    unsigned char  *data, *again;

    assert_int_equal(vfs_state_encode(state, &data, &len), VFS_OK);

    copy = vfs_state_decode(def, &def->features[VFS_ENTITY_ITEM], data, len,
                            &err);
    assert_non_null(copy);

    assert_int_equal(vfs_state_encode(copy, &again, &copied), VFS_OK);
    assert_int_equal(copied, len);
    assert_memory_equal(again, data, len);

    free(data);
    free(again);
    vfs_state_free(state);

    return copy;
}


static void
test_assert_watermark(const vfs_state_t *state, const char *expected)
{
    char  text[64];

    (void) vfs_state_watermark(state, text, sizeof(text));
    assert_string_equal(text, expected);
}


static void
test_what_was_folded_in_is_gone(void **unused)
{
    float              vector[2];
    vfs_state_t       *state, *fresh;
    vfs_update_t       update;
    vfs_definition_t  *def;

    def = test_definition(test_text);
    state = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);
    fresh = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);

    test_update(&update, 0, 7, TEST_TIME - 1);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    test_update(&update, 1, 3, TEST_TIME - 2);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);

    test_deletion(&update, 0, 8, TEST_TIME);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    state = test_again(def, state);

    assert_int_equal(vfs_state_vector(state, vector), VFS_DECLINED);
    assert_int_equal(vfs_state_count(state), 0);
    assert_int_equal(vfs_state_time(state), TEST_TIME);
    assert_string_equal(vfs_state_metadata(state), "");
    test_assert_watermark(state, "0:8,1:3");

    /* seen, not younger, and younger */

    assert_int_equal(vfs_state_fold(state, &update), VFS_DECLINED);
    test_update(&update, 1, 3, TEST_TIME + 1);
    assert_int_equal(vfs_state_fold(state, &update), VFS_DECLINED);

    test_update(&update, 2, 1, TEST_TIME);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_vector(state, vector), VFS_DECLINED);
    assert_int_equal(vfs_state_fold(state, &update), VFS_DECLINED);

    test_update(&update, 1, 4, TEST_TIME + 1);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_fold(fresh, &update), VFS_OK);
    state = test_again(def, state);

    assert_int_equal(vfs_state_count(state), 1);
    assert_int_equal(vfs_state_time(state), TEST_TIME + 1);
    assert_int_equal(vfs_state_vector(state, vector), VFS_OK);
    test_assert_watermark(state, "0:8,1:4,2:1");

    /* an older deletion that comes late finds nothing of its time */

    test_deletion(&update, 3, 1, TEST_TIME - 5);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    assert_int_equal(vfs_state_count(state), 1);

    assert_int_equal(vfs_state_merge(fresh, state), VFS_ERROR);
    assert_int_equal(vfs_state_merge(state, fresh), VFS_ERROR);

    vfs_state_free(state);
    vfs_state_free(fresh);
    vfs_definition_free(def);
}


static void
test_a_deletion_travels(void **unused)
{
    float              vectors[4];
    size_t             len;
    vfs_error_t        err;
    vfs_update_t       update, copy;
    unsigned char     *data;
    vfs_definition_t  *def;

    def = test_definition(test_text);

    test_deletion(&update, 5, 6, TEST_TIME);
    assert_int_equal(vfs_update_encode(def, &update, &data, &len), VFS_OK);
    assert_int_equal(vfs_update_decode(def, data, len, vectors, &copy, &err),
                     VFS_OK);

    assert_true(copy.deletes);
    assert_int_equal(copy.position.partition, 5);
    assert_int_equal(copy.position.offset, 6);
    assert_int_equal(copy.time_ms, TEST_TIME);
    assert_null(copy.vector);
    free(data);

    /* it brings nothing */

    test_update(&update, 5, 6, TEST_TIME);
    update.deletes = 1;
    assert_int_equal(vfs_update_encode(def, &update, &data, &len), VFS_OK);
    assert_int_equal(vfs_update_decode(def, data, len, vectors, &copy, &err),
                     VFS_ERROR);
    free(data);

    vfs_definition_free(def);
}


static void
test_keys(void **unused)
{
    size_t         i, len;
    const char    *id;
    vfs_error_t    err;
    vfs_entity_e   entity;

    static const struct {
        int            rc;
        const char    *key;
        const char    *id;
        vfs_entity_e   entity;
    } cases[] = {
        { VFS_OK, "u1", "u1", VFS_ENTITY_USER },
        { VFS_OK, "user", "user", VFS_ENTITY_USER },
        { VFS_OK, "user:u1", "u1", VFS_ENTITY_USER },
        { VFS_OK, "item:i-_9", "i-_9", VFS_ENTITY_ITEM },
        { VFS_ERROR, "item:", "", VFS_ENTITY_ITEM },
        { VFS_ERROR, "item:a:b", "", VFS_ENTITY_ITEM },
        { VFS_ERROR, "items:a", "", VFS_ENTITY_ITEM },
        { VFS_ERROR, "", "", VFS_ENTITY_ITEM },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(vfs_effect_deletion(cases[i].key,
                                             strlen(cases[i].key), &entity,
                                             &id, &len, &err),
                         cases[i].rc);

        if (cases[i].rc == VFS_OK) {
            assert_int_equal(entity, cases[i].entity);
            assert_int_equal(len, strlen(cases[i].id));
            assert_memory_equal(id, cases[i].id, len);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_what_was_folded_in_is_gone),
        cmocka_unit_test(test_a_deletion_travels),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests_name("deletion", tests, NULL, NULL);
}
