
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_bytes.h"

#include <endian.h>
#include <math.h>
#include <string.h>


static uint32_t vfs_load_u32(const unsigned char *p);
static uint64_t vfs_load_u64(const unsigned char *p);
static int vfs_hex_digit(char c);


unsigned char *
vfs_put_u8(unsigned char *p, unsigned value)
{
    *p = (unsigned char) value;

    return p + 1;
}


unsigned char *
vfs_put_u32(unsigned char *p, uint32_t value)
{
    value = htole32(value);
    memcpy(p, &value, sizeof(value));

    return p + sizeof(value);
}


unsigned char *
vfs_put_u64(unsigned char *p, uint64_t value)
{
    value = htole64(value);
    memcpy(p, &value, sizeof(value));

    return p + sizeof(value);
}


unsigned char *
vfs_put_double(unsigned char *p, double value)
{
    uint64_t  bits;

    memcpy(&bits, &value, sizeof(bits));

    return vfs_put_u64(p, bits);
}


unsigned char *
vfs_put_floats(unsigned char *restrict p, const float *restrict values,
    size_t n)
{
    size_t    i;
    uint32_t  bits;

    /* a compiler makes one copy of it where bytes are in this order anyway */

    for (i = 0; i < n; i++) {
        memcpy(&bits, &values[i], sizeof(bits));
        bits = htole32(bits);
        memcpy(p + 4 * i, &bits, sizeof(bits));
    }

    return p + 4 * n;
}


unsigned char *
vfs_put_sums(unsigned char *restrict p, const vfs_int128_t *restrict sums,
    size_t n)
{
    size_t    i;
    uint64_t  halves[2];

    for (i = 0; i < n; i++) {
        halves[0] = htole64((uint64_t) sums[i]);
        halves[1] = htole64((uint64_t) ((vfs_uint128_t) sums[i] >> 64));
        memcpy(p + 16 * i, halves, sizeof(halves));
    }

    return p + 16 * n;
}


unsigned char *
vfs_put_stamp(unsigned char *p, const vfs_stamp_t *stamp)
{
    p = vfs_put_u64(p, (uint64_t) stamp->time_ms);
    p = vfs_put_u32(p, (uint32_t) stamp->position.partition);

    return vfs_put_u64(p, (uint64_t) stamp->position.offset);
}


unsigned char *
vfs_put_bytes(unsigned char *p, const void *bytes, size_t n)
{
    memcpy(p, bytes, n);

    return p + n;
}


unsigned
vfs_get_u8(vfs_reader_t *in)
{
    const unsigned char  *p;

    p = vfs_get_bytes(in, 1);

    return p == NULL ? 0 : *p;
}


uint32_t
vfs_get_u32(vfs_reader_t *in)
{
    const unsigned char  *p;

    p = vfs_get_bytes(in, 4);

    return p == NULL ? 0 : vfs_load_u32(p);
}


uint64_t
vfs_get_u64(vfs_reader_t *in)
{
    const unsigned char  *p;

    p = vfs_get_bytes(in, 8);

    return p == NULL ? 0 : vfs_load_u64(p);
}


double
vfs_get_double(vfs_reader_t *in)
{
    double    value;
    uint64_t  bits;

    bits = vfs_get_u64(in);
    memcpy(&value, &bits, sizeof(value));

    return value;
}


void
vfs_get_floats(vfs_reader_t *in, float *restrict values, size_t n)
{
    size_t                         i;
    uint32_t                       bits;
    const unsigned char *restrict p;

    p = vfs_get_bytes(in, n * 4);

    if (p == NULL) {
        memset(values, 0, n * sizeof(float));
        return;
    }

    for (i = 0; i < n; i++) {
        bits = vfs_load_u32(p + 4 * i);
        memcpy(&values[i], &bits, sizeof(bits));
    }
}


void
vfs_get_sums(vfs_reader_t *in, vfs_int128_t *sums, size_t n)
{
    size_t                i;
    vfs_uint128_t         sum;
    const unsigned char  *p;

    p = vfs_get_bytes(in, n * 16);

    if (p == NULL) {
        memset(sums, 0, n * sizeof(vfs_int128_t));
        return;
    }

    for (i = 0; i < n; i++) {
        sum = vfs_load_u64(p + 16 * i + 8);
        sum = sum << 64 | vfs_load_u64(p + 16 * i);
        sums[i] = (vfs_int128_t) sum;
    }
}


void
vfs_get_stamp(vfs_reader_t *in, vfs_stamp_t *stamp)
{
    stamp->time_ms = (int64_t) vfs_get_u64(in);
    stamp->position.partition = (int32_t) vfs_get_u32(in);
    stamp->position.offset = (int64_t) vfs_get_u64(in);
}


const unsigned char *
vfs_get_bytes(vfs_reader_t *in, size_t n)
{
    const unsigned char  *p;

    if (in->failed || (size_t) (in->last - in->pos) < n) {
        in->failed = 1;
        return NULL;
    }

    p = in->pos;
    in->pos += n;

    return p;
}


unsigned char *
vfs_put_header(unsigned char *p, char kind, const vfs_definition_t *def)
{
    unsigned  i;

    *p++ = (unsigned char) kind;
    *p++ = VFS_FORMAT_VERSION;

    for (i = 0; i < VFS_DEFINITION_HASH; i += 2) {
        *p++ = (unsigned char) (vfs_hex_digit(def->hash[i]) << 4
                                | vfs_hex_digit(def->hash[i + 1]));
    }

    return p;
}


int
vfs_get_header(vfs_reader_t *in, char kind, const vfs_definition_t *def,
    vfs_error_t *err)
{
    unsigned char         header[VFS_HEADER_LEN];
    const unsigned char  *p;

    (void) vfs_put_header(header, kind, def);
    p = vfs_get_bytes(in, VFS_HEADER_LEN);

    if (p == NULL || p[0] != header[0]) {
        vfs_error_set(err, "not of the expected kind");
        return VFS_ERROR;
    }

    if (p[1] != VFS_FORMAT_VERSION) {
        vfs_error_set(err, "expected format version %d, got %d",
                      VFS_FORMAT_VERSION, p[1]);
        return VFS_ERROR;
    }

    if (memcmp(p, header, VFS_HEADER_LEN) != 0) {
        vfs_error_set(err, "written by another definition than %s",
                      def->hash);
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_stamp_valid(const vfs_stamp_t *stamp)
{
    return stamp->time_ms >= 0
           && stamp->time_ms <= VFS_MAX_TIME_MS
           && stamp->position.partition >= 0
           && stamp->position.offset >= 0;
}


int
vfs_floats_valid(const float *values, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (!(fabsf(values[i]) <= VFS_MAX_COMPONENT)) {
            return 0;
        }
    }

    return 1;
}


static uint32_t
vfs_load_u32(const unsigned char *p)
{
    uint32_t  value;

    memcpy(&value, p, sizeof(value));

    return le32toh(value);
}


static uint64_t
vfs_load_u64(const unsigned char *p)
{
    uint64_t  value;

    memcpy(&value, p, sizeof(value));

    return le64toh(value);
}


static int
vfs_hex_digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}
