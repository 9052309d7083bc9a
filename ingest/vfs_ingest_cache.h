
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_CACHE_H_INCLUDED_
#define _VFS_INGEST_CACHE_H_INCLUDED_


#include "vfs_ingest_pending.h"
#include "vfs_ingest_store.h"

#include <sys/queue.h>


/*
 * Decoded states in memory, over the store: the least recently used leave
 * first, but never one that was changed and is not yet written.
 */

typedef struct vfs_cached_s  vfs_cached_t;

struct vfs_cached_s {
    TAILQ_ENTRY(vfs_cached_s)  used;
    TAILQ_ENTRY(vfs_cached_s)  changes;
    vfs_state_t            *state;      /* NULL: there is none */
    vfs_change_t            change;     /* since the last write */
    unsigned                changed:1;
    unsigned                send:1;     /* its new vector has to go out */
    vfs_map_node_t          node;       /* last: vfs_map_size() */
};


TAILQ_HEAD(vfs_cached_list_s, vfs_cached_s);

typedef struct vfs_cached_list_s  vfs_cached_list_t;


typedef struct {
    vfs_map_t                map;
    vfs_cached_list_t        used;       /* most recent first */
    vfs_cached_list_t        changes;    /* in the order of the first change */
    vfs_store_t             *store;
    const vfs_definition_t  *def;
    size_t                   max;        /* entries */
} vfs_cache_t;


/* How many states of a definition fit in "bytes" of memory; at least 64. */

size_t vfs_cache_entries(const vfs_definition_t *def, size_t bytes);

int vfs_cache_init(vfs_cache_t *cache, const vfs_definition_t *def,
    vfs_store_t *store, size_t max);
void vfs_cache_destroy(vfs_cache_t *cache);

/*
 * The entry of "key", read from the store if need be; NULL with a message.  It
 * stays valid until the next vfs_cache_get(), or while it is changed.
 */

vfs_cached_t *vfs_cache_get(vfs_cache_t *cache, const vfs_key_t *key,
    vfs_error_t *err);

/* Puts the entry on the list of changes, if it is not there. */

void vfs_cache_change(vfs_cache_t *cache, vfs_cached_t *entry);

/* The changes are written: the list is emptied, the entries stay. */

void vfs_cache_written(vfs_cache_t *cache);

/* Drops every changed entry, so that the next get reads what was written. */

void vfs_cache_undo(vfs_cache_t *cache);

/* Drops all entries of a partition, none of them changed. */

void vfs_cache_forget(vfs_cache_t *cache, const vfs_key_t *prefix);


#endif /* _VFS_INGEST_CACHE_H_INCLUDED_ */
