
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_FAULT_H_INCLUDED_
#define _VFS_INDEX_FAULT_H_INCLUDED_


/*
 * Why a request was refused.  The codes are google.rpc.Code; each stands for
 * one HTTP status (google/rpc/code.proto, "HTTP Mapping").
 */

typedef enum {
    VFS_CODE_OK = 0,
    VFS_CODE_INVALID_ARGUMENT = 3,
    VFS_CODE_NOT_FOUND = 5,
    VFS_CODE_ALREADY_EXISTS = 6,
    VFS_CODE_PERMISSION_DENIED = 7,
    VFS_CODE_EXHAUSTED = 8,
    VFS_CODE_OUT_OF_RANGE = 11,
    VFS_CODE_INTERNAL = 13,
    VFS_CODE_UNAVAILABLE = 14,
    VFS_CODE_UNAUTHENTICATED = 16,

    /* answered as plain text, as by the proxy in front of Pinecone */

    VFS_CODE_BAD_JSON = 100,
    VFS_CODE_METHOD_NOT_ALLOWED,
    VFS_CODE_TOO_LARGE,
    VFS_CODE_TIMEOUT,
    VFS_CODE_UNPROCESSABLE
} vfs_code_e;


typedef struct {
    vfs_code_e  code;
    char        message[768];
} vfs_fault_t;


/* Fills "fault" in and returns VFS_ERROR, to be returned in turn. */

int vfs_fault(vfs_fault_t *fault, vfs_code_e code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

int vfs_fault_memory(vfs_fault_t *fault);

unsigned vfs_fault_status(vfs_code_e code);


#endif /* _VFS_INDEX_FAULT_H_INCLUDED_ */
