
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_catalog.h"

#include <stdlib.h>
#include <string.h>


static void vfs_index_free(vfs_index_t *index);
static void vfs_namespace_free(vfs_namespace_t *ns);
static int vfs_catalog_copy(vfs_str_t *to, vfs_str_t from);
static int vfs_catalog_copy_text(char **to, vfs_str_t from);


int
vfs_catalog_init(vfs_catalog_t *catalog)
{
    memset(catalog, 0, sizeof(vfs_catalog_t));

    return pthread_rwlock_init(&catalog->lock, NULL) == 0 ? VFS_OK
                                                          : VFS_ERROR;
}


void
vfs_catalog_free(vfs_catalog_t *catalog)
{
    uint32_t  i;

    for (i = 0; i < catalog->indexes.n; i++) {
        vfs_index_free((vfs_index_t *) catalog->indexes.items[i]);
    }

    free(catalog->indexes.items);
    (void) pthread_rwlock_destroy(&catalog->lock);
}


int
vfs_catalog_find(vfs_catalog_t *catalog, vfs_str_t index, vfs_str_t ns,
    vfs_index_shape_t *shape, vfs_collection_t **c, vfs_fault_t *fault)
{
    int               rc;
    vfs_index_t      *found;
    vfs_namespace_t  *space;

    *c = NULL;
    rc = VFS_DECLINED;
    shape->metric = VFS_INDEX_COSINE;
    shape->dimension = VFS_INDEX_NO_DIMENSION;

    (void) pthread_rwlock_rdlock(&catalog->lock);

    found = vfs_catalog_index(catalog, index);

    if (found == NULL) {
        rc = vfs_catalog_missing(index, fault);

    } else {
        *shape = found->shape;
        space = vfs_names_find(&found->namespaces, ns);

        if (space != NULL && space->committed) {
            *c = space->collection;
            vfs_collection_acquire(*c);
            rc = VFS_OK;
        }
    }

    (void) pthread_rwlock_unlock(&catalog->lock);

    return rc;
}


vfs_index_t *
vfs_catalog_index(vfs_catalog_t *catalog, vfs_str_t name)
{
    vfs_index_t  *index;

    index = vfs_names_find(&catalog->indexes, name);

    return index != NULL && index->committed ? index : NULL;
}


int
vfs_catalog_missing(vfs_str_t name, vfs_fault_t *fault)
{
    if (name.len == strlen(VFS_INDEX_DEFAULT)
        && memcmp(name.data, VFS_INDEX_DEFAULT, name.len) == 0)
    {
        return VFS_DECLINED;
    }

    return vfs_fault(fault, VFS_CODE_NOT_FOUND, "Resource %.*s not found",
                     (int) name.len, name.data);
}


vfs_index_t *
vfs_catalog_add_index(vfs_catalog_t *catalog, vfs_str_t name,
    const vfs_index_shape_t *shape, vfs_str_t settings)
{
    int           rc;
    vfs_index_t  *index;

    index = calloc(1, sizeof(vfs_index_t));
    if (index == NULL) {
        return NULL;
    }

    index->shape = *shape;

    if (vfs_catalog_copy(&index->name, name) != VFS_OK
        || vfs_catalog_copy_text(&index->settings, settings) != VFS_OK)
    {
        vfs_index_free(index);
        return NULL;
    }

    (void) pthread_rwlock_wrlock(&catalog->lock);
    rc = vfs_names_add(&catalog->indexes, index);
    (void) pthread_rwlock_unlock(&catalog->lock);

    if (rc != VFS_OK) {
        vfs_index_free(index);
        return NULL;
    }

    return index;
}


vfs_namespace_t *
vfs_catalog_add_namespace(vfs_catalog_t *catalog, vfs_index_t *index,
    vfs_str_t name, uint32_t number, vfs_str_t schema)
{
    int               rc;
    vfs_namespace_t  *ns;

    ns = calloc(1, sizeof(vfs_namespace_t));
    if (ns == NULL) {
        return NULL;
    }

    ns->collection = vfs_collection_create(number, &index->shape);

    if (ns->collection == NULL
        || vfs_catalog_copy(&ns->name, name) != VFS_OK
        || vfs_catalog_copy_text(&ns->schema, schema) != VFS_OK)
    {
        vfs_namespace_free(ns);
        return NULL;
    }

    (void) pthread_rwlock_wrlock(&catalog->lock);
    rc = vfs_names_add(&index->namespaces, ns);
    (void) pthread_rwlock_unlock(&catalog->lock);

    if (rc != VFS_OK) {
        vfs_namespace_free(ns);
        return NULL;
    }

    return ns;
}


void
vfs_catalog_remove_index(vfs_catalog_t *catalog, vfs_index_t *index)
{
    (void) pthread_rwlock_wrlock(&catalog->lock);
    vfs_names_remove(&catalog->indexes, index);
    (void) pthread_rwlock_unlock(&catalog->lock);

    vfs_index_free(index);
}


void
vfs_catalog_remove_namespace(vfs_catalog_t *catalog, vfs_index_t *index,
    vfs_namespace_t *ns)
{
    (void) pthread_rwlock_wrlock(&catalog->lock);
    vfs_names_remove(&index->namespaces, ns);
    (void) pthread_rwlock_unlock(&catalog->lock);

    vfs_namespace_free(ns);
}


static void
vfs_index_free(vfs_index_t *index)
{
    uint32_t  i;

    for (i = 0; i < index->namespaces.n; i++) {
        vfs_namespace_free((vfs_namespace_t *) index->namespaces.items[i]);
    }

    free(index->namespaces.items);
    free((char *) index->name.data);
    free(index->settings);
    free(index);
}


static void
vfs_namespace_free(vfs_namespace_t *ns)
{
    vfs_collection_release(ns->collection);
    free((char *) ns->name.data);
    free(ns->schema);
    free(ns);
}


static int
vfs_catalog_copy(vfs_str_t *to, vfs_str_t from)
{
    char  *text;

    if (vfs_catalog_copy_text(&text, from) != VFS_OK) {
        return VFS_ERROR;
    }

    to->data = text;
    to->len = from.len;

    return VFS_OK;
}


/* Zero-terminated; NULL for NULL. */

static int
vfs_catalog_copy_text(char **to, vfs_str_t from)
{
    *to = NULL;

    if (from.data == NULL) {
        return VFS_OK;
    }

    *to = strndup(from.data, from.len);

    return *to == NULL ? VFS_ERROR : VFS_OK;
}
