
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_RECORDED_H_INCLUDED_
#define _VFS_RECORDED_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>


/*
 * What services have answered, by the content that was asked: an LMDB
 * environment with one unnamed database of keys of VFS_RECORDED_KEY_LEN bytes.
 * Keys and records of models are described in docs/definition.md, "model
 * source"; feature/vfs_model.h makes and reads them.
 *
 * A record is final: the first one of a key stays.  Any number of processes
 * may read and write at a time.  A program links LMDB if it uses this.
 */

#define VFS_RECORDED_KEY_LEN  32

/* Where the worker keeps it, below VFS_DATA. */

#define VFS_RECORDED_NAME     "recorded"


typedef struct vfs_recorded_s  vfs_recorded_t;


typedef struct {
    const char             *dir;
    size_t                  map_size;   /* first size; it grows by itself;
                                           0: as it is on disk */
    unsigned                read_only:1;    /* else it is created if missing */
    unsigned                nosync:1;   /* tests: a power failure may lose */
} vfs_recorded_conf_t;


typedef struct {
    unsigned char           key[VFS_RECORDED_KEY_LEN];
    const unsigned char    *data;
    size_t                  len;
} vfs_recorded_entry_t;


vfs_recorded_t *vfs_recorded_open(const vfs_recorded_conf_t *conf,
    vfs_error_t *err);
void vfs_recorded_close(vfs_recorded_t *recorded);

/*
 * The record of a key; it stays valid until vfs_recorded_release() or
 * vfs_recorded_put().  VFS_DECLINED: there is none.  What other processes
 * write is seen after the next release.
 */

int vfs_recorded_get(vfs_recorded_t *recorded, const unsigned char *key,
    const unsigned char **data, size_t *len, vfs_error_t *err);
void vfs_recorded_release(vfs_recorded_t *recorded);

/* The same in the form that feature/vfs_model.h asks for: "data" is it. */

int vfs_recorded_find(void *data, const unsigned char *key,
    const unsigned char **record, size_t *len, vfs_error_t *err);

/*
 * Writes entries in one transaction: they are on disk when it returns.  A key
 * that has a record keeps it.  VFS_ERROR: none is written.
 */

int vfs_recorded_put(vfs_recorded_t *recorded,
    const vfs_recorded_entry_t *entries, size_t n, vfs_error_t *err);


#endif /* _VFS_RECORDED_H_INCLUDED_ */
