
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index.h"

#include <string.h>


static const char  *vfs_index_metric_names[] = {
    "cosine",
    "dotproduct",
    "euclidean"
};


int
vfs_index_metric_parse(const char *text, size_t len,
    vfs_index_metric_e *metric)
{
    int  i;

    for (i = VFS_INDEX_COSINE; i <= VFS_INDEX_EUCLIDEAN; i++) {

        if (strlen(vfs_index_metric_names[i]) == len
            && memcmp(vfs_index_metric_names[i], text, len) == 0)
        {
            *metric = (vfs_index_metric_e) i;
            return VFS_OK;
        }
    }

    return VFS_DECLINED;
}


const char *
vfs_index_metric_name(vfs_index_metric_e metric)
{
    return vfs_index_metric_names[metric];
}
