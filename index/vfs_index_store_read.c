
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_store_env.h"
#include "vfs_index_store_guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


static int vfs_store_load_catalog(vfs_store_t *store,
    const vfs_store_loader_t *loader, char prefix, vfs_error_t *err);
static int vfs_store_load_records(vfs_store_t *store,
    const vfs_store_loader_t *loader, vfs_error_t *err);
static int vfs_store_check_garbage(vfs_store_t *store, uint32_t number,
    vfs_error_t *err);
static int vfs_store_load_record(vfs_store_t *store,
    const vfs_store_loader_t *loader, const MDB_val *key, const MDB_val *data,
    vfs_error_t *err);


int
vfs_store_load(vfs_store_t *store, const vfs_store_loader_t *loader,
    vfs_error_t *err)
{
    int          rc;
    MDB_envinfo  info;

    rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->txn);

    if (rc != 0) {
        store->txn = NULL;
        return vfs_store_failed(rc, "read", err);
    }

    rc = vfs_store_check(store, err);

    if (rc == VFS_OK) {
        rc = vfs_store_load_catalog(store, loader, VFS_STORE_INDEX, err);
    }

    if (rc == VFS_OK) {
        rc = vfs_store_load_catalog(store, loader, VFS_STORE_NAMESPACE, err);
    }

    if (rc == VFS_OK) {
        rc = vfs_store_load_records(store, loader, err);
    }

    vfs_store_abort(store);

    if (rc != VFS_OK) {
        return VFS_ERROR;
    }

    /*
     * All is in memory now: a new map, of the same size, lets go of the pages
     * that were read.
     */

    (void) mdb_env_info(store->env, &info);
    rc = mdb_env_set_mapsize(store->env, info.me_mapsize);

    return rc == 0 ? VFS_OK : vfs_store_failed(rc, "map", err);
}


int
vfs_store_backup(const char *dir, const char *to, vfs_error_t *err)
{
    int       rc;
    MDB_env  *env;

    if (vfs_store_make_dir(to, err) != VFS_OK) {
        return VFS_ERROR;
    }

    env = NULL;
    rc = mdb_env_create(&env);

    if (rc == 0) {
        (void) mdb_env_set_assert(env, vfs_store_guard_assert);
        rc = mdb_env_set_maxdbs(env, 2);
    }

    if (rc == 0) {
        rc = mdb_env_open(env, dir, MDB_RDONLY|MDB_NOTLS, 0600);
    }

    if (rc != 0) {
        vfs_error_set(err, "cannot open the store in %s: %s", dir,
                      mdb_strerror(rc));

    } else {
        rc = mdb_env_copy2(env, to, MDB_CP_COMPACT);

        if (rc != 0) {
            vfs_error_set(err, "cannot copy the store from %s to %s: %s", dir,
                          to, mdb_strerror(rc));

            /* not what was there before */

            if (rc != EEXIST) {
                vfs_store_remove_copy(to);
            }
        }
    }

    mdb_env_close(env);

    return rc == 0 ? vfs_store_sync_copy(to, err) : VFS_ERROR;
}


static int
vfs_store_load_catalog(vfs_store_t *store, const vfs_store_loader_t *loader,
    char prefix, vfs_error_t *err)
{
    int          rc;
    MDB_val      key, data;
    vfs_str_t    name, doc;
    MDB_cursor  *cursor;

    rc = mdb_cursor_open(store->txn, store->catalog, &cursor);

    if (rc != 0) {
        return vfs_store_failed(rc, "read", err);
    }

    key.mv_data = &prefix;
    key.mv_size = 1;

    rc = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);

    while (rc == 0 && *(char *) key.mv_data == prefix) {
        name.data = (char *) key.mv_data + 1;
        name.len = key.mv_size - 1;
        doc.data = data.mv_data;
        doc.len = data.mv_size;

        if (prefix == VFS_STORE_NAMESPACE) {
            rc = loader->name_space(loader->data,
                                vfs_store_number((unsigned char *) name.data),
                                doc, err);

        } else {
            rc = loader->index(loader->data, name, doc, err);
        }

        if (rc != VFS_OK) {
            mdb_cursor_close(cursor);
            return VFS_ERROR;
        }

        rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
    }

    mdb_cursor_close(cursor);

    if (rc != 0 && rc != MDB_NOTFOUND) {
        return vfs_store_failed(rc, "read", err);
    }

    return VFS_OK;
}


static int
vfs_store_load_records(vfs_store_t *store, const vfs_store_loader_t *loader,
    vfs_error_t *err)
{
    int          rc;
    MDB_val      key, data;
    MDB_cursor  *cursor;

    rc = mdb_cursor_open(store->txn, store->records, &cursor);

    if (rc != 0) {
        return vfs_store_failed(rc, "read", err);
    }

    rc = mdb_cursor_get(cursor, &key, &data, MDB_FIRST);

    while (rc == 0) {

        if (vfs_store_load_record(store, loader, &key, &data, err) != VFS_OK) {
            mdb_cursor_close(cursor);
            return VFS_ERROR;
        }

        rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
    }

    mdb_cursor_close(cursor);

    if (rc != MDB_NOTFOUND) {
        return vfs_store_failed(rc, "read", err);
    }

    return VFS_OK;
}


static int
vfs_store_load_record(vfs_store_t *store, const vfs_store_loader_t *loader,
    const MDB_val *key, const MDB_val *data, vfs_error_t *err)
{
    int            rc;
    char          *encoded;
    uint32_t       number, row;
    vfs_record_t   record;

    if (key->mv_size != VFS_STORE_KEY_LEN) {
        vfs_error_set(err, "the store is damaged: a key of %zu bytes",
                      key->mv_size);
        return VFS_ERROR;
    }

    number = vfs_store_number(key->mv_data);
    row = vfs_store_number((unsigned char *) key->mv_data + 4);

    if (data->mv_size > store->encoded_size) {
        encoded = realloc(store->encoded, data->mv_size);

        if (encoded == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }

        store->encoded = encoded;
        store->encoded_size = data->mv_size;
    }

    /* the map promises no alignment */

    memcpy(store->encoded, data->mv_data, data->mv_size);

    if (vfs_record_decode(store->encoded, data->mv_size, &record) != VFS_OK) {
        vfs_error_set(err, "the store is damaged: record %u of namespace "
                      "number %u fails its checksum; restore a backup",
                      row, number);
        return VFS_ERROR;
    }

    rc = loader->record(loader->data, number, row, &record, err);

    return rc == VFS_DECLINED ? vfs_store_check_garbage(store, number, err)
                              : rc;
}


/* A record without a namespace is left of one that is known to be deleted. */

static int
vfs_store_check_garbage(vfs_store_t *store, uint32_t number, vfs_error_t *err)
{
    int      rc;
    char     mark[VFS_STORE_NUMBER_KEY];
    MDB_val  key, data;

    key.mv_data = mark;
    key.mv_size = vfs_store_number_key(mark, VFS_STORE_GARBAGE, number);

    rc = mdb_get(store->txn, store->catalog, &key, &data);

    if (rc == MDB_NOTFOUND) {
        vfs_error_set(err, "the store is damaged: a record of namespace "
                      "number %u, which is not known; restore a backup",
                      number);
        return VFS_ERROR;
    }

    return rc == 0 ? VFS_OK : vfs_store_failed(rc, "read", err);
}
