
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_bytes.h"
#include "vfs_version.h"

#include <stdio.h>
#include <string.h>


/*
 * kind (u8), version (u8), definition's hash (8 bytes), event, sent and visible
 * time (i64 each), count (u64), length of the watermark (u32), dimension (u32,
 * 0: deleted), the watermark's text, the floats
 */

#define VFS_VERSION_KIND   'V'

#define VFS_VERSION_TIMES  (VFS_HEADER_LEN + 8)
#define VFS_VERSION_FIXED  (VFS_HEADER_LEN + 4 * 8 + 2 * 4)


static unsigned vfs_version_hex(char c);
static int vfs_version_valid(const vfs_version_t *version);


size_t
vfs_version_len(const vfs_version_t *version)
{
    return VFS_VERSION_FIXED + version->watermark_len
           + 4 * (size_t) version->dimension;
}


unsigned char *
vfs_version_encode(unsigned char *p, const vfs_version_t *version)
{
    unsigned  i;

    p = vfs_put_u8(p, VFS_VERSION_KIND);
    p = vfs_put_u8(p, VFS_FORMAT_VERSION);

    for (i = 0; i < VFS_DEFINITION_HASH; i += 2) {
        p = vfs_put_u8(p, vfs_version_hex(version->definition[i]) << 4
                          | vfs_version_hex(version->definition[i + 1]));
    }

    p = vfs_put_u64(p, (uint64_t) version->event_ms);
    p = vfs_put_u64(p, (uint64_t) version->sent_ms);
    p = vfs_put_u64(p, (uint64_t) version->visible_ms);
    p = vfs_put_u64(p, version->count);
    p = vfs_put_u32(p, (uint32_t) version->watermark_len);
    p = vfs_put_u32(p, version->dimension);
    p = vfs_put_bytes(p, version->watermark, version->watermark_len);

    if (version->dimension == 0) {
        return p;
    }

    return vfs_put_bytes(p, version->values, 4 * (size_t) version->dimension);
}


void
vfs_version_stamp(unsigned char *data, int64_t sent_ms, int64_t visible_ms)
{
    data = vfs_put_u64(data + VFS_VERSION_TIMES, (uint64_t) sent_ms);
    (void) vfs_put_u64(data, (uint64_t) visible_ms);
}


int
vfs_version_decode(const unsigned char *data, size_t len,
    vfs_version_t *version, vfs_error_t *err)
{
    unsigned              i, kind, format;
    vfs_reader_t          in;
    const unsigned char  *hash;

    memset(version, 0, sizeof(vfs_version_t));

    in.pos = data;
    in.last = data + len;
    in.failed = 0;

    kind = vfs_get_u8(&in);
    format = vfs_get_u8(&in);
    hash = vfs_get_bytes(&in, VFS_DEFINITION_HASH / 2);

    if (hash == NULL || kind != VFS_VERSION_KIND) {
        vfs_error_set(err, "not a version of a vector");
        return VFS_ERROR;
    }

    if (format != VFS_FORMAT_VERSION) {
        vfs_error_set(err, "expected format version %d, got %u",
                      VFS_FORMAT_VERSION, format);
        return VFS_ERROR;
    }

    for (i = 0; i < VFS_DEFINITION_HASH; i++) {
        version->definition[i] = "0123456789abcdef"[(i & 1) ? hash[i / 2] & 15
                                                            : hash[i / 2] >> 4];
    }

    version->event_ms = (int64_t) vfs_get_u64(&in);
    version->sent_ms = (int64_t) vfs_get_u64(&in);
    version->visible_ms = (int64_t) vfs_get_u64(&in);
    version->count = vfs_get_u64(&in);
    version->watermark_len = vfs_get_u32(&in);
    version->dimension = vfs_get_u32(&in);

    if (version->dimension > VFS_MAX_DIMENSION) {
        in.failed = 1;
    }

    version->watermark = (const char *) vfs_get_bytes(&in,
                                                      version->watermark_len);
    version->values = vfs_get_bytes(&in, 4 * (size_t) version->dimension);

    if (in.failed || in.pos != in.last || !vfs_version_valid(version)) {
        vfs_error_set(err, "malformed version of %zu bytes", len);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_version_valid(const vfs_version_t *version)
{
    size_t  i;

    for (i = 0; i < version->watermark_len; i++) {

        if (strchr("0123456789:,", version->watermark[i]) == NULL
            || version->watermark[i] == '\0')
        {
            return 0;
        }
    }

    return version->event_ms >= 0
           && version->sent_ms >= 0
           && version->visible_ms >= 0;
}


void
vfs_version_values(const vfs_version_t *version, float *values)
{
    vfs_reader_t  in;

    in.pos = version->values;
    in.last = in.pos + 4 * (size_t) version->dimension;
    in.failed = 0;

    vfs_get_floats(&in, values, version->dimension);
}


void
vfs_version_bytes(const float *values, unsigned dimension,
    unsigned char *bytes)
{
    (void) vfs_put_floats(bytes, values, dimension);
}


static unsigned
vfs_version_hex(char c)
{
    return (unsigned) (c <= '9' ? c - '0' : c - 'a' + 10);
}
