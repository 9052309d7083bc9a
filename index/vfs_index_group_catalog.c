
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_group.h"

#include <stdlib.h>
#include <string.h>


static vfs_creation_t *vfs_group_add_creation(vfs_group_t *group);
static int vfs_group_stage_namespace_removal(vfs_group_t *group,
    vfs_index_t *index, vfs_namespace_t *ns);


vfs_index_t *
vfs_group_index(vfs_group_t *group, vfs_str_t name)
{
    return vfs_names_find(&group->catalog->indexes, name);
}


vfs_namespace_t *
vfs_group_namespace(vfs_group_t *group, vfs_index_t *index, vfs_str_t name)
{
    return vfs_names_find(&index->namespaces, name);
}


vfs_index_t *
vfs_group_create_index(vfs_group_t *group, vfs_str_t name,
    const vfs_index_shape_t *shape, vfs_str_t settings)
{
    vfs_str_t        doc;
    vfs_index_t     *index;
    vfs_creation_t  *creation;

    creation = vfs_group_add_creation(group);
    if (creation == NULL) {
        goto failed;
    }

    index = vfs_catalog_add_index(group->catalog, name, shape, settings);
    if (index == NULL) {
        goto failed;
    }

    creation->index = index;
    group->ncreations++;

    if (vfs_index_doc(index, &group->arena, &doc) != VFS_OK) {
        goto failed;
    }

    if (vfs_store_put_index(group->store, name, doc, &group->error)
        != VFS_OK)
    {
        return NULL;
    }

    return index;

failed:

    (void) vfs_group_out_of_memory(group);

    return NULL;
}


vfs_namespace_t *
vfs_group_create_namespace(vfs_group_t *group, vfs_index_t *index,
    vfs_str_t name, vfs_str_t schema)
{
    vfs_str_t         doc;
    vfs_creation_t   *creation;
    vfs_namespace_t  *ns;

    creation = vfs_group_add_creation(group);
    if (creation == NULL) {
        goto failed;
    }

    ns = vfs_catalog_add_namespace(group->catalog, index, name,
                                   vfs_store_next_number(group->store),
                                   schema);
    if (ns == NULL) {
        goto failed;
    }

    creation->index = index;
    creation->ns = ns;
    group->ncreations++;

    if (vfs_namespace_doc(index, ns, &group->arena, &doc) != VFS_OK) {
        goto failed;
    }

    if (vfs_store_put_namespace(group->store, ns->collection->number, doc,
                                &group->error)
        != VFS_OK)
    {
        return NULL;
    }

    return ns;

failed:

    (void) vfs_group_out_of_memory(group);

    return NULL;
}


int
vfs_group_configure_index(vfs_group_t *group, vfs_index_t *index,
    vfs_str_t settings)
{
    char            *text;
    vfs_str_t        doc;
    vfs_index_t      changed;
    vfs_creation_t  *creation;

    creation = vfs_group_add_creation(group);
    text = strndup(settings.data, settings.len);

    if (creation == NULL || text == NULL) {
        free(text);
        return vfs_group_out_of_memory(group);
    }

    creation->index = index;
    creation->settings = text;
    group->ncreations++;

    changed = *index;
    changed.settings = text;

    if (vfs_index_doc(&changed, &group->arena, &doc) != VFS_OK) {
        return vfs_group_out_of_memory(group);
    }

    return vfs_store_put_index(group->store, index->name, doc, &group->error);
}


int
vfs_group_delete_index(vfs_group_t *group, vfs_index_t *index)
{
    uint32_t         i;
    vfs_creation_t  *creation;

    for (i = 0; i < index->namespaces.n; i++) {
        if (vfs_group_stage_namespace_removal(group, index,
                              (vfs_namespace_t *) index->namespaces.items[i])
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    creation = vfs_group_add_creation(group);
    if (creation == NULL) {
        return vfs_group_out_of_memory(group);
    }

    creation->index = index;
    creation->removal = 1;
    group->ncreations++;

    return vfs_store_delete_index(group->store, index->name, &group->error);
}


int
vfs_group_delete_namespace(vfs_group_t *group, vfs_index_t *index,
    vfs_namespace_t *ns)
{
    return vfs_group_stage_namespace_removal(group, index, ns);
}


void
vfs_group_apply_creations(vfs_group_t *group)
{
    char            *settings;
    uint32_t         i;
    vfs_creation_t  *creation;

    for (i = 0; i < group->ncreations; i++) {
        creation = &group->creations[i];

        if (creation->removal && creation->ns != NULL) {
            vfs_catalog_remove_namespace(group->catalog, creation->index,
                                         creation->ns);

        } else if (creation->removal) {
            vfs_catalog_remove_index(group->catalog, creation->index);

        } else {
            (void) pthread_rwlock_wrlock(&group->catalog->lock);

            settings = NULL;

            if (creation->settings != NULL) {
                settings = creation->index->settings;
                creation->index->settings = creation->settings;

            } else if (creation->ns != NULL) {
                creation->ns->committed = 1;

            } else {
                creation->index->committed = 1;
            }

            (void) pthread_rwlock_unlock(&group->catalog->lock);

            free(settings);
        }
    }

    group->ncreations = 0;
}


void
vfs_group_drop_creations(vfs_group_t *group)
{
    vfs_creation_t  *creation;

    while (group->ncreations != 0) {
        creation = &group->creations[--group->ncreations];

        if (creation->removal) {
            continue;
        }

        if (creation->settings != NULL) {
            free(creation->settings);

        } else if (creation->ns != NULL) {
            vfs_catalog_remove_namespace(group->catalog, creation->index,
                                         creation->ns);

        } else {
            vfs_catalog_remove_index(group->catalog, creation->index);
        }
    }
}


static int
vfs_group_stage_namespace_removal(vfs_group_t *group, vfs_index_t *index,
    vfs_namespace_t *ns)
{
    vfs_creation_t  *creation;

    creation = vfs_group_add_creation(group);
    if (creation == NULL) {
        return vfs_group_out_of_memory(group);
    }

    creation->index = index;
    creation->ns = ns;
    creation->removal = 1;
    group->ncreations++;

    return vfs_store_delete_namespace(group->store, ns->collection->number,
                                      &group->error);
}


static vfs_creation_t *
vfs_group_add_creation(vfs_group_t *group)
{
    uint32_t         size;
    vfs_creation_t  *creations;

    if (group->ncreations == group->creations_size) {
        size = group->creations_size == 0 ? 16 : 2 * group->creations_size;

        creations = realloc(group->creations, size * sizeof(vfs_creation_t));
        if (creations == NULL) {
            return NULL;
        }

        group->creations = creations;
        group->creations_size = size;
    }

    memset(&group->creations[group->ncreations], 0, sizeof(vfs_creation_t));

    return &group->creations[group->ncreations];
}
