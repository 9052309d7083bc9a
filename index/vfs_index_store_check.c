
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_store_env.h"

#include <string.h>


/* LMDB's own tree of free pages: of the transaction that freed them. */

#define VFS_STORE_FREE   ((MDB_dbi) 0)

/* The first pages tell where the trees are. */

#define VFS_STORE_METAS  2


static int vfs_store_check_keys(vfs_store_t *store, MDB_dbi dbi,
    vfs_error_t *err);
static int vfs_store_compare(const char *one, size_t one_len, const char *two,
    size_t two_len);
static int vfs_store_check_free(vfs_store_t *store, vfs_error_t *err);
static int vfs_store_check_pages(const MDB_val *data, size_t last);


int
vfs_store_check(vfs_store_t *store, vfs_error_t *err)
{
    if (vfs_store_check_keys(store, store->catalog, err) != VFS_OK
        || vfs_store_check_keys(store, store->records, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_store_check_free(store, err);
}


/*
 * Keys ascend, and there are as many as LMDB has counted: a page that is taken
 * for another one, or passed over, shows.
 */

static int
vfs_store_check_keys(vfs_store_t *store, MDB_dbi dbi, vfs_error_t *err)
{
    int          rc;
    char         last[VFS_STORE_MAX_KEY];
    size_t       n, len;
    MDB_val      key, data;
    MDB_stat     stat;
    MDB_cursor  *cursor;

    rc = mdb_stat(store->txn, dbi, &stat);

    if (rc == 0) {
        rc = mdb_cursor_open(store->txn, dbi, &cursor);
    }

    if (rc != 0) {
        return vfs_store_failed(rc, "read", err);
    }

    n = 0;
    len = 0;

    while ((rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) == 0) {

        if (key.mv_size > sizeof(last)
            || vfs_store_compare(last, len, key.mv_data, key.mv_size) >= 0)
        {
            break;
        }

        memcpy(last, key.mv_data, key.mv_size);
        len = key.mv_size;
        n++;
    }

    mdb_cursor_close(cursor);

    if (rc != 0 && rc != MDB_NOTFOUND) {
        return vfs_store_failed(rc, "read", err);
    }

    if (rc == 0 || n != stat.ms_entries) {
        vfs_error_set(err, "the store is damaged: %zu of %zu keys are in "
                      "order; restore a backup", n, stat.ms_entries);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_store_compare(const char *one, size_t one_len, const char *two,
    size_t two_len)
{
    int  rc;

    rc = memcmp(one, two, one_len < two_len ? one_len : two_len);

    return rc != 0 ? rc : (one_len > two_len) - (one_len < two_len);
}


/* A page in use that is listed as free would be written over. */

static int
vfs_store_check_free(vfs_store_t *store, vfs_error_t *err)
{
    int          rc;
    MDB_val      key, data;
    MDB_cursor  *cursor;
    MDB_envinfo  info;

    (void) mdb_env_info(store->env, &info);

    rc = mdb_cursor_open(store->txn, VFS_STORE_FREE, &cursor);

    if (rc != 0) {
        return vfs_store_failed(rc, "read", err);
    }

    while ((rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) == 0) {
        if (vfs_store_check_pages(&data, info.me_last_pgno) != VFS_OK) {
            break;
        }
    }

    mdb_cursor_close(cursor);

    if (rc == 0) {
        vfs_error_set(err, "the store is damaged: its list of free pages is "
                      "not valid; restore a backup");
        return VFS_ERROR;
    }

    return rc == MDB_NOTFOUND ? VFS_OK : vfs_store_failed(rc, "read", err);
}


/* Their number, then the pages in descending order. */

static int
vfs_store_check_pages(const MDB_val *data, size_t last)
{
    size_t  i, n, page, above;

    if (data->mv_size < sizeof(size_t)) {
        return VFS_ERROR;
    }

    memcpy(&n, data->mv_data, sizeof(size_t));

    /* LMDB goes by the count, too, and may leave room behind */

    if (n > data->mv_size / sizeof(size_t) - 1) {
        return VFS_ERROR;
    }

    above = last + 1;

    for (i = 1; i <= n; i++) {
        memcpy(&page, (char *) data->mv_data + i * sizeof(size_t),
               sizeof(size_t));

        if (page < VFS_STORE_METAS || page >= above) {
            return VFS_ERROR;
        }

        above = page;
    }

    return VFS_OK;
}
