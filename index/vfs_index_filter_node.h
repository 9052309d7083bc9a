
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_FILTER_NODE_H_INCLUDED_
#define _VFS_INDEX_FILTER_NODE_H_INCLUDED_


#include "vfs_index_filter.h"
#include "vfs_index_metadata.h"


/* The tree that vfs_index_filter_read.c builds for vfs_index_filter.c. */

typedef enum {
    VFS_FILTER_AND = 0,
    VFS_FILTER_OR,
    VFS_FILTER_EQ,
    VFS_FILTER_NE,
    VFS_FILTER_GT,
    VFS_FILTER_GTE,
    VFS_FILTER_LT,
    VFS_FILTER_LTE,
    VFS_FILTER_IN,
    VFS_FILTER_NIN,
    VFS_FILTER_EXISTS
} vfs_filter_op_e;


/* What a field is compared with: a string, a number or a boolean. */

typedef struct {
    vfs_metadata_type_e   type;
    vfs_str_t             text;
    double                number;
    unsigned              flag;
} vfs_filter_value_t;


struct vfs_filter_s {
    vfs_filter_op_e       op;
    vfs_filter_t         *next;         /* beside it, under one parent */
    vfs_filter_t         *first;        /* under it: of $and and $or */

    vfs_str_t             name;
    uint32_t              hash;
    vfs_filter_value_t   *values;       /* one; of $in and $nin: ascending */
    uint32_t              n;
};


/* An order in which all values of a type stand together. */

int vfs_filter_value_cmp(const void *one, const void *two);


#endif /* _VFS_INDEX_FILTER_NODE_H_INCLUDED_ */
