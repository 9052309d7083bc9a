
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_key.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>


#define VFS_MAP_BUCKETS  1024


static void vfs_map_grow(vfs_map_t *map);


void
vfs_key_set(vfs_key_t *key, vfs_entity_e entity, int32_t partition,
    const char *id, size_t len)
{
    key->data[0] = (unsigned char) entity;
    key->data[1] = (unsigned char) ((uint32_t) partition >> 24);
    key->data[2] = (unsigned char) ((uint32_t) partition >> 16);
    key->data[3] = (unsigned char) ((uint32_t) partition >> 8);
    key->data[4] = (unsigned char) partition;

    if (len != 0) {
        memcpy(key->data + VFS_KEY_PREFIX, id, len);
    }

    key->len = VFS_KEY_PREFIX + len;
    key->hash = XXH3_64bits(key->data, key->len);
}


void
vfs_key_copy(vfs_key_t *to, const vfs_key_t *from)
{
    memcpy(to, from, offsetof(vfs_key_t, data) + from->len);
}


int
vfs_key_read(vfs_key_t *key, const void *data, size_t len)
{
    const unsigned char  *p;

    p = data;

    if (len < VFS_KEY_PREFIX || len > VFS_KEY_SIZE || p[0] >= VFS_ENTITIES) {
        return VFS_ERROR;
    }

    memcpy(key->data, data, len);
    key->len = len;
    key->hash = XXH3_64bits(key->data, key->len);

    return VFS_OK;
}


vfs_entity_e
vfs_key_entity(const vfs_key_t *key)
{
    return (vfs_entity_e) key->data[0];
}


int32_t
vfs_key_partition(const vfs_key_t *key)
{
    return (int32_t) ((uint32_t) key->data[1] << 24
                      | (uint32_t) key->data[2] << 16
                      | (uint32_t) key->data[3] << 8
                      | (uint32_t) key->data[4]);
}


const char *
vfs_key_id(const vfs_key_t *key, size_t *len)
{
    *len = key->len - VFS_KEY_PREFIX;

    return (const char *) key->data + VFS_KEY_PREFIX;
}


int
vfs_map_init(vfs_map_t *map)
{
    map->buckets = calloc(VFS_MAP_BUCKETS, sizeof(vfs_map_node_t *));

    if (map->buckets == NULL) {
        return VFS_ERROR;
    }

    map->mask = VFS_MAP_BUCKETS - 1;
    map->count = 0;

    return VFS_OK;
}


void
vfs_map_destroy(vfs_map_t *map)
{
    free(map->buckets);
    map->buckets = NULL;
}


vfs_map_node_t *
vfs_map_find(const vfs_map_t *map, const vfs_key_t *key)
{
    vfs_map_node_t  *node;

    for (node = map->buckets[key->hash & map->mask];
         node != NULL;
         node = node->next)
    {
        if (node->key.hash == key->hash
            && node->key.len == key->len
            && memcmp(node->key.data, key->data, key->len) == 0)
        {
            return node;
        }
    }

    return NULL;
}


void
vfs_map_insert(vfs_map_t *map, vfs_map_node_t *node)
{
    vfs_map_node_t  **bucket;

    if (map->count > map->mask) {
        vfs_map_grow(map);
    }

    bucket = &map->buckets[node->key.hash & map->mask];

    node->next = *bucket;
    *bucket = node;
    map->count++;
}


static void
vfs_map_grow(vfs_map_t *map)
{
    size_t            i, mask;
    vfs_map_node_t  **buckets, **bucket, *node, *next;

    mask = map->mask * 2 + 1;

    /* without memory for more buckets the chains just grow longer */

    buckets = calloc(mask + 1, sizeof(vfs_map_node_t *));

    if (buckets == NULL) {
        return;
    }

    for (i = 0; i <= map->mask; i++) {

        for (node = map->buckets[i]; node != NULL; node = next) {
            next = node->next;
            bucket = &buckets[node->key.hash & mask];
            node->next = *bucket;
            *bucket = node;
        }
    }

    free(map->buckets);
    map->buckets = buckets;
    map->mask = mask;
}


void
vfs_map_remove(vfs_map_t *map, vfs_map_node_t *node)
{
    vfs_map_node_t  **p;

    for (p = &map->buckets[node->key.hash & map->mask];
         *p != NULL;
         p = &(*p)->next)
    {
        if (*p == node) {
            *p = node->next;
            map->count--;
            return;
        }
    }
}
