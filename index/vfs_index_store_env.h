
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
    unsigned   full:1;       /* the transaction needs a wider map */
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
#define VFS_STORE_NUMBER_KEY 5         /* of a number in the catalog */
#define VFS_STORE_MAX_KEY    511       /* LMDB's */
#define VFS_STORE_VERSION    1


/*
 * Looks for damage that LMDB would not see, in the open transaction.  Records'
 * checksums are checked as they are read.
 */

int vfs_store_check(vfs_store_t *store, vfs_error_t *err);

/* Creates a directory that is there even after a power cut, or may be there. */

int vfs_store_make_dir(const char *dir, vfs_error_t *err);

/* The entries of a directory; with what a backup has written into it, too. */

int vfs_store_sync_dir(const char *dir, vfs_error_t *err);
int vfs_store_sync_copy(const char *dir, vfs_error_t *err);

/* What a backup that failed has written. */

void vfs_store_remove_copy(const char *dir);

void vfs_store_key(unsigned char *key, uint32_t number, uint32_t row);
uint32_t vfs_store_number(const unsigned char *p);

/* Writes the key of a number in the catalog and returns its length. */

size_t vfs_store_number_key(char *key, char prefix, uint32_t number);

int vfs_store_failed(int rc, const char *what, vfs_error_t *err);
int vfs_store_change_failed(vfs_store_t *store, int rc, const char *what,
    vfs_error_t *err);


#endif /* _VFS_INDEX_STORE_ENV_H_INCLUDED_ */
