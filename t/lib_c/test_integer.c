
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_integer.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>


static void
check(int64_t value)
{
    char    text[VFS_INTEGER_LEN + 1], expected[VFS_INTEGER_LEN + 1], *last;
    size_t  len;

    memset(text, 'x', sizeof(text));

    len = (size_t) snprintf(expected, sizeof(expected), "%" PRId64, value);
    last = vfs_integer_print(text, value);

    assert_int_equal(last - text, len);
    assert_memory_equal(text, expected, len);
    assert_int_equal(*last, 'x');
}


static void
test_print(void **unused)
{
    int      digits;
    int64_t  power;

    check(0);
    check(INT64_MAX);
    check(INT64_MIN);

    power = 1;

    for (digits = 1; digits < 19; digits++) {
        power *= 10;
        check(power - 1);
        check(power);
        check(-power);
        check(1 - power);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_print)
    };

    return cmocka_run_group_tests_name("integer", tests, NULL, NULL);
}
