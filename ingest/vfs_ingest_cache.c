
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_cache.h"

#include <stdlib.h>
#include <string.h>


#define VFS_CACHE_MIN  64


static int vfs_cache_load(vfs_cache_t *cache, vfs_cached_t *entry,
    vfs_error_t *err);
static void vfs_cache_evict(vfs_cache_t *cache);
static void vfs_cache_drop(vfs_cache_t *cache, vfs_cached_t *entry);


size_t
vfs_cache_entries(const vfs_definition_t *def, size_t bytes)
{
    size_t  n, size;

    /* two segments of 16-byte sums, two own vectors, names and metadata */

    size = sizeof(vfs_cached_t) + 512
           + (size_t) def->dimension * (2 * 16 + 2 * sizeof(float));

    n = bytes / size;

    return (n > VFS_CACHE_MIN) ? n : VFS_CACHE_MIN;
}


int
vfs_cache_init(vfs_cache_t *cache, const vfs_definition_t *def,
    vfs_store_t *store, size_t max)
{
    TAILQ_INIT(&cache->used);
    TAILQ_INIT(&cache->changes);

    cache->store = store;
    cache->def = def;
    cache->max = max;

    return vfs_map_init(&cache->map);
}


void
vfs_cache_destroy(vfs_cache_t *cache)
{
    vfs_cached_t  *entry;

    while ((entry = TAILQ_FIRST(&cache->used)) != NULL) {
        vfs_cache_drop(cache, entry);
    }

    vfs_map_destroy(&cache->map);
}


vfs_cached_t *
vfs_cache_get(vfs_cache_t *cache, const vfs_key_t *key, vfs_error_t *err)
{
    vfs_cached_t    *entry;
    vfs_map_node_t  *node;

    node = vfs_map_find(&cache->map, key);

    if (node != NULL) {
        entry = vfs_map_owner(node, vfs_cached_t, node);

        if (entry != TAILQ_FIRST(&cache->used)) {
            TAILQ_REMOVE(&cache->used, entry, used);
            TAILQ_INSERT_HEAD(&cache->used, entry, used);
        }

        return entry;
    }

    vfs_cache_evict(cache);

    entry = calloc(1, vfs_map_size(vfs_cached_t, node, key));

    if (entry == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    vfs_key_copy(&entry->node.key, key);

    if (vfs_cache_load(cache, entry, err) != VFS_OK) {
        free(entry);
        return NULL;
    }

    vfs_map_insert(&cache->map, &entry->node);
    TAILQ_INSERT_HEAD(&cache->used, entry, used);

    return entry;
}


static int
vfs_cache_load(vfs_cache_t *cache, vfs_cached_t *entry, vfs_error_t *err)
{
    int                      rc;
    size_t                   len;
    const void              *data;
    vfs_error_t              why;
    const vfs_feature_t     *feature;
    const vfs_definition_t  *def;

    rc = vfs_store_get(cache->store, VFS_STORE_STATES, &entry->node.key, &data,
                       &len, err);

    if (rc != VFS_OK) {
        return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
    }

    def = cache->def;
    feature = &def->features[vfs_key_entity(&entry->node.key)];

    entry->state = vfs_state_decode(def, feature, data, len, &why);

    if (entry->state == NULL) {
        vfs_error_set(err, "a stored state cannot be read: %s", why.text);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static void
vfs_cache_evict(vfs_cache_t *cache)
{
    vfs_cached_t  *entry, *prev;

    entry = TAILQ_LAST(&cache->used, vfs_cached_list_s);

    while (entry != NULL && cache->map.count >= cache->max) {
        prev = TAILQ_PREV(entry, vfs_cached_list_s, used);

        if (!entry->changed) {
            vfs_cache_drop(cache, entry);
        }

        entry = prev;
    }
}


static void
vfs_cache_drop(vfs_cache_t *cache, vfs_cached_t *entry)
{
    if (entry->changed) {
        TAILQ_REMOVE(&cache->changes, entry, changes);
    }

    TAILQ_REMOVE(&cache->used, entry, used);
    vfs_map_remove(&cache->map, &entry->node);

    vfs_state_free(entry->state);
    free(entry);
}


void
vfs_cache_change(vfs_cache_t *cache, vfs_cached_t *entry)
{
    if (entry->changed) {
        return;
    }

    entry->changed = 1;
    entry->send = 0;

    TAILQ_INSERT_TAIL(&cache->changes, entry, changes);
}


void
vfs_cache_written(vfs_cache_t *cache)
{
    vfs_cached_t  *entry;

    while ((entry = TAILQ_FIRST(&cache->changes)) != NULL) {
        entry->changed = 0;
        TAILQ_REMOVE(&cache->changes, entry, changes);
    }
}


void
vfs_cache_undo(vfs_cache_t *cache)
{
    vfs_cached_t  *entry;

    while ((entry = TAILQ_FIRST(&cache->changes)) != NULL) {
        vfs_cache_drop(cache, entry);
    }
}


void
vfs_cache_forget(vfs_cache_t *cache, const vfs_key_t *prefix)
{
    vfs_cached_t  *entry, *next;

    for (entry = TAILQ_FIRST(&cache->used); entry != NULL; entry = next) {
        next = TAILQ_NEXT(entry, used);

        if (memcmp(entry->node.key.data, prefix->data, VFS_KEY_PREFIX) == 0) {
            vfs_cache_drop(cache, entry);
        }
    }
}
