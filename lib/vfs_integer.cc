
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_integer.h"

#include <charconv>


char *
vfs_integer_print(char *buf, int64_t value)
{
    return std::to_chars(buf, buf + VFS_INTEGER_LEN, value).ptr;
}
