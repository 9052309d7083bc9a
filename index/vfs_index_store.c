
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_store_env.h"
#include "vfs_index_store_guard.h"
#include "vfs_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>


#define VFS_STORE_MIN_MAP   ((size_t) 1 << 30)
#define VFS_STORE_MAX_MAP   ((size_t) 1 << 46)
#define VFS_STORE_SPARE     ((size_t) 64 << 20)


static int vfs_store_lock(vfs_store_t *store, const char *dir,
    vfs_error_t *err);
static int vfs_store_open_env(vfs_store_t *store, const char *dir,
    vfs_error_t *err);
static int vfs_store_open_dbis(vfs_store_t *store, vfs_error_t *err);
static int vfs_store_read_numbers(vfs_store_t *store, vfs_error_t *err);
static int vfs_store_check_size(vfs_store_t *store, const char *dir,
    vfs_error_t *err);
static int vfs_store_get_number(vfs_store_t *store, const char *name,
    uint64_t *value);
static int vfs_store_put_number(vfs_store_t *store, const char *name,
    uint64_t value);
static int vfs_store_grow(vfs_store_t *store, size_t bytes, vfs_error_t *err);
static int vfs_store_set_map(vfs_store_t *store, size_t map,
    vfs_error_t *err);


vfs_store_t *
vfs_store_open(const char *dir, int nosync, vfs_error_t *err)
{
    vfs_store_t  *store;

    if (vfs_store_make_dir(dir, err) != VFS_OK) {
        return NULL;
    }

    store = calloc(1, sizeof(vfs_store_t));
    if (store == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    store->lock_fd = -1;
    store->nosync = nosync != 0;
    store->garbage = 1;

    if (vfs_store_lock(store, dir, err) != VFS_OK
        || vfs_store_open_env(store, dir, err) != VFS_OK
        || vfs_store_check_size(store, dir, err) != VFS_OK
        || vfs_store_open_dbis(store, err) != VFS_OK
        || vfs_store_sync_dir(dir, err) != VFS_OK)
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

    if (store->txn != NULL) {
        mdb_txn_abort(store->txn);
    }

    if (store->env != NULL) {
        mdb_env_close(store->env);
    }

    if (store->lock_fd != -1) {
        (void) close(store->lock_fd);
    }

    free(store->encoded);
    free(store);
}


uint64_t
vfs_store_lsn(vfs_store_t *store)
{
    return store->lsn;
}


uint64_t
vfs_store_size(vfs_store_t *store)
{
    int          fd;
    struct stat  st;

    if (mdb_env_get_fd(store->env, &fd) != 0 || fstat(fd, &st) != 0) {
        return 0;
    }

    return (uint64_t) st.st_size;
}


uint32_t
vfs_store_next_number(vfs_store_t *store)
{
    return store->next_number++;
}


int
vfs_store_begin(vfs_store_t *store, size_t bytes, vfs_error_t *err)
{
    int  rc;

    store->full = 0;

    if (vfs_store_grow(store, bytes, err) != VFS_OK) {
        return VFS_ERROR;
    }

    rc = mdb_txn_begin(store->env, NULL, 0, &store->txn);

    if (rc != 0) {
        store->txn = NULL;
        return vfs_store_failed(rc, "begin a transaction", err);
    }

    return VFS_OK;
}


int
vfs_store_commit(vfs_store_t *store, uint64_t lsn, vfs_error_t *err)
{
    int  rc;

    rc = vfs_store_put_number(store, VFS_STORE_LSN, lsn);

    if (rc == 0) {
        rc = vfs_store_put_number(store, VFS_STORE_NUMBER,
                                  store->next_number);
    }

    if (rc != 0) {
        vfs_store_abort(store);
        return vfs_store_change_failed(store, rc, "write", err);
    }

    rc = mdb_txn_commit(store->txn);
    store->txn = NULL;

    if (rc != 0) {
        return vfs_store_change_failed(store, rc, "commit", err);
    }

    store->lsn = lsn;

    return VFS_OK;
}


int
vfs_store_widen(vfs_store_t *store, vfs_error_t *err)
{
    MDB_envinfo  info;

    if (!store->full) {
        return VFS_DECLINED;
    }

    (void) mdb_env_info(store->env, &info);

    if (info.me_mapsize > VFS_STORE_MAX_MAP / 2) {
        return VFS_DECLINED;
    }

    return vfs_store_set_map(store, 2 * info.me_mapsize, err);
}


void
vfs_store_abort(vfs_store_t *store)
{
    if (store->txn != NULL) {
        mdb_txn_abort(store->txn);
        store->txn = NULL;
    }
}


int
vfs_store_sync(vfs_store_t *store, vfs_error_t *err)
{
    int  rc;

    rc = mdb_env_sync(store->env, 1);

    return rc == 0 ? VFS_OK : vfs_store_failed(rc, "sync", err);
}


void
vfs_store_key(unsigned char *key, uint32_t number, uint32_t row)
{
    int  i;

    for (i = 0; i < 4; i++) {
        key[i] = (unsigned char) (number >> (24 - 8 * i));
        key[i + 4] = (unsigned char) (row >> (24 - 8 * i));
    }
}


uint32_t
vfs_store_number(const unsigned char *p)
{
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16
           | (uint32_t) p[2] << 8 | p[3];
}


int
vfs_store_change_failed(vfs_store_t *store, int rc, const char *what,
    vfs_error_t *err)
{
    store->full = rc == MDB_MAP_FULL;

    return vfs_store_failed(rc, what, err);
}


int
vfs_store_failed(int rc, const char *what, vfs_error_t *err)
{
    /* a write that ended short of a full disk is LMDB's EIO, too */

    vfs_error_set(err, "cannot %s the store: %s%s", what, mdb_strerror(rc),
                  rc == EIO ? ", the disk may be full" : "");

    return VFS_ERROR;
}


static int
vfs_store_lock(vfs_store_t *store, const char *dir, vfs_error_t *err)
{
    char  path[4096];

    if ((size_t) snprintf(path, sizeof(path), "%s/vfs-index.lock", dir)
        >= sizeof(path))
    {
        vfs_error_set(err, "the name of the data directory is too long");
        return VFS_ERROR;
    }

    store->lock_fd = open(path, O_RDWR|O_CREAT|O_CLOEXEC, 0600);

    if (store->lock_fd == -1) {
        vfs_error_set(err, "cannot open %s: %s", path, strerror(errno));
        return VFS_ERROR;
    }

    if (flock(store->lock_fd, LOCK_EX|LOCK_NB) != 0) {
        vfs_error_set(err, "the data directory %s is in use by another "
                      "vfs-index", dir);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_store_open_env(vfs_store_t *store, const char *dir, vfs_error_t *err)
{
    int          rc;
    char         path[4096];
    size_t       map;
    unsigned     flags;
    struct stat  st;

    map = VFS_STORE_MIN_MAP;
    (void) snprintf(path, sizeof(path), "%s/data.mdb", dir);

    if (stat(path, &st) == 0) {

        while (map / 2 < (size_t) st.st_size) {
            map *= 2;
        }
    }

    flags = MDB_NOTLS | (store->nosync ? MDB_NOSYNC : 0);

    rc = mdb_env_create(&store->env);

    if (rc == 0) {
        (void) mdb_env_set_assert(store->env, vfs_store_guard_assert);
        rc = mdb_env_set_maxdbs(store->env, 2);
    }

    if (rc == 0) {
        rc = mdb_env_set_mapsize(store->env, map);
    }

    if (rc == 0) {
        rc = mdb_env_open(store->env, dir, flags, 0600);
    }

    if (rc != 0) {
        vfs_error_set(err, "cannot open the store in %s: %s", dir,
                      mdb_strerror(rc));
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_store_open_dbis(vfs_store_t *store, vfs_error_t *err)
{
    int  rc;

    rc = mdb_txn_begin(store->env, NULL, 0, &store->txn);

    if (rc == 0) {
        rc = mdb_dbi_open(store->txn, "records", MDB_CREATE, &store->records);
    }

    if (rc == 0) {
        rc = mdb_dbi_open(store->txn, "catalog", MDB_CREATE, &store->catalog);
    }

    if (rc != 0) {
        vfs_store_abort(store);
        return vfs_store_failed(rc, "open", err);
    }

    if (vfs_store_read_numbers(store, err) != VFS_OK) {
        vfs_store_abort(store);
        return VFS_ERROR;
    }

    rc = mdb_txn_commit(store->txn);
    store->txn = NULL;

    return rc == 0 ? VFS_OK : vfs_store_failed(rc, "create", err);
}


static int
vfs_store_read_numbers(vfs_store_t *store, vfs_error_t *err)
{
    int       rc;
    uint64_t  version, number;

    rc = vfs_store_get_number(store, VFS_STORE_FORMAT, &version);

    if (rc == MDB_NOTFOUND) {
        version = VFS_STORE_VERSION;
        rc = vfs_store_put_number(store, VFS_STORE_FORMAT, version);
    }

    if (rc != 0) {
        return vfs_store_failed(rc, "read", err);
    }

    if (version != VFS_STORE_VERSION) {
        vfs_error_set(err, "the store has format %llu, this program reads "
                      "format %d", (unsigned long long) version,
                      VFS_STORE_VERSION);
        return VFS_ERROR;
    }

    rc = vfs_store_get_number(store, VFS_STORE_LSN, &store->lsn);

    if (rc != 0 && rc != MDB_NOTFOUND) {
        return vfs_store_failed(rc, "read", err);
    }

    number = 1;
    rc = vfs_store_get_number(store, VFS_STORE_NUMBER, &number);

    if (rc != 0 && rc != MDB_NOTFOUND) {
        return vfs_store_failed(rc, "read", err);
    }

    store->next_number = (uint32_t) number;

    return VFS_OK;
}


/* A file that was cut short would end the process when its map is read. */

static int
vfs_store_check_size(vfs_store_t *store, const char *dir, vfs_error_t *err)
{
    int          fd;
    MDB_stat     stat;
    struct stat  st;
    MDB_envinfo  info;

    (void) mdb_env_stat(store->env, &stat);
    (void) mdb_env_info(store->env, &info);
    store->page_size = stat.ms_psize;

    if (mdb_env_get_fd(store->env, &fd) != 0 || fstat(fd, &st) != 0) {
        vfs_error_set(err, "cannot look at the store in %s", dir);
        return VFS_ERROR;
    }

    if ((size_t) st.st_size < (info.me_last_pgno + 1) * store->page_size
        && info.me_last_txnid != 0)
    {
        vfs_error_set(err, "the store in %s is damaged: %zu bytes long, "
                      "expected %zu", dir, (size_t) st.st_size,
                      (info.me_last_pgno + 1) * store->page_size);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_store_get_number(vfs_store_t *store, const char *name, uint64_t *value)
{
    int      rc;
    MDB_val  key, data;

    key.mv_data = (void *) name;
    key.mv_size = strlen(name);

    rc = mdb_get(store->txn, store->catalog, &key, &data);

    if (rc != 0) {
        return rc;
    }

    if (data.mv_size != sizeof(uint64_t)) {
        return MDB_CORRUPTED;
    }

    memcpy(value, data.mv_data, sizeof(uint64_t));

    return 0;
}


static int
vfs_store_put_number(vfs_store_t *store, const char *name, uint64_t value)
{
    MDB_val  key, data;

    key.mv_data = (void *) name;
    key.mv_size = strlen(name);
    data.mv_data = &value;
    data.mv_size = sizeof(uint64_t);

    return mdb_put(store->txn, store->catalog, &key, &data, 0);
}


/* Widens the map before it is full: during a transaction it cannot. */

static int
vfs_store_grow(vfs_store_t *store, size_t bytes, vfs_error_t *err)
{
    size_t       need, map;
    MDB_envinfo  info;

    (void) mdb_env_info(store->env, &info);

    need = (info.me_last_pgno + 1) * store->page_size + 4 * bytes
           + VFS_STORE_SPARE;

    if (need <= info.me_mapsize) {
        return VFS_OK;
    }

    for (map = info.me_mapsize; map < need; map *= 2) {
        /* void */
    }

    return vfs_store_set_map(store, map, err);
}


static int
vfs_store_set_map(vfs_store_t *store, size_t map, vfs_error_t *err)
{
    int  rc;

    rc = mdb_env_set_mapsize(store->env, map);

    if (rc != 0) {
        return vfs_store_failed(rc, "widen the map of", err);
    }

    vfs_log(VFS_LOG_INFO, "map_widened", "bytes=%zu", map);

    return VFS_OK;
}
