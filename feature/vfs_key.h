
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_KEY_H_INCLUDED_
#define _VFS_KEY_H_INCLUDED_


#include "vfs_definition.h"

#include <stddef.h>
#include <stdint.h>


/*
 * Names one state: an entity, the partition that owns it and its id.  Users
 * belong to partitions of the events' topic, items to partitions of the item
 * updates' topic, so entity and partition together name a Kafka partition, and
 * its states stand next to each other in the store's order.
 */

#define VFS_KEY_PREFIX  5                 /* entity, partition big-endian */
#define VFS_KEY_SIZE    (VFS_KEY_PREFIX + VFS_MAX_ID_LEN)


typedef struct {
    uint64_t                hash;
    size_t                  len;
    unsigned char           data[VFS_KEY_SIZE];
} vfs_key_t;


/* "len" is 0 (the prefix of a partition) to VFS_MAX_ID_LEN. */

void vfs_key_set(vfs_key_t *key, vfs_entity_e entity, int32_t partition,
    const char *id, size_t len);

void vfs_key_copy(vfs_key_t *to, const vfs_key_t *from);

/* VFS_ERROR if these are not bytes of a key. */

int vfs_key_read(vfs_key_t *key, const void *data, size_t len);

vfs_entity_e vfs_key_entity(const vfs_key_t *key);
int32_t vfs_key_partition(const vfs_key_t *key);
const char *vfs_key_id(const vfs_key_t *key, size_t *len);


/*
 * A hash table whose nodes are members of the caller's own structures; it
 * allocates nothing but its buckets.
 */

typedef struct vfs_map_node_s  vfs_map_node_t;

struct vfs_map_node_s {
    vfs_map_node_t         *next;
    vfs_key_t               key;
};


typedef struct {
    vfs_map_node_t        **buckets;
    size_t                  mask;
    size_t                  count;
} vfs_map_t;


/*
 * An owner whose last member is its node may be allocated with no more than
 * its key takes of it, as there are many of them and most ids are short.
 */

#define vfs_map_size(type, member, k)                                         \
    (offsetof(type, member.key.data) + (k)->len)

#define vfs_map_owner(node, type, member)                                     \
    ((type *) ((char *) (node) - offsetof(type, member)))


int vfs_map_init(vfs_map_t *map);
void vfs_map_destroy(vfs_map_t *map);        /* the nodes are the caller's */
vfs_map_node_t *vfs_map_find(const vfs_map_t *map, const vfs_key_t *key);

/* node->key is set and not yet in the map. */

void vfs_map_insert(vfs_map_t *map, vfs_map_node_t *node);
void vfs_map_remove(vfs_map_t *map, vfs_map_node_t *node);


#endif /* _VFS_KEY_H_INCLUDED_ */
