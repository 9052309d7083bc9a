
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_event.h"


typedef struct {
    const char  *pos;
    const char  *last;
} vfs_cursor_t;


static int vfs_time_date(vfs_cursor_t *in, int64_t *days);
static int vfs_time_clock(vfs_cursor_t *in, int64_t *ms);
static int vfs_time_zone(vfs_cursor_t *in, int64_t *ms);
static int vfs_time_fraction(vfs_cursor_t *in, int64_t *ms);
static int vfs_time_digits(vfs_cursor_t *in, int n, int min, int max,
    int *value);
static int vfs_time_skip(vfs_cursor_t *in, const char *set);
static int64_t vfs_time_days(int year, int month, int day);


/*
 * ISO 8601's extended format: date, or date and time of day with T or a space
 * between them.
 */

int
vfs_time_parse(const char *text, size_t len, int64_t *ms)
{
    int64_t       days, clock, zone;
    vfs_cursor_t  in;

    in.pos = text;
    in.last = text + len;
    clock = 0;
    zone = 0;

    if (vfs_time_date(&in, &days) != VFS_OK) {
        return VFS_ERROR;
    }

    if (in.pos < in.last
        && (!vfs_time_skip(&in, "Tt ")
            || vfs_time_clock(&in, &clock) != VFS_OK
            || vfs_time_zone(&in, &zone) != VFS_OK))
    {
        return VFS_ERROR;
    }

    *ms = days * 86400000 + clock - zone;

    return *ms < 0 || *ms > VFS_MAX_TIME_MS ? VFS_ERROR : VFS_OK;
}


static int
vfs_time_date(vfs_cursor_t *in, int64_t *days)
{
    int               year, month, day, length;
    static const int  lengths[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    if (vfs_time_digits(in, 4, 1969, 9999, &year) != VFS_OK
        || !vfs_time_skip(in, "-")
        || vfs_time_digits(in, 2, 1, 12, &month) != VFS_OK
        || !vfs_time_skip(in, "-")
        || vfs_time_digits(in, 2, 1, 31, &day) != VFS_OK)
    {
        return VFS_ERROR;
    }

    length = lengths[month - 1];

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) {
        length = 29;
    }

    if (day > length) {
        return VFS_ERROR;
    }

    *days = vfs_time_days(year, month, day);

    return VFS_OK;
}


static int
vfs_time_clock(vfs_cursor_t *in, int64_t *ms)
{
    int  hour, minute, second;

    second = 0;

    if (vfs_time_digits(in, 2, 0, 23, &hour) != VFS_OK
        || !vfs_time_skip(in, ":")
        || vfs_time_digits(in, 2, 0, 59, &minute) != VFS_OK)
    {
        return VFS_ERROR;
    }

    /* a leap second, 60, is the first of the next minute, as in POSIX */

    if (vfs_time_skip(in, ":")
        && vfs_time_digits(in, 2, 0, 60, &second) != VFS_OK)
    {
        return VFS_ERROR;
    }

    *ms = ((int64_t) hour * 3600 + minute * 60 + second) * 1000;

    return vfs_time_fraction(in, ms);
}


/* Digits behind the milliseconds are cut. */

static int
vfs_time_fraction(vfs_cursor_t *in, int64_t *ms)
{
    int  digit, unit;

    if (!vfs_time_skip(in, ".,")) {
        return VFS_OK;
    }

    if (vfs_time_digits(in, 1, 0, 9, &digit) != VFS_OK) {
        return VFS_ERROR;
    }

    unit = 100;

    do {
        *ms += digit * unit;
        unit /= 10;
    } while (vfs_time_digits(in, 1, 0, 9, &digit) == VFS_OK);

    return VFS_OK;
}


/* Z, +hh, +hh:mm or +hhmm; nothing means UTC. */

static int
vfs_time_zone(vfs_cursor_t *in, int64_t *ms)
{
    int  hours, minutes, negative;

    if (in->pos == in->last) {
        return VFS_OK;
    }

    if (vfs_time_skip(in, "Zz")) {
        return in->pos == in->last ? VFS_OK : VFS_ERROR;
    }

    negative = (*in->pos == '-');
    minutes = 0;

    if (!vfs_time_skip(in, "+-")
        || vfs_time_digits(in, 2, 0, 23, &hours) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (in->pos < in->last) {
        (void) vfs_time_skip(in, ":");

        if (vfs_time_digits(in, 2, 0, 59, &minutes) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    *ms = ((int64_t) hours * 60 + minutes) * 60000;

    if (negative) {
        *ms = -*ms;
    }

    return in->pos == in->last ? VFS_OK : VFS_ERROR;
}


/* Exactly "n" digits; the position stays where it was if they are not there. */

static int
vfs_time_digits(vfs_cursor_t *in, int n, int min, int max, int *value)
{
    int          i, number;
    const char  *p;

    p = in->pos;
    number = 0;

    if (in->last - p < n) {
        return VFS_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return VFS_ERROR;
        }

        number = number * 10 + (p[i] - '0');
    }

    if (number < min || number > max) {
        return VFS_ERROR;
    }

    in->pos = p + n;
    *value = number;

    return VFS_OK;
}


/* Whether one of the characters stands there; if so, moves behind it. */

static int
vfs_time_skip(vfs_cursor_t *in, const char *set)
{
    if (in->pos == in->last) {
        return 0;
    }

    for ( /* void */ ; *set != '\0'; set++) {
        if (*in->pos == *set) {
            in->pos++;
            return 1;
        }
    }

    return 0;
}


/*
 * Days since 1970-01-01 in the Gregorian calendar, with years that begin in
 * March so that the leap day is the last one.
 */

static int64_t
vfs_time_days(int year, int month, int day)
{
    int64_t  y, m;

    m = (month + 9) % 12;
    y = year - (month <= 2);

    return 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10
           + (day - 1) - 719468;
}
