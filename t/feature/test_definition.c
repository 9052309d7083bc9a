
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"

#include "vfs_canonical.h"


static void
test_base_is_valid(void **unused)
{
    vfs_definition_t     *def;
    const vfs_feature_t  *user, *item;

    def = test_definition(test_base);
    user = &def->features[VFS_ENTITY_USER];
    item = &def->features[VFS_ENTITY_ITEM];

    assert_string_equal(def->name, "shop");
    assert_int_equal(def->dimension, 8);
    assert_int_equal(def->metric, VFS_METRIC_COSINE);
    assert_int_equal(def->landmark_ms, TEST_LANDMARK);
    assert_string_equal(def->topic, "t");
    assert_string_equal(def->field_user, "u");
    assert_string_equal(def->field_item, "p.id");
    assert_string_equal(def->field_type, "e");
    assert_null(def->field_time);
    assert_int_equal(def->ncsv, 0);
    assert_int_equal(def->nweights, 1);
    assert_string_equal(def->weights[0].type, "buy");
    assert_true(def->weights[0].weight == 5);
    assert_true(def->has_default_weight && def->default_weight == 1);

    assert_int_equal(def->nsources, 2);
    assert_int_equal(def->sources[0].hashes, 2);
    assert_int_equal(def->sources[0].nfields, 2);
    assert_int_equal(def->sources[0].fields[0].words, 0);
    assert_int_equal(def->sources[0].fields[0].weight, 1);
    assert_int_equal(def->sources[0].fields[1].words, 1);
    assert_string_equal(def->sources[1].field, "v");

    assert_ptr_equal(user->source, &def->sources[0]);
    assert_int_equal(user->half_life_ms, 30 * TEST_DAY);
    assert_int_equal(user->normalise, 1);
    assert_null(user->prior);

    assert_null(item->source);
    assert_ptr_equal(item->prior, &def->sources[1]);
    assert_true(item->prior_weight == 2);
    assert_int_equal(item->half_life_ms, 1000);
    assert_int_equal(item->normalise, 0);
    assert_int_equal(item->nmetadata, 1);
    assert_string_equal(item->metadata[0], "title");
    assert_string_equal(item->metadata_paths[0], "p.title");

    vfs_definition_free(def);
    vfs_definition_free(NULL);
}


static void
test_defaults(void **unused)
{
    char              *text;
    vfs_definition_t  *def;

    text = test_replace("\"metric\":\"cosine\",\"landmark\":\"2020-01-01\",",
                        "");
    def = test_definition(text);
    assert_int_equal(def->metric, VFS_METRIC_COSINE);
    assert_int_equal(def->landmark_ms, 0);
    vfs_definition_free(def);
    free(text);

    text = test_replace(",\"default_weight\":1", "");
    def = test_definition(text);
    assert_int_equal(def->has_default_weight, 0);
    vfs_definition_free(def);
    free(text);

    text = test_replace("\"weights\":{\"buy\":5},\"default_weight\":1",
                        "\"default_weight\":-2.5");
    def = test_definition(text);
    assert_true(def->has_default_weight && def->default_weight == -2.5);
    vfs_definition_free(def);
    free(text);

    text = test_replace("\"hashes\":2,", "");
    def = test_definition(text);
    assert_int_equal(def->sources[0].hashes, 4);
    vfs_definition_free(def);
    free(text);
}


static void
test_durations(void **unused)
{
    char               text[64], *json;
    unsigned           i;
    vfs_definition_t  *def;

    static const struct {
        int64_t      ms;
        const char  *text;
    } cases[] = {
        { 1000, "\"1s\"" },
        { 90000, "\"90s\"" },
        { 2700000, "\"45m\"" },
        { 43200000, "\"12h\"" },
        { 3199996800000, "\"37037d\"" },
        { 604800000, "\"007d\"" },
        { 1000, "1000" },
        { 3200000000000, "3.2e12" },
        { 86400000, "86400000.0" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(text, sizeof(text), "\"half_life\":%s",
                        cases[i].text);
        json = test_replace("\"half_life\":1000", text);
        def = test_definition(json);
        assert_int_equal(def->features[VFS_ENTITY_ITEM].half_life_ms,
                         cases[i].ms);
        vfs_definition_free(def);
        free(json);
    }
}


/* The hash is that of the canonical form, computed elsewhere. */

static void
test_hash(void **unused)
{
    char              *text;
    vfs_definition_t  *def, *other;

    def = test_definition(test_base);
    assert_string_equal(def->hash, "b4b11c8678498565");

    /* white space, order, escapes and the form of numbers do not matter */

    text = test_replace("\"name\":\"shop\",\"dimension\":8,",
                        "\"dimension\" : 80E-1 ,\n\"nam\\u0065\":\"\\u0073"
                        "hop\",");
    other = test_definition(text);
    assert_string_equal(other->hash, def->hash);
    vfs_definition_free(other);
    free(text);

    /* any value does */

    text = test_replace("\"30d\"", "\"31d\"");
    other = test_definition(text);
    assert_string_not_equal(other->hash, def->hash);
    vfs_definition_free(other);
    free(text);

    vfs_definition_free(def);
}


/* RFC 8785, sections 3.2.2 and 3.2.3. */

static void
test_canonical_of(const char *text, const char *expected)
{
    char            *form;
    size_t           len;
    vfs_document_t   doc;

    assert_int_equal(vfs_document_parse(&doc, text, strlen(text), NULL),
                     VFS_OK);
    assert_int_equal(vfs_canonical_form(doc.nodes, NULL, &form, &len), VFS_OK);
    assert_int_equal(len, strlen(expected));
    assert_string_equal(form, expected);

    free(form);
    vfs_document_free(&doc);
}


static void
test_canonical(void **unused)
{
    test_canonical_of("{\"numbers\":[333333333.33333329,1E30,4.50,2e-3,"
                      "0.000000000000000000000000001],\"string\":"
                      "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022"
                      "\\u005c\\\\\\\"\\/\",\"literals\":"
                      "[null,true,false]}",
                      "{\"literals\":[null,true,false],\"numbers\":["
                      "333333333.3333333,1e+30,4.5,0.002,1e-27],"
                      "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\"
                      "\\\\\\\"/\"}");

    test_canonical_of("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,"
                      "\"\\ud83d\\ude00\":5,\"\\u0080\":6,"
                      "\"\\u00f6\":7}",
                      "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,"
                      "\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
                      "\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");

    test_canonical_of(" [ ] ", "[]");
    test_canonical_of("{\"a\":{},\"\":\"\",\"aa\":-0.0}",
                      "{\"\":\"\",\"a\":{},\"aa\":0}");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_base_is_valid),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_canonical)
    };

    return cmocka_run_group_tests_name("definition", tests, NULL, NULL);
}
