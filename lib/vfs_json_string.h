
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_JSON_STRING_H_INCLUDED_
#define _VFS_JSON_STRING_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/* What the tokenizer and the string functions of vfs_json.h share. */


/* The length of the character at "text", 0 if it is not UTF-8 (RFC 3629). */

size_t vfs_json_utf8(const char *text, const char *last);

/* The value of four hexadecimal digits, -1 if one is none. */

int32_t vfs_json_hex4(const char *p);


#endif /* _VFS_JSON_STRING_H_INCLUDED_ */
