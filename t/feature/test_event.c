
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"


#define TEST_RECORD_MS  1234567890123LL


typedef struct {
    const char    *value;
    vfs_reason_e   reason;
    const char    *message;
} test_fault_t;


typedef struct {
    const char    *value;
    const char    *user;
    const char    *item;
    int64_t        time_ms;
    double         weight;
} test_good_t;


#define TEST_ID(field)                                                        \
    field ": expected 1 to 128 characters of [A-Za-z0-9_-], got "

#define TEST_TIME                                                             \
    "ts: expected ISO 8601 or ms since 1970, up to year 9999, got "


/* "extra" stands among the members of "events". */

static vfs_definition_t *
test_mapping(const char *extra)
{
    char  text[1024];

    (void) snprintf(text, sizeof(text),
                    "{\"name\":\"test\",\"dimension\":4,\"events\":{"
                    "\"topic\":\"t\",\"fields\":{\"user\":\"u\","
                    "\"item\":\"p.id\",\"type\":\"e\",\"time\":\"ts\"}%s},"
                    "\"sources\":{\"v\":{\"type\":\"event\",\"field\":\"v\"}},"
                    "\"features\":{\"user\":{\"namespace\":\"users\","
                    "\"transform\":\"latest\",\"source\":\"v\"}}}", extra);

    return test_definition(text);
}


static vfs_definition_t *
test_csv_mapping(const char *columns)
{
    char  text[1024];

    (void) snprintf(text, sizeof(text),
                    "{\"name\":\"test\",\"dimension\":4,\"events\":{"
                    "\"topic\":\"t\",\"fields\":{\"user\":\"u\","
                    "\"item\":\"i\",\"type\":\"e\",\"time\":\"ts\"},"
                    "\"weights\":{\"buy\":5},\"default_weight\":1,"
                    "\"csv\":%s},"
                    "\"sources\":{\"v\":{\"type\":\"event\",\"field\":\"v\"}},"
                    "\"features\":{\"user\":{\"namespace\":\"users\","
                    "\"transform\":\"latest\",\"source\":\"v\"}}}", columns);

    return test_definition(text);
}


static void
test_fault(const vfs_definition_t *def, const char *value, size_t len,
    int64_t record_ms, vfs_reason_e reason, const char *message)
{
    char          *copy;
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   got;

    copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, value, len);

    err.text[0] = '\0';
    event = vfs_event_decode(def, copy, len, record_ms, &got, &err);
    free(copy);

    if (event != NULL) {
        fail_msg("%s was decoded", value);
    }

    assert_string_equal(err.text, message);
    assert_int_equal(got, reason);
}


static void
test_faults(const vfs_definition_t *def, const test_fault_t *fault)
{
    for ( /* void */ ; fault->value != NULL; fault++) {
        test_fault(def, fault->value, strlen(fault->value), TEST_RECORD_MS,
                   fault->reason, fault->message);
    }
}


static void
test_good(const vfs_definition_t *def, const test_good_t *good)
{
    char          *copy;
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    for ( /* void */ ; good->value != NULL; good++) {
        copy = malloc(strlen(good->value));
        assert_non_null(copy);
        memcpy(copy, good->value, strlen(good->value));

        err.text[0] = '\0';
        event = vfs_event_decode(def, copy, strlen(good->value),
                                 TEST_RECORD_MS, &reason, &err);
        free(copy);

        assert_string_equal(err.text, "");
        assert_non_null(event);
        assert_int_equal(reason, VFS_REASON_NONE);
        assert_string_equal(vfs_event_user(event), good->user);
        assert_string_equal(vfs_event_item(event), good->item);
        assert_int_equal(vfs_event_time(event), good->time_ms);
        assert_true(vfs_event_weight(event) == good->weight);

        vfs_event_free(event);
    }
}


static void
test_json(void **unused)
{
    vfs_definition_t  *def;

    static const test_good_t  good[] = {
        { "{\"u\":\"u1\",\"p\":{\"id\":\"i-9_Z\"},\"e\":\"buy\","
          "\"ts\":\"2026-01-31T10:00:00Z\"}", "u1", "i-9_Z", 1769853600000,
          5 },
        { " {\"x\":[1,{\"u\":2}],\"e\":\"see\",\"p\":{\"x\":1,\"id\":\"i\"},"
          "\"u\":\"u\"} \n", "u", "i", TEST_RECORD_MS, 0.5 },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"ts\":null,\"e\":null}", "u",
          "i", TEST_RECORD_MS, 0.5 },
        { "{\"u\":17850,\"p\":{\"id\":12345678901234567890},\"e\":\"hate\"}",
          "17850", "12345678901234567890", TEST_RECORD_MS, -3 },
        { "{\"\\u0075\":\"\\u0075\",\"p\":{\"id\":-7},"
          "\"e\":\"b\\u0075y\"}", "u", "-7", TEST_RECORD_MS, 5 },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"ignore\",\"ts\":0}",
          "u", "i", 0, 0 },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"ts\":1769853600000.9}", "u",
          "i", 1769853600000, 0.5 },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"ts\":1.7698536e12}", "u", "i",
          1769853600000, 0.5 },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"ts\":\"1769853600000\"}", "u",
          "i", 1769853600000, 0.5 },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"ts\":253402300799999}", "u",
          "i", VFS_MAX_TIME_MS, 0.5 },

        /* nobody asks for "x" */

        { "{\"u\":\"u\",\"x\":1,\"x\":2,\"p\":{\"id\":\"i\"}}", "u", "i",
          TEST_RECORD_MS, 0.5 },
        { NULL, NULL, NULL, 0, 0 }
    };

    /* without weights nobody asks for the type */

    static const test_good_t  alike[] = {
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":5}", "u", "i",
          TEST_RECORD_MS, 1 },
        { NULL, NULL, NULL, 0, 0 }
    };

    def = test_mapping(",\"weights\":{\"buy\":5,\"hate\":-3,\"ignore\":0},"
                       "\"default_weight\":0.5");
    test_good(def, good);
    vfs_definition_free(def);

    def = test_mapping("");
    test_good(def, alike);
    vfs_definition_free(def);
}


static void
test_json_faults(void **unused)
{
    vfs_definition_t  *def;

    static const test_fault_t  faults[] = {
        { "", VFS_REASON_BAD_JSON, "no JSON at byte 0: unexpected end" },
        { "u1,i1", VFS_REASON_BAD_JSON,
          "no JSON at byte 0: expected a value" },
        { "{\"u\":\"u\",}", VFS_REASON_BAD_JSON,
          "no JSON at byte 9: expected a name in quotes" },
        { "{\"u\":\"\xff\"}", VFS_REASON_BAD_JSON,
          "no JSON at byte 6: invalid UTF-8" },
        { "{\"u\":\"a\nb\"}", VFS_REASON_BAD_JSON,
          "no JSON at byte 7: control character in a string" },
        { "{\"u\":01}", VFS_REASON_BAD_JSON,
          "no JSON at byte 6: expected ',' or '}'" },
        { "{\"u\":NaN}", VFS_REASON_BAD_JSON,
          "no JSON at byte 5: expected a value" },
        { "{}{}", VFS_REASON_BAD_JSON,
          "no JSON at byte 2: text behind the value" },
        { "[1]", VFS_REASON_BAD_JSON, "expected an object" },
        { "\"u1,i1\"", VFS_REASON_BAD_JSON, "expected an object" },
        { "{}", VFS_REASON_MISSING_FIELD,
          "u: expected an id, but it is missing" },
        { "{\"u\":null}", VFS_REASON_MISSING_FIELD,
          "u: expected an id, but it is missing" },
        { "{\"U\":\"u\"}", VFS_REASON_MISSING_FIELD,
          "u: expected an id, but it is missing" },
        { "{\"u\":\"u\",\"u\":\"w\",\"p\":{\"id\":\"i\"}}",
          VFS_REASON_BAD_JSON,
          "u: the name stands there more than once" },
        { "{\"u\":\"u\",\"\\u0075\":\"u\",\"p\":{\"id\":\"i\"}}",
          VFS_REASON_BAD_JSON,
          "u: the name stands there more than once" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\",\"id\":\"i\"}}",
          VFS_REASON_BAD_JSON,
          "p.id: the name stands there more than once" },
        { "{\"u\":\"u\",\"p\":\"i\"}", VFS_REASON_MISSING_FIELD,
          "p.id: expected an id, but it is missing" },
        { "{\"u\":\"u\",\"p.id\":\"i\"}", VFS_REASON_MISSING_FIELD,
          "p.id: expected an id, but it is missing" },
        { "{\"u\":\"\",\"p\":{\"id\":\"i\"}}", VFS_REASON_BAD_ID,
          TEST_ID("u") "\"\"" },
        { "{\"u\":\"a b\",\"p\":{\"id\":\"i\"}}", VFS_REASON_BAD_ID,
          TEST_ID("u") "\"a b\"" },
        { "{\"u\":\"a\\u0000\",\"p\":{\"id\":\"i\"}}", VFS_REASON_BAD_ID,
          TEST_ID("u") "\"a\\u0000\"" },
        { "{\"u\":1.5,\"p\":{\"id\":\"i\"}}", VFS_REASON_BAD_ID,
          TEST_ID("u") "1.5" },
        { "{\"u\":1e3,\"p\":{\"id\":\"i\"}}", VFS_REASON_BAD_ID,
          TEST_ID("u") "1e3" },
        { "{\"u\":true,\"p\":{\"id\":\"i\"}}", VFS_REASON_BAD_ID,
          TEST_ID("u") "true" },
        { "{\"u\":\"u\",\"p\":{\"id\":{}}}", VFS_REASON_BAD_ID,
          TEST_ID("p.id") "an object" },
        { "{\"u\":\"u\",\"p\":{\"id\":[]}}", VFS_REASON_BAD_ID,
          TEST_ID("p.id") "an empty list" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"sch\xc3\xb6n-und-sehr-lange-und-noch-"
          "\xc3\xa4\xc3\xa4nger\"}}", VFS_REASON_BAD_ID,
          TEST_ID("p.id") "\"sch\xc3\xb6n-und-sehr-lange-und-noch-...\"" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"}}", VFS_REASON_MISSING_FIELD,
          "e: expected an event type, but it is missing" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"Buy\"}",
          VFS_REASON_BAD_TYPE,
          "e: expected an event type of the definition, got \"Buy\"" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"buy\\u0000\"}",
          VFS_REASON_BAD_TYPE,
          "e: expected an event type of the definition, got "
          "\"buy\\u0000\"" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":5}", VFS_REASON_BAD_TYPE,
          "e: expected an event type of the definition, got 5" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"buy\",\"ts\":\"now\"}",
          VFS_REASON_BAD_TIME, TEST_TIME "\"now\"" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"buy\",\"ts\":-1}",
          VFS_REASON_BAD_TIME, TEST_TIME "-1" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"buy\",\"ts\":1e999}",
          VFS_REASON_BAD_TIME, TEST_TIME "1e999" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"buy\","
          "\"ts\":253402300800000}", VFS_REASON_BAD_TIME,
          TEST_TIME "253402300800000" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"buy\","
          "\"ts\":\"99999999999999999999999\"}", VFS_REASON_BAD_TIME,
          TEST_TIME "\"99999999999999999999999\"" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"buy\",\"ts\":\"\"}",
          VFS_REASON_BAD_TIME, TEST_TIME "\"\"" },
        { "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"buy\",\"ts\":[1]}",
          VFS_REASON_BAD_TIME, TEST_TIME "a list" },
        { NULL, VFS_REASON_NONE, NULL }
    };

    def = test_mapping(",\"weights\":{\"buy\":5}");

    test_faults(def, faults);

    /* no time at all */

    test_fault(def, "{\"u\":\"u\",\"p\":{\"id\":\"i\"},\"e\":\"buy\"}", 34, -1,
               VFS_REASON_BAD_TIME,
               "neither the event nor its record has a time");

    /* a NUL within the text */

    test_fault(def, "{\"u\":\"u\"\0}", 10, 0, VFS_REASON_BAD_JSON,
               "no JSON at byte 8: expected ',' or '}'");

    vfs_definition_free(def);
}


static void
test_id_lengths(void **unused)
{
    char               id[160], value[256], message[128];
    vfs_error_t        err;
    vfs_event_t       *event;
    vfs_reason_e       reason;
    vfs_definition_t  *def;

    def = test_mapping("");

    memset(id, 'x', sizeof(id));
    id[128] = '\0';
    assert_int_equal(vfs_id_valid(id, 128), 1);

    (void) snprintf(value, sizeof(value), "{\"u\":\"%s\",\"p\":{\"id\":1}}",
                    id);
    event = vfs_event_decode(def, value, strlen(value), 0, &reason, &err);
    assert_non_null(event);
    assert_string_equal(vfs_event_user(event), id);
    assert_true(vfs_event_weight(event) == 1);
    vfs_event_free(event);
    vfs_event_free(NULL);

    id[128] = 'x';
    id[129] = '\0';
    assert_int_equal(vfs_id_valid(id, 129), 0);

    (void) snprintf(value, sizeof(value), "{\"u\":\"%s\",\"p\":{\"id\":1}}",
                    id);
    (void) snprintf(message, sizeof(message), TEST_ID("u") "\"%.32s...\"", id);
    test_fault(def, value, strlen(value), 0, VFS_REASON_BAD_ID, message);

    vfs_definition_free(def);
}


static void
test_too_large(void **unused)
{
    char              *value;
    vfs_definition_t  *def;

    def = test_mapping("");

    value = malloc(VFS_MAX_EVENT_LEN + 1);
    assert_non_null(value);
    memset(value, ' ', VFS_MAX_EVENT_LEN + 1);

    test_fault(def, value, VFS_MAX_EVENT_LEN, 0, VFS_REASON_BAD_JSON,
               "no JSON at byte 1048576: unexpected end");
    test_fault(def, value, VFS_MAX_EVENT_LEN + 1, 0, VFS_REASON_TOO_LARGE,
               "expected at most 1048576 bytes, got 1048577");

    memset(value, '[', VFS_MAX_EVENT_LEN);
    test_fault(def, value, VFS_MAX_EVENT_LEN, 0, VFS_REASON_BAD_JSON,
               "no JSON at byte 32: nested too deeply");

    free(value);
    vfs_definition_free(def);
}


static void
test_csv(void **unused)
{
    vfs_definition_t  *def;

    static const test_good_t  two[] = {
        { "u1,i1", "u1", "i1", TEST_RECORD_MS, 1 },
        { "u1,i1\n", "u1", "i1", TEST_RECORD_MS, 1 },
        { "u1,i1\r\n", "u1", "i1", TEST_RECORD_MS, 1 },
        { "\"u1\",\"i1\"", "u1", "i1", TEST_RECORD_MS, 1 },
        { "{\"u\":\"u1\",\"i\":\"i1\",\"e\":\"buy\"}", "u1", "i1",
          TEST_RECORD_MS, 5 },
        { NULL, NULL, NULL, 0, 0 }
    };

    static const test_good_t  five[] = {
        { "buy,\"a, \"\"b\"\"\nc\",u1,2026-01-31T10:00:00Z,i1", "u1", "i1",
          1769853600000, 5 },
        { "\"buy\",,u1,1769853600000,i1", "u1", "i1", 1769853600000, 5 },
        { ",,u1,,i1", "u1", "i1", TEST_RECORD_MS, 1 },
        { "\"\",\"\",u1,\"\",i1", "u1", "i1", TEST_RECORD_MS, 1 },
        { NULL, NULL, NULL, 0, 0 }
    };

    static const test_fault_t  faults[] = {
        { "", VFS_REASON_BAD_CSV, "expected 2 columns, got 1" },
        { "u1", VFS_REASON_BAD_CSV, "expected 2 columns, got 1" },
        { "u1,i1,x", VFS_REASON_BAD_CSV, "expected 2 columns, got more" },
        { "u1,i1,", VFS_REASON_BAD_CSV, "expected 2 columns, got more" },
        { "u1,i1\nu2,i2", VFS_REASON_BAD_CSV,
          "i: a quote or a line end stands in a column without quotes" },
        { "u1,i1\n\n", VFS_REASON_BAD_CSV,
          "i: a quote or a line end stands in a column without quotes" },
        { "u\"1,i1", VFS_REASON_BAD_CSV,
          "u: a quote or a line end stands in a column without quotes" },
        { "\"u1,i1", VFS_REASON_BAD_CSV, "u: expected a closing quote" },
        { "\"u1\"x,i1", VFS_REASON_BAD_CSV,
          "u: expected a comma or the end behind the closing quote" },
        { "u1,\xff", VFS_REASON_BAD_CSV,
          "expected UTF-8 text without NUL" },
        { "u1, i1", VFS_REASON_BAD_ID, TEST_ID("i") "\" i1\"" },
        { "u1,\"i\\1\"", VFS_REASON_BAD_ID, TEST_ID("i") "\"i\\\\1\"" },
        { ",i1", VFS_REASON_MISSING_FIELD,
          "u: expected an id, but it is missing" },
        { "[1]", VFS_REASON_BAD_CSV, "expected 2 columns, got 1" },
        { "{\"u\":1", VFS_REASON_BAD_JSON,
          "no JSON at byte 6: unexpected end" },
        { NULL, VFS_REASON_NONE, NULL }
    };

    def = test_csv_mapping("[\"u\",\"i\"]");
    test_good(def, two);
    test_faults(def, faults);
    test_fault(def, "u1,i\0", 5, 0, VFS_REASON_BAD_CSV,
               "expected UTF-8 text without NUL");
    vfs_definition_free(def);

    def = test_csv_mapping("[\"e\",\"text\",\"u\",\"ts\",\"i\"]");
    test_good(def, five);
    vfs_definition_free(def);
}


static void
test_reasons(void **unused)
{
    assert_string_equal(vfs_reason_name(VFS_REASON_BAD_JSON), "bad-json");
    assert_string_equal(vfs_reason_name(VFS_REASON_BAD_CSV), "bad-csv");
    assert_string_equal(vfs_reason_name(VFS_REASON_MISSING_FIELD),
                        "missing-field");
    assert_string_equal(vfs_reason_name(VFS_REASON_BAD_ID), "bad-id");
    assert_string_equal(vfs_reason_name(VFS_REASON_BAD_TYPE),
                        "bad-event-type");
    assert_string_equal(vfs_reason_name(VFS_REASON_BAD_TIME), "bad-time");
    assert_string_equal(vfs_reason_name(VFS_REASON_BAD_VECTOR), "bad-vector");
    assert_string_equal(vfs_reason_name(VFS_REASON_WRONG_DIMENSION),
                        "wrong-dimension");
    assert_string_equal(vfs_reason_name(VFS_REASON_BAD_METADATA),
                        "bad-metadata");
    assert_string_equal(vfs_reason_name(VFS_REASON_TOO_LARGE), "too-large");
    assert_string_equal(vfs_reason_name(VFS_REASON_REFUSED), "refused");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_faults),
        cmocka_unit_test(test_id_lengths),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_reasons)
    };

    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
