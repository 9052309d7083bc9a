
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_H_INCLUDED_
#define _VFS_INDEX_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>
#include <stdint.h>


/* Pinecone's limits ("Pinecone Database limits" in its documentation). */

#define VFS_INDEX_MAX_DIMENSION    20000
#define VFS_INDEX_MAX_SPARSE       2048
#define VFS_INDEX_MAX_ID           512
#define VFS_INDEX_MAX_NAMESPACE    512
#define VFS_INDEX_MAX_NAME         45
#define VFS_INDEX_MAX_METADATA     40960
#define VFS_INDEX_MAX_UPSERT       1000
#define VFS_INDEX_MAX_IDS          1000
#define VFS_INDEX_MAX_TOP_K        10000
#define VFS_INDEX_MAX_PAGE         100
#define VFS_INDEX_MAX_IN           10000
#define VFS_INDEX_MAX_MESSAGE      4194304

/* The least component that makes a vector other than all zero. */

#define VFS_INDEX_MIN_COMPONENT    1e-8f

/* The index that a request without a path prefix addresses. */

#define VFS_INDEX_DEFAULT          "default"

/* The default namespace; an empty name means it, too. */

#define VFS_INDEX_DEFAULT_NAMESPACE  "__default__"


/* The dimension of an index that its first upsert will create. */

#define VFS_INDEX_NO_DIMENSION  UINT32_MAX


typedef enum {
    VFS_INDEX_COSINE = 0,
    VFS_INDEX_DOTPRODUCT,
    VFS_INDEX_EUCLIDEAN
} vfs_index_metric_e;


/* What makes two vectors of one index comparable; never changes. */

typedef struct {
    uint32_t            dimension;    /* 0: sparse vectors only */
    vfs_index_metric_e  metric;
} vfs_index_shape_t;


/* Bytes that belong to somebody else; not terminated by a zero. */

typedef struct {
    const char         *data;
    size_t              len;
} vfs_str_t;


/* VFS_DECLINED for another word. */

int vfs_index_metric_parse(const char *text, size_t len,
    vfs_index_metric_e *metric);
const char *vfs_index_metric_name(vfs_index_metric_e metric);


#endif /* _VFS_INDEX_H_INCLUDED_ */
