
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_model_answer.h"
#include "vfs_ingest_model_body.h"
#include "vfs_json.h"
#include "vfs_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


static const char  test_openai[] =
    "\"protocol\":\"openai\",\"model\":\"small\"";
static const char  test_tei[] = "\"protocol\":\"tei\",\"model\":\"small\"";
static const char  test_kserve[] =
    "\"protocol\":\"kserve\",\"model\":\"small\",\"input\":\"text\"";


static vfs_definition_t *
test_definition(const char *members)
{
    char               text[1024];
    vfs_error_t        err;
    vfs_definition_t  *def;

    (void) snprintf(text, sizeof(text),
                    "{\"name\":\"t\",\"dimension\":2,\"events\":"
                    "{\"topic\":\"t\",\"fields\":{\"user\":\"u\","
                    "\"item\":\"i\"}},\"sources\":{\"text\":"
                    "{\"type\":\"model\",%s,\"fields\":[\"a\"],\"service\":"
                    "{\"url\":\"http://h:1/p\"}}},\"features\":{\"user\":"
                    "{\"namespace\":\"n\",\"transform\":\"latest\","
                    "\"source\":\"text\"}}}", members);

    err.text[0] = '\0';
    def = vfs_definition_parse(text, strlen(text), &err);
    assert_string_equal(err.text, "");

    return def;
}


static void
test_body(void **unused)
{
    char              *body, *url;
    size_t             i, len;
    vfs_json_t         json;
    vfs_json_token_t   token;
    vfs_definition_t  *def;

    static const vfs_model_input_t  inputs[] = {
        { "a \"b\"\n", 6 }, { "\0\xc3\xa9", 3 }
    };

    static const struct {
        const char  *members;
        const char  *url;
        const char  *body;
    } cases[] = {
        { "\"protocol\":\"openai\",\"model\":\"small\"",
          "http://h:1/p/v1/embeddings",
          "{\"model\":\"small\",\"encoding_format\":\"float\",\"input\":["
          "\"a \\\"b\\\"\\n\",\"\\u0000\xc3\xa9\"]}" },
        { "\"protocol\":\"openai\",\"model\":\"a/b\",\"dimensions\":true",
          "http://h:1/p/v1/embeddings",
          "{\"model\":\"a/b\",\"encoding_format\":\"float\",\"dimensions\":2,"
          "\"input\":[\"a \\\"b\\\"\\n\",\"\\u0000\xc3\xa9\"]}" },
        { "\"protocol\":\"tei\",\"model\":\"small\"", "http://h:1/p/embed",
          "{\"truncate\":false,\"normalize\":true,\"inputs\":["
          "\"a \\\"b\\\"\\n\",\"\\u0000\xc3\xa9\"]}" },
        { "\"protocol\":\"kserve\",\"model\":\"small\",\"input\":\"text\"",
          "http://h:1/p/v2/models/small/infer",
          "{\"inputs\":[{\"name\":\"text\",\"shape\":[2,1],\"datatype\":"
          "\"BYTES\",\"data\":[\"a \\\"b\\\"\\n\",\"\\u0000\xc3\xa9\"]}]}" },
        { "\"protocol\":\"kserve\",\"model\":\"small\",\"version\":\"3\","
          "\"input\":\"text\",\"output\":\"out\"",
          "http://h:1/p/v2/models/small/versions/3/infer",
          "{\"inputs\":[{\"name\":\"text\",\"shape\":[2,1],\"datatype\":"
          "\"BYTES\",\"data\":[\"a \\\"b\\\"\\n\",\"\\u0000\xc3\xa9\"]}],"
          "\"outputs\":[{\"name\":\"out\"}]}" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        def = test_definition(cases[i].members);

        url = vfs_model_url(&def->sources[0]);
        assert_string_equal(url, cases[i].url);

        body = vfs_model_body(def, &def->sources[0], inputs, 2, &len);
        assert_int_equal(len, strlen(cases[i].body));
        assert_memory_equal(body, cases[i].body, len);

        vfs_json_init(&json, body, len);

        while (vfs_json_next(&json, &token) != VFS_JSON_END) {
            assert_int_not_equal(token.type, VFS_JSON_INVALID);
        }

        free(url);
        free(body);
        vfs_definition_free(def);
    }
}


/* Any text fits: every byte of it may need six. */

static void
test_long_body(void **unused)
{
    char               *text, *body;
    size_t              len;
    unsigned            i;
    vfs_definition_t   *def;
    vfs_model_input_t   inputs[40];

    def = test_definition(test_kserve);
    text = calloc(1, 65536);
    assert_non_null(text);

    for (i = 0; i < 40; i++) {
        inputs[i].text = text;
        inputs[i].len = 65536;
    }

    body = vfs_model_body(def, &def->sources[0], inputs, 40, &len);
    assert_non_null(body);
    assert_true(len > 40 * 65536 * 6);

    free(body);
    free(text);
    vfs_definition_free(def);
}


typedef struct {
    vfs_model_answer_e  result;
    const char         *body;
    const char         *message;        /* a part of it */
} test_answer_t;


static void
test_answers(const char *members, const test_answer_t *cases, size_t n)
{
    char                 *copy;
    float                 vectors[6];
    size_t                i;
    vfs_error_t           err;
    vfs_definition_t     *def;
    vfs_model_answer_t    answer;
    vfs_model_answer_e    rc;

    static const float  expected[] = { 1, 0.5f, -2, 1024 };

    def = test_definition(members);

    for (i = 0; i < n; i++) {

        /* a byte beyond the body is noticed by the sanitizer */

        memset(&answer, 0, sizeof(vfs_model_answer_t));
        answer.status = 200;
        answer.count = 2;
        answer.len = strlen(cases[i].body);
        copy = malloc((answer.len > 0) ? answer.len : 1);
        assert_non_null(copy);
        memcpy(copy, cases[i].body, answer.len);
        answer.body = copy;

        err.text[0] = '\0';
        rc = vfs_model_answer_read(def, &def->sources[0], &answer, vectors,
                                   &err);
        free(copy);

        if (rc != cases[i].result) {
            fail_msg("%s: %d, %s", cases[i].body, rc, err.text);
        }

        if (rc == VFS_MODEL_ANSWERED) {
            assert_memory_equal(vectors, expected, sizeof(expected));

        } else if (strstr(err.text, cases[i].message) == NULL) {
            fail_msg("%s: %s", cases[i].body, err.text);
        }
    }

    vfs_definition_free(def);
}


#define test_all(members, cases)                                              \
    test_answers(members, cases, sizeof(cases) / sizeof(cases[0]))


static void
test_openai_answers(void **unused)
{
    static const test_answer_t  cases[] = {
        { VFS_MODEL_ANSWERED, "{\"object\":\"list\",\"data\":["
          "{\"object\":\"embedding\",\"index\":0,\"embedding\":[1,0.5]},"
          "{\"embedding\":[-2,1024],\"index\":1}],\"model\":\"small\","
          "\"usage\":{\"total_tokens\":8}}", "" },
        { VFS_MODEL_ANSWERED, "{\"data\":[{\"index\":1,\"embedding\":"
          "[-2,1.024e3]},{\"index\":0,\"embedding\":[1,5e-1]}]}", "" },
        { VFS_MODEL_RETRY, "{\"data\":[{\"index\":0,\"embedding\":[1,0.5]}]}",
          "1 vectors for 2 texts" },
        { VFS_MODEL_RETRY, "{\"data\":[]}", "0 vectors for 2 texts" },
        { VFS_MODEL_RETRY, "{\"data\":[{\"index\":0,\"embedding\":[1,0.5]},"
          "{\"index\":0,\"embedding\":[-2,1024]}]}", "\"index\" of its own" },
        { VFS_MODEL_RETRY, "{\"data\":[{\"index\":2,\"embedding\":[1,0.5]}]}",
          "\"index\" of its own" },
        { VFS_MODEL_RETRY, "{\"data\":[{\"index\":-1,\"embedding\":[1,2]}]}",
          "\"index\" of its own" },
        { VFS_MODEL_RETRY, "{\"data\":[{\"index\":0.5,\"embedding\":[1,2]}]}",
          "\"index\" of its own" },
        { VFS_MODEL_RETRY, "{\"data\":[{\"embedding\":[1,0.5]}]}",
          "\"index\" of its own" },
        { VFS_MODEL_RETRY, "{\"data\":[{\"index\":0}]}",
          "without a list of numbers" },
        { VFS_MODEL_RETRY, "{\"data\":[{\"index\":0,\"embedding\":\"AAA=\"}]}",
          "without a list of numbers" },
        { VFS_MODEL_STOP, "{\"data\":[{\"index\":0,\"embedding\":[1,2,3]}]}",
          "vectors of 3 components, the definition has the dimension 2" },
        { VFS_MODEL_STOP, "{\"data\":[{\"index\":0,\"embedding\":[]}]}",
          "vectors of 0 components" },
        { VFS_MODEL_NO_NUMBERS,
          "{\"data\":[{\"index\":0,\"embedding\":[1,NaN]}]}", "not finite" },
        { VFS_MODEL_NO_NUMBERS,
          "{\"data\":[{\"index\":0,\"embedding\":[-Infinity,1]}]}",
          "not finite" },
        { VFS_MODEL_NO_NUMBERS,
          "{\"data\":[{\"index\":0,\"embedding\":[1,null]}]}",
          "a component is not a number from -1024 to 1024" },
        { VFS_MODEL_NO_NUMBERS,
          "{\"data\":[{\"index\":0,\"embedding\":[1,1024.001]}]}",
          "a component is not a number" },
        { VFS_MODEL_NO_NUMBERS,
          "{\"data\":[{\"index\":0,\"embedding\":[1,1e99]}]}",
          "a component is not a number" },
        { VFS_MODEL_RETRY, "{\"data\":[{\"index\":0,\"embedding\":[1,0.5]}",
          "not of the protocol \"openai\"" },
        { VFS_MODEL_RETRY, "{\"error\":{}}", "not of the protocol" },
        { VFS_MODEL_RETRY, "{\"data\":7}", "not of the protocol" },
        { VFS_MODEL_RETRY, "<html>", "not of the protocol" },
        { VFS_MODEL_RETRY, "", "not of the protocol" },
        { VFS_MODEL_RETRY, "[[1,0.5],[-2,1024]]", "not of the protocol" }
    };

    test_all(test_openai, cases);
}


static void
test_tei_answers(void **unused)
{
    static const test_answer_t  cases[] = {
        { VFS_MODEL_ANSWERED, " [ [1 ,0.5],[-2,1024] ] ", "" },
        { VFS_MODEL_RETRY, "[[1,0.5]]", "1 vectors for 2 texts" },
        { VFS_MODEL_RETRY, "[[1,0.5],[-2,1024],[1,1],[1,1]]",
          "4 vectors for 2 texts" },
        { VFS_MODEL_STOP, "[[1],[2]]", "vectors of 1 components" },
        { VFS_MODEL_NO_NUMBERS, "[[1,0.5],[nan,1]]", "not finite" },
        { VFS_MODEL_NO_NUMBERS, "[[1,0.5],[\"1\",1]]",
          "a component is not a number" },
        { VFS_MODEL_RETRY, "[[1,0.5],null]", "not of the protocol \"tei\"" },
        { VFS_MODEL_RETRY, "{}", "not of the protocol \"tei\"" },
        { VFS_MODEL_RETRY, "[[1,0.5],[-2,1024]", "not of the protocol" }
    };

    test_all(test_tei, cases);
}


#define TEST_TENSOR(shape, data)                                              \
    "{\"outputs\":[{\"name\":\"out\",\"datatype\":\"FP32\",\"shape\":" shape  \
    ",\"data\":" data "}]}"


static void
test_kserve_answers(void **unused)
{
    static const test_answer_t  cases[] = {
        { VFS_MODEL_ANSWERED, "{\"model_name\":\"small\",\"outputs\":[{"
          "\"data\":[1,0.5,-2,1024],\"datatype\":\"FP32\",\"shape\":[2,2],"
          "\"name\":\"out\"}]}", "" },
        { VFS_MODEL_ANSWERED, TEST_TENSOR("[2,1,2]",
                                          "[[[1,0.5]],[[-2,1024]]]"), "" },
        { VFS_MODEL_RETRY, TEST_TENSOR("[1,2]", "[1,0.5]"),
          "1 vectors for 2 texts" },
        { VFS_MODEL_STOP, TEST_TENSOR("[2,3]", "[1,0.5,1,1,1,1]"),
          "vectors of 3 components" },
        { VFS_MODEL_RETRY, TEST_TENSOR("[2,2]", "[1,0.5,-2]"),
          "not of its \"shape\"" },
        { VFS_MODEL_RETRY, TEST_TENSOR("[2,2]", "[1,0.5,-2,1,1]"),
          "not of its \"shape\"" },
        { VFS_MODEL_RETRY, TEST_TENSOR("[4]", "[1,0.5,-2,1024]"),
          "without a tensor's \"shape\"" },
        { VFS_MODEL_RETRY, TEST_TENSOR("[2,-2]", "[1,0.5,-2,1024]"),
          "without a tensor's \"shape\"" },
        { VFS_MODEL_RETRY, TEST_TENSOR("\"2\"", "[1,0.5,-2,1024]"),
          "without a tensor's \"shape\"" },
        { VFS_MODEL_NO_NUMBERS, TEST_TENSOR("[2,2]", "[1,0.5,-2,NaN]"),
          "not finite" },
        { VFS_MODEL_STOP, "{\"outputs\":[]}", "with 0 tensors: set "
          "sources.text.output" },
        { VFS_MODEL_STOP, "{\"outputs\":[{\"name\":\"a\",\"shape\":[2,2],"
          "\"data\":[1,0.5,-2,1024]},{\"name\":\"b\"}]}",
          "with 2 tensors: set sources.text.output" },
        { VFS_MODEL_RETRY, "{\"error\":\"busy\"}", "not of the protocol" }
    };

    static const test_answer_t  named[] = {
        { VFS_MODEL_ANSWERED, "{\"outputs\":[{\"name\":\"a\",\"shape\":[2,2],"
          "\"data\":[0,0,0,0]},{\"name\":\"b\",\"shape\":[2,2],"
          "\"data\":[1,0.5,-2,1024]}]}", "" },
        { VFS_MODEL_STOP, "{\"outputs\":[{\"name\":\"a\",\"shape\":[2,2],"
          "\"data\":[1,0.5,-2,1024]}]}", "with 0 tensors named b" }
    };

    test_all(test_kserve, cases);
    test_all("\"protocol\":\"kserve\",\"model\":\"small\","
             "\"input\":\"text\",\"output\":\"b\"", named);
}


static void
test_statuses(void **unused)
{
    float                vectors[6];
    size_t               i;
    vfs_error_t          err;
    vfs_definition_t    *def;
    vfs_model_answer_t   answer;

    static const struct {
        int                  status;
        const char          *reason;
        vfs_model_answer_e   result;
    } cases[] = {
        { 0, "connection", VFS_MODEL_RETRY },
        { 202, "other", VFS_MODEL_RETRY },
        { 301, "other", VFS_MODEL_STOP },
        { 400, "other", VFS_MODEL_REFUSED },
        { 401, "other", VFS_MODEL_STOP },
        { 403, "other", VFS_MODEL_STOP },
        { 404, "other", VFS_MODEL_STOP },
        { 408, "timeout", VFS_MODEL_RETRY },
        { 413, "other", VFS_MODEL_REFUSED },
        { 422, "other", VFS_MODEL_REFUSED },
        { 424, "other", VFS_MODEL_RETRY },
        { 429, "limit", VFS_MODEL_RETRY },
        { 500, "server_error", VFS_MODEL_RETRY },
        { 503, "server_error", VFS_MODEL_RETRY },
        { 504, "timeout", VFS_MODEL_RETRY }
    };

    def = test_definition(test_tei);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&answer, 0, sizeof(vfs_model_answer_t));
        answer.status = cases[i].status;
        answer.count = 2;
        answer.body = "{\"message\":\"wrong key sk-secret\"}";
        answer.len = strlen(answer.body);

        assert_int_equal(vfs_model_answer_read(def, &def->sources[0], &answer,
                                               vectors, &err),
                         cases[i].result);
        assert_string_equal(vfs_model_answer_reason(&answer),
                            cases[i].reason);

        /* what the service says may hold a key or a text */

        assert_null(strstr(err.text, "secret"));
    }

    vfs_definition_free(def);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_long_body),
        cmocka_unit_test(test_openai_answers),
        cmocka_unit_test(test_tei_answers),
        cmocka_unit_test(test_kserve_answers),
        cmocka_unit_test(test_statuses),
    };

    return cmocka_run_group_tests_name("model wire", tests, NULL, NULL);
}
