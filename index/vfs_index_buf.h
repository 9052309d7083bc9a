
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_BUF_H_INCLUDED_
#define _VFS_INDEX_BUF_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/*
 * A growing buffer for a reply.  If memory is out or "max" is passed it keeps
 * what it has and "failed" is set: the caller looks once, at the end.
 */

typedef struct {
    char      *data;
    size_t     len;
    size_t     size;
    size_t     max;
    unsigned   failed:1;
} vfs_buf_t;


void vfs_buf_init(vfs_buf_t *buf, size_t max);
void vfs_buf_free(vfs_buf_t *buf);

void vfs_buf_bytes(vfs_buf_t *buf, const char *data, size_t len);
void vfs_buf_text(vfs_buf_t *buf, const char *text);
void vfs_buf_print(vfs_buf_t *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* JSON: a string with its quotes; numbers that read back to the same bits. */

void vfs_buf_string(vfs_buf_t *buf, const char *data, size_t len);
void vfs_buf_float(vfs_buf_t *buf, float value);
void vfs_buf_floats(vfs_buf_t *buf, const float *values, size_t n);
void vfs_buf_double(vfs_buf_t *buf, double value);
void vfs_buf_uint(vfs_buf_t *buf, uint64_t value);


#endif /* _VFS_INDEX_BUF_H_INCLUDED_ */
