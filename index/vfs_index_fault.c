
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_fault.h"
#include "vfs_error.h"

#include <stdarg.h>
#include <stdio.h>


typedef struct {
    vfs_code_e  code;
    unsigned    status;
} vfs_code_status_t;


static const vfs_code_status_t  vfs_code_statuses[] = {
    { VFS_CODE_OK, 200 },
    { VFS_CODE_INVALID_ARGUMENT, 400 },
    { VFS_CODE_NOT_FOUND, 404 },
    { VFS_CODE_ALREADY_EXISTS, 409 },
    { VFS_CODE_PERMISSION_DENIED, 403 },
    { VFS_CODE_EXHAUSTED, 429 },
    { VFS_CODE_OUT_OF_RANGE, 400 },
    { VFS_CODE_INTERNAL, 500 },
    { VFS_CODE_UNAVAILABLE, 503 },
    { VFS_CODE_UNAUTHENTICATED, 401 },
    { VFS_CODE_BAD_JSON, 400 },
    { VFS_CODE_METHOD_NOT_ALLOWED, 405 },
    { VFS_CODE_TOO_LARGE, 413 },
    { VFS_CODE_TIMEOUT, 408 },
    { VFS_CODE_UNPROCESSABLE, 422 }
};


int
vfs_fault(vfs_fault_t *fault, vfs_code_e code, const char *fmt, ...)
{
    va_list  args;

    fault->code = code;

    va_start(args, fmt);
    (void) vsnprintf(fault->message, sizeof(fault->message), fmt, args);
    va_end(args);

    return VFS_ERROR;
}


int
vfs_fault_memory(vfs_fault_t *fault)
{
    return vfs_fault(fault, VFS_CODE_UNAVAILABLE, "Out of memory");
}


unsigned
vfs_fault_status(vfs_code_e code)
{
    size_t  i;

    for (i = 0; i < sizeof(vfs_code_statuses) / sizeof(vfs_code_statuses[0]);
         i++)
    {
        if (vfs_code_statuses[i].code == code) {
            return vfs_code_statuses[i].status;
        }
    }

    return 500;
}
