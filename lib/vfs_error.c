
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_error.h"

#include <stdarg.h>
#include <stdio.h>


void
vfs_error_set(vfs_error_t *err, const char *fmt, ...)
{
    va_list  args;

    if (err == NULL) {
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
}
