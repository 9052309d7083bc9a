
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_float.h"

#include <charconv>
#include <system_error>

#include <math.h>
#include <string.h>


static const char *vfs_number_scan(const char *p, const char *last,
    bool *large);
static const char *vfs_number_fraction(const char *p, const char *last,
    long long *position, bool *nonzero);
static const char *vfs_number_exponent(const char *p, const char *last,
    long long *exponent);
static char *vfs_double_layout(char *buf, const char *digits, int n,
    int exponent);


template <typename T>
static const char *
vfs_number_read(const char *p, const char *last, T *value)
{
    bool                    large;
    const char             *end;
    std::from_chars_result  rc;

    end = vfs_number_scan(p, last, &large);

    if (end == nullptr) {
        return nullptr;
    }

    rc = std::from_chars(p, end, *value);

    if (rc.ec == std::errc::result_out_of_range) {

        if (large) {
            return nullptr;
        }

        *value = (*p == '-') ? -T(0) : T(0);

        return end;
    }

    if (rc.ec != std::errc() || rc.ptr != end) {
        return nullptr;
    }

    return end;
}


char *
vfs_float_print(char *buf, float value)
{
    /* hashed and sparse vectors are mostly zeros */

    if (value == 0 && !signbit(value)) {
        *buf = '0';
        return buf + 1;
    }

    return std::to_chars(buf, buf + VFS_FLOAT_LEN, value).ptr;
}


char *
vfs_double_print(char *buf, double value)
{
    return std::to_chars(buf, buf + VFS_DOUBLE_LEN, value).ptr;
}


char *
vfs_double_canonical(char *buf, double value)
{
    int                    n, exponent;
    char                   text[VFS_DOUBLE_LEN], digits[VFS_DOUBLE_LEN];
    const char            *p;
    std::to_chars_result   rc;

    if (value == 0) {
        *buf++ = '0';
        return buf;
    }

    if (value < 0) {
        *buf++ = '-';
    }

    rc = std::to_chars(text, text + sizeof(text), fabs(value),
                       std::chars_format::scientific);

    n = 0;

    for (p = text; *p != 'e'; p++) {
        if (*p != '.') {
            digits[n++] = *p;
        }
    }

    p++;

    if (*p == '+') {
        p++;
    }

    exponent = 0;
    (void) std::from_chars(p, rc.ptr, exponent);

    return vfs_double_layout(buf, digits, n, exponent);
}


const char *
vfs_float_read(const char *p, const char *last, float *value)
{
    return vfs_number_read(p, last, value);
}


const char *
vfs_double_read(const char *p, const char *last, double *value)
{
    return vfs_number_read(p, last, value);
}


/* The cases of ECMAScript's Number::toString. */

static char *
vfs_double_layout(char *buf, const char *digits, int n, int exponent)
{
    int  whole;

    if (exponent < -6 || exponent > 20) {
        *buf++ = digits[0];

        if (n > 1) {
            *buf++ = '.';
            memcpy(buf, digits + 1, n - 1);
            buf += n - 1;
        }

        *buf++ = 'e';

        if (exponent > 0) {
            *buf++ = '+';
        }

        return std::to_chars(buf, buf + 4, exponent).ptr;
    }

    if (exponent < 0) {
        memcpy(buf, "0.00000", 7);
        buf += 1 - exponent;
        memcpy(buf, digits, n);

        return buf + n;
    }

    whole = exponent + 1;

    if (n <= whole) {
        memcpy(buf, digits, n);
        memset(buf + n, '0', whole - n);

        return buf + whole;
    }

    memcpy(buf, digits, whole);
    buf[whole] = '.';
    memcpy(buf + whole + 1, digits + whole, n - whole);

    return buf + n + 1;
}


/*
 * The end of the JSON number at "p", or NULL.  *large: its magnitude is at
 * least 1, which tells an overflow from an underflow where from_chars() says
 * no more than that it is one of them.
 */

static const char *
vfs_number_scan(const char *p, const char *last, bool *large)
{
    bool         nonzero;
    long long    position, exponent;
    const char  *start, *first;

    if (p < last && *p == '-') {
        p++;
    }

    start = p;
    first = nullptr;

    for ( /* void */ ; p < last && *p >= '0' && *p <= '9'; p++) {
        if (first == nullptr && *p != '0') {
            first = p;
        }
    }

    if (p == start || (*start == '0' && p - start > 1)) {
        return nullptr;
    }

    nonzero = (first != nullptr);
    position = nonzero ? p - first - 1 : 0;
    exponent = 0;

    if (p < last && *p == '.') {
        p = vfs_number_fraction(p + 1, last, &position, &nonzero);
    }

    if (p != nullptr && p < last && (*p == 'e' || *p == 'E')) {
        p = vfs_number_exponent(p + 1, last, &exponent);
    }

    *large = nonzero && position + exponent >= 0;

    return p;
}


/* *position: the decimal exponent of the first digit that is not zero. */

static const char *
vfs_number_fraction(const char *p, const char *last, long long *position,
    bool *nonzero)
{
    const char  *start;

    start = p;

    for ( /* void */ ; p < last && *p >= '0' && *p <= '9'; p++) {
        if (!*nonzero && *p != '0') {
            *nonzero = true;
            *position = start - p - 1;
        }
    }

    return p == start ? nullptr : p;
}


static const char *
vfs_number_exponent(const char *p, const char *last, long long *exponent)
{
    bool         negative;
    long long    value;
    const char  *start;

    negative = false;

    if (p < last && (*p == '+' || *p == '-')) {
        negative = (*p == '-');
        p++;
    }

    start = p;
    value = 0;

    for ( /* void */ ; p < last && *p >= '0' && *p <= '9'; p++) {
        if (value < 1000000000000000) {
            value = value * 10 + (*p - '0');
        }
    }

    *exponent = negative ? -value : value;

    return p == start ? nullptr : p;
}
