
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"

#include "vfs_model.h"

#include <math.h>


static const char  test_model[] =
    "{\"name\":\"shop\",\"dimension\":3,"
    "\"events\":{\"topic\":\"t\",\"fields\":{\"user\":\"u\",\"item\":\"i\"}},"
    "\"sources\":{\"text\":{\"type\":\"model\",\"protocol\":\"openai\","
    "\"model\":\"small\",\"fields\":[\"title\",\"p.tags\"],"
    "\"service\":{\"url\":\"http://127.0.0.1:8000/\"}}},"
    "\"features\":{\"user\":{\"namespace\":\"users\","
    "\"transform\":\"latest\",\"source\":\"text\"}}}";


/* The definition with "from" replaced. */

static char *
test_changed(const char *from, const char *to)
{
    char        *text;
    size_t       n;
    const char  *p;

    p = strstr(test_model, from);
    assert_non_null(p);

    n = (size_t) (p - test_model);
    text = malloc(strlen(test_model) + strlen(to) + 1);
    assert_non_null(text);

    (void) sprintf(text, "%.*s%s%s", (int) n, test_model, to,
                   p + strlen(from));

    return text;
}


static vfs_definition_t *
test_changed_definition(const char *from, const char *to)
{
    char              *text;
    vfs_definition_t  *def;

    text = test_changed(from, to);
    def = test_definition(text);
    free(text);

    return def;
}


static void
test_members(void **unused)
{
    vfs_model_t       *model;
    vfs_definition_t  *def;

    def = test_definition(test_model);
    assert_int_equal(def->sources[0].type, VFS_SOURCE_MODEL);

    model = def->sources[0].model;
    assert_int_equal(model->protocol, VFS_MODEL_OPENAI);
    assert_string_equal(model->model, "small");
    assert_null(model->version);
    assert_int_equal(model->nfields, 2);
    assert_string_equal(model->fields[1], "p.tags");
    assert_int_equal(model->ask_dimensions, 0);
    assert_string_equal(model->url, "http://127.0.0.1:8000");
    assert_int_equal(model->batch, 32);
    assert_int_equal(model->timeout_ms, 30000);
    assert_int_equal(model->concurrency, 4);
    vfs_definition_free(def);

    def = test_changed_definition("\"openai\",\"model\":\"small\"",
                                  "\"kserve\",\"model\":\"BAAI/bge-small\","
                                  "\"version\":\"1\",\"input\":\"text\","
                                  "\"output\":\"embedding\"");
    model = def->sources[0].model;
    assert_int_equal(model->protocol, VFS_MODEL_KSERVE);
    assert_string_equal(model->model, "BAAI/bge-small");
    assert_string_equal(model->version, "1");
    assert_string_equal(model->input, "text");
    assert_string_equal(model->output, "embedding");
    vfs_definition_free(def);

    def = test_changed_definition(":8000/\"", "/v\",\"batch\":2048,"
                                  "\"timeout\":\"2s\",\"concurrency\":64");
    model = def->sources[0].model;
    assert_string_equal(model->url, "http://127.0.0.1/v");
    assert_int_equal(model->batch, 2048);
    assert_int_equal(model->timeout_ms, 2000);
    assert_int_equal(model->concurrency, 64);
    vfs_definition_free(def);
}


/* How the model is reached makes no other definition, what is asked does. */

static void
test_hash(void **unused)
{
    size_t             i;
    vfs_definition_t  *def, *other;

    static const struct {
        int          same;
        const char  *from;
        const char  *to;
    } cases[] = {
        { 1, "127.0.0.1:8000/", "models.example.com" },
        { 1, "\"url\":", "\"concurrency\":8,\"url\":" },
        { 1, "\"url\":", "\"timeout\":\"5s\",\"batch\":1,\"url\":" },
        { 0, "\"small\"", "\"large\"" },
        { 0, "\"small\"", "\"small\",\"version\":\"2\"" },
        { 0, "\"small\"", "\"small\",\"dimensions\":true" },
        { 0, "\"openai\"", "\"tei\"" },
        { 0, "[\"title\",\"p.tags\"]", "[\"p.tags\",\"title\"]" }
    };

    def = test_definition(test_model);

    /* sha256sum of the canonical form without "service" */

    assert_string_equal(def->hash, "ef3b29e0e13bef9b");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        other = test_changed_definition(cases[i].from, cases[i].to);

        if (cases[i].same) {
            assert_string_equal(other->hash, def->hash);

        } else {
            assert_string_not_equal(other->hash, def->hash);
        }

        vfs_definition_free(other);
    }

    vfs_definition_free(def);
}


static void
test_refusals(void **unused)
{
    char              *text;
    size_t             i;
    vfs_error_t        err;
    vfs_definition_t  *def;

    static const struct {
        const char  *from;
        const char  *to;
        const char  *message;
    } cases[] = {
        { "\"openai\"", "\"grpc\"",
          "sources.text.protocol: expected one of \"openai\", \"tei\", "
          "\"kserve\", got \"grpc\"" },
        { "\"protocol\":\"openai\",", "",
          "sources.text.protocol: expected one of \"openai\", \"tei\", "
          "\"kserve\", but it is missing" },
        { "\"small\"", "\"a model\"",
          "sources.text.model: expected 1 to 256 characters of "
          "[A-Za-z0-9._:/@-], got \"a model\"" },
        { "\"small\"", "\"small\",\"version\":2",
          "sources.text.version: expected 1 to 256 characters of "
          "[A-Za-z0-9._:/@-], got 2" },
        { "[\"title\",\"p.tags\"]", "[]",
          "sources.text.fields: expected a list of 1 to 32 fields' names, "
          "got an empty list" },
        { "[\"title\",\"p.tags\"]", "\"title\"",
          "sources.text.fields: expected a list of 1 to 32 fields' names, "
          "got \"title\"" },
        { "[\"title\",\"p.tags\"]", "[\"title\",{}]",
          "sources.text.fields[1]: expected a field's name, or names joined "
          "by dots, of 1 to 256 bytes, got an object" },
        { "[\"title\",\"p.tags\"]", "[\"title\",\"title\"]",
          "sources.text.fields[1]: expected every field once, got "
          "\"title\"" },
        { "\"small\"", "\"small\",\"dimensions\":3",
          "sources.text.dimensions: expected true or false, got 3" },
        { "\"openai\"", "\"tei\",\"dimensions\":true",
          "sources.text.dimensions: expected none but for the protocol "
          "\"openai\", got true" },
        { "\"openai\"", "\"tei\",\"input\":\"x\"",
          "sources.text.input: expected none but for the protocol "
          "\"kserve\", got \"x\"" },
        { "\"openai\"", "\"kserve\"",
          "sources.text.input: expected 1 to 64 characters of "
          "[A-Za-z0-9_-], but it is missing" },
        { ",\"service\":{\"url\":\"http://127.0.0.1:8000/\"}", "",
          "sources.text.service: expected an object, but it is missing" },
        { "{\"url\":\"http://127.0.0.1:8000/\"}", "{}",
          "sources.text.service.url: expected an address such as "
          "\"http://127.0.0.1:8000\" of up to 1024 bytes, without user, "
          "query and fragment, but it is missing" },
        { "http://127.0.0.1:8000/", "127.0.0.1",
          "sources.text.service.url: expected an address such as "
          "\"http://127.0.0.1:8000\" of up to 1024 bytes, without user, "
          "query and fragment, got \"127.0.0.1\"" },
        { "\"url\":", "\"batch\":0,\"url\":",
          "sources.text.service.batch: expected an integer from 1 to 2048, "
          "got 0" },
        { "\"url\":", "\"timeout\":99,\"url\":",
          "sources.text.service.timeout: expected a duration such as "
          "\"30d\", \"12h\", \"45m\" or \"90s\", or an integer in ms, from "
          "100 to 600000 ms, got 99" },
        { "\"url\":", "\"concurrency\":65,\"url\":",
          "sources.text.service.concurrency: expected an integer from 1 to "
          "64, got 65" },
        { "\"url\":", "\"key\":\"s\",\"url\":",
          "sources.text.service.key: unknown name, expected one of \"url\", "
          "\"batch\", \"timeout\", \"concurrency\"" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text = test_changed(cases[i].from, cases[i].to);
        def = vfs_definition_parse(text, strlen(text), &err);
        assert_null(def);
        assert_string_equal(err.text, cases[i].message);
        free(text);
    }
}


static vfs_event_t *
test_event(const vfs_definition_t *def, const char *more)
{
    char           text[512];
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    (void) snprintf(text, sizeof(text), "{\"u\":\"u1\",\"i\":\"i1\"%s}", more);

    event = vfs_event_decode(def, text, strlen(text), 0, &reason, &err);
    assert_non_null(event);

    return event;
}


static void
test_text_of(const char *more, const char *expected, vfs_reason_e why)
{
    char              *text;
    size_t             len;
    vfs_error_t        err;
    vfs_event_t       *event;
    vfs_reason_e       reason;
    vfs_definition_t  *def;

    def = test_definition(test_model);
    event = test_event(def, more);

    err.text[0] = '\0';
    text = vfs_model_text(&def->sources[0], event, &len, &reason, &err);

    assert_int_equal(reason, why);

    if (expected != NULL) {
        assert_non_null(text);
        assert_int_equal(len, strlen(expected));
        assert_memory_equal(text, expected, len);

    } else {
        assert_null(text);
        assert_int_not_equal(err.text[0], '\0');
    }

    free(text);
    vfs_event_free(event);
    vfs_definition_free(def);
}


static void
test_text(void **unused)
{
    test_text_of(",\"title\":\"Red  Kettle\",\"p\":{\"tags\":[\"a\",1.50,true,"
                 "\"\",\"b\"]}", "Red  Kettle a 1.5 true b", VFS_REASON_NONE);
    test_text_of(",\"p\":{\"tags\":17850}", "17850", VFS_REASON_NONE);
    test_text_of(",\"title\":null,\"p\":{\"tags\":\"\xc3\xa9\"}", "\xc3\xa9",
                 VFS_REASON_NONE);
    test_text_of("", NULL, VFS_REASON_MISSING_FIELD);
    test_text_of(",\"title\":\"\",\"p\":{\"tags\":[]}", NULL,
                 VFS_REASON_MISSING_FIELD);
    test_text_of(",\"title\":{}", NULL, VFS_REASON_MISSING_FIELD);
    test_text_of(",\"title\":[[1]]", NULL, VFS_REASON_MISSING_FIELD);
    test_text_of(",\"title\":\"a\",\"title\":\"b\"", NULL,
                 VFS_REASON_BAD_JSON);
}


static void
test_text_is_bounded(void **unused)
{
    char              *text, *more;
    size_t             len, max;
    vfs_error_t        err;
    vfs_event_t       *event;
    vfs_reason_e       reason;
    vfs_definition_t  *def;

    def = test_definition(test_model);
    max = VFS_MAX_MODEL_TEXT;
    more = malloc(max + 64);
    assert_non_null(more);

    for (len = max; len <= max + 1; len++) {
        (void) sprintf(more, "{\"u\":\"u1\",\"i\":\"i1\",\"title\":\"%0*d\"}",
                       (int) len, 7);
        event = vfs_event_decode(def, more, strlen(more), 0, &reason, &err);
        assert_non_null(event);

        text = vfs_model_text(&def->sources[0], event, &max, &reason, &err);

        if (len <= VFS_MAX_MODEL_TEXT) {
            assert_non_null(text);
            assert_int_equal(max, len);

        } else {
            assert_null(text);
            assert_int_equal(reason, VFS_REASON_TOO_LARGE);
        }

        free(text);
        vfs_event_free(event);
        max = VFS_MAX_MODEL_TEXT;
    }

    free(more);
    vfs_definition_free(def);
}


static void
test_hex(const unsigned char *key, char *text)
{
    unsigned  i;

    for (i = 0; i < VFS_MODEL_KEY_LEN; i++) {
        (void) sprintf(text + 2 * i, "%02x", key[i]);
    }
}


static void
test_key(void **unused)
{
    char               text[2 * VFS_MODEL_KEY_LEN + 1];
    size_t             i;
    unsigned char      key[VFS_MODEL_KEY_LEN];
    vfs_definition_t  *def;

    /* printf 'vfs-model-1\0...3\0red kettle' | sha256sum */

    static const struct {
        const char  *from;
        const char  *to;
        const char  *key;
    } cases[] = {
        { "\"shop\"", "\"other\"", "bdb683564a65a92ade2052d6c9dfb919"
          "75e0d0fa0c8a60158f79f338d95d64ff" },
        { "127.0.0.1", "127.0.0.2", "bdb683564a65a92ade2052d6c9dfb919"
          "75e0d0fa0c8a60158f79f338d95d64ff" },
        { "\"dimension\":3", "\"dimension\":4",
          "ee47dcf0fcc6a421587212366a114187"
          "4128fa7f2320f0597bc1d84375fc504b" },
        { "\"openai\",\"model\":\"small\"",
          "\"kserve\",\"model\":\"m\",\"version\":\"7\",\"input\":\"i\","
          "\"output\":\"o\"", "fd52644bbce9aa520004ebf3d8c46619"
          "7701b40c34e3da3cd524848d5a48159d" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        def = test_changed_definition(cases[i].from, cases[i].to);
        assert_int_equal(vfs_model_key(def, &def->sources[0], "red kettle",
                                       10, key), VFS_OK);
        test_hex(key, text);
        assert_string_equal(text, cases[i].key);
        vfs_definition_free(def);
    }
}


/* One record, whatever the key. */

typedef struct {
    unsigned char   record[32];
    size_t          len;
    int             rc;
} test_answers_t;


static int
test_get(void *data, const unsigned char *key, const unsigned char **record,
    size_t *len, vfs_error_t *err)
{
    test_answers_t  *answers;

    answers = data;

    vfs_error_set(err, "no disk");
    *record = answers->record;
    *len = answers->len;

    return answers->rc;
}


static void
test_source(void **unused)
{
    float              vector[3];
    size_t             i;
    vfs_error_t        err;
    vfs_event_t       *event;
    vfs_reason_e       reason;
    vfs_answers_t      answers;
    test_answers_t     recorded;
    vfs_definition_t  *def;

    static const float     given[] = { 0.5f, -1024, 0 };
    static const uint32_t  bits[] = { 0x3f000000, 0xc4800000, 0 };

    def = test_definition(test_model);
    event = test_event(def, ",\"title\":\"red kettle\"");

#define test_vector()                                                         \
    vfs_source_vector(def, &def->sources[0], event, vector, &reason, &err)

    assert_int_equal(test_vector(), VFS_DECLINED);
    assert_int_equal(reason, VFS_REASON_NONE);

    answers.data = &recorded;
    answers.get = test_get;
    def->answers = &answers;

    assert_int_equal(vfs_model_record_len(def), 14);
    recorded.rc = VFS_OK;
    recorded.len = vfs_model_record(def, given, recorded.record);
    assert_int_equal(recorded.len, 14);
    assert_memory_equal(recorded.record,
                        "V\1\0\0\0\x3f\0\0\x80\xc4\0\0\0\0", 14);
    assert_int_equal(test_vector(), VFS_OK);
    test_assert_bits(vector, bits, 3);

    /* a byte that is missing, more, or no number */

    for (i = 0; i < 14; i++) {
        recorded.len = i;
        assert_int_equal(test_vector(), VFS_DECLINED);
        assert_int_equal(reason, VFS_REASON_NONE);
        assert_non_null(strstr(err.text, "damaged"));
    }

    recorded.len = 15;
    assert_int_equal(test_vector(), VFS_DECLINED);
    recorded.len = 14;
    recorded.record[5] = 0x7f;
    recorded.record[4] = 0xc0;
    assert_int_equal(test_vector(), VFS_DECLINED);
    assert_int_equal(reason, VFS_REASON_NONE);

    recorded.len = vfs_model_record(def, NULL, recorded.record);
    assert_memory_equal(recorded.record, "R\1", 2);
    assert_int_equal(test_vector(), VFS_DECLINED);
    assert_int_equal(reason, VFS_REASON_MODEL_REFUSED);
    assert_string_equal(vfs_reason_name(reason), "model-refused");

    /* neither here nor there: not the event's fault */

    recorded.rc = VFS_DECLINED;
    assert_int_equal(test_vector(), VFS_DECLINED);
    assert_int_equal(reason, VFS_REASON_NONE);
    assert_non_null(strstr(err.text, "no answer of the model is recorded"));

    recorded.rc = VFS_ERROR;
    assert_int_equal(test_vector(), VFS_DECLINED);
    assert_int_equal(reason, VFS_REASON_NONE);
    assert_string_equal(err.text, "no disk");

    vfs_event_free(event);
    vfs_definition_free(def);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_is_bounded),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_source)
    };

    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
