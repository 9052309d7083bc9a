
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_store_env.h"

#include <stdlib.h>
#include <string.h>


/* The most records of deleted namespaces that one transaction frees. */

#define VFS_STORE_COLLECT  5000


static int vfs_store_put_doc(vfs_store_t *store, const void *key,
    size_t key_len, vfs_str_t doc, vfs_error_t *err);
static int vfs_store_delete_doc(vfs_store_t *store, const void *key,
    size_t key_len, vfs_error_t *err);
static size_t vfs_store_index_key(char *key, vfs_str_t name);
static int vfs_store_collect_one(vfs_store_t *store, uint32_t number);


int
vfs_store_put_record(vfs_store_t *store, uint32_t number, uint32_t row,
    const vfs_record_t *record, vfs_error_t *err)
{
    int            rc;
    char          *encoded;
    size_t         size;
    MDB_val        key, data;
    unsigned char  id[VFS_STORE_KEY_LEN];

    size = vfs_record_size(record);

    if (size > store->encoded_size) {
        encoded = realloc(store->encoded, 2 * size);

        if (encoded == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }

        store->encoded = encoded;
        store->encoded_size = 2 * size;
    }

    vfs_record_encode(record, store->encoded);
    vfs_store_key(id, number, row);

    key.mv_data = id;
    key.mv_size = sizeof(id);
    data.mv_data = store->encoded;
    data.mv_size = size;

    rc = mdb_put(store->txn, store->records, &key, &data, 0);

    return rc == 0 ? VFS_OK : vfs_store_change_failed(store, rc, "write", err);
}


int
vfs_store_delete_record(vfs_store_t *store, uint32_t number, uint32_t row,
    vfs_error_t *err)
{
    int            rc;
    MDB_val        key;
    unsigned char  id[VFS_STORE_KEY_LEN];

    vfs_store_key(id, number, row);

    key.mv_data = id;
    key.mv_size = sizeof(id);

    rc = mdb_del(store->txn, store->records, &key, NULL);

    return rc == 0 ? VFS_OK
                   : vfs_store_change_failed(store, rc, "delete from", err);
}


int
vfs_store_put_index(vfs_store_t *store, vfs_str_t name, vfs_str_t doc,
    vfs_error_t *err)
{
    char    key[1 + VFS_INDEX_MAX_NAME];
    size_t  len;

    len = vfs_store_index_key(key, name);

    return vfs_store_put_doc(store, key, len, doc, err);
}


int
vfs_store_delete_index(vfs_store_t *store, vfs_str_t name, vfs_error_t *err)
{
    char    key[1 + VFS_INDEX_MAX_NAME];
    size_t  len;

    len = vfs_store_index_key(key, name);

    return vfs_store_delete_doc(store, key, len, err);
}


int
vfs_store_put_namespace(vfs_store_t *store, uint32_t number, vfs_str_t doc,
    vfs_error_t *err)
{
    char    key[VFS_STORE_NUMBER_KEY];
    size_t  len;

    len = vfs_store_number_key(key, VFS_STORE_NAMESPACE, number);

    return vfs_store_put_doc(store, key, len, doc, err);
}


int
vfs_store_delete_namespace(vfs_store_t *store, uint32_t number,
    vfs_error_t *err)
{
    char       key[VFS_STORE_NUMBER_KEY];
    size_t     len;
    vfs_str_t  none;

    len = vfs_store_number_key(key, VFS_STORE_NAMESPACE, number);

    if (vfs_store_delete_doc(store, key, len, err) != VFS_OK) {
        return VFS_ERROR;
    }

    none.data = "";
    none.len = 0;
    len = vfs_store_number_key(key, VFS_STORE_GARBAGE, number);
    store->garbage = 1;

    return vfs_store_put_doc(store, key, len, none, err);
}


int
vfs_store_collect(vfs_store_t *store, vfs_error_t *err)
{
    int          rc, dead;
    char         prefix;
    MDB_val      key, data;
    MDB_cursor  *cursor;

    /* a backup that was killed holds on to what it was reading */

    (void) mdb_reader_check(store->env, &dead);

    if (!store->garbage) {
        return VFS_DECLINED;
    }

    if (vfs_store_begin(store, 0, err) != VFS_OK) {
        return VFS_ERROR;
    }

    prefix = VFS_STORE_GARBAGE;
    key.mv_data = &prefix;
    key.mv_size = 1;

    rc = mdb_cursor_open(store->txn, store->catalog, &cursor);

    if (rc == 0) {
        rc = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);

        if (rc == 0 && *(char *) key.mv_data != VFS_STORE_GARBAGE) {
            rc = MDB_NOTFOUND;
        }

        mdb_cursor_close(cursor);
    }

    if (rc == MDB_NOTFOUND) {
        store->garbage = 0;
        vfs_store_abort(store);
        return VFS_DECLINED;
    }

    if (rc == 0) {
        rc = vfs_store_collect_one(store,
                        vfs_store_number((unsigned char *) key.mv_data + 1));
    }

    if (rc != 0) {
        vfs_store_abort(store);
        return vfs_store_change_failed(store, rc, "free records of", err);
    }

    return vfs_store_commit(store, store->lsn, err);
}


static int
vfs_store_collect_one(vfs_store_t *store, uint32_t number)
{
    int             rc;
    char            mark[VFS_STORE_NUMBER_KEY];
    MDB_val         key, data;
    unsigned        n;
    MDB_cursor     *cursor;
    unsigned char   id[VFS_STORE_KEY_LEN];

    rc = mdb_cursor_open(store->txn, store->records, &cursor);

    if (rc != 0) {
        return rc;
    }

    vfs_store_key(id, number, 0);

    for (n = 0; n < VFS_STORE_COLLECT; n++) {
        key.mv_data = id;
        key.mv_size = sizeof(id);

        rc = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);

        if (rc == 0 && vfs_store_number(key.mv_data) != number) {
            rc = MDB_NOTFOUND;
        }

        if (rc == 0) {
            rc = mdb_cursor_del(cursor, 0);
        }

        if (rc != 0) {
            break;
        }
    }

    mdb_cursor_close(cursor);

    if (rc == MDB_NOTFOUND) {
        key.mv_data = mark;
        key.mv_size = vfs_store_number_key(mark, VFS_STORE_GARBAGE, number);

        rc = mdb_del(store->txn, store->catalog, &key, NULL);
    }

    return rc;
}


static int
vfs_store_put_doc(vfs_store_t *store, const void *key, size_t key_len,
    vfs_str_t doc, vfs_error_t *err)
{
    int      rc;
    MDB_val  k, v;

    k.mv_data = (void *) key;
    k.mv_size = key_len;
    v.mv_data = (void *) doc.data;
    v.mv_size = doc.len;

    rc = mdb_put(store->txn, store->catalog, &k, &v, 0);

    return rc == 0 ? VFS_OK : vfs_store_change_failed(store, rc, "write", err);
}


static int
vfs_store_delete_doc(vfs_store_t *store, const void *key, size_t key_len,
    vfs_error_t *err)
{
    int      rc;
    MDB_val  k;

    k.mv_data = (void *) key;
    k.mv_size = key_len;

    rc = mdb_del(store->txn, store->catalog, &k, NULL);

    return rc == 0 ? VFS_OK
                   : vfs_store_change_failed(store, rc, "delete from", err);
}


static size_t
vfs_store_index_key(char *key, vfs_str_t name)
{
    key[0] = VFS_STORE_INDEX;
    memcpy(key + 1, name.data, name.len);

    return 1 + name.len;
}


size_t
vfs_store_number_key(char *key, char prefix, uint32_t number)
{
    unsigned char  id[VFS_STORE_KEY_LEN];

    vfs_store_key(id, number, 0);

    key[0] = prefix;
    memcpy(key + 1, id, 4);

    return VFS_STORE_NUMBER_KEY;
}
