
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"

#include "vfs_float.h"

#include <math.h>


typedef struct {
    const char  *text;
    double       value;
} test_number_t;


static uint32_t
test_float_bits(float value)
{
    uint32_t  bits;

    memcpy(&bits, &value, sizeof(bits));

    return bits;
}


static uint64_t
test_double_bits(double value)
{
    uint64_t  bits;

    memcpy(&bits, &value, sizeof(bits));

    return bits;
}


/* No longer than the shortest of printf's precisions that reads back. */

static void
test_float_shortest(const char *text, float value)
{
    int     digits, n;
    char    shortest[64];
    size_t  i;

    for (digits = 1; digits < 9; digits++) {
        (void) snprintf(shortest, sizeof(shortest), "%.*e", digits - 1, value);

        if (strtof(shortest, NULL) == value) {
            break;
        }
    }

    n = 0;

    for (i = 0; text[i] != '\0' && text[i] != 'e'; i++) {
        if (text[i] >= '0' && text[i] <= '9' && (n > 0 || text[i] != '0')) {
            n++;
        }
    }

    /* a whole number is printed with its zeros if that is shorter */

    if (strchr(text, '.') != NULL || strchr(text, 'e') != NULL) {
        assert_true(n <= digits);
    }
}


static void
test_float_round_trip(float value)
{
    char         text[VFS_FLOAT_LEN + 1], *last;
    float        back;
    const char  *end;

    memset(text, 'x', sizeof(text));
    last = vfs_float_print(text, value);
    assert_true(last > text && last - text <= VFS_FLOAT_LEN);
    *last = '\0';

    end = vfs_float_read(text, last, &back);
    assert_ptr_equal(end, last);
    assert_int_equal(test_float_bits(back), test_float_bits(value));

    if (value != 0) {
        test_float_shortest(text, value);
    }
}


static void
test_double_round_trip(double value)
{
    char         text[VFS_DOUBLE_LEN + 1], *last;
    double       back;
    const char  *end;

    last = vfs_double_print(text, value);
    assert_true(last > text && last - text <= VFS_DOUBLE_LEN);

    end = vfs_double_read(text, last, &back);
    assert_ptr_equal(end, last);
    assert_true(test_double_bits(back) == test_double_bits(value));

    last = vfs_double_canonical(text, value);
    assert_true(last > text && last - text <= VFS_DOUBLE_LEN);

    end = vfs_double_read(text, last, &back);
    assert_ptr_equal(end, last);
    assert_true(back == value);
}


static void
test_round_trip_edges(void **unused)
{
    unsigned  i;

    static const uint32_t  floats[] = {
        0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff, 0x00800000,
        0x7f7fffff, 0xff7fffff, 0x3f800000, 0x3f7fffff, 0x4b800000, 0x4b7fffff,
        0x5a000000, 0x00800001, 0x15ae43fd, 0x0da24260
    };

    static const uint64_t  doubles[] = {
        0, 0x8000000000000000, 1, 0x000fffffffffffff, 0x0010000000000000,
        0x7fefffffffffffff, 0x3ff0000000000000, 0x4340000000000000,
        0x433fffffffffffff, 0x44b52d02c7e14af6, 0x44b52d02c7e14af7
    };

    for (i = 0; i < sizeof(floats) / sizeof(floats[0]); i++) {
        float  value;

        memcpy(&value, &floats[i], sizeof(value));
        test_float_round_trip(value);
    }

    for (i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++) {
        double  value;

        memcpy(&value, &doubles[i], sizeof(value));
        test_double_round_trip(value);
    }
}


static void
test_round_trip_random(void **unused)
{
    float     f;
    double    d;
    uint32_t  low;
    uint64_t  bits, seed;
    unsigned  i;

    seed = 99;

    for (i = 0; i < 200000; i++) {
        bits = test_random(&seed);
        low = (uint32_t) bits;
        memcpy(&f, &low, sizeof(f));
        memcpy(&d, &bits, sizeof(d));

        if (isfinite(f)) {
            test_float_round_trip(f);
        }

        if (isfinite(d)) {
            test_double_round_trip(d);
        }
    }
}


static void
test_read(void **unused)
{
    float        f;
    double       d;
    unsigned     i;
    const char  *text, *last;

    static const test_number_t  numbers[] = {
        { "0", 0 },
        { "-0", -0.0 },
        { "10", 10 },
        { "0.5", 0.5 },
        { "-1.25e+2", -125 },
        { "1E2", 100 },
        { "1e-2", 0.01 },
        { "0e999999999999999999999", 0 },
        { "-1e-999999999999999999999", -0.0 },
        { "1e-400", 0 },
        { "0.00000000000000000001e25", 1e5 },
        { "9007199254740993", 9007199254740992.0 },
        { "1.7976931348623157e308", 1.7976931348623157e308 },
        { "4.9e-324", 0x0.0000000000001p-1022 },
        { "2.4703282292062327e-324", 0 },
        { "2.4703282292062328e-324", 0x0.0000000000001p-1022 }
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        text = numbers[i].text;
        last = text + strlen(text);

        assert_ptr_equal(vfs_double_read(text, last, &d), last);
        assert_true(test_double_bits(d) == test_double_bits(numbers[i].value));
    }

    /* straight to binary32: by way of binary64 the tie would go down */

    text = "1.00000005960464484";
    last = text + strlen(text);
    assert_ptr_equal(vfs_float_read(text, last, &f), last);
    assert_int_equal(test_float_bits(f), 0x3f800001);

    text = "1e-46";
    last = text + strlen(text);
    assert_ptr_equal(vfs_float_read(text, last, &f), last);
    assert_int_equal(test_float_bits(f), 0);

    text = "-3.4028235e38";
    last = text + strlen(text);
    assert_ptr_equal(vfs_float_read(text, last, &f), last);
    assert_int_equal(test_float_bits(f), 0xff7fffff);
}


static void
test_read_prefix(void **unused)
{
    double       d;
    const char  *text;

    text = "12.5,7";
    assert_ptr_equal(vfs_double_read(text, text + 6, &d), text + 4);
    assert_true(d == 12.5);

    /* "last" is the end, whatever stands there */

    assert_ptr_equal(vfs_double_read(text, text + 1, &d), text + 1);
    assert_true(d == 1);

    text = "0x10";
    assert_ptr_equal(vfs_double_read(text, text + 4, &d), text + 1);
    assert_true(d == 0);
}


static void
test_read_refuses(void **unused)
{
    float        f;
    double       d;
    unsigned     i;
    const char  *text;

    static const char *const  texts[] = {
        "", "-", "+1", ".5", "1.", "01", "-01", "1e", "1e+", "e5", "- 1",
        " 1", "inf", "nan", "NaN", "Infinity", "-Infinity", "1e309", "-1e309",
        "1e999999999999999999999", "123456789e301"
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        text = texts[i];
        assert_null(vfs_double_read(text, text + strlen(text), &d));
        assert_null(vfs_float_read(text, text + strlen(text), &f));
    }

    text = "3.4028236e38";
    assert_null(vfs_float_read(text, text + strlen(text), &f));
}


/* The cases of ECMAScript's Number::toString; RFC 8785, appendix B. */

static void
test_canonical(void **unused)
{
    char      text[VFS_DOUBLE_LEN + 1];
    unsigned  i;

    static const test_number_t  numbers[] = {
        { "0", 0 },
        { "0", -0.0 },
        { "1", 1 },
        { "-1", -1 },
        { "100000", 1e5 },
        { "1.5", 1.5 },
        { "0.000001", 1e-6 },
        { "1e-7", 1e-7 },
        { "-0.0000012345", -1.2345e-6 },
        { "123456789012345680000", 123456789012345678901.0 },
        { "100000000000000000000", 1e20 },
        { "1e+21", 1e21 },
        { "1.5e+300", 1.5e300 },
        { "5e-324", 0x0.0000000000001p-1022 },
        { "-5e-324", -0x0.0000000000001p-1022 },
        { "1.7976931348623157e+308", 1.7976931348623157e308 },
        { "9007199254740992", 9007199254740992.0 },
        { "295147905179352830000", 295147905179352830000.0 },
        { "9.999999999999997e+22", 0x1.52d02c7e14af5p+76 },
        { "1e+23", 0x1.52d02c7e14af6p+76 },
        { "1.0000000000000001e+23", 0x1.52d02c7e14af7p+76 },
        { "999999999999999700000", 0x1.b1ae4d6e2ef4ep+69 },
        { "333333333.3333332", 333333333.3333332 },
        { "0.000001234567890123456", 1.234567890123456e-6 },
        { "12.34", 12.34 }
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        *vfs_double_canonical(text, numbers[i].value) = '\0';
        assert_string_equal(text, numbers[i].text);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_round_trip_edges),
        cmocka_unit_test(test_round_trip_random),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_prefix),
        cmocka_unit_test(test_read_refuses),
        cmocka_unit_test(test_canonical)
    };

    return cmocka_run_group_tests_name("float", tests, NULL, NULL);
}
