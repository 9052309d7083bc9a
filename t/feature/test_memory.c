
/*
 * Copyright (C) the vfs authors
 */


/*
 * Every allocation fails once: the caller is told, nothing leaks (as the
 * sanitizers see) and a state stays what it was.
 */

#include "test_util.h"

#include "vfs_model.h"


void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *text);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *text);


/* Allocations left before one fails; < 0: none does. */

static int  test_budget = -1;


static int
test_fails(void)
{
    if (test_budget < 0) {
        return 0;
    }

    return test_budget-- == 0;
}


void *
__wrap_malloc(size_t size)
{
    return test_fails() ? NULL : __real_malloc(size);
}


void *
__wrap_calloc(size_t n, size_t size)
{
    return test_fails() ? NULL : __real_calloc(n, size);
}


void *
__wrap_realloc(void *p, size_t size)
{
    return test_fails() ? NULL : __real_realloc(p, size);
}


char *
__wrap_strdup(const char *text)
{
    return test_fails() ? NULL : __real_strdup(text);
}


/* With columns for CSV, both kinds of source, a prior and metadata. */

static const char  test_all[] =
    "{\"name\":\"shop\",\"dimension\":8,"
    "\"events\":{\"topic\":\"t\","
    "\"fields\":{\"user\":\"u\",\"item\":\"i\",\"type\":\"e\","
    "\"time\":\"t\"},\"csv\":[\"u\",\"i\",\"a\"],"
    "\"weights\":{\"buy\":5},\"default_weight\":1},"
    "\"sources\":{\"words\":{\"type\":\"hash\","
    "\"fields\":[{\"field\":\"a\"},{\"field\":\"b\",\"words\":true}]},"
    "\"own\":{\"type\":\"event\",\"field\":\"v\"}},"
    "\"features\":{\"user\":{\"namespace\":\"users\","
    "\"transform\":\"latest\",\"source\":\"words\","
    "\"metadata\":{\"a\":\"a\"}},"
    "\"item\":{\"namespace\":\"items\",\"transform\":\"decayed_mean\","
    "\"source\":\"user\",\"half_life\":1000,"
    "\"prior\":{\"source\":\"own\",\"weight\":2},"
    "\"metadata\":{\"a\":\"a\",\"b\":\"b\"}}}}";


static const char  test_model[] =
    "{\"name\":\"shop\",\"dimension\":8,"
    "\"events\":{\"topic\":\"t\",\"fields\":{\"user\":\"u\",\"item\":\"i\"}},"
    "\"sources\":{\"text\":{\"type\":\"model\",\"protocol\":\"kserve\","
    "\"model\":\"m\",\"version\":\"1\",\"input\":\"in\",\"output\":\"out\","
    "\"fields\":[\"a\",\"b\"],\"service\":{\"url\":\"http://localhost\"}}},"
    "\"features\":{\"user\":{\"namespace\":\"users\","
    "\"transform\":\"latest\",\"source\":\"text\"}}}";


static void
test_parse(const char *text, int least)
{
    int                n;
    vfs_error_t        err;
    vfs_definition_t  *def;

    for (n = 0; /* void */ ; n++) {
        test_budget = n;
        err.text[0] = '\0';
        def = vfs_definition_parse(text, strlen(text), &err);

        if (test_budget >= 0) {
            break;
        }

        assert_null(def);
        assert_string_equal(err.text, "out of memory");
    }

    test_budget = -1;
    assert_non_null(def);
    assert_true(n > least);

    vfs_definition_free(def);
}


static void
test_parse_definition(void **unused)
{
    test_parse(test_all, 40);
    test_parse(test_model, 30);
}


static void
test_decode_event(const vfs_definition_t *def, const char *text)
{
    int            n;
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    for (n = 0; /* void */ ; n++) {
        test_budget = n;
        err.text[0] = '\0';
        event = vfs_event_decode(def, text, strlen(text), 0, &reason, &err);

        if (test_budget >= 0) {
            break;
        }

        assert_null(event);
        assert_int_equal(reason, VFS_REASON_NONE);
        assert_string_equal(err.text, "out of memory");
    }

    test_budget = -1;
    assert_non_null(event);
    assert_true(n > 2);

    vfs_event_free(event);
}


static void
test_events(void **unused)
{
    vfs_definition_t  *def;

    def = test_definition(test_all);

    test_decode_event(def, "u,i,\"a \"\"b\"\"\"");
    test_decode_event(def, "{\"u\":1,\"i\":2,\"x\":[1,2,3,4,5,6,7,8,9,10,11,"
                      "12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,"
                      "30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,"
                      "48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64]}");

    vfs_definition_free(def);
}


static void
test_sources(void **unused)
{
    int                rc, n;
    char              *metadata;
    float              vector[8];
    const char        *text;
    vfs_error_t        err;
    vfs_event_t       *event;
    vfs_reason_e       reason;
    vfs_definition_t  *def;

    def = test_definition(test_all);
    text = "{\"u\":1,\"i\":2,\"a\":\"x\",\"b\":\"y z\"}";
    event = vfs_event_decode(def, text, strlen(text), 0, &reason, &err);
    assert_non_null(event);

    for (n = 0; /* void */ ; n++) {
        test_budget = n;
        rc = vfs_source_vector(def, &def->sources[0], event, vector, &reason,
                               &err);

        if (test_budget >= 0) {
            break;
        }

        assert_int_equal(rc, VFS_DECLINED);
        assert_int_equal(reason, VFS_REASON_NONE);
        assert_string_equal(err.text, "out of memory");
    }

    assert_int_equal(rc, VFS_OK);
    assert_int_equal(n, 3);

    test_budget = 0;
    metadata = vfs_event_metadata(def, &def->features[VFS_ENTITY_USER], event,
                                  &reason, &err);
    test_budget = -1;
    assert_null(metadata);
    assert_int_equal(reason, VFS_REASON_NONE);
    assert_string_equal(err.text, "out of memory");

    vfs_event_free(event);
    vfs_definition_free(def);
}


static void
test_model_text(void **unused)
{
    int                n;
    char              *made;
    size_t             len;
    const char        *text;
    vfs_error_t        err;
    vfs_event_t       *event;
    vfs_reason_e       reason;
    vfs_definition_t  *def;

    def = test_definition(test_model);
    text = "{\"u\":1,\"i\":2,\"a\":\"x\",\"b\":[\"y\",\"z\"]}";
    event = vfs_event_decode(def, text, strlen(text), 0, &reason, &err);
    assert_non_null(event);

    for (n = 0; /* void */ ; n++) {
        test_budget = n;
        made = vfs_model_text(&def->sources[0], event, &len, &reason, &err);

        /* that it cannot be made shorter is no failure */

        if (made != NULL) {
            break;
        }

        assert_int_equal(reason, VFS_REASON_NONE);
        assert_string_equal(err.text, "out of memory");
    }

    test_budget = -1;
    assert_non_null(made);
    assert_int_equal(n, 4);

    free(made);
    vfs_event_free(event);
    vfs_definition_free(def);
}


static void
test_update(vfs_update_t *update, float *vector, int partition, int days)
{
    memset(update, 0, sizeof(vfs_update_t));

    update->position.partition = partition;
    update->position.offset = partition + days;
    update->time_ms = days * TEST_DAY;
    update->weight = 1;
    update->vector = vector;
    update->prior = vector;
    update->metadata = partition % 2 ? "\"a\":\"x\"" : "\"b\":\"yy\"";
    update->metadata_len = strlen(update->metadata);
}


static vfs_state_t *
test_clone(const vfs_definition_t *def, vfs_entity_e entity,
    const vfs_state_t *state)
{
    size_t          len;
    vfs_state_t    *copy;
    unsigned char  *data;

    assert_int_equal(vfs_state_encode(state, &data, &len), VFS_OK);
    copy = vfs_state_decode(def, &def->features[entity], data, len, NULL);
    assert_non_null(copy);
    free(data);

    return copy;
}


static void
test_fold(void **unused)
{
    int                rc, n, i;
    float              vector[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    unsigned           failures;
    vfs_state_t       *state, *before;
    vfs_update_t       update;
    vfs_definition_t  *def;

    def = test_definition(test_all);
    state = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);
    failures = 0;

    for (i = 0; i < 12; i++) {
        test_update(&update, vector, i, i / 3);
        update.time_ms = i * 20000;
        before = test_clone(def, VFS_ENTITY_ITEM, state);

        for (n = 0; /* void */ ; n++) {
            test_budget = n;
            rc = vfs_state_fold(state, &update);

            if (test_budget >= 0) {
                break;
            }

            test_budget = -1;
            assert_int_equal(rc, VFS_ERROR);
            test_assert_same_state(state, before);
            failures++;
        }

        test_budget = -1;
        assert_int_equal(rc, VFS_OK);
        vfs_state_free(before);
    }

    assert_true(failures >= 5);

    vfs_state_free(state);
    vfs_definition_free(def);
}


static void
test_merge(void **unused)
{
    int                rc, n;
    float              vector[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    vfs_state_t       *state, *other, *before;
    vfs_update_t       update;
    vfs_definition_t  *def;

    def = test_definition(test_all);

    state = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);
    test_update(&update, vector, 1, 0);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);
    before = test_clone(def, VFS_ENTITY_ITEM, state);

    other = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);
    test_update(&update, vector, 2, 1);
    assert_int_equal(vfs_state_fold(other, &update), VFS_OK);
    test_update(&update, vector, 3, 2);
    assert_int_equal(vfs_state_fold(other, &update), VFS_OK);

    for (n = 0; /* void */ ; n++) {
        test_budget = n;
        rc = vfs_state_merge(state, other);

        if (test_budget >= 0) {
            break;
        }

        test_budget = -1;
        assert_int_equal(rc, VFS_ERROR);
        test_assert_same_state(state, before);
    }

    test_budget = -1;
    assert_int_equal(rc, VFS_OK);
    assert_int_equal(vfs_state_count(state), 3);

    vfs_state_free(state);
    vfs_state_free(other);
    vfs_state_free(before);
    vfs_definition_free(def);
}


static void
test_codec(void **unused)
{
    int                n;
    float              vector[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    size_t             len;
    vfs_error_t        err;
    vfs_state_t       *state, *copy;
    vfs_update_t       update;
    unsigned char     *data;
    vfs_definition_t  *def;

    def = test_definition(test_all);

    test_budget = 0;
    assert_null(vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]));

    test_budget = -1;
    state = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);
    test_update(&update, vector, 1, 0);
    assert_int_equal(vfs_state_fold(state, &update), VFS_OK);

    test_budget = 0;
    assert_int_equal(vfs_state_encode(state, &data, &len), VFS_ERROR);
    test_budget = 0;
    assert_int_equal(vfs_update_encode(def, &update, &data, &len), VFS_ERROR);

    test_budget = -1;
    assert_int_equal(vfs_state_encode(state, &data, &len), VFS_OK);

    for (n = 0; /* void */ ; n++) {
        test_budget = n;
        copy = vfs_state_decode(def, &def->features[VFS_ENTITY_ITEM], data,
                                len, &err);

        if (test_budget >= 0) {
            break;
        }

        test_budget = -1;
        assert_null(copy);
    }

    test_budget = -1;
    assert_non_null(copy);
    assert_true(n >= 5);

    vfs_state_free(copy);
    vfs_state_free(state);
    free(data);
    vfs_definition_free(def);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_parse_definition),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_model_text),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_codec)
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
