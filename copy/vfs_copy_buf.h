
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_BUF_H_INCLUDED_
#define _VFS_COPY_BUF_H_INCLUDED_


#include <stddef.h>


/* Bytes that grow.  All zero is an empty one. */

typedef struct {
    char                   *data;
    size_t                  len;
    size_t                  size;
} vfs_buf_t;


/* Room for "len" bytes more.  VFS_ERROR: out of memory. */

int vfs_buf_reserve(vfs_buf_t *buf, size_t len);

int vfs_buf_add(vfs_buf_t *buf, const char *text, size_t len);
int vfs_buf_text(vfs_buf_t *buf, const char *text);

/* As a value in a URL's query, percent-encoded; and how long that is. */

int vfs_buf_query(vfs_buf_t *buf, const char *text, size_t len);
size_t vfs_query_len(const char *text, size_t len);

/* As a JSON string, with its quotes. */

int vfs_buf_string(vfs_buf_t *buf, const char *text, size_t len);

void vfs_buf_free(vfs_buf_t *buf);


#endif /* _VFS_COPY_BUF_H_INCLUDED_ */
