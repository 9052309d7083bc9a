
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"


typedef struct {
    const char  *text;
    int64_t      ms;
} test_time_t;


static void
test_valid(void **unused)
{
    int64_t   ms;
    unsigned  i;

    static const test_time_t  times[] = {
        { "1970-01-01", 0 },
        { "1970-01-01T00:00", 0 },
        { "1970-01-01T00:00:00Z", 0 },
        { "2026-01-31T10:00:00Z", 1769853600000 },
        { "2026-01-31t10:00:00z", 1769853600000 },
        { "2026-01-31 10:00:00", 1769853600000 },
        { "2026-01-31T10:00:00+00:00", 1769853600000 },
        { "2026-01-31T12:30:00+02:30", 1769853600000 },
        { "2026-01-31T12:30:00+0230", 1769853600000 },
        { "2026-01-31T05:00:00-05", 1769853600000 },
        { "2026-01-31T10:00:00.1Z", 1769853600100 },
        { "2026-01-31T10:00:00,123", 1769853600123 },
        { "2026-01-31T10:00:00.123999999Z", 1769853600123 },
        { "2026-01-31T10:00:00.0009Z", 1769853600000 },
        { "2016-12-31T23:59:60Z", 1483228800000 },
        { "2000-02-29", 951782400000 },
        { "2024-02-29T23:59:59.999Z", 1709251199999 },
        { "2100-03-01", 4107542400000 },
        { "9999-12-31T23:59:59.999Z", VFS_MAX_TIME_MS },
        { "1969-12-31T23:00:00-01:00", 0 }
    };

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        ms = -1;
        assert_int_equal(vfs_time_parse(times[i].text, strlen(times[i].text),
                                        &ms), VFS_OK);

        if (ms != times[i].ms) {
            fail_msg("%s: expected %lld, got %lld", times[i].text,
                     (long long) times[i].ms, (long long) ms);
        }
    }
}


static void
test_invalid(void **unused)
{
    int64_t   ms;
    unsigned  i;

    static const char *const  times[] = {
        "", "2026", "2026-01", "20260131", "2026-1-31", "2026-01-31T",
        "2026-01-31T10", "2026-01-31T1000", "2026-01-31T10:00:",
        "2026-01-31T10:00:0", "2026-01-31T10:00:00.", "2026-01-31T10:00:00.Z",
        "2026-01-31T10:00:00 Z", "2026-01-31T10:00:00ZZ", "2026-01-31Z",
        "2026-01-31T24:00:00", "2026-01-31T10:60", "2026-01-31T10:00:61",
        "2026-00-31", "2026-13-31", "2026-01-00", "2026-01-32", "2026-04-31",
        "2026-02-29", "2100-02-29", "1969-12-31", "1970-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59.999-00:01", "9999-12-31T23:59:60Z",
        "2026-01-31T10:00:00+2", "2026-01-31T10:00:00+02:3",
        "2026-01-31T10:00:00+02:", "2026-01-31T10:00:00+24:00",
        "2026-01-31T10:00:00+02:60", "2026-01-31T10:00:00+02:30x",
        "-2026-01-31", "+2026-01-31", "2026/01/31", "2026-01-31x10:00",
        "31.01.2026", " 2026-01-31", "2026-01-31 "
    };

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (vfs_time_parse(times[i], strlen(times[i]), &ms) == VFS_OK) {
            fail_msg("\"%s\" was taken for %lld", times[i], (long long) ms);
        }
    }
}


/* Every day of the range, by counting. */

static void
test_calendar(void **unused)
{
    int      year, month, day, last;
    char     text[16];
    int64_t  ms, expected;

    static const int  lengths[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    expected = 0;

    for (year = 1970; year <= 9999; year++) {
        for (month = 1; month <= 12; month++) {
            last = lengths[month - 1];

            if (month == 2
                && (year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)))
            {
                last = 29;
            }

            for (day = 1; day <= last; day++) {
                (void) snprintf(text, sizeof(text), "%04u-%02u-%02u",
                                (unsigned) year % 10000u,
                                (unsigned) month % 100u,
                                (unsigned) day % 100u);
                assert_int_equal(vfs_time_parse(text, 10, &ms), VFS_OK);
                assert_int_equal(ms, expected);
                expected += TEST_DAY;
            }
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_calendar)
    };

    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
