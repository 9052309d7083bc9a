
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_VECTOR_H_INCLUDED_
#define _VFS_VECTOR_H_INCLUDED_


#include <stddef.h>


/*
 * The one rounding on the way out: value / divisor to binary32, a negative
 * zero as zero and nothing beyond VFS_MAX_COMPONENT (a mean of values at the
 * very end of the range may round to more).
 */

float vfs_component(double value, double divisor);

/*
 * Copies "from" to "vector", brought to unit length if "normalise".
 * VFS_DECLINED if all components are zero.
 */

int vfs_vector_finish(const float *from, float *vector, size_t n,
    int normalise);


#endif /* _VFS_VECTOR_H_INCLUDED_ */
