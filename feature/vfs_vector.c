
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_vector.h"

#include <math.h>


int
vfs_vector_finish(const float *from, float *vector, size_t n, int normalise)
{
    size_t  i;
    double  squares, norm;

    squares = 0;

    for (i = 0; i < n; i++) {
        squares += (double) from[i] * (double) from[i];
    }

    if (squares == 0) {
        return VFS_DECLINED;
    }

    norm = normalise ? sqrt(squares) : 1;

    for (i = 0; i < n; i++) {
        vector[i] = vfs_component(from[i], norm);
    }

    return VFS_OK;
}
