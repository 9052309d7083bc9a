
/*
 * Copyright (C) the vfs authors
 */


#include "sim_replay.h"
#include "vfs_ingest_body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>


#define TEST_VALUES  8


static vfs_definition_t  *def;
static vfs_state_t       *state;

static const float  test_values[TEST_VALUES] = {
    0.1f, -1, 1e-30f, 3.4028235e38f, 0, 16777216, 0.4f, 1.0000001f
};


static int
test_setup(void **unused)
{
    vfs_error_t   err;
    vfs_update_t  update;

    def = vfs_definition_parse(sim_definition, strlen(sim_definition), &err);

    if (def == NULL) {
        return -1;
    }

    state = vfs_state_create(def, &def->features[VFS_ENTITY_USER]);

    if (state == NULL) {
        return -1;
    }

    memset(&update, 0, sizeof(vfs_update_t));

    update.position.partition = 2;
    update.position.offset = 41;
    update.time_ms = 1700000000000LL;
    update.weight = 1;
    update.vector = (const float[]){ 1, 0, 0, 0, 0, 0, 0, 0 };
    update.metadata = "\"note\":\"a \\\"b\\\"\"";
    update.metadata_len = strlen(update.metadata);

    return (vfs_state_fold(state, &update) == VFS_OK) ? 0 : -1;
}


static int
test_teardown(void **unused)
{
    vfs_state_free(state);
    vfs_definition_free(def);

    return 0;
}


static int
test_append(vfs_body_t *body, const char *id)
{
    return vfs_body_vector(body, def, VFS_ENTITY_USER, id, strlen(id),
                           test_values, state);
}


static void
test_a_record_reads_back_to_the_same_bits(void **unused)
{
    int          i;
    float        value;
    cJSON       *json, *record, *metadata;
    vfs_body_t   body;

    assert_int_equal(vfs_body_init(&body, "a \"space\"", 10000), VFS_OK);
    assert_int_equal(vfs_body_begin(&body, VFS_UPSERT), VFS_OK);
    assert_int_equal(test_append(&body, "u-1"), VFS_OK);
    assert_int_equal(test_append(&body, "u_2"), VFS_OK);
    assert_int_equal(vfs_body_end(&body), VFS_OK);

    json = cJSON_ParseWithLength(body.data, body.len);
    assert_non_null(json);

    assert_string_equal(cJSON_GetObjectItem(json, "namespace")->valuestring,
                        "a \"space\"");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "vectors")),
                     2);

    record = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "vectors"), 1);
    assert_string_equal(cJSON_GetObjectItem(record, "id")->valuestring,
                        "user:u_2");

    for (i = 0; i < TEST_VALUES; i++) {
        value = (float) cJSON_GetArrayItem(cJSON_GetObjectItem(record,
                                                               "values"),
                                           i)->valuedouble;
        assert_memory_equal(&value, &test_values[i], sizeof(float));
    }

    metadata = cJSON_GetObjectItem(record, "metadata");
    assert_string_equal(cJSON_GetObjectItem(metadata, "note")->valuestring,
                        "a \"b\"");
    assert_string_equal(cJSON_GetObjectItem(metadata,
                                            "vfs_definition")->valuestring,
                        def->hash);
    assert_string_equal(cJSON_GetObjectItem(metadata,
                                            "vfs_watermark")->valuestring,
                        "2:41");
    assert_true(cJSON_GetObjectItem(metadata, "vfs_event_time")->valuedouble
                == 1700000000000.0);
    assert_int_equal(cJSON_GetObjectItem(metadata, "vfs_count")->valueint, 1);

    cJSON_Delete(json);
    vfs_body_destroy(&body);
}


/* At every limit the body is as long as fits, valid, and no longer. */

static void
test_the_limit_is_of_the_whole_body(void **unused)
{
    int          rc;
    char         id[16];
    cJSON       *json;
    size_t       limit;
    unsigned     n;
    vfs_body_t   body;

    for (limit = 1; limit < 2000; limit += 7) {
        assert_int_equal(vfs_body_init(&body, "space", limit), VFS_OK);
        assert_int_equal(vfs_body_begin(&body, VFS_UPSERT), VFS_OK);

        for (n = 0; /* void */ ; n++) {
            (void) snprintf(id, sizeof(id), "u%u", n);

            rc = test_append(&body, id);

            if (rc != VFS_OK) {
                assert_int_equal(rc, VFS_DECLINED);
                break;
            }
        }

        assert_int_equal(vfs_body_end(&body), VFS_OK);

        /* the first is always taken: it has to go somewhere */

        assert_true(n >= 1);
        assert_int_equal(body.count, n);
        assert_true(body.len <= limit || n == 1);
        assert_true(body.len + 260 > limit);

        json = cJSON_ParseWithLength(body.data, body.len);
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json,
                                                                "vectors")),
                         (int) n);
        cJSON_Delete(json);

        vfs_body_destroy(&body);
    }
}


static void
test_ids_to_delete(void **unused)
{
    vfs_body_t  body;

    static const char  expected[] =
        "{\"ids\":[\"item:i1\",\"item:i2\"],\"namespace\":\"items\"}";

    assert_int_equal(vfs_body_init(&body, "items", 1000), VFS_OK);
    assert_int_equal(vfs_body_begin(&body, VFS_DELETE), VFS_OK);
    assert_int_equal(vfs_body_id(&body, VFS_ENTITY_ITEM, "i1", 2), VFS_OK);
    assert_int_equal(vfs_body_id(&body, VFS_ENTITY_ITEM, "i2", 2), VFS_OK);
    assert_int_equal(vfs_body_end(&body), VFS_OK);

    assert_int_equal(body.len, sizeof(expected) - 1);
    assert_memory_equal(body.data, expected, body.len);

    vfs_body_destroy(&body);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_a_record_reads_back_to_the_same_bits),
        cmocka_unit_test(test_the_limit_is_of_the_whole_body),
        cmocka_unit_test(test_ids_to_delete),
    };

    return cmocka_run_group_tests(tests, test_setup, test_teardown);
}
