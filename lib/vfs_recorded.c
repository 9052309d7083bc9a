
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_directory.h"
#include "vfs_recorded.h"

#include <lmdb.h>
#include <stdlib.h>


struct vfs_recorded_s {
    MDB_env                *env;
    MDB_dbi                 table;
    MDB_txn                *reader;
    unsigned                reading:1;
};


static int vfs_recorded_env(vfs_recorded_t *recorded,
    const vfs_recorded_conf_t *conf, vfs_error_t *err);
static int vfs_recorded_begin(vfs_recorded_t *recorded, unsigned flags,
    MDB_txn **txn);
static int vfs_recorded_read(vfs_recorded_t *recorded);
static int vfs_recorded_write(vfs_recorded_t *recorded,
    const vfs_recorded_entry_t *entries, size_t n);
static int vfs_recorded_grow(vfs_recorded_t *recorded);


vfs_recorded_t *
vfs_recorded_open(const vfs_recorded_conf_t *conf, vfs_error_t *err)
{
    vfs_recorded_t  *recorded;

    recorded = calloc(1, sizeof(vfs_recorded_t));

    if (recorded == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    if ((!conf->read_only && vfs_directory_make(conf->dir, err) != VFS_OK)
        || vfs_recorded_env(recorded, conf, err) != VFS_OK)
    {
        vfs_recorded_close(recorded);
        return NULL;
    }

    return recorded;
}


void
vfs_recorded_close(vfs_recorded_t *recorded)
{
    if (recorded == NULL) {
        return;
    }

    if (recorded->reader != NULL) {
        mdb_txn_abort(recorded->reader);
    }

    if (recorded->env != NULL) {
        mdb_env_close(recorded->env);
    }

    free(recorded);
}


static int
vfs_recorded_env(vfs_recorded_t *recorded, const vfs_recorded_conf_t *conf,
    vfs_error_t *err)
{
    int        rc;
    MDB_txn   *txn;
    unsigned   flags;

    /* no read-ahead: keys are hit at random and may outgrow the memory */

    flags = MDB_NOTLS|MDB_NORDAHEAD|MDB_NOMEMINIT;

    if (conf->read_only) {
        flags |= MDB_RDONLY;
    }

    if (conf->nosync) {
        flags |= MDB_NOSYNC;
    }

    rc = mdb_env_create(&recorded->env);

    if (rc == 0 && conf->map_size != 0) {
        rc = mdb_env_set_mapsize(recorded->env, conf->map_size);
    }

    if (rc == 0) {
        rc = mdb_env_open(recorded->env, conf->dir, flags, 0640);
    }

    if (rc == 0) {
        rc = vfs_recorded_begin(recorded, conf->read_only ? MDB_RDONLY : 0,
                                &txn);
    }

    if (rc == 0) {
        rc = mdb_dbi_open(txn, NULL, 0, &recorded->table);

        if (rc == 0) {
            rc = mdb_txn_commit(txn);

        } else {
            mdb_txn_abort(txn);
        }
    }

    if (rc != 0) {
        vfs_error_set(err, "cannot open the recorded answers in \"%.256s\": "
                      "%s", conf->dir, mdb_strerror(rc));
        return VFS_ERROR;
    }

    return VFS_OK;
}


/* Another process may have made the file larger than what is mapped here. */

static int
vfs_recorded_begin(vfs_recorded_t *recorded, unsigned flags, MDB_txn **txn)
{
    int  rc;

    rc = mdb_txn_begin(recorded->env, NULL, flags, txn);

    if (rc == MDB_MAP_RESIZED) {
        rc = mdb_env_set_mapsize(recorded->env, 0);

        if (rc == 0) {
            rc = mdb_txn_begin(recorded->env, NULL, flags, txn);
        }
    }

    return rc;
}


static int
vfs_recorded_read(vfs_recorded_t *recorded)
{
    int  rc;

    if (recorded->reading) {
        return 0;
    }

    if (recorded->reader != NULL) {
        rc = mdb_txn_renew(recorded->reader);

        if (rc != MDB_MAP_RESIZED) {
            recorded->reading = (rc == 0);
            return rc;
        }

        mdb_txn_abort(recorded->reader);
        recorded->reader = NULL;
    }

    rc = vfs_recorded_begin(recorded, MDB_RDONLY, &recorded->reader);

    recorded->reading = (rc == 0);

    if (rc != 0) {
        recorded->reader = NULL;
    }

    return rc;
}


void
vfs_recorded_release(vfs_recorded_t *recorded)
{
    if (recorded->reading) {
        mdb_txn_reset(recorded->reader);
        recorded->reading = 0;
    }
}


int
vfs_recorded_get(vfs_recorded_t *recorded, const unsigned char *key,
    const unsigned char **data, size_t *len, vfs_error_t *err)
{
    int      rc;
    MDB_val  k, v;

    rc = vfs_recorded_read(recorded);

    if (rc == 0) {
        k.mv_data = (void *) key;
        k.mv_size = VFS_RECORDED_KEY_LEN;

        rc = mdb_get(recorded->reader, recorded->table, &k, &v);
    }

    if (rc == MDB_NOTFOUND) {
        return VFS_DECLINED;
    }

    if (rc != 0) {
        vfs_error_set(err, "cannot read the recorded answers: %s",
                      mdb_strerror(rc));
        return VFS_ERROR;
    }

    *data = v.mv_data;
    *len = v.mv_size;

    return VFS_OK;
}


int
vfs_recorded_find(void *data, const unsigned char *key,
    const unsigned char **record, size_t *len, vfs_error_t *err)
{
    return vfs_recorded_get(data, key, record, len, err);
}


int
vfs_recorded_put(vfs_recorded_t *recorded, const vfs_recorded_entry_t *entries,
    size_t n, vfs_error_t *err)
{
    int  rc;

    /* an open reader would keep every page that this writer replaces */

    vfs_recorded_release(recorded);

    for ( ;; ) {
        rc = vfs_recorded_write(recorded, entries, n);

        if (rc != MDB_MAP_FULL) {
            break;
        }

        rc = vfs_recorded_grow(recorded);

        if (rc != 0) {
            break;
        }
    }

    if (rc != 0) {
        vfs_error_set(err, "cannot record answers: %s", mdb_strerror(rc));
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_recorded_write(vfs_recorded_t *recorded,
    const vfs_recorded_entry_t *entries, size_t n)
{
    int       rc;
    size_t    i;
    MDB_val   k, v;
    MDB_txn  *txn;

    rc = vfs_recorded_begin(recorded, 0, &txn);

    if (rc != 0) {
        return rc;
    }

    for (i = 0; i < n; i++) {
        k.mv_data = (void *) entries[i].key;
        k.mv_size = VFS_RECORDED_KEY_LEN;
        v.mv_data = (void *) entries[i].data;
        v.mv_size = entries[i].len;

        rc = mdb_put(txn, recorded->table, &k, &v, MDB_NOOVERWRITE);

        if (rc != 0 && rc != MDB_KEYEXIST) {
            mdb_txn_abort(txn);
            return rc;
        }
    }

    return mdb_txn_commit(txn);
}


static int
vfs_recorded_grow(vfs_recorded_t *recorded)
{
    int           rc;
    MDB_envinfo   info;

    rc = mdb_env_info(recorded->env, &info);

    if (rc == 0) {
        rc = mdb_env_set_mapsize(recorded->env, 2 * info.me_mapsize);
    }

    return rc;
}
