
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_STORE_H_INCLUDED_
#define _VFS_INDEX_STORE_H_INCLUDED_


#include "vfs_index_record.h"


/*
 * The records on disk: one LMDB environment.  A record's key is its namespace's
 * number and its row.  Indexes and namespaces stand beside them as small JSON
 * documents.  All but open and close belongs to one thread, the writer.
 */

typedef struct vfs_store_s  vfs_store_t;


/*
 * What vfs_store_load() finds; each returns VFS_OK, or VFS_ERROR to stop; for a
 * record of an unknown namespace VFS_DECLINED.
 */

typedef struct {
    int   (*index)(void *data, vfs_str_t name, vfs_str_t doc,
                   vfs_error_t *err);
    int   (*name_space)(void *data, uint32_t number, vfs_str_t doc,
                        vfs_error_t *err);
    int   (*record)(void *data, uint32_t number, uint32_t row,
                    const vfs_record_t *record, vfs_error_t *err);
    void   *data;
} vfs_store_loader_t;


/*
 * Opens "dir", which is created if need be, and locks it against a second
 * process.  With "nosync" a commit does not wait for the disk.
 */

vfs_store_t *vfs_store_open(const char *dir, int nosync, vfs_error_t *err);
void vfs_store_close(vfs_store_t *store);

/*
 * Reads everything, in the order of the functions above.  A record whose
 * checksum is wrong is an error, and so are keys that are not in order or not
 * as many as there should be: nothing is passed over in silence.
 */

int vfs_store_load(vfs_store_t *store, const vfs_store_loader_t *loader,
    vfs_error_t *err);

/* The sequence number of the last change that is stored. */

uint64_t vfs_store_lsn(vfs_store_t *store);

/* Bytes of the file of the records; 0 if they cannot be told. */

uint64_t vfs_store_size(vfs_store_t *store);

/* A number that no namespace has had; stored with the namespace. */

uint32_t vfs_store_next_number(vfs_store_t *store);


/* One transaction: "bytes" is about what will be put. */

int vfs_store_begin(vfs_store_t *store, size_t bytes, vfs_error_t *err);
int vfs_store_commit(vfs_store_t *store, uint64_t lsn, vfs_error_t *err);
void vfs_store_abort(vfs_store_t *store);

/*
 * After a transaction that failed: makes room for more than was expected of it.
 * VFS_DECLINED if that was not what it failed of.
 */

int vfs_store_widen(vfs_store_t *store, vfs_error_t *err);

int vfs_store_put_record(vfs_store_t *store, uint32_t number, uint32_t row,
    const vfs_record_t *record, vfs_error_t *err);
int vfs_store_delete_record(vfs_store_t *store, uint32_t number, uint32_t row,
    vfs_error_t *err);

int vfs_store_put_index(vfs_store_t *store, vfs_str_t name, vfs_str_t doc,
    vfs_error_t *err);
int vfs_store_delete_index(vfs_store_t *store, vfs_str_t name,
    vfs_error_t *err);
int vfs_store_put_namespace(vfs_store_t *store, uint32_t number,
    vfs_str_t doc, vfs_error_t *err);

/* The records of a deleted namespace go later: see vfs_store_collect(). */

int vfs_store_delete_namespace(vfs_store_t *store, uint32_t number,
    vfs_error_t *err);

/*
 * Frees some records of deleted namespaces, in a transaction of its own, and
 * what processes that were killed held on to.  VFS_DECLINED if none is left.
 */

int vfs_store_collect(vfs_store_t *store, vfs_error_t *err);

/* Makes what was committed under "nosync" durable. */

int vfs_store_sync(vfs_store_t *store, vfs_error_t *err);


/*
 * Copies the environment in "dir" to "to", which must be empty or missing, as
 * of one moment, while another process may be changing it.
 */

int vfs_store_backup(const char *dir, const char *to, vfs_error_t *err);


#endif /* _VFS_INDEX_STORE_H_INCLUDED_ */
