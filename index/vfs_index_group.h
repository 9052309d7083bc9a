
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_GROUP_H_INCLUDED_
#define _VFS_INDEX_GROUP_H_INCLUDED_


#include "vfs_index_writer.h"


/*
 * The changes of one transaction: staged in the store and here, and made in
 * memory once the transaction is durable.
 */

typedef struct {
    vfs_collection_t   *c;
    vfs_record_t        record;       /* its id only, if it is a removal */
    vfs_node_t         *node;         /* new; NULL: the row's own stays */
    vfs_body_t         *body;
    uint32_t            row;
    uint32_t            hash;
    uint32_t            next;         /* of the same hash, counted from 1 */
    unsigned            removal:1;
} vfs_change_t;


/* An index or a namespace that the transaction creates or deletes. */

typedef struct {
    vfs_index_t        *index;
    vfs_namespace_t    *ns;           /* NULL: the index itself */
    char               *settings;     /* not NULL: replaces the index's */
    unsigned            removal:1;
} vfs_creation_t;


struct vfs_group_s {
    vfs_catalog_t      *catalog;
    vfs_store_t        *store;
    vfs_index_metric_e  metric;       /* of the default index */
    vfs_arena_t         arena;
    vfs_error_t         error;        /* why the transaction is given up */

    vfs_change_t       *changes;
    uint32_t            nchanges;
    uint32_t            size;
    uint32_t           *buckets;      /* heads of chains of changes by id */
    uint32_t            nbuckets;     /* a power of two */

    vfs_creation_t     *creations;
    uint32_t            ncreations;
    uint32_t            creations_size;
};


int vfs_group_init(vfs_group_t *group, vfs_catalog_t *catalog,
    vfs_store_t *store, vfs_index_metric_e metric);
void vfs_group_free(vfs_group_t *group);

/* Before the commit: makes sure that vfs_group_apply() cannot fail. */

int vfs_group_reserve(vfs_group_t *group);
void vfs_group_apply(vfs_group_t *group);

/* Undoes what staging did to memory. */

void vfs_group_drop(vfs_group_t *group);


/* The same for indexes and namespaces, as a part of the above. */

void vfs_group_apply_creations(vfs_group_t *group);
void vfs_group_drop_creations(vfs_group_t *group);


/*
 * For the functions that perform a change.  The record or the text must stay
 * where it is until the group is applied or dropped.
 *
 * vfs_group_find() sees what the group has staged so far; "record" may then
 * point into it.  VFS_DECLINED if there is none.
 */

int vfs_group_find(vfs_group_t *group, vfs_collection_t *c, vfs_str_t id,
    vfs_record_t *record);
int vfs_group_put(vfs_group_t *group, vfs_collection_t *c,
    const vfs_record_t *record);

/* VFS_DECLINED if there is no such record. */

int vfs_group_remove(vfs_group_t *group, vfs_collection_t *c, vfs_str_t id);

/* With what the group creates; NULL if there is none. */

vfs_index_t *vfs_group_index(vfs_group_t *group, vfs_str_t name);
vfs_namespace_t *vfs_group_namespace(vfs_group_t *group, vfs_index_t *index,
    vfs_str_t name);

/* NULL, with the group's error set, if the transaction must be given up. */

vfs_index_t *vfs_group_create_index(vfs_group_t *group, vfs_str_t name,
    const vfs_index_shape_t *shape, vfs_str_t settings);
vfs_namespace_t *vfs_group_create_namespace(vfs_group_t *group,
    vfs_index_t *index, vfs_str_t name, vfs_str_t schema);

int vfs_group_configure_index(vfs_group_t *group, vfs_index_t *index,
    vfs_str_t settings);
int vfs_group_delete_index(vfs_group_t *group, vfs_index_t *index);
int vfs_group_delete_namespace(vfs_group_t *group, vfs_index_t *index,
    vfs_namespace_t *ns);

int vfs_group_out_of_memory(vfs_group_t *group);


#endif /* _VFS_INDEX_GROUP_H_INCLUDED_ */
