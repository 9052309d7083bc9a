
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"

#include <math.h>


static vfs_definition_t *
test_hash_of(unsigned dimension, const char *source)
{
    char  text[1024];

    (void) snprintf(text, sizeof(text),
                    "{\"name\":\"test\",\"dimension\":%u,\"events\":{"
                    "\"topic\":\"t\",\"fields\":{\"user\":\"u\","
                    "\"item\":\"itemId\"}},"
                    "\"sources\":{\"s\":%s},\"features\":{\"user\":{"
                    "\"namespace\":\"users\",\"transform\":\"latest\","
                    "\"source\":\"s\",\"metadata\":{\"a\":\"a\","
                    "\"b.c\":\"b.c\"}}}}", dimension, source);

    return test_definition(text);
}


static vfs_event_t *
test_event(const vfs_definition_t *def, const char *members)
{
    char          *text;
    size_t         len;
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    len = strlen(members) + 64;
    text = malloc(len);
    assert_non_null(text);

    (void) snprintf(text, len, "{\"u\":\"u1\",\"itemId\":\"i9\"%s}", members);

    err.text[0] = '\0';
    event = vfs_event_decode(def, text, strlen(text), 0, &reason, &err);
    assert_string_equal(err.text, "");
    assert_non_null(event);
    free(text);

    return event;
}


static void
test_vector(const vfs_definition_t *def, const char *members,
    const uint32_t *bits)
{
    float          vector[8];
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    event = test_event(def, members);

    err.text[0] = '\0';
    assert_int_equal(vfs_source_vector(def, &def->sources[0], event, vector,
                                       &reason, &err), VFS_OK);
    assert_string_equal(err.text, "");
    assert_int_equal(reason, VFS_REASON_NONE);
    test_assert_bits(vector, bits, def->dimension);

    vfs_event_free(event);
}


static void
test_fault(const vfs_definition_t *def, const char *members,
    vfs_reason_e expected, const char *message)
{
    float          vector[8];
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    event = test_event(def, members);

    assert_int_equal(vfs_source_vector(def, &def->sources[0], event, vector,
                                       &reason, &err), VFS_DECLINED);
    assert_string_equal(err.text, message);
    assert_int_equal(reason, expected);

    vfs_event_free(event);
}


/* The bits come from a program that shares nothing with this one. */

static void
test_hash_golden(void **unused)
{
    vfs_definition_t      *def;
    static const uint32_t  bits[] = {
        0x3e88d677, 0x00000000, 0xbe88d677, 0x00000000,
        0x3f08d677, 0x00000000, 0xbf08d677, 0xbf08d677
    };

    def = test_hash_of(8, "{\"type\":\"hash\",\"fields\":["
                       "{\"field\":\"itemId\",\"weight\":2},"
                       "{\"field\":\"title\",\"words\":true}]}");

    test_vector(def, ",\"title\":\"Red wool M\xc3\xbctze x2\"", bits);

    /* what separates words, and their case, does not matter */

    test_vector(def, ",\"title\":\"-RED--Wool\\n\\u0000(M\\u00fctze)/X2.\"",
                bits);

    /* nor whether they come one by one */

    test_vector(def, ",\"title\":[\"red\",\"\",\"Wool m\xc3\xbctze\",\"x2\"]",
                bits);

    vfs_definition_free(def);
}


/* Two tokens that cancel: the first one's component stands. */

static void
test_hash_cancelled(void **unused)
{
    vfs_definition_t      *def;
    static const uint32_t  bits[] = { 0, 0x3f800000 };

    def = test_hash_of(2, "{\"type\":\"hash\",\"hashes\":1,\"fields\":["
                       "{\"field\":\"w\",\"words\":true}]}");

    test_vector(def, ",\"w\":\"t1 t3\"", bits);
    test_vector(def, ",\"w\":\"t3 t1\"", bits);
    test_vector(def, ",\"w\":\"t1 t0 t3 t8\"", bits);

    vfs_definition_free(def);
}


static void
test_same_vector(const vfs_definition_t *def, const char *one,
    const char *other, int same)
{
    float          a[8], b[8];
    vfs_event_t   *event;
    vfs_reason_e   reason;

    event = test_event(def, one);
    assert_int_equal(vfs_source_vector(def, &def->sources[0], event, a,
                                       &reason, NULL), VFS_OK);
    vfs_event_free(event);

    event = test_event(def, other);
    assert_int_equal(vfs_source_vector(def, &def->sources[0], event, b,
                                       &reason, NULL), VFS_OK);
    vfs_event_free(event);

    assert_int_equal(memcmp(a, b, sizeof(a)) == 0, same);
}


/* A value's text, whatever it is written as. */

static void
test_hash_texts(void **unused)
{
    vfs_definition_t  *def;

    def = test_hash_of(8, "{\"type\":\"hash\",\"fields\":["
                       "{\"field\":\"a\"}]}");

    test_same_vector(def, ",\"a\":100000", ",\"a\":\"100000\"", 1);
    test_same_vector(def, ",\"a\":1e5", ",\"a\":\"100000\"", 1);
    test_same_vector(def, ",\"a\":1.50", ",\"a\":\"1.5\"", 1);
    test_same_vector(def, ",\"a\":-0", ",\"a\":\"0\"", 1);
    test_same_vector(def, ",\"a\":12345678901234567891",
                     ",\"a\":\"12345678901234567891\"", 1);
    test_same_vector(def, ",\"a\":true", ",\"a\":\"true\"", 1);
    test_same_vector(def, ",\"a\":\"\\u00e9\"", ",\"a\":\"\xc3\xa9\"", 1);
    test_same_vector(def, ",\"a\":[\"x\"]", ",\"a\":\"x\"", 1);
    test_same_vector(def, ",\"a\":[\"x\",7]", ",\"a\":[\"7\",\"x\"]", 1);
    test_same_vector(def, ",\"a\":\"X\"", ",\"a\":\"x\"", 0);
    test_same_vector(def, ",\"a\":\"x y\"", ",\"a\":[\"x\",\"y\"]", 0);

    vfs_definition_free(def);

    /* every byte of a letter beyond ASCII is part of the word */

    def = test_hash_of(8, "{\"type\":\"hash\",\"fields\":["
                       "{\"field\":\"a\",\"words\":true}]}");

    test_same_vector(def, ",\"a\":\"x\xc3\x80y\"", ",\"a\":\"x\xc3\x80 y\"",
                     0);
    test_same_vector(def, ",\"a\":\"x~y\"", ",\"a\":\"x y\"", 1);

    vfs_definition_free(def);
}


static void
test_hash_faults(void **unused)
{
    char              *text;
    size_t             i;
    vfs_definition_t  *def;

    def = test_hash_of(8, "{\"type\":\"hash\",\"fields\":["
                       "{\"field\":\"a.b\"},"
                       "{\"field\":\"w\",\"words\":true}]}");

    test_fault(def, "", VFS_REASON_MISSING_FIELD,
               "s: the event has none of the fields to hash");
    test_fault(def, ",\"w\":\" - \",\"a\":{\"b\":\"\"}",
               VFS_REASON_MISSING_FIELD,
               "s: the event has none of the fields to hash");
    test_fault(def, ",\"w\":null,\"a\":{\"b\":null}",
               VFS_REASON_MISSING_FIELD,
               "s: the event has none of the fields to hash");
    test_fault(def, ",\"w\":\"x\",\"a\":{\"b\":{}}",
               VFS_REASON_MISSING_FIELD,
               "a.b: expected a string, a finite number, a boolean or a list "
               "of these, got an object");
    test_fault(def, ",\"w\":[\"x\",null]", VFS_REASON_MISSING_FIELD,
               "w: expected a string, a finite number, a boolean or a list of "
               "these, got null");
    test_fault(def, ",\"w\":[[\"x\"]]", VFS_REASON_MISSING_FIELD,
               "w: expected a string, a finite number, a boolean or a list of "
               "these, got a list");
    test_fault(def, ",\"w\":1.0e999", VFS_REASON_MISSING_FIELD,
               "w: expected a string, a finite number, a boolean or a list of "
               "these, got 1.0e999");
    test_fault(def, ",\"w\":\"x\",\"a\":{\"b\":1,\"b\":2}",
               VFS_REASON_BAD_JSON,
               "a.b: the name stands there more than once");

    text = malloc(2 * VFS_MAX_TOKENS + 64);
    assert_non_null(text);
    (void) strcpy(text, ",\"w\":\"");

    for (i = 0; i < VFS_MAX_TOKENS + 1; i++) {
        (void) strcpy(text + 6 + 2 * i, "x ");
    }

    (void) strcpy(text + 6 + 2 * i, "\"");
    test_fault(def, text, VFS_REASON_TOO_LARGE,
               "w: expected at most 4096 words and values to hash in an "
               "event");
    free(text);

    vfs_definition_free(def);
}


static void
test_event_vector(void **unused)
{
    vfs_definition_t      *def;
    static const uint32_t  bits[] = {
        0x3f800001, 0xc4800000, 0x00000000, 0x80000000
    };

    def = test_hash_of(4, "{\"type\":\"event\",\"field\":\"x.v\"}");

    /* the first rounds straight to binary32; the last but one underflows */

    test_vector(def, ",\"x\":{\"v\":[1.00000005960464484,-1024,1e-60,-0.0]}",
                bits);

    test_fault(def, "", VFS_REASON_MISSING_FIELD,
               "x.v: expected a list of 4 numbers, but it is missing");
    test_fault(def, ",\"x\":{\"v\":\"1,2,3,4\"}", VFS_REASON_BAD_VECTOR,
               "x.v: expected a list of 4 numbers, got \"1,2,3,4\"");
    test_fault(def, ",\"x\":{\"v\":[]}", VFS_REASON_WRONG_DIMENSION,
               "x.v: expected 4 numbers, got 0");
    test_fault(def, ",\"x\":{\"v\":[1,2,3]}", VFS_REASON_WRONG_DIMENSION,
               "x.v: expected 4 numbers, got 3");
    test_fault(def, ",\"x\":{\"v\":[1,2,3,4,5]}", VFS_REASON_WRONG_DIMENSION,
               "x.v: expected 4 numbers, got 5");
    test_fault(def, ",\"x\":{\"v\":[1,2,3,null]}", VFS_REASON_BAD_VECTOR,
               "x.v[3]: expected a number from -1024 to 1024, got null");
    test_fault(def, ",\"x\":{\"v\":[1,\"2\",3,4]}", VFS_REASON_BAD_VECTOR,
               "x.v[1]: expected a number from -1024 to 1024, got \"2\"");
    test_fault(def, ",\"x\":{\"v\":[1,2,1e999,4]}", VFS_REASON_BAD_VECTOR,
               "x.v[2]: expected a number from -1024 to 1024, got 1e999");
    test_fault(def, ",\"x\":{\"v\":[-1024.0001,2,3,4]}",
               VFS_REASON_BAD_VECTOR,
               "x.v[0]: expected a number from -1024 to 1024, got "
               "-1024.0001");
    test_fault(def, ",\"x\":{\"v\":[1],\"v\":[1]}", VFS_REASON_BAD_JSON,
               "x.v: the name stands there more than once");

    vfs_definition_free(def);
}


static void
test_metadata_of(const vfs_definition_t *def, const char *members,
    const char *expected)
{
    char          *text;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    event = test_event(def, members);
    text = vfs_event_metadata(def, &def->features[VFS_ENTITY_USER], event,
                              &reason, NULL);
    assert_non_null(text);
    assert_int_equal(reason, VFS_REASON_NONE);
    assert_string_equal(text, expected);

    free(text);
    vfs_event_free(event);
}


static void
test_metadata_fault(const vfs_definition_t *def, const char *members,
    vfs_reason_e expected, const char *message)
{
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    event = test_event(def, members);
    assert_null(vfs_event_metadata(def, &def->features[VFS_ENTITY_USER],
                                   event, &reason, &err));
    assert_int_equal(reason, expected);
    assert_string_equal(err.text, message);

    vfs_event_free(event);
}


#define TEST_METADATA                                                         \
    "a: expected a string, a finite number, a boolean or a list of strings, " \
    "up to 2048 bytes, got "


static void
test_metadata(void **unused)
{
    char               long_value[2100], text[2400];
    vfs_definition_t  *def;

    def = test_hash_of(4, "{\"type\":\"event\",\"field\":\"v\"}");

    test_metadata_of(def, "", "");
    test_metadata_of(def, ",\"a\":null", "");
    test_metadata_of(def, ",\"a\":\"x\"", "\"a\":\"x\"");
    test_metadata_of(def, ",\"b\":{\"c\":false},\"a\":1.50",
                     "\"a\":1.5,\"b.c\":false");
    test_metadata_of(def, ",\"a\":\"\\u00e9\\/\\u0041\\n\\u0001\\ud83d\\ude00"
                     "\\u0000\"", "\"a\":\"\xc3\xa9/A\\n\\u0001"
                     "\xf0\x9f\x98\x80\\u0000\"");
    test_metadata_of(def, ",\"a\":[]", "\"a\":[]");
    test_metadata_of(def, ",\"a\":[ \"x\" , \"\\\"\" ]",
                     "\"a\":[\"x\",\"\\\"\"]");

    test_metadata_fault(def, ",\"a\":{}", VFS_REASON_BAD_METADATA,
                        TEST_METADATA "an object");
    test_metadata_fault(def, ",\"a\":[1]", VFS_REASON_BAD_METADATA,
                        TEST_METADATA "a list");
    test_metadata_fault(def, ",\"a\":-1e999", VFS_REASON_BAD_METADATA,
                        TEST_METADATA "-1e999");
    test_metadata_fault(def, ",\"a\":1,\"a\":2", VFS_REASON_BAD_JSON,
                        "a: the name stands there more than once");

    /* 2046 characters and two quotes fit */

    memset(long_value, 'x', 2046);
    long_value[2046] = '\0';
    (void) snprintf(text, sizeof(text), ",\"a\":\"%s\"", long_value);
    test_metadata_of(def, text, text + 1);

    (void) snprintf(text, sizeof(text), ",\"a\":\"%sx\"", long_value);
    test_metadata_fault(def, text, VFS_REASON_BAD_METADATA,
                        TEST_METADATA "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                        "...\"");

    (void) snprintf(text, sizeof(text), ",\"a\":[\"%.2000s\",\"%.41s\"]",
                    long_value, long_value);
    test_metadata_of(def, text, text + 1);

    (void) snprintf(text, sizeof(text), ",\"a\":[\"%.2000s\",\"%.42s\"]",
                    long_value, long_value);
    test_metadata_fault(def, text, VFS_REASON_BAD_METADATA,
                        TEST_METADATA "a list");

    vfs_definition_free(def);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_hash_golden),
        cmocka_unit_test(test_hash_cancelled),
        cmocka_unit_test(test_hash_texts),
        cmocka_unit_test(test_hash_faults),
        cmocka_unit_test(test_event_vector),
        cmocka_unit_test(test_metadata)
    };

    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
