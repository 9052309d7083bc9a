
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"


/* Each case replaces "from" by "to" in the base. */

typedef struct {
    const char  *from;
    const char  *to;
    const char  *message;
} test_case_t;


#define TEST_NAME       "1 to 64 characters of [A-Za-z0-9_-]"
#define TEST_PATH                                                             \
    "a field's name, or names joined by dots, of 1 to 256 bytes"
#define TEST_WEIGHT                                                           \
    "0 or a number from 1e-06 to 256, or the negative of one"
#define TEST_SHA256                                                           \
    "a SHA-256 of 64 hexadecimal digits in lower case"
#define TEST_DIGITS                                                           \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEST_HALF_LIFE                                                        \
    "a duration such as \"30d\", \"12h\", \"45m\" or \"90s\", or an integer " \
    "in ms, from 1000 to 3200000000000 ms"


static void
test_refused(const char *text, const char *message)
{
    vfs_error_t        err;
    vfs_definition_t  *def;

    err.text[0] = '\0';
    def = vfs_definition_parse(text, strlen(text), &err);

    if (def != NULL) {
        fail_msg("accepted, expected: %s", message);
    }

    assert_string_equal(err.text, message);

    /* a caller may do without the message */

    assert_null(vfs_definition_parse(text, strlen(text), NULL));
}


static void
test_cases(const test_case_t *cases)
{
    char  *text;

    for ( /* void */ ; cases->from != NULL; cases++) {
        text = test_replace(cases->from, cases->to);
        test_refused(text, cases->message);
        free(text);
    }
}


static void
test_refuses_text(void **unused)
{
    char  *text;

    test_refused("", "no JSON at byte 0: unexpected end");
    test_refused("{\"name\":}", "no JSON at byte 8: expected a value");
    test_refused("{} x", "no JSON at byte 3: text behind the value");
    test_refused("[]", "definition: expected an object, got an empty list");
    test_refused("\"\xff\"", "no JSON at byte 1: invalid UTF-8");

    text = malloc(VFS_MAX_DEFINITION_LEN + 2);
    assert_non_null(text);
    memset(text, ' ', VFS_MAX_DEFINITION_LEN + 1);
    text[VFS_MAX_DEFINITION_LEN + 1] = '\0';
    test_refused(text, "expected at most 262144 bytes, got 262145");
    free(text);
}


static void
test_refuses_root(void **unused)
{
    static const test_case_t  cases[] = {
        { "\"name\":\"shop\",", "",
          "name: expected " TEST_NAME ", but it is missing" },
        { "\"shop\"", "\"a b\"", "name: expected " TEST_NAME
          ", got \"a b\"" },
        { "\"shop\"", "7", "name: expected " TEST_NAME ", got 7" },
        { "\"shop\"", "null", "name: expected " TEST_NAME ", got null" },
        { "\"dimension\":8,", "",
          "dimension: expected an integer from 1 to 20000, but it is "
          "missing" },
        { "\"dimension\":8", "\"dimension\":0",
          "dimension: expected an integer from 1 to 20000, got 0" },
        { "\"dimension\":8", "\"dimension\":20001",
          "dimension: expected an integer from 1 to 20000, got 20001" },
        { "\"dimension\":8", "\"dimension\":8.5",
          "dimension: expected an integer from 1 to 20000, got 8.5" },
        { "\"dimension\":8", "\"dimension\":\"8\"",
          "dimension: expected an integer from 1 to 20000, got \"8\"" },
        { "\"dimension\":8", "\"dimension\":1e999",
          "dimension: expected an integer from 1 to 20000, got 1e999" },
        { "\"cosine\"", "\"manhattan\"",
          "metric: expected one of \"cosine\", \"dotproduct\", "
          "\"euclidean\", got \"manhattan\"" },
        { "\"2020-01-01\"", "\"2020\"",
          "landmark: expected a time in ISO 8601, such as "
          "\"2020-01-01T00:00:00Z\", got \"2020\"" },
        { "\"2020-01-01\"", "1577836800000",
          "landmark: expected a time in ISO 8601, such as "
          "\"2020-01-01T00:00:00Z\", got 1577836800000" },
        { "\"name\":\"shop\"", "\"nam\\u0065\":\"x\",\"name\":\"shop\"",
          "name: expected every name once, this one stands there more than "
          "once" },
        { "\"name\":\"shop\"", "\"Name\":\"x\",\"name\":\"shop\"",
          "Name: unknown name, expected one of \"name\", \"dimension\", "
          "\"metric\", \"landmark\", \"events\", \"sources\", "
          "\"features\"" },
        { "\"name\":\"shop\"", "\"\":\"x\",\"name\":\"shop\"",
          "definition: expected names of 1 to 256 bytes without NUL" },
        { "\"name\":\"shop\"", "\"a\\u0000\":\"x\",\"name\":\"shop\"",
          "definition: expected names of 1 to 256 bytes without NUL" },
        { NULL, NULL, NULL }
    };

    test_cases(cases);
}


static void
test_refuses_events(void **unused)
{
    static const test_case_t  cases[] = {
        { "\"events\":{", "\"events\":7,\"x\":{",
          "x: unknown name, expected one of \"name\", \"dimension\", "
          "\"metric\", \"landmark\", \"events\", \"sources\", "
          "\"features\"" },
        { "\"topic\":\"t\"", "\"topic\":\"a/b\"",
          "events.topic: expected a topic's name of 1 to 249 characters of "
          "[A-Za-z0-9._-], got \"a/b\"" },
        { "\"topic\":\"t\"", "\"topic\":\"..\"",
          "events.topic: expected a topic's name of 1 to 249 characters of "
          "[A-Za-z0-9._-], got \"..\"" },
        { "\"user\":\"u\",", "",
          "events.fields.user: expected " TEST_PATH ", but it is missing" },
        { "\"p.id\"", "\"p..id\"",
          "events.fields.item: expected " TEST_PATH ", got \"p..id\"" },
        { "\"p.id\"", "\".id\"",
          "events.fields.item: expected " TEST_PATH ", got \".id\"" },
        { "\"p.id\"", "\"id.\"",
          "events.fields.item: expected " TEST_PATH ", got \"id.\"" },
        { "\"p.id\"", "\"i\\u0000\"",
          "events.fields.item: expected " TEST_PATH ", got \"i\\u0000\"" },
        { "\"type\":\"e\"", "\"type\":[]",
          "events.fields.type: expected " TEST_PATH
          ", got an empty list" },
        { "\"type\":\"e\"", "\"type\":\"e\",\"time\":{}",
          "events.fields.time: expected " TEST_PATH ", got an object" },
        { "\"type\":\"e\"", "\"kind\":\"e\"",
          "events.fields.kind: unknown name, expected one of \"user\", "
          "\"item\", \"type\", \"time\"" },
        { ",\"type\":\"e\"", "",
          "events.fields.type: expected the field that events.weights go by, "
          "but it is missing" },
        { "{\"buy\":5}", "{}",
          "events.weights: expected at least one event type, got an object" },
        { "{\"buy\":5}", "[5]",
          "events.weights: expected an object, got a list" },
        { "\"buy\":5", "\"buy\":\"5\"",
          "events.weights.buy: expected " TEST_WEIGHT ", got \"5\"" },
        { "\"buy\":5", "\"buy\":256.1",
          "events.weights.buy: expected " TEST_WEIGHT ", got 256.1" },
        { "\"buy\":5", "\"buy\":-9e-7",
          "events.weights.buy: expected " TEST_WEIGHT ", got -9e-7" },
        { "\"buy\":5", "\"buy\":5,\"buy\":5",
          "events.weights.buy: expected every name once, this one stands "
          "there more than once" },
        { "\"buy\":5", "\"\":5",
          "events.weights: expected names of 1 to 256 bytes without NUL" },
        { "\"default_weight\":1", "\"default_weight\":true",
          "events.default_weight: expected " TEST_WEIGHT ", got true" },
        { "\"weights\":{", "\"csv\":[],\"weights\":{",
          "events.csv: expected a list of 1 to 256 columns, got an empty "
          "list" },
        { "\"weights\":{", "\"csv\":\"u\",\"weights\":{",
          "events.csv: expected a list of 1 to 256 columns, got \"u\"" },
        { "\"weights\":{", "\"csv\":[\"u\",7],\"weights\":{",
          "events.csv[1]: expected a column's name of 1 to 64 bytes without "
          "a dot, got 7" },
        { "\"weights\":{", "\"csv\":[\"u\",\"p.id\"],\"weights\":{",
          "events.csv[1]: expected a column's name of 1 to 64 bytes without "
          "a dot, got \"p.id\"" },
        { "\"weights\":{", "\"csv\":[\"u\",\"u\"],\"weights\":{",
          "events.csv[1]: expected every column once, got \"u\"" },
        { "\"weights\":{", "\"csv\":[\"x\"],\"weights\":{",
          "events.csv: expected a column \"u\", the user of events.fields, "
          "got a list" },
        { "\"weights\":{", "\"csv\":[\"u\",\"x\"],\"weights\":{",
          "events.csv: expected a column \"p.id\", the item of "
          "events.fields, got a list" },
        { NULL, NULL, NULL }
    };

    test_cases(cases);
}


static void
test_refuses_sources(void **unused)
{
    static const test_case_t  cases[] = {
        { "\"sources\":{\"words\"", "\"sources\":{\"user\"",
          "sources: expected another name than \"user\", which means the "
          "user's vector, got user" },
        { "\"sources\":{\"words\"", "\"sources\":{\"w w\"",
          "sources: expected " TEST_NAME ", got w w" },
        { "{\"type\":\"event\",\"field\":\"v\"}", "\"v\"",
          "sources.own: expected an object, got \"v\"" },
        { "\"type\":\"event\"", "\"type\":\"magic\"",
          "sources.own.type: expected one of \"hash\", \"event\", "
          "\"catalog\", \"model\", got \"magic\"" },
        { "\"type\":\"event\",", "",
          "sources.own.type: expected one of \"hash\", \"event\", "
          "\"catalog\", \"model\", but it is missing" },
        { "\"type\":\"event\",\"field\":\"v\"", "\"type\":\"catalog\"",
          "sources.own.id: expected " TEST_PATH ", but it is missing" },
        { "\"type\":\"event\",\"field\":\"v\"",
          "\"type\":\"catalog\",\"id\":\"a\",\"file\":\"\"",
          "sources.own.file: expected a file's path of 1 to 1024 bytes, got "
          "\"\"" },
        { "\"type\":\"event\",\"field\":\"v\"",
          "\"type\":\"catalog\",\"id\":\"a\",\"file\":\"a\","
          "\"sha256\":\"AB\"",
          "sources.own.sha256: expected " TEST_SHA256 ", got \"AB\"" },
        { "\"type\":\"event\",\"field\":\"v\"",
          "\"type\":\"catalog\",\"id\":\"a\",\"file\":\"a\","
          "\"sha256\":\"" TEST_DIGITS "\",\"ids\":\"b\"",
          "sources.own.ids_sha256: expected " TEST_SHA256
          ", but it is missing" },
        { "\"type\":\"event\",\"field\":\"v\"",
          "\"type\":\"catalog\",\"id\":\"a\",\"file\":\"a\","
          "\"sha256\":\"" TEST_DIGITS "\",\"ids_sha256\":\"b\"",
          "sources.own.ids_sha256: expected none without \"ids\", got "
          "\"b\"" },
        { "\"field\":\"v\"", "\"fields\":\"v\"",
          "sources.own.fields: unknown name, expected one of \"type\", "
          "\"field\"" },
        { ",\"field\":\"v\"", "",
          "sources.own.field: expected " TEST_PATH
          ", but it is missing" },
        { "\"hashes\":2", "\"hashes\":65",
          "sources.words.hashes: expected an integer from 1 to 64, got 65" },
        { "\"hashes\":2", "\"dimension\":2",
          "sources.words.dimension: unknown name, expected one of \"type\", "
          "\"fields\", \"hashes\"" },
        { "[{\"field\":\"a\"},{\"field\":\"b\",\"words\":true}]", "[]",
          "sources.words.fields: expected a list of 1 to 32 objects, got an "
          "empty list" },
        { "{\"field\":\"a\"}", "\"a\"",
          "sources.words.fields[0]: expected an object, got \"a\"" },
        { "{\"field\":\"a\"}", "{}",
          "sources.words.fields[0].field: expected " TEST_PATH
          ", but it is missing" },
        { "\"words\":true", "\"words\":1",
          "sources.words.fields[1].words: expected true or false, got 1" },
        { "\"words\":true", "\"weight\":0",
          "sources.words.fields[1].weight: expected an integer from 1 to "
          "1000, got 0" },
        { "\"words\":true", "\"word\":true",
          "sources.words.fields[1].word: unknown name, expected one of "
          "\"field\", \"words\", \"weight\"" },
        { "\"b\",\"words\":true", "\"a\"",
          "sources.words.fields[1].field: expected every field once, got "
          "\"a\"" },
        { "\"source\":\"own\"", "\"source\":\"words\"",
          "sources.own: no feature uses it" },
        { NULL, NULL, NULL }
    };

    test_cases(cases);

    test_refused("{\"name\":\"a\",\"dimension\":1,\"events\":{\"topic\":"
                 "\"t\",\"fields\":{\"user\":\"u\",\"item\":\"i\"}},"
                 "\"sources\":{},\"features\":{}}",
                 "sources: expected 1 to 16 sources, got an object");
    test_refused("{\"name\":\"a\",\"dimension\":1,\"events\":{\"topic\":"
                 "\"t\",\"fields\":{\"user\":\"u\",\"item\":\"i\"}},"
                 "\"sources\":{\"v\":{\"type\":\"event\",\"field\":\"v\"}},"
                 "\"features\":{}}",
                 "features: expected a feature of \"user\" or of \"item\", "
                 "got an object");
}


static void
test_refuses_features(void **unused)
{
    static const test_case_t  cases[] = {
        { "\"features\":{\"user\":{", "\"features\":{\"users\":{",
          "features.users: unknown name, expected one of \"user\", "
          "\"item\"" },
        { "\"namespace\":\"users\",", "",
          "features.user.namespace: expected 1 to 64 characters of "
          "[A-Za-z0-9._@-], but it is missing" },
        { "\"namespace\":\"users\"", "\"namespace\":\"a b\"",
          "features.user.namespace: expected 1 to 64 characters of "
          "[A-Za-z0-9._@-], got \"a b\"" },
        { "\"namespace\":\"items\"", "\"namespace\":\"users\"",
          "features.item.namespace: expected another than that of "
          "features.user, got \"users\"" },
        { "\"transform\":\"decayed_mean\",\"source\":\"words\"",
          "\"transform\":\"mean\",\"source\":\"words\"",
          "features.user.transform: expected one of \"latest\", "
          "\"decayed_mean\", got \"mean\"" },
        { "\"transform\":\"decayed_mean\",\"source\":\"words\"",
          "\"transform\":\"latest\",\"source\":\"words\"",
          "features.user.half_life: expected none for the transform "
          "\"latest\", got \"30d\"" },
        { "\"transform\":\"decayed_mean\",\"source\":\"user\"",
          "\"transform\":\"latest\",\"source\":\"user\"",
          "features.item.transform: expected \"decayed_mean\" for the source "
          "\"user\", got \"latest\"" },
        { "\"source\":\"words\"", "\"source\":\"word\"",
          "features.user.source: expected the name of one of \"sources\", "
          "got \"word\"" },
        { "\"source\":\"words\"", "\"source\":\"user\"",
          "features.user.source: expected the name of a source (\"user\" is "
          "for items beside a feature of users), got \"user\"" },
        { "\"source\":\"user\",", "",
          "features.item.source: expected the name of one of \"sources\", "
          "but it is missing" },
        { ",\"half_life\":1000", "",
          "features.item.half_life: expected " TEST_HALF_LIFE
          ", but it is missing" },
        { "\"half_life\":1000", "\"half_life\":999",
          "features.item.half_life: expected " TEST_HALF_LIFE ", got 999" },
        { "\"half_life\":1000", "\"half_life\":1000.5",
          "features.item.half_life: expected " TEST_HALF_LIFE
          ", got 1000.5" },
        { "\"half_life\":1000", "\"half_life\":3200000000001",
          "features.item.half_life: expected " TEST_HALF_LIFE
          ", got 3200000000001" },
        { "\"half_life\":1000", "\"half_life\":\"d\"",
          "features.item.half_life: expected " TEST_HALF_LIFE
          ", got \"d\"" },
        { "\"half_life\":1000", "\"half_life\":\"1.5d\"",
          "features.item.half_life: expected " TEST_HALF_LIFE
          ", got \"1.5d\"" },
        { "\"half_life\":1000", "\"half_life\":\"10w\"",
          "features.item.half_life: expected " TEST_HALF_LIFE
          ", got \"10w\"" },
        { "\"half_life\":1000", "\"half_life\":\"3200000000000d\"",
          "features.item.half_life: expected " TEST_HALF_LIFE
          ", got \"3200000000000d\"" },
        { "\"half_life\":1000", "\"half_life\":\"37038d\"",
          "features.item.half_life: expected " TEST_HALF_LIFE
          ", got \"37038d\"" },
        { "\"half_life\":1000",
          "\"half_life\":\"99999999999999999999999999999999999999s\"",
          "features.item.half_life: expected " TEST_HALF_LIFE
          ", got \"99999999999999999999999999999999...\"" },
        { "\"normalise\":true", "\"normalise\":\"yes\"",
          "features.user.normalise: expected true or false, got \"yes\"" },
        { "\"normalise\":true",
          "\"prior\":{\"source\":\"own\",\"weight\":2}",
          "features.user.prior: expected none but for items with the source "
          "\"user\", got an object" },
        { "{\"source\":\"own\",\"weight\":2}", "5",
          "features.item.prior: expected an object, got 5" },
        { "\"source\":\"own\"", "\"source\":\"user\"",
          "features.item.prior.source: expected the name of one of "
          "\"sources\", got \"user\"" },
        { ",\"weight\":2", "",
          "features.item.prior.weight: expected a number from 1e-06 to 256, "
          "but it is missing" },
        { "\"weight\":2", "\"weight\":-2",
          "features.item.prior.weight: expected a number from 1e-06 to 256, "
          "got -2" },
        { "\"title\":\"p.title\"", "\"title\":\"\"",
          "features.item.metadata.title: expected " TEST_PATH
          ", got \"\"" },
        { "\"title\":\"p.title\"", "\"vfs_x\":\"x\"",
          "features.item.metadata: expected a name of 1 to 64 characters of "
          "[A-Za-z0-9._-] that does not begin with \"vfs_\", got vfs_x" },
        { "\"title\":\"p.title\"", "\"$gt\":\"x\"",
          "features.item.metadata: expected a name of 1 to 64 characters of "
          "[A-Za-z0-9._-] that does not begin with \"vfs_\", got $gt" },
        { "\"title\":\"p.title\"",
          "\"a\":\"x\",\"b\":\"x\",\"c\":\"x\",\"d\":\"x\",\"e\":\"x\","
          "\"f\":\"x\",\"g\":\"x\",\"h\":\"x\",\"i\":\"x\",\"j\":\"x\","
          "\"k\":\"x\",\"l\":\"x\",\"m\":\"x\",\"n\":\"x\",\"o\":\"x\","
          "\"p\":\"x\",\"q\":\"x\"",
          "features.item.metadata: expected at most 16 fields, got an "
          "object" },
        { NULL, NULL, NULL }
    };

    test_cases(cases);
}


/* A definition with more names than any may have is refused, and quickly. */

static void
test_refuses_many_names(void **unused)
{
    char      *text, *p;
    unsigned   i;

    text = malloc(VFS_MAX_DEFINITION_LEN);
    assert_non_null(text);

    p = stpcpy(text, "{\"a0\":1");

    for (i = 1; i < 20000; i++) {
        p += sprintf(p, ",\"a%u\":1", i);
    }

    (void) stpcpy(p, "}");

    test_refused(text, "a0: unknown name, expected one of \"name\", "
                 "\"dimension\", \"metric\", \"landmark\", \"events\", "
                 "\"sources\", \"features\"");

    p = stpcpy(text, "{\"name\":\"n\",\"dimension\":1,\"events\":{\"topic\":"
               "\"t\",\"fields\":{\"user\":\"u\",\"item\":\"i\",\"type\":"
               "\"e\"},\"weights\":{\"a0\":1");

    for (i = 1; i < 20000; i++) {
        p += sprintf(p, ",\"a%u\":1", i);
    }

    (void) stpcpy(p, "}}}");

    test_refused(text, "events.weights: expected at most 256 names");

    free(text);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_refuses_text),
        cmocka_unit_test(test_refuses_root),
        cmocka_unit_test(test_refuses_events),
        cmocka_unit_test(test_refuses_sources),
        cmocka_unit_test(test_refuses_features),
        cmocka_unit_test(test_refuses_many_names)
    };

    return cmocka_run_group_tests_name("definition faults", tests, NULL, NULL);
}
