
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


typedef struct {
    const char  *text;
    const char  *trace;
} test_case_t;


/*
 * Tokens as text: braces and brackets as they are, n:name s:string #number,
 * T F 0 for the literals, $ for the end, !offset:reason for a fault.
 */

static const char *
test_trace(const char *text, size_t len)
{
    char             *copy;
    size_t            n;
    vfs_json_t        json;
    static char       out[4096];
    vfs_json_type_e   type;
    vfs_json_token_t  token;

    /* an exact copy, so that a read past the end is seen by a sanitizer */

    copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, text, len);

    n = 0;
    vfs_json_init(&json, copy, len);

    do {
        type = vfs_json_next(&json, &token);
        assert_int_equal(type, token.type);
        assert_true(n < sizeof(out) - 200);

        switch (type) {

        case VFS_JSON_OBJECT:
        case VFS_JSON_OBJECT_END:
        case VFS_JSON_ARRAY:
        case VFS_JSON_ARRAY_END:
            n += sprintf(out + n, "%c", *token.start);
            break;

        case VFS_JSON_NAME:
        case VFS_JSON_STRING:
            n += sprintf(out + n, "%c:%.*s%s",
                         type == VFS_JSON_NAME ? 'n' : 's', (int) token.len,
                         token.start, token.escaped ? "~" : "");
            break;

        case VFS_JSON_NUMBER:
            n += sprintf(out + n, "#%.*s", (int) token.len, token.start);
            break;

        case VFS_JSON_TRUE:
        case VFS_JSON_FALSE:
        case VFS_JSON_NULL:
            n += sprintf(out + n, "%c", "TF0"[type - VFS_JSON_TRUE]);
            break;

        case VFS_JSON_END:
            n += sprintf(out + n, "$");
            break;

        case VFS_JSON_INVALID:
            n += sprintf(out + n, "!%d:%s", (int) (json.pos - json.start),
                         json.reason);
            break;
        }

        if (type != VFS_JSON_END && type != VFS_JSON_INVALID) {
            n += sprintf(out + n, " ");
        }
    } while (type != VFS_JSON_END && type != VFS_JSON_INVALID);

    assert_int_equal(vfs_json_next(&json, &token), type);

    free(copy);

    return out;
}


static void
test_run(const test_case_t *cases)
{
    for ( /* void */ ; cases->text != NULL; cases++) {
        assert_string_equal(test_trace(cases->text, strlen(cases->text)),
                            cases->trace);
    }
}


static void
test_valid(void **state)
{
    static const test_case_t  cases[] = {
        { "0", "#0 $" },
        { " \t\r\n-0.5e+10 ", "#-0.5e+10 $" },
        { "1E9", "#1E9 $" },
        { "\"\"", "s: $" },
        { "true", "T $" },
        { "[]", "[ ] $" },
        { "{}", "{ } $" },
        { "[true,false,null]", "[ T F 0 ] $" },
        { "{\"a\":1,\"b\":[2,{\"c\":\"d\"}],\"e\":{}}",
          "{ n:a #1 n:b [ #2 { n:c s:d } ] n:e { } } $" },
        { "{ \"a\" : [ ] , \"b\" : { } }", "{ n:a [ ] n:b { } } $" },
        { "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"]",
          "[ s:\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041~ ] $" },
        { "\"\\ud83d\\ude00\"", "s:\\ud83d\\ude00~ $" },
        { "\"\x7f \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"",
          "s:\x7f \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 $" },
        { NULL, NULL }
    };

    test_run(cases);
}


static void
test_invalid_grammar(void **state)
{
    static const test_case_t  cases[] = {
        { "", "!0:unexpected end" },
        { "  ", "!2:unexpected end" },
        { "{", "{ !1:unexpected end" },
        { "[1,", "[ #1 !3:unexpected end" },
        { "[1,]", "[ #1 !3:expected a value" },
        { "[,1]", "[ !1:expected a value" },
        { "[1 2]", "[ #1 !3:expected ',' or ']'" },
        { "[1}", "[ #1 !2:expected ',' or ']'" },
        { "{\"a\":1]", "{ n:a #1 !6:expected ',' or '}'" },
        { "{\"a\":1,}", "{ n:a #1 !7:expected a name in quotes" },
        { "{\"a\"}", "{ !4:expected ':'" },
        { "{\"a\"", "{ !4:unexpected end" },
        { "{\"a\":}", "{ n:a !5:expected a value" },
        { "{\"a\":", "{ n:a !5:unexpected end" },
        { "{a:1}", "{ !1:expected a name in quotes" },
        { "{1:1}", "{ !1:expected a name in quotes" },
        { "}", "!0:expected a value" },
        { "]", "!0:expected a value" },
        { "1 2", "#1 !2:text behind the value" },
        { "{} x", "{ } !3:text behind the value" },
        { "tru", "!0:expected a value" },
        { "True", "!0:expected a value" },
        { "nullx", "0 !4:text behind the value" },
        { "NaN", "!0:expected a value" },
        { "Infinity", "!0:expected a value" },
        { "-Infinity", "!0:expected a value" },
        { "'a'", "!0:expected a value" },
        { "/**/1", "!0:expected a value" },
        { "\xef\xbb\xbf" "1", "!0:expected a value" },
        { NULL, NULL }
    };

    test_run(cases);
}


static void
test_invalid_numbers(void **state)
{
    static const test_case_t  cases[] = {
        { "-", "!0:expected a value" },
        { "+1", "!0:expected a value" },
        { ".5", "!0:expected a value" },
        { "01", "#0 !1:text behind the value" },
        { "-01", "#-0 !2:text behind the value" },
        { "1.", "!2:expected a digit" },
        { "1.e5", "!2:expected a digit" },
        { "1e", "!2:expected a digit" },
        { "1e+", "!3:expected a digit" },
        { "0x10", "#0 !1:text behind the value" },
        { "1_000", "#1 !1:text behind the value" },
        { NULL, NULL }
    };

    test_run(cases);
}


/* The array in "text": how many numbers, what comes then, and where. */

static void
test_many(const char *text, size_t n, vfs_json_type_e type, size_t pos)
{
    char              *copy;
    size_t             len, count;
    vfs_json_t         json;
    vfs_json_token_t   token;

    /* of exactly the size, for sanitizers to see a step too far */

    len = strlen(text);
    copy = test_malloc(len);
    memcpy(copy, text, len);

    vfs_json_init(&json, copy, len);
    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_ARRAY);

    assert_int_equal(vfs_json_numbers(&json, &token, &count), type);
    assert_int_equal(token.type, type);
    assert_int_equal(count, n);
    assert_int_equal(json.pos - copy, pos);

    test_free(copy);
}


static void
test_numbers(void **state)
{
    char         text[64];
    unsigned     i, byte;

    test_many("[]", 0, VFS_JSON_ARRAY_END, 2);
    test_many("[1]", 1, VFS_JSON_ARRAY_END, 3);
    test_many("[0,-0,1.5,-2e3,3E-4]", 5, VFS_JSON_ARRAY_END, 20);
    test_many("[ 1 , 2,3\n]", 3, VFS_JSON_ARRAY_END, 11);
    test_many("[1234567,12345678,123456789,0.12345678901234567]", 4,
              VFS_JSON_ARRAY_END, 48);
    test_many("[1,2,[3]]", 2, VFS_JSON_ARRAY, 6);
    test_many("[1,null]", 1, VFS_JSON_NULL, 7);
    test_many("[1,\"2\"]", 1, VFS_JSON_STRING, 6);

    test_many("[1,2", 2, VFS_JSON_INVALID, 4);
    test_many("[1,", 1, VFS_JSON_INVALID, 3);
    test_many("[1,2,]", 2, VFS_JSON_INVALID, 5);
    test_many("[1,,2]", 1, VFS_JSON_INVALID, 3);
    test_many("[1,-]", 1, VFS_JSON_INVALID, 3);
    test_many("[1,2.]", 1, VFS_JSON_INVALID, 5);
    test_many("[1,01]", 2, VFS_JSON_INVALID, 4);
    test_many("[1,NaN]", 1, VFS_JSON_INVALID, 3);
    test_many("[1,2}", 2, VFS_JSON_INVALID, 4);

    /* every byte that is no digit, at every place among eight digits */

    for (i = 1; i <= 8; i++) {
        for (byte = 1; byte < 256; byte++) {

            if (strchr("0123456789.eE, \t\r\n]", (int) byte) != NULL) {
                continue;
            }

            strcpy(text, "[1,1111111111111111]");
            text[3 + i] = (char) byte;

            test_many(text, 2, VFS_JSON_INVALID, 3 + i);
        }
    }
}


static void
test_invalid_strings(void **state)
{
    static const test_case_t  cases[] = {
        { "\"", "!1:unexpected end" },
        { "\"a", "!2:unexpected end" },
        { "\"a\\", "!2:unexpected end" },
        { "\"\\\"", "!3:unexpected end" },
        { "\"a\nb\"", "!2:control character in a string" },
        { "\"\\x41\"", "!1:unknown escape" },
        { "\"\\u12\"", "!1:expected four hexadecimal digits" },
        { "\"\\u12g4\"", "!1:expected four hexadecimal digits" },
        { "\"\\ud800\"", "!1:unpaired surrogate" },
        { "\"\\ud800\\u0041\"", "!1:unpaired surrogate" },
        { "\"\\udc00\\ud800\"", "!1:unpaired surrogate" },
        { "\"\\udfff\"", "!1:unpaired surrogate" },
        { "\"\x80\"", "!1:invalid UTF-8" },
        { "\"\xc0\x80\"", "!1:invalid UTF-8" },
        { "\"\xc1\xbf\"", "!1:invalid UTF-8" },
        { "\"\xc3\"", "!1:invalid UTF-8" },
        { "\"\xe0\x9f\xbf\"", "!1:invalid UTF-8" },
        { "\"\xe2\x82\"", "!1:invalid UTF-8" },
        { "\"\xed\xa0\x80\"", "!1:invalid UTF-8" },
        { "\"\xf0\x8f\xbf\xbf\"", "!1:invalid UTF-8" },
        { "\"\xf4\x90\x80\x80\"", "!1:invalid UTF-8" },
        { "\"\xf5\x80\x80\x80\"", "!1:invalid UTF-8" },
        { "\"\xff\"", "!1:invalid UTF-8" },
        { "{\"\xff\":1}", "{ !2:invalid UTF-8" },
        { NULL, NULL }
    };

    test_run(cases);
}


static void
test_zero_byte_is_no_white_space(void **state)
{
    assert_string_equal(test_trace("1\0", 2), "#1 !1:text behind the value");
    assert_string_equal(test_trace("\"\0\"", 3),
                        "!1:control character in a string");
    assert_string_equal(test_trace("\"\\\0\"", 4), "!1:unknown escape");
}


static void
test_depth_is_bounded(void **state)
{
    char         text[2 * VFS_JSON_MAX_DEPTH + 2];
    const char  *trace;

    memset(text, '[', VFS_JSON_MAX_DEPTH + 1);
    memset(text + VFS_JSON_MAX_DEPTH + 1, ']', VFS_JSON_MAX_DEPTH + 1);

    trace = test_trace(text, sizeof(text));
    assert_non_null(strstr(trace, "!32:nested too deeply"));

    trace = test_trace(text + 1, sizeof(text) - 2);
    assert_non_null(strchr(trace, '$'));
}


static void
test_objects_and_arrays_keep_apart(void **state)
{
    assert_string_equal(test_trace("[{\"a\":[{}]},[1]]", 16),
                        "[ { n:a [ { } ] } [ #1 ] ] $");
    assert_string_equal(test_trace("[{}},[]]", 8),
                        "[ { } !3:expected ',' or ']'");
}


static void
test_skip_spans_the_whole_value(void **state)
{
    size_t             i;
    vfs_json_t         json;
    vfs_json_token_t   token, span;
    static const char  text[] = "{\"a\": [1, {\"b\":[]}, \"]\"] , "
                                "\"c\":\"x\\\"y\", \"d\":-1.5,\"e\":null,"
                                "\"f\":{ }}";
    static const char  *spans[] = { "[1, {\"b\":[]}, \"]\"]", "\"x\\\"y\"",
                                   "-1.5", "null", "{ }" };

    vfs_json_init(&json, text, strlen(text));
    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_OBJECT);

    for (i = 0; i < 5; i++) {
        assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_NAME);
        assert_int_equal(token.len, 1);
        assert_int_equal(*token.start, (int) ('a' + (i == 0 ? 0 : i + 1)));

        (void) vfs_json_next(&json, &token);
        assert_int_equal(vfs_json_skip(&json, &token, &span), 0);
        assert_int_equal(span.len, strlen(spans[i]));
        assert_memory_equal(span.start, spans[i], span.len);
    }

    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_OBJECT_END);
    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_END);
}


static void
test_skip_refuses_an_invalid_value(void **state)
{
    vfs_json_t        json;
    vfs_json_token_t  token, span;

    vfs_json_init(&json, "[1,[2,x]]", 9);
    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_ARRAY);
    assert_int_equal(vfs_json_skip(&json, &token, &span), -1);
    assert_int_equal(json.pos - json.start, 6);
    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_INVALID);
    assert_int_equal(vfs_json_skip(&json, &token, &span), -1);
}


static void
test_string_token(const char *text, vfs_json_token_t *token)
{
    vfs_json_t  json;

    vfs_json_init(&json, text, strlen(text));
    assert_int_equal(vfs_json_next(&json, token), VFS_JSON_STRING);
}


static void
test_equal_resolves_escapes(void **state)
{
    vfs_json_token_t  token;

    test_string_token("\"topK\"", &token);
    assert_true(vfs_json_equal(&token, "topK"));
    assert_false(vfs_json_equal(&token, "top"));
    assert_false(vfs_json_equal(&token, "topKK"));
    assert_false(vfs_json_equal(&token, "topk"));

    test_string_token("\"t\\u006fp\\u004b\"", &token);
    assert_true(vfs_json_equal(&token, "topK"));
    assert_false(vfs_json_equal(&token, "topKK"));
    assert_false(vfs_json_equal(&token, "top"));

    test_string_token("\"a\\u0000\"", &token);
    assert_false(vfs_json_equal(&token, "a"));
}


static void
test_prefix_resolves_escapes(void **state)
{
    size_t            i;
    vfs_json_token_t  token;

    static const struct {
        size_t       n;
        const char  *text;
        const char  *prefix;
    } cases[] = {
        { 5, "\"user:a\"", "user:" },
        { 5, "\"user:\"", "user:" },
        { 0, "\"user\"", "user:" },
        { 0, "\"\"", "user:" },
        { 0, "\"user:a\"", "" },
        { 0, "\"\\u0075ser:a\"", "" },
        { 10, "\"\\u0075ser:a\"", "user:" },
        { 10, "\"user\\u003A\\u003a\"", "user:" },
        { 5, "\"user:\\u003a\"", "user:" },
        { 0, "\"\\u0075ser\"", "user:" },
        { 0, "\"\\u0055ser:\"", "user:" },
        { 8, "\"\\/\\\"\\\\\\tx\"", "/\"\\\t" },
        { 12, "\"\\ud83d\\ude00x\"", "\xf0\x9f\x98\x80" },
        { 0, "\"\\ud83d\\ude00x\"", "\xf0\x9f" },
        { 6, "\"\\u00e9\"", "\xc3\xa9" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_string_token(cases[i].text, &token);
        assert_int_equal(vfs_json_prefix(&token, cases[i].prefix,
                                         strlen(cases[i].prefix)),
                         cases[i].n);
    }

    /* a zero is a character */

    test_string_token("\"\\u0000a\"", &token);
    assert_int_equal(vfs_json_prefix(&token, "", 1), 6);
}


static void
test_unescape(void **state)
{
    char               buf[64];
    ptrdiff_t          n;
    vfs_json_token_t   token;
    static const char  expected[] = "\"\\/\b\f\n\r\t A \xc3\xa9 \xe2\x82\xac "
                                    "\xf0\x9f\x98\x80";

    test_string_token("\"\\\"\\\\\\/\\b\\f\\n\\r\\t \\u0041 \\u00e9 \\u20AC "
                      "\\ud83d\\ude00\"", &token);

    n = vfs_json_unescape(&token, buf, sizeof(buf));
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(buf, expected, n);

    assert_int_equal(vfs_json_unescape(&token, buf, strlen(expected)), n);
    assert_int_equal(vfs_json_unescape(&token, buf, strlen(expected) - 1), -1);

    test_string_token("\"plain\"", &token);
    assert_int_equal(vfs_json_unescape(&token, buf, 5), 5);
    assert_memory_equal(buf, "plain", 5);
    assert_int_equal(vfs_json_unescape(&token, buf, 4), -1);
}


static void
test_escape(void **state)
{
    char    buf[6 * 32], *last;
    size_t  len;

    static const char  text[] = "a\"\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9\xff"
                               "\xe2\x82z";
    static const char  expected[] = "a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f"
                                    "\x7f\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd"
                                    "\xef\xbf\xbdz";

    last = vfs_json_escape(buf, text, sizeof(text) - 1);
    len = last - buf;
    assert_int_equal(len, sizeof(expected) - 1);
    assert_memory_equal(buf, expected, len);

    last = vfs_json_escape(buf, "\0", 1);
    assert_int_equal(last - buf, 6);
    assert_memory_equal(buf, "\\u0000", 6);
}


/* Every prefix and many mutations of a document end, and within its bounds. */

static void
test_damaged_documents_end(void **state)
{
    char                copy[256];
    size_t              i, len;
    unsigned            round, n;
    uint64_t            seed;
    static const char   text[] = "{\"id\":\"u\\u00e9\\ud83d\\ude00\",\"v\":"
                                 "[1,-0.5e-3,0],\"m\":{\"a\":[true,false,"
                                 "null,\"\xe2\x82\xac\"],\"b\":{}}}";
    static const char   bytes[] = "{}[]\",:\\u0d8e-+.\x80\xff\xc3 \n";

    len = sizeof(text) - 1;

    for (i = 0; i < len; i++) {
        assert_non_null(strchr(test_trace(text, i), '!'));
    }

    seed = 1;

    for (round = 0; round < 20000; round++) {
        memcpy(copy, text, len);

        for (n = 0; n < 1 + round % 3; n++) {
            seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            copy[(seed >> 33) % len] = bytes[(seed >> 50)
                                             % (sizeof(bytes) - 1)];
        }

        (void) test_trace(copy, len);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid_grammar),
        cmocka_unit_test(test_invalid_numbers),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_invalid_strings),
        cmocka_unit_test(test_zero_byte_is_no_white_space),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_objects_and_arrays_keep_apart),
        cmocka_unit_test(test_skip_spans_the_whole_value),
        cmocka_unit_test(test_skip_refuses_an_invalid_value),
        cmocka_unit_test(test_equal_resolves_escapes),
        cmocka_unit_test(test_prefix_resolves_escapes),
        cmocka_unit_test(test_unescape),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_damaged_documents_end),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
