
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_VECTOR_H_INCLUDED_
#define _VFS_VECTOR_H_INCLUDED_


#include "vfs_state.h"


/*
 * The one rounding on the way out: value / divisor to binary32, a negative
 * zero as zero and nothing beyond VFS_MAX_COMPONENT (a mean of values at the
 * very end of the range may round to more).
 */

static inline float
vfs_component(double value, double divisor)
{
    float  component;

    component = (float) (value / divisor);

    if (component > VFS_MAX_COMPONENT) {
        return VFS_MAX_COMPONENT;
    }

    if (component < -VFS_MAX_COMPONENT) {
        return -VFS_MAX_COMPONENT;
    }

    return component == 0 ? 0 : component;
}


/*
 * Copies "from" to "vector", brought to unit length if "normalise".
 * VFS_DECLINED if all components are zero.
 */

int vfs_vector_finish(const float *from, float *vector, size_t n,
    int normalise);


#endif /* _VFS_VECTOR_H_INCLUDED_ */
