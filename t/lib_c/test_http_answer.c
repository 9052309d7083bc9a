
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_http_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>


static const char *
test_message(const char *body, size_t size)
{
    static char  text[64];

    vfs_http_message(body, strlen(body), text, size);

    return text;
}


static void
test_what_an_error_says(void **state)
{
    assert_string_equal(test_message("{\"code\":3,\"message\":\"bad "
                                     "\\\"x\\\"\"}", 64),
                        "bad \"x\"");
    assert_string_equal(test_message("{\"error\":{\"message\":\"gone\"}}", 64),
                        "gone");
    assert_string_equal(test_message("Unauthorized\nsecond", 64),
                        "Unauthorized");
    assert_string_equal(test_message("Unauthorized", 5), "Unau");

    assert_string_equal(test_message("", 64), "");
    assert_string_equal(test_message("{\"message\":7}", 64), "");
    assert_string_equal(test_message("{\"message\":\"cut", 64), "");
    assert_string_equal(test_message("{\"message\":\"too long\"}", 5), "");
}


static int64_t
test_after(const char *value)
{
    /* 2026-01-31 10:00:00 UTC */

    return vfs_http_retry_after(value, strlen(value), 1769853600000LL);
}


static void
test_retry_after(void **state)
{
    assert_int_equal(test_after("0"), 0);
    assert_int_equal(test_after(" 7\r\n"), 7000);
    assert_int_equal(test_after("Sat, 31 Jan 2026 10:00:09 GMT"), 9000);
    assert_int_equal(test_after("Sat, 31 Jan 2026 09:00:00 GMT"), 0);

    /* nobody waits for days */

    assert_int_equal(test_after("86400"), 600000);
    assert_int_equal(test_after("Sun, 01 Feb 2026 10:00:00 GMT"), 600000);

    assert_int_equal(test_after(""), -1);
    assert_int_equal(test_after("soon"), -1);
    assert_int_equal(test_after("-1"), -1);
    assert_int_equal(test_after("1.5"), -1);
    assert_int_equal(test_after("99999999999999999999"), -1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_what_an_error_says),
        cmocka_unit_test(test_retry_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
