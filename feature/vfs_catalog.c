
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_bytes.h"
#include "vfs_catalog_private.h"
#include "vfs_float.h"
#include "vfs_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>


static int vfs_catalog_index(vfs_catalog_t *catalog, vfs_error_t *err);
static uint32_t *vfs_catalog_slot(const vfs_catalog_t *catalog,
    const char *id, size_t len);
static int vfs_catalog_list(const vfs_catalog_t *catalog, const char *at,
    float *vector);
static int vfs_catalog_packed(const vfs_catalog_t *catalog, const char *at,
    float *vector);


vfs_catalog_t *
vfs_catalog_create(unsigned dimension, const char *file, size_t len,
    const char *ids, size_t ids_len, vfs_error_t *err)
{
    int             rc;
    vfs_catalog_t  *catalog;

    catalog = calloc(1, sizeof(vfs_catalog_t));
    if (catalog == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    catalog->dimension = dimension;
    catalog->packed = (ids != NULL);
    catalog->last = file + len;

    if (ids == NULL) {
        rc = vfs_catalog_read_lines(catalog, file, len, err);

    } else {
        rc = vfs_catalog_read_npy(catalog, file, len, ids, ids_len, err);
    }

    if (rc != VFS_OK || vfs_catalog_index(catalog, err) != VFS_OK) {
        vfs_catalog_free(catalog);
        return NULL;
    }

    return catalog;
}


void
vfs_catalog_free(vfs_catalog_t *catalog)
{
    if (catalog == NULL) {
        return;
    }

    free(catalog->entries);
    free(catalog->table);
    free(catalog);
}


size_t
vfs_catalog_count(const vfs_catalog_t *catalog)
{
    return catalog->nentries;
}


int
vfs_catalog_vector(const vfs_catalog_t *catalog, const char *id, size_t len,
    float *vector)
{
    uint32_t  *slot;

    slot = vfs_catalog_slot(catalog, id, len);

    if (*slot == 0) {
        return VFS_DECLINED;
    }

    return vfs_catalog_floats(catalog, catalog->entries[*slot - 1].vector,
                              vector);
}


int
vfs_catalog_add(vfs_catalog_t *catalog, const vfs_catalog_entry_t *entry,
    const char *where, size_t n, vfs_error_t *err)
{
    size_t                room;
    vfs_catalog_entry_t  *entries;

    if (!vfs_id_valid(entry->id, entry->id_len)) {
        vfs_error_set(err, "%s %zu: expected an id of 1 to %d characters of "
                      "[A-Za-z0-9_-]", where, n, VFS_MAX_ID_LEN);
        return VFS_ERROR;
    }

    if (catalog->nentries == VFS_CATALOG_MAX) {
        vfs_error_set(err, "expected at most %u vectors", VFS_CATALOG_MAX);
        return VFS_ERROR;
    }

    if (catalog->nentries == catalog->room) {
        room = catalog->room == 0 ? 1024 : 2 * catalog->room;

        entries = realloc(catalog->entries,
                          room * sizeof(vfs_catalog_entry_t));
        if (entries == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }

        catalog->entries = entries;
        catalog->room = room;
    }

    catalog->entries[catalog->nentries++] = *entry;

    return VFS_OK;
}


int
vfs_catalog_floats(const vfs_catalog_t *catalog, const char *at, float *vector)
{
    int  rc;

    if (catalog->packed) {
        rc = vfs_catalog_packed(catalog, at, vector);

    } else {
        rc = vfs_catalog_list(catalog, at, vector);
    }

    if (rc != VFS_OK || !vfs_floats_valid(vector, catalog->dimension)) {
        return VFS_ERROR;
    }

    return VFS_OK;
}


/* At most half of the table is taken, so that a search soon meets a hole. */

static int
vfs_catalog_index(vfs_catalog_t *catalog, vfs_error_t *err)
{
    size_t                i, size;
    uint32_t             *slot;
    vfs_catalog_entry_t  *entry;

    size = 2;

    while (size < 2 * catalog->nentries) {
        size *= 2;
    }

    catalog->table = calloc(size, sizeof(uint32_t));
    if (catalog->table == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    catalog->mask = size - 1;

    for (i = 0; i < catalog->nentries; i++) {
        entry = &catalog->entries[i];
        slot = vfs_catalog_slot(catalog, entry->id, entry->id_len);

        if (*slot != 0) {
            vfs_error_set(err, "the id \"%.*s\" stands there more than once",
                          (int) entry->id_len, entry->id);
            return VFS_ERROR;
        }

        *slot = (uint32_t) (i + 1);
    }

    return VFS_OK;
}


/* The slot of the id, or the hole where it would be. */

static uint32_t *
vfs_catalog_slot(const vfs_catalog_t *catalog, const char *id, size_t len)
{
    size_t                      i;
    uint32_t                   *slot;
    const vfs_catalog_entry_t  *entry;

    i = (size_t) XXH64(id, len, 0) & catalog->mask;

    for ( ;; ) {
        slot = &catalog->table[i];

        if (*slot == 0) {
            return slot;
        }

        entry = &catalog->entries[*slot - 1];

        if (entry->id_len == len && memcmp(entry->id, id, len) == 0) {
            return slot;
        }

        i = (i + 1) & catalog->mask;
    }
}


static int
vfs_catalog_list(const vfs_catalog_t *catalog, const char *at, float *vector)
{
    unsigned          i;
    vfs_json_t        json;
    vfs_json_token_t  token;

    vfs_json_init(&json, at, catalog->last - at);

    if (vfs_json_next(&json, &token) != VFS_JSON_ARRAY) {
        return VFS_ERROR;
    }

    for (i = 0; i < catalog->dimension; i++) {

        if (vfs_json_next(&json, &token) != VFS_JSON_NUMBER
            || vfs_float_read(token.start, token.start + token.len,
                              &vector[i]) == NULL)
        {
            return VFS_ERROR;
        }
    }

    return vfs_json_next(&json, &token) == VFS_JSON_ARRAY_END ? VFS_OK
                                                              : VFS_ERROR;
}


static int
vfs_catalog_packed(const vfs_catalog_t *catalog, const char *at, float *vector)
{
    vfs_reader_t  in;

    in.pos = (const unsigned char *) at;
    in.last = (const unsigned char *) catalog->last;
    in.failed = 0;

    vfs_get_floats(&in, vector, catalog->dimension);

    return in.failed ? VFS_ERROR : VFS_OK;
}
