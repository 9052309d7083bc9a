
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


/* Strings are read in words: each byte at each place of words and the rest. */

static void
test_each_byte_at_each_place(void **state)
{
    int               c;
    char             *text;
    size_t            len, at;
    vfs_json_t        json;
    const char       *reason;
    vfs_json_token_t  token;

    (void) state;

    for (len = 0; len <= 20; len++) {

        text = malloc(len + 3);
        assert_non_null(text);

        for (at = 0; at <= len; at++) {
            for (c = 0; c < 256; c++) {
                memset(text, 'a', len + 3);
                text[0] = '"';
                text[len + 2] = '"';
                text[at + 1] = (char) c;

                reason = c == '\\'   ? at == len ? "unexpected end"
                                               : "unknown escape"
                         : c < 0x20 ? "control character in a string"
                         : c >= 0x80 ? "invalid UTF-8" : NULL;

                vfs_json_init(&json, text, len + 3);
                vfs_json_next(&json, &token);

                if (reason != NULL) {
                    assert_int_equal(token.type, VFS_JSON_INVALID);
                    assert_string_equal(json.reason, reason);
                    continue;
                }

                assert_int_equal(token.type, VFS_JSON_STRING);
                assert_int_equal(token.len, c == '"' ? at : len + 1);
                assert_null(json.reason);
            }
        }

        free(text);
    }
}


static void
test_a_valid_string_leaves_no_reason(void **state)
{
    vfs_json_t        json;
    vfs_json_token_t  token;

    (void) state;

    vfs_json_init(&json, "\"\xc3\xa9\\n\\u00e9\"", 12);

    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_STRING);
    assert_null(json.reason);
    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_END);
    assert_null(json.reason);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_each_byte_at_each_place),
        cmocka_unit_test(test_a_valid_string_leaves_no_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
