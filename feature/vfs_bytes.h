
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_BYTES_H_INCLUDED_
#define _VFS_BYTES_H_INCLUDED_


#include "vfs_state_private.h"


/*
 * Little-endian integers and IEEE 754 numbers in a row of bytes.  The writer's
 * buffer must be large enough.  A reader that runs out of bytes is marked as
 * failed and gives zeros from then on, so that checks can wait till the end.
 */

typedef struct {
    const unsigned char  *pos;
    const unsigned char  *last;
    int                   failed;
} vfs_reader_t;


unsigned char *vfs_put_u8(unsigned char *p, unsigned value);
unsigned char *vfs_put_u32(unsigned char *p, uint32_t value);
unsigned char *vfs_put_u64(unsigned char *p, uint64_t value);
unsigned char *vfs_put_double(unsigned char *p, double value);
unsigned char *vfs_put_floats(unsigned char *p, const float *values, size_t n);
unsigned char *vfs_put_sums(unsigned char *p, const vfs_int128_t *sums,
    size_t n);
unsigned char *vfs_put_stamp(unsigned char *p, const vfs_stamp_t *stamp);
unsigned char *vfs_put_bytes(unsigned char *p, const void *bytes, size_t n);

unsigned vfs_get_u8(vfs_reader_t *in);
uint32_t vfs_get_u32(vfs_reader_t *in);
uint64_t vfs_get_u64(vfs_reader_t *in);
double vfs_get_double(vfs_reader_t *in);
void vfs_get_floats(vfs_reader_t *in, float *values, size_t n);
void vfs_get_sums(vfs_reader_t *in, vfs_int128_t *sums, size_t n);
void vfs_get_stamp(vfs_reader_t *in, vfs_stamp_t *stamp);

/* "n" bytes as they stand there, or NULL. */

const unsigned char *vfs_get_bytes(vfs_reader_t *in, size_t n);


/* What every form begins with: kind, version and the definition's hash. */

#define VFS_HEADER_LEN      (2 + VFS_DEFINITION_HASH / 2)
#define VFS_FORMAT_VERSION  1

unsigned char *vfs_put_header(unsigned char *p, char kind,
    const vfs_definition_t *def);
int vfs_get_header(vfs_reader_t *in, char kind, const vfs_definition_t *def,
    vfs_error_t *err);


#define VFS_STAMP_LEN     (8 + VFS_POSITION_LEN)
#define VFS_POSITION_LEN  (4 + 8)

/* Within the range that an update may have. */

int vfs_stamp_valid(const vfs_stamp_t *stamp);
int vfs_floats_valid(const float *values, size_t n);


#endif /* _VFS_BYTES_H_INCLUDED_ */
