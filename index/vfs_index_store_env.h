
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_STORE_ENV_H_INCLUDED_
#define _VFS_INDEX_STORE_ENV_H_INCLUDED_


#include "vfs_index_store.h"

#include <lmdb.h>


/* Shared by the files of the store. */

struct vfs_store_s {
    MDB_env   *env;
    MDB_txn   *txn;          /* the open transaction */
    MDB_dbi    records;      /* number, row (both big-endian) to a record */
    MDB_dbi    catalog;      /* see the prefixes below */
    size_t     page_size;
    int        lock_fd;
    uint64_t   lsn;
    uint32_t   next_number;
    unsigned   nosync:1;
    unsigned   garbage:1;    /* deleted namespaces may be left */
    char      *encoded;      /* a record on its way to the disk */
    size_t     encoded_size;
};


#define VFS_STORE_FORMAT     "format"
#define VFS_STORE_LSN        "lsn"
#define VFS_STORE_NUMBER     "number"
#define VFS_STORE_INDEX      'I'       /* and its name */
#define VFS_STORE_NAMESPACE  'N'       /* and its number */
#define VFS_STORE_GARBAGE    'G'       /* the number of a deleted namespace */

#define VFS_STORE_KEY_LEN    8
#define VFS_STORE_VERSION    1


void vfs_store_key(unsigned char *key, uint32_t number, uint32_t row);
uint32_t vfs_store_number(const unsigned char *p);
int vfs_store_failed(int rc, const char *what, vfs_error_t *err);


#endif /* _VFS_INDEX_STORE_ENV_H_INCLUDED_ */
