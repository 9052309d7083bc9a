
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_json.h"
#include "vfs_json_number.h"

#include <endian.h>
#include <string.h>


static inline const char *vfs_json_scan(const char *p, const char *last,
    const char **fault);
static inline const char *vfs_json_digits(const char *p, const char *last);


#define vfs_json_digit(c)  ((unsigned) ((c) - '0') <= 9)


const char *
vfs_json_scan_number(const char *p, const char *last, const char **fault)
{
    return vfs_json_scan(p, last, fault);
}


vfs_json_type_e
vfs_json_numbers(vfs_json_t *json, vfs_json_token_t *token, size_t *n)
{
    const char  *p, *fault;

    *n = 0;

    while (vfs_json_next(json, token) == VFS_JSON_NUMBER) {
        (*n)++;

        /* no white space, no fault: a token for each number is not needed */

        while (json->last - json->pos >= 2 && *json->pos == ',') {
            p = vfs_json_scan(json->pos + 1, json->last, &fault);

            if (p == NULL) {
                break;
            }

            json->pos = p;
            (*n)++;
        }
    }

    return token->type;
}


static inline const char *
vfs_json_scan(const char *p, const char *last, const char **fault)
{
    char  first;

    *fault = p;

    /* signs and first digits are as good as random: no branch on them alone */

    p += (*p == '-');

    if (p == last || !vfs_json_digit(*p)) {
        return NULL;
    }

    first = *p++;

    if (p < last && vfs_json_digit(*p) && first != '0') {
        p = vfs_json_digits(p + 1, last);
    }

    if (p < last && *p == '.') {
        p++;

        if (p == last || !vfs_json_digit(*p)) {
            *fault = p;
            return NULL;
        }

        p = vfs_json_digits(p + 1, last);
    }

    if (p < last && (*p == 'e' || *p == 'E')) {
        p++;

        if (p < last && (*p == '+' || *p == '-')) {
            p++;
        }

        if (p == last || !vfs_json_digit(*p)) {
            *fault = p;
            return NULL;
        }

        p = vfs_json_digits(p + 1, last);
    }

    return p;
}


/*
 * Skips digits, eight at a time: of a byte that is none, the sum has bit 7 set,
 * and no sum carries into its neighbour.
 */

static inline const char *
vfs_json_digits(const char *p, const char *last)
{
    uint64_t  eight, others;

    while (last - p >= 8) {
        memcpy(&eight, p, 8);
        eight = le64toh(eight) ^ 0x3030303030303030;

        others = ((eight & 0x7f7f7f7f7f7f7f7f) + 0x7676767676767676) | eight;
        others &= 0x8080808080808080;

        if (others != 0) {
            return p + __builtin_ctzll(others) / 8;
        }

        p += 8;
    }

    while (p < last && vfs_json_digit(*p)) {
        p++;
    }

    return p;
}
