
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_printable.h"

#include <string.h>


char *
vfs_printable(char *buf, size_t size, const char *text, size_t len)
{
    size_t  i, n;

    n = (len < size) ? len : size - 4;

    for (i = 0; i < n; i++) {
        buf[i] = (text[i] >= 0x20 && text[i] < 0x7f) ? text[i] : '?';
    }

    (void) strcpy(buf + n, (n < len) ? "..." : "");

    return buf;
}
