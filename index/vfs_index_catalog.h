
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_CATALOG_H_INCLUDED_
#define _VFS_INDEX_CATALOG_H_INCLUDED_


#include "vfs_index_arena.h"
#include "vfs_index_collection.h"
#include "vfs_index_fault.h"
#include "vfs_index_names.h"
#include "vfs_index_store.h"


/*
 * Which indexes and namespaces there are.  Only the writer thread changes it,
 * with the lock held for writing; it adds what a transaction creates before
 * the transaction is durable, and others see it once "committed" is set.
 */

typedef struct {
    vfs_str_t           name;
    vfs_collection_t   *collection;
    char               *schema;        /* JSON as given, or NULL */
    unsigned            committed:1;
} vfs_namespace_t;


typedef struct {
    vfs_str_t           name;
    vfs_index_shape_t   shape;
    char               *settings;      /* the control plane's, as JSON */
    vfs_names_t         namespaces;
    unsigned            committed:1;
} vfs_index_t;


typedef struct {
    pthread_rwlock_t    lock;
    vfs_names_t         indexes;
} vfs_catalog_t;


int vfs_catalog_init(vfs_catalog_t *catalog);
void vfs_catalog_free(vfs_catalog_t *catalog);

/* Fills the catalog with what is stored. */

int vfs_catalog_load(vfs_catalog_t *catalog, vfs_store_t *store,
    vfs_error_t *err);

/*
 * For readers: the shape of an index and one of its namespaces, of which the
 * caller gets a reference.  VFS_DECLINED with *c NULL if there is no such
 * namespace; so too for the default index before its first upsert, then with
 * VFS_INDEX_NO_DIMENSION.  VFS_ERROR with the fault set if there is no such
 * index.
 */

int vfs_catalog_find(vfs_catalog_t *catalog, vfs_str_t index, vfs_str_t ns,
    vfs_index_shape_t *shape, vfs_collection_t **c, vfs_fault_t *fault);

/* With the lock held: NULL if there is none that is committed. */

vfs_index_t *vfs_catalog_index(vfs_catalog_t *catalog, vfs_str_t name);
int vfs_catalog_missing(vfs_str_t name, vfs_fault_t *fault);

/* The stored document of a namespace's or an index's description. */

int vfs_index_doc(const vfs_index_t *index, vfs_arena_t *arena,
    vfs_str_t *doc);
int vfs_namespace_doc(const vfs_index_t *index, const vfs_namespace_t *ns,
    vfs_arena_t *arena, vfs_str_t *doc);


/* For the writer thread: NULL if memory is out.  Not committed yet. */

vfs_index_t *vfs_catalog_add_index(vfs_catalog_t *catalog, vfs_str_t name,
    const vfs_index_shape_t *shape, vfs_str_t settings);
vfs_namespace_t *vfs_catalog_add_namespace(vfs_catalog_t *catalog,
    vfs_index_t *index, vfs_str_t name, uint32_t number, vfs_str_t schema);

void vfs_catalog_remove_index(vfs_catalog_t *catalog, vfs_index_t *index);
void vfs_catalog_remove_namespace(vfs_catalog_t *catalog, vfs_index_t *index,
    vfs_namespace_t *ns);


#endif /* _VFS_INDEX_CATALOG_H_INCLUDED_ */
