
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_FLOAT_H_INCLUDED_
#define _VFS_FLOAT_H_INCLUDED_


#include <stddef.h>


#ifdef __cplusplus
extern "C" {
#endif


/* Room for any f32 in its shortest form, without a terminating zero. */

#define VFS_FLOAT_LEN  16

/* The same for any f64. */

#define VFS_DOUBLE_LEN  32


/*
 * Prints "value" in the shortest decimal form that reads back to the same
 * bits, as a JSON number (libstdc++'s std::to_chars).  "value" must be finite;
 * "buf" has at least VFS_FLOAT_LEN (VFS_DOUBLE_LEN) bytes.  Returns the first
 * byte after the number.
 */

char *vfs_float_print(char *buf, float value);
char *vfs_double_print(char *buf, double value);

/*
 * The form of ECMAScript's Number::toString, which RFC 8785 (JSON
 * Canonicalization Scheme, section 3.2.2.3) prescribes: also the shortest that
 * reads back to the same value, but "100000" rather than "1e+05", and "0" for
 * a negative zero.  "value" must be finite, VFS_DOUBLE_LEN bytes suffice.
 */

char *vfs_double_canonical(char *buf, double value);


/*
 * Reads one JSON number from [p, last), correctly rounded to f32 (f64).
 * Returns the first byte after it, or NULL if no JSON number stands there or
 * if its magnitude is beyond the type's range; a magnitude too small for the
 * type reads as a zero with the number's sign.
 */

const char *vfs_float_read(const char *p, const char *last, float *value);
const char *vfs_double_read(const char *p, const char *last, double *value);


#ifdef __cplusplus
}
#endif


#endif /* _VFS_FLOAT_H_INCLUDED_ */
