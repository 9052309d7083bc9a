
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_EXP2_H_INCLUDED_
#define _VFS_EXP2_H_INCLUDED_


/*
 * 2^f for 0 <= f < 1, the polynomial of docs/definition.md: within 2^-51 of
 * the true value, and the same bits on every machine, which libm's exp2() does
 * not promise.
 */

double vfs_exp2(double f);


#endif /* _VFS_EXP2_H_INCLUDED_ */
