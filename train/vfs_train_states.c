
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_states.h"
#include "vfs_train_temporary.h"

#include <errno.h>
#include <limits.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>


/* the file is sparse: what is reserved is address space */

#define VFS_STATES_MAP  ((size_t) 1 << 40)
#define VFS_STATES_MIN  16


typedef struct vfs_states_entry_s  vfs_states_entry_t;

struct vfs_states_entry_s {
    vfs_map_node_t                   node;      /* first: it is its entry */
    STAILQ_ENTRY(vfs_states_entry_s)  link;
    vfs_state_t                     *state;     /* NULL: deleted */
};


STAILQ_HEAD(vfs_states_entries_s, vfs_states_entry_s);


struct vfs_states_s {
    const vfs_definition_t          *def;
    vfs_map_t                        map;
    struct vfs_states_entries_s      entries;
    size_t                           max;
    MDB_env                         *env;       /* NULL: all is in memory */
    MDB_dbi                          dbi;
};


static vfs_states_entry_t *vfs_states_entry(vfs_states_t *states,
    const vfs_key_t *key, vfs_error_t *err);
static int vfs_states_load(vfs_states_t *states, vfs_states_entry_t *entry,
    vfs_error_t *err);
static void vfs_states_clear(vfs_states_t *states);
static int vfs_states_open(vfs_states_t *states, vfs_error_t *err);
static int vfs_states_spill(vfs_states_t *states, vfs_error_t *err);
static int vfs_states_put(vfs_states_t *states, MDB_txn *txn,
    const vfs_states_entry_t *entry, vfs_error_t *err);
static vfs_state_t *vfs_states_decode(vfs_states_t *states,
    const vfs_key_t *key, const MDB_val *value, vfs_error_t *err);
static int vfs_states_walk(vfs_states_t *states, MDB_cursor *cursor,
    vfs_states_each_pt each, void *data, vfs_error_t *err);


vfs_states_t *
vfs_states_create(const vfs_definition_t *def, size_t memory)
{
    size_t         size;
    vfs_states_t  *states;

    states = calloc(1, sizeof(vfs_states_t));

    if (states == NULL) {
        return NULL;
    }

    if (vfs_map_init(&states->map) != VFS_OK) {
        free(states);
        return NULL;
    }

    /* one segment of sums, and an own vector */

    size = sizeof(vfs_states_entry_t) + 512
           + (size_t) def->dimension * (16 + sizeof(float));

    states->def = def;
    states->max = memory / size;

    if (states->max < VFS_STATES_MIN) {
        states->max = VFS_STATES_MIN;
    }

    STAILQ_INIT(&states->entries);

    return states;
}


void
vfs_states_free(vfs_states_t *states)
{
    if (states == NULL) {
        return;
    }

    vfs_states_clear(states);
    vfs_map_destroy(&states->map);

    if (states->env != NULL) {
        mdb_env_close(states->env);
    }

    free(states);
}


vfs_state_t *
vfs_states_get(vfs_states_t *states, const vfs_key_t *key, vfs_error_t *err)
{
    vfs_states_entry_t  *entry;

    entry = vfs_states_entry(states, key, err);

    if (entry == NULL) {
        return NULL;
    }

    if (entry->state == NULL) {
        entry->state = vfs_state_create(states->def,
                           &states->def->features[vfs_key_entity(key)]);

        if (entry->state == NULL) {
            vfs_error_set(err, "out of memory");
        }
    }

    return entry->state;
}


int
vfs_states_delete(vfs_states_t *states, const vfs_key_t *key, vfs_error_t *err)
{
    vfs_states_entry_t  *entry;

    entry = vfs_states_entry(states, key, err);

    if (entry == NULL) {
        return VFS_ERROR;
    }

    vfs_state_free(entry->state);
    entry->state = NULL;

    return VFS_OK;
}


static vfs_states_entry_t *
vfs_states_entry(vfs_states_t *states, const vfs_key_t *key, vfs_error_t *err)
{
    vfs_states_entry_t  *entry;

    entry = (vfs_states_entry_t *) vfs_map_find(&states->map, key);

    if (entry != NULL) {
        return entry;
    }

    if (states->map.count >= states->max
        && vfs_states_spill(states, err) != VFS_OK)
    {
        return NULL;
    }

    entry = calloc(1, sizeof(vfs_states_entry_t));

    if (entry == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    entry->node.key = *key;

    if (states->env != NULL && vfs_states_load(states, entry, err) != VFS_OK) {
        free(entry);
        return NULL;
    }

    vfs_map_insert(&states->map, &entry->node);
    STAILQ_INSERT_TAIL(&states->entries, entry, link);

    return entry;
}


static int
vfs_states_load(vfs_states_t *states, vfs_states_entry_t *entry,
    vfs_error_t *err)
{
    int       rc;
    MDB_txn  *txn;
    MDB_val   key, value;

    rc = mdb_txn_begin(states->env, NULL, MDB_RDONLY, &txn);

    if (rc != MDB_SUCCESS) {
        vfs_error_set(err, "temporary file: %s", mdb_strerror(rc));
        return VFS_ERROR;
    }

    key.mv_data = entry->node.key.data;
    key.mv_size = entry->node.key.len;

    rc = mdb_get(txn, states->dbi, &key, &value);

    if (rc == MDB_SUCCESS) {
        entry->state = vfs_states_decode(states, &entry->node.key, &value,
                                         err);
        rc = (entry->state != NULL) ? VFS_OK : VFS_ERROR;

    } else if (rc == MDB_NOTFOUND) {
        rc = VFS_OK;

    } else {
        vfs_error_set(err, "temporary file: %s", mdb_strerror(rc));
        rc = VFS_ERROR;
    }

    mdb_txn_abort(txn);

    return rc;
}


static vfs_state_t *
vfs_states_decode(vfs_states_t *states, const vfs_key_t *key,
    const MDB_val *value, vfs_error_t *err)
{
    return vfs_state_decode(states->def,
                            &states->def->features[vfs_key_entity(key)],
                            value->mv_data, value->mv_size, err);
}


static void
vfs_states_clear(vfs_states_t *states)
{
    vfs_states_entry_t  *entry;

    while ((entry = STAILQ_FIRST(&states->entries)) != NULL) {
        STAILQ_REMOVE_HEAD(&states->entries, link);
        vfs_map_remove(&states->map, &entry->node);
        vfs_state_free(entry->state);
        free(entry);
    }
}


static int
vfs_states_open(vfs_states_t *states, vfs_error_t *err)
{
    int       fd, rc;
    char      path[PATH_MAX];
    MDB_txn  *txn;

    fd = vfs_temporary_open(path, sizeof(path), err);

    if (fd == -1) {
        return VFS_ERROR;
    }

    (void) close(fd);

    txn = NULL;
    rc = mdb_env_create(&states->env);

    if (rc == MDB_SUCCESS) {
        (void) mdb_env_set_mapsize(states->env, VFS_STATES_MAP);

        rc = mdb_env_open(states->env, path, MDB_NOSUBDIR|MDB_NOLOCK
                          |MDB_NOSYNC|MDB_NOTLS|MDB_NORDAHEAD, 0600);
    }

    (void) unlink(path);

    if (rc == MDB_SUCCESS) {
        rc = mdb_txn_begin(states->env, NULL, 0, &txn);
    }

    if (rc == MDB_SUCCESS) {
        rc = mdb_dbi_open(txn, NULL, 0, &states->dbi);
    }

    if (rc == MDB_SUCCESS) {
        rc = mdb_txn_commit(txn);

    } else if (txn != NULL) {
        mdb_txn_abort(txn);
    }

    if (rc != MDB_SUCCESS) {
        vfs_error_set(err, "temporary file \"%.256s\": %s", path,
                      mdb_strerror(rc));
        mdb_env_close(states->env);
        states->env = NULL;
        return VFS_ERROR;
    }

    return VFS_OK;
}


/* Writes all that is in memory to the file, and empties the memory. */

static int
vfs_states_spill(vfs_states_t *states, vfs_error_t *err)
{
    int                  rc;
    MDB_txn             *txn;
    vfs_states_entry_t  *entry;

    if (states->env == NULL && vfs_states_open(states, err) != VFS_OK) {
        return VFS_ERROR;
    }

    rc = mdb_txn_begin(states->env, NULL, 0, &txn);

    if (rc != MDB_SUCCESS) {
        vfs_error_set(err, "temporary file: %s", mdb_strerror(rc));
        return VFS_ERROR;
    }

    STAILQ_FOREACH(entry, &states->entries, link)
    {

        if (vfs_states_put(states, txn, entry, err) != VFS_OK) {
            mdb_txn_abort(txn);
            return VFS_ERROR;
        }
    }

    rc = mdb_txn_commit(txn);

    if (rc != MDB_SUCCESS) {
        vfs_error_set(err, "temporary file: %s", mdb_strerror(rc));
        return VFS_ERROR;
    }

    vfs_states_clear(states);

    return VFS_OK;
}


static int
vfs_states_put(vfs_states_t *states, MDB_txn *txn,
    const vfs_states_entry_t *entry, vfs_error_t *err)
{
    int             rc;
    MDB_val         key, value;
    unsigned char  *data;

    key.mv_data = (void *) entry->node.key.data;
    key.mv_size = entry->node.key.len;

    if (entry->state == NULL) {
        rc = mdb_del(txn, states->dbi, &key, NULL);

        if (rc == MDB_NOTFOUND) {
            rc = MDB_SUCCESS;
        }

    } else {

        if (vfs_state_encode(entry->state, &data, &value.mv_size) != VFS_OK) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }

        value.mv_data = data;
        rc = mdb_put(txn, states->dbi, &key, &value, 0);
        free(data);
    }

    if (rc != MDB_SUCCESS) {
        vfs_error_set(err, "temporary file: %s", mdb_strerror(rc));
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_states_each(vfs_states_t *states, vfs_states_each_pt each, void *data,
    vfs_error_t *err)
{
    int          rc;
    MDB_txn     *txn;
    MDB_cursor  *cursor;

    /* the file has them in order */

    if (vfs_states_spill(states, err) != VFS_OK) {
        return VFS_ERROR;
    }

    rc = mdb_txn_begin(states->env, NULL, MDB_RDONLY, &txn);

    if (rc != MDB_SUCCESS) {
        vfs_error_set(err, "temporary file: %s", mdb_strerror(rc));
        return VFS_ERROR;
    }

    rc = mdb_cursor_open(txn, states->dbi, &cursor);

    if (rc == MDB_SUCCESS) {
        rc = vfs_states_walk(states, cursor, each, data, err);
        mdb_cursor_close(cursor);

    } else {
        vfs_error_set(err, "temporary file: %s", mdb_strerror(rc));
        rc = VFS_ERROR;
    }

    mdb_txn_abort(txn);

    return rc;
}


static int
vfs_states_walk(vfs_states_t *states, MDB_cursor *cursor,
    vfs_states_each_pt each, void *data, vfs_error_t *err)
{
    int           rc, got;
    MDB_val       found, value;
    vfs_key_t     key;
    vfs_state_t  *state;

    for ( ;; ) {
        got = mdb_cursor_get(cursor, &found, &value, MDB_NEXT);

        if (got == MDB_NOTFOUND) {
            return VFS_OK;
        }

        if (got != MDB_SUCCESS
            || vfs_key_read(&key, found.mv_data, found.mv_size) != VFS_OK)
        {
            vfs_error_set(err, "temporary file: %s", mdb_strerror(got));
            return VFS_ERROR;
        }

        state = vfs_states_decode(states, &key, &value, err);

        if (state == NULL) {
            return VFS_ERROR;
        }

        rc = each(data, &key, state, err);

        vfs_state_free(state);

        if (rc != VFS_OK) {
            return rc;
        }
    }
}
