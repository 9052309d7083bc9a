
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_directory.h"
#include "vfs_ingest_store.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>


#define VFS_STORE_PATH  4096


struct vfs_store_s {
    MDB_env        *env;
    MDB_txn        *reader;
    MDB_txn        *writer;
    MDB_dbi         tables[VFS_STORE_TABLES];
    size_t          map_size;
    int             lock;
    unsigned        reading:1;
};


static int vfs_store_lock(vfs_store_t *store, const char *dir,
    vfs_error_t *err);
static int vfs_store_env(vfs_store_t *store, const vfs_store_conf_t *conf,
    vfs_error_t *err);
static int vfs_store_tables(vfs_store_t *store, vfs_error_t *err);
static int vfs_store_read(vfs_store_t *store, vfs_error_t *err);
static int vfs_store_failed(vfs_store_t *store, int rc, vfs_error_t *err);
static int vfs_store_delete_prefix(vfs_store_t *store,
    vfs_store_table_e table, const vfs_key_t *prefix, vfs_error_t *err);


static const char *const  vfs_store_names[VFS_STORE_TABLES] = {
    "states", "offsets"
};


vfs_store_t *
vfs_store_open(const vfs_store_conf_t *conf, vfs_error_t *err)
{
    vfs_store_t  *store;

    store = calloc(1, sizeof(vfs_store_t));

    if (store == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    store->lock = -1;
    store->map_size = conf->map_size;

    if (vfs_directory_make(conf->dir, err) != VFS_OK
        || vfs_store_lock(store, conf->dir, err) != VFS_OK
        || vfs_store_env(store, conf, err) != VFS_OK
        || vfs_store_tables(store, err) != VFS_OK)
    {
        vfs_store_close(store);
        return NULL;
    }

    return store;
}


void
vfs_store_close(vfs_store_t *store)
{
    if (store == NULL) {
        return;
    }

    vfs_store_abort(store);

    if (store->reader != NULL) {
        mdb_txn_abort(store->reader);
    }

    if (store->env != NULL) {
        mdb_env_close(store->env);
    }

    if (store->lock != -1) {
        (void) close(store->lock);
    }

    free(store);
}


static int
vfs_store_lock(vfs_store_t *store, const char *dir, vfs_error_t *err)
{
    int   n;
    char  path[VFS_STORE_PATH];

    n = snprintf(path, sizeof(path), "%s/worker.lock", dir);

    if (n <= 0 || (size_t) n >= sizeof(path)) {
        vfs_error_set(err, "the state directory's path is too long");
        return VFS_ERROR;
    }

    store->lock = open(path, O_CREAT|O_RDWR|O_CLOEXEC, 0640);

    if (store->lock == -1) {
        vfs_error_set(err, "cannot open \"%.256s\": %s", path,
                      strerror(errno));
        return VFS_ERROR;
    }

    if (flock(store->lock, LOCK_EX|LOCK_NB) == -1) {

        if (errno == EWOULDBLOCK) {
            vfs_error_set(err, "another worker uses \"%.256s\": give each "
                          "worker of a machine a VFS_DATA of its own", dir);

        } else {
            vfs_error_set(err, "cannot lock \"%.256s\": %s", path,
                          strerror(errno));
        }

        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_store_env(vfs_store_t *store, const vfs_store_conf_t *conf,
    vfs_error_t *err)
{
    int           rc;
    unsigned      flags;
    MDB_envinfo   info;

    /* no read-ahead: keys are hit at random and may outgrow the memory */

    flags = MDB_NOTLS|MDB_NORDAHEAD|MDB_NOMEMINIT;

    if (conf->nosync) {
        flags |= MDB_NOSYNC;
    }

    rc = mdb_env_create(&store->env);

    if (rc == 0) {
        rc = mdb_env_set_maxdbs(store->env, VFS_STORE_TABLES);
    }

    if (rc == 0) {
        rc = mdb_env_set_mapsize(store->env, store->map_size);
    }

    if (rc == 0) {
        rc = mdb_env_open(store->env, conf->dir, flags, 0640);
    }

    if (rc == 0) {
        rc = mdb_env_info(store->env, &info);
    }

    if (rc != 0) {
        vfs_error_set(err, "cannot open the state in \"%.256s\": %s",
                      conf->dir, mdb_strerror(rc));
        return VFS_ERROR;
    }

    /* a file that has grown in an earlier run is mapped as a whole */

    store->map_size = info.me_mapsize;

    return VFS_OK;
}


static int
vfs_store_tables(vfs_store_t *store, vfs_error_t *err)
{
    int        i, rc;
    MDB_txn   *txn;

    rc = mdb_txn_begin(store->env, NULL, 0, &txn);

    if (rc != 0) {
        goto failed;
    }

    for (i = 0; i < VFS_STORE_TABLES; i++) {
        rc = mdb_dbi_open(txn, vfs_store_names[i], MDB_CREATE,
                          &store->tables[i]);

        if (rc != 0) {
            mdb_txn_abort(txn);
            goto failed;
        }
    }

    rc = mdb_txn_commit(txn);

    if (rc != 0) {
        goto failed;
    }

    return VFS_OK;

failed:

    vfs_error_set(err, "cannot open the state's tables: %s",
                  mdb_strerror(rc));

    return VFS_ERROR;
}


static int
vfs_store_read(vfs_store_t *store, vfs_error_t *err)
{
    int  rc;

    if (store->reading) {
        return VFS_OK;
    }

    if (store->reader == NULL) {
        rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->reader);

    } else {
        rc = mdb_txn_renew(store->reader);
    }

    if (rc != 0) {
        vfs_error_set(err, "cannot read the state: %s", mdb_strerror(rc));
        return VFS_ERROR;
    }

    store->reading = 1;

    return VFS_OK;
}


void
vfs_store_release(vfs_store_t *store)
{
    if (store->reading) {
        mdb_txn_reset(store->reader);
        store->reading = 0;
    }
}


int
vfs_store_get(vfs_store_t *store, vfs_store_table_e table,
    const vfs_key_t *key, const void **data, size_t *len, vfs_error_t *err)
{
    int      rc;
    MDB_val  k, v;

    if (vfs_store_read(store, err) != VFS_OK) {
        return VFS_ERROR;
    }

    k.mv_data = (void *) key->data;
    k.mv_size = key->len;

    rc = mdb_get(store->reader, store->tables[table], &k, &v);

    if (rc == MDB_NOTFOUND) {
        return VFS_DECLINED;
    }

    if (rc != 0) {
        vfs_error_set(err, "cannot read the state: %s", mdb_strerror(rc));
        return VFS_ERROR;
    }

    *data = v.mv_data;
    *len = v.mv_size;

    return VFS_OK;
}


int
vfs_store_offset(vfs_store_t *store, const vfs_key_t *prefix, int64_t *offset,
    vfs_error_t *err)
{
    int          rc;
    size_t       len;
    const void  *data;

    rc = vfs_store_get(store, VFS_STORE_OFFSETS, prefix, &data, &len, err);

    if (rc == VFS_OK) {

        if (len != sizeof(int64_t)) {
            vfs_error_set(err, "the state's table \"offsets\" holds a value "
                          "of %zu bytes, expected %zu", len, sizeof(int64_t));
            rc = VFS_ERROR;

        } else {
            memcpy(offset, data, sizeof(int64_t));
        }
    }

    vfs_store_release(store);

    return rc;
}


uint64_t
vfs_store_count(vfs_store_t *store, vfs_store_table_e table)
{
    uint64_t  count;
    MDB_stat  stat;

    count = 0;

    if (vfs_store_read(store, NULL) == VFS_OK) {

        if (mdb_stat(store->reader, store->tables[table], &stat) == 0) {
            count = stat.ms_entries;
        }

        vfs_store_release(store);
    }

    return count;
}


uint64_t
vfs_store_bytes(const vfs_store_t *store)
{
    MDB_stat     stat;
    MDB_envinfo  info;

    if (mdb_env_stat(store->env, &stat) != 0
        || mdb_env_info(store->env, &info) != 0)
    {
        return 0;
    }

    return (uint64_t) (info.me_last_pgno + 1) * stat.ms_psize;
}


int
vfs_store_begin(vfs_store_t *store, vfs_error_t *err)
{
    int  rc;

    /* an open reader would keep every page that this writer replaces */

    vfs_store_release(store);

    rc = mdb_txn_begin(store->env, NULL, 0, &store->writer);

    if (rc != 0) {
        store->writer = NULL;
        return vfs_store_failed(store, rc, err);
    }

    return VFS_OK;
}


static int
vfs_store_failed(vfs_store_t *store, int rc, vfs_error_t *err)
{
    vfs_store_abort(store);

    if (rc == MDB_MAP_FULL) {
        rc = mdb_env_set_mapsize(store->env, store->map_size * 2);

        if (rc == 0) {
            store->map_size *= 2;
            return VFS_DECLINED;
        }
    }

    vfs_error_set(err, "cannot write the state: %s", mdb_strerror(rc));

    return VFS_ERROR;
}


int
vfs_store_put(vfs_store_t *store, vfs_store_table_e table,
    const vfs_key_t *key, const void *data, size_t len, vfs_error_t *err)
{
    int      rc;
    MDB_val  k, v;

    k.mv_data = (void *) key->data;
    k.mv_size = key->len;
    v.mv_data = (void *) data;
    v.mv_size = len;

    rc = mdb_put(store->writer, store->tables[table], &k, &v, 0);

    if (rc != 0) {
        return vfs_store_failed(store, rc, err);
    }

    return VFS_OK;
}


int
vfs_store_delete(vfs_store_t *store, vfs_store_table_e table,
    const vfs_key_t *key, vfs_error_t *err)
{
    int      rc;
    MDB_val  k;

    k.mv_data = (void *) key->data;
    k.mv_size = key->len;

    rc = mdb_del(store->writer, store->tables[table], &k, NULL);

    if (rc != 0 && rc != MDB_NOTFOUND) {
        return vfs_store_failed(store, rc, err);
    }

    return VFS_OK;
}


int
vfs_store_commit(vfs_store_t *store, vfs_error_t *err)
{
    int       rc;
    MDB_txn  *txn;

    /* mdb_txn_commit() frees the transaction even where it fails */

    txn = store->writer;
    store->writer = NULL;

    rc = mdb_txn_commit(txn);

    if (rc != 0) {
        return vfs_store_failed(store, rc, err);
    }

    return VFS_OK;
}


void
vfs_store_abort(vfs_store_t *store)
{
    if (store->writer != NULL) {
        mdb_txn_abort(store->writer);
        store->writer = NULL;
    }
}


int
vfs_store_forget(vfs_store_t *store, const vfs_key_t *prefix, vfs_error_t *err)
{
    int  i, rc;

    do {
        rc = vfs_store_begin(store, err);

        for (i = 0; rc == VFS_OK && i < VFS_STORE_TABLES; i++) {
            rc = vfs_store_delete_prefix(store, (vfs_store_table_e) i, prefix,
                                         err);
        }

        if (rc == VFS_OK) {
            rc = vfs_store_commit(store, err);
        }

    } while (rc == VFS_DECLINED);

    return rc;
}


static int
vfs_store_delete_prefix(vfs_store_t *store, vfs_store_table_e table,
    const vfs_key_t *prefix, vfs_error_t *err)
{
    int          rc;
    MDB_val      k, v;
    MDB_cursor  *cursor;

    rc = mdb_cursor_open(store->writer, store->tables[table], &cursor);

    if (rc != 0) {
        return vfs_store_failed(store, rc, err);
    }

    k.mv_data = (void *) prefix->data;
    k.mv_size = prefix->len;

    for (rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
         rc == 0;
         rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT))
    {
        if (k.mv_size < prefix->len
            || memcmp(k.mv_data, prefix->data, prefix->len) != 0)
        {
            break;
        }

        rc = mdb_cursor_del(cursor, 0);

        if (rc != 0) {
            break;
        }
    }

    mdb_cursor_close(cursor);

    if (rc != 0 && rc != MDB_NOTFOUND) {
        return vfs_store_failed(store, rc, err);
    }

    return VFS_OK;
}
