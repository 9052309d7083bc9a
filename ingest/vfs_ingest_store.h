
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_STORE_H_INCLUDED_
#define _VFS_INGEST_STORE_H_INCLUDED_


#include "vfs_error.h"
#include "vfs_key.h"
#include "vfs_state.h"


/*
 * What a worker keeps on disk: states, and the position up to which each
 * partition is folded into them, in one LMDB environment, so that they change
 * together.  One process at a time: a lock file refuses a second one.
 */

typedef struct vfs_store_s  vfs_store_t;


typedef enum {
    VFS_STORE_STATES = 0,
    VFS_STORE_OFFSETS,          /* key: the prefix of a partition */
    VFS_STORE_TABLES
} vfs_store_table_e;


typedef struct {
    const char             *dir;        /* created if missing */
    size_t                  map_size;   /* first size; it grows by itself */
    unsigned                nosync:1;   /* tests: a power failure may lose */
} vfs_store_conf_t;


vfs_store_t *vfs_store_open(const vfs_store_conf_t *conf, vfs_error_t *err);
void vfs_store_close(vfs_store_t *store);

/*
 * Reads committed data.  *data stays valid until vfs_store_release(), which
 * must come before the next vfs_store_begin().  VFS_DECLINED if there is none.
 */

int vfs_store_get(vfs_store_t *store, vfs_store_table_e table,
    const vfs_key_t *key, const void **data, size_t *len, vfs_error_t *err);
void vfs_store_release(vfs_store_t *store);

/* The next offset to fold in; VFS_DECLINED: nothing is known of "prefix". */

int vfs_store_offset(vfs_store_t *store, const vfs_key_t *prefix,
    int64_t *offset, vfs_error_t *err);

uint64_t vfs_store_count(vfs_store_t *store, vfs_store_table_e table);

/* The size of the file that holds them, free pages within it included. */

uint64_t vfs_store_bytes(const vfs_store_t *store);

/*
 * Writing: begin, put and delete in any number, commit.  VFS_DECLINED from any
 * of them means that the map was too small: everything since begin is undone,
 * the map has grown, and the caller writes again from begin.  After VFS_ERROR
 * everything since begin is undone, too.
 */

int vfs_store_begin(vfs_store_t *store, vfs_error_t *err);
int vfs_store_put(vfs_store_t *store, vfs_store_table_e table,
    const vfs_key_t *key, const void *data, size_t len, vfs_error_t *err);
int vfs_store_delete(vfs_store_t *store, vfs_store_table_e table,
    const vfs_key_t *key, vfs_error_t *err);
int vfs_store_commit(vfs_store_t *store, vfs_error_t *err);
void vfs_store_abort(vfs_store_t *store);

/* Deletes all that is kept for a partition, in a transaction of its own. */

int vfs_store_forget(vfs_store_t *store, const vfs_key_t *prefix,
    vfs_error_t *err);


#endif /* _VFS_INGEST_STORE_H_INCLUDED_ */
