
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_control.h"
#include "vfs_index_group.h"
#include "vfs_index_handlers.h"

#include <string.h>


static int vfs_control_describe(vfs_request_t *r, vfs_str_t name);
static int vfs_control_create_perform(vfs_group_t *group, vfs_write_t *write);
static void vfs_control_create_reply(vfs_request_t *r);
static int vfs_control_configure_perform(vfs_group_t *group,
    vfs_write_t *write);
static void vfs_control_configure_reply(vfs_request_t *r);
static int vfs_control_delete_perform(vfs_group_t *group, vfs_write_t *write);
static void vfs_control_delete_reply(vfs_request_t *r);
static int vfs_control_not_found(vfs_str_t name, vfs_fault_t *fault);


int
vfs_indexes_handler(vfs_request_t *r)
{
    int             rc;
    uint32_t        i;
    const char     *comma;
    vfs_index_t    *index;
    vfs_catalog_t  *catalog;

    catalog = &r->service->catalog;
    comma = "";
    rc = VFS_OK;

    vfs_buf_text(&r->reply, "{\"indexes\":[");

    (void) pthread_rwlock_rdlock(&catalog->lock);

    for (i = 0; rc == VFS_OK && i < catalog->indexes.n; i++) {
        index = (vfs_index_t *) catalog->indexes.items[i];

        if (index->committed) {
            vfs_buf_text(&r->reply, comma);
            rc = vfs_control_reply_index(r, index);
            comma = ",";
        }
    }

    (void) pthread_rwlock_unlock(&catalog->lock);

    vfs_buf_text(&r->reply, "]}");

    return rc;
}


int
vfs_index_handler(vfs_request_t *r)
{
    return vfs_control_describe(r, r->parameter);
}


int
vfs_index_create_handler(vfs_request_t *r)
{
    vfs_control_create_t  *create;

    create = vfs_arena_alloc(&r->arena, sizeof(vfs_control_create_t));
    if (create == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    if (vfs_control_read_create(r, create) != VFS_OK) {
        return VFS_ERROR;
    }

    r->write.alone = 1;

    return vfs_request_write(r, vfs_control_create_perform, create,
                             r->body.len, vfs_control_create_reply);
}


int
vfs_index_configure_handler(vfs_request_t *r)
{
    vfs_str_t  *patch;

    patch = vfs_arena_alloc(&r->arena, sizeof(vfs_str_t));
    if (patch == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    if (vfs_control_read_patch(r, patch) != VFS_OK) {
        return VFS_ERROR;
    }

    r->index = r->parameter;
    r->write.alone = 1;

    return vfs_request_write(r, vfs_control_configure_perform, patch,
                             r->body.len, vfs_control_configure_reply);
}


int
vfs_index_delete_handler(vfs_request_t *r)
{
    r->index = r->parameter;
    r->write.alone = 1;

    return vfs_request_write(r, vfs_control_delete_perform, NULL, 0,
                             vfs_control_delete_reply);
}


static int
vfs_control_describe(vfs_request_t *r, vfs_str_t name)
{
    int           rc;
    vfs_index_t  *index;

    (void) pthread_rwlock_rdlock(&r->service->catalog.lock);

    index = vfs_catalog_index(&r->service->catalog, name);

    rc = index == NULL ? vfs_control_not_found(name, &r->fault)
                       : vfs_control_reply_index(r, index);

    (void) pthread_rwlock_unlock(&r->service->catalog.lock);

    return rc;
}


static int
vfs_control_create_perform(vfs_group_t *group, vfs_write_t *write)
{
    vfs_control_create_t  *create;

    create = write->request;

    if (vfs_group_index(group, create->name) != NULL) {
        (void) vfs_fault(&write->fault, VFS_CODE_ALREADY_EXISTS,
                         "Resource  already exists");
        return VFS_DECLINED;
    }

    return vfs_group_create_index(group, create->name, &create->shape,
                                  create->settings)
           == NULL ? VFS_ERROR : VFS_OK;
}


static void
vfs_control_create_reply(vfs_request_t *r)
{
    vfs_control_create_t  *create;

    create = r->write.request;
    r->status = 201;
    r->lsn_header = NULL;

    (void) vfs_control_describe(r, create->name);
}


static int
vfs_control_configure_perform(vfs_group_t *group, vfs_write_t *write)
{
    vfs_str_t    *patch, settings;
    vfs_index_t  *index;

    patch = write->request;
    index = vfs_group_index(group, write->index);

    if (index == NULL) {
        (void) vfs_control_not_found(write->index, &write->fault);
        return VFS_DECLINED;
    }

    settings.data = vfs_control_merge(write->arena, index->settings, *patch);

    if (settings.data == NULL) {
        return vfs_group_out_of_memory(group);
    }

    if (!vfs_control_tags_fit(settings.data)) {
        (void) vfs_fault(&write->fault, VFS_CODE_INVALID_ARGUMENT,
                         "An index has at most %d tags", VFS_CONTROL_MAX_TAGS);
        return VFS_DECLINED;
    }

    settings.len = strlen(settings.data);

    return vfs_group_configure_index(group, index, settings);
}


static void
vfs_control_configure_reply(vfs_request_t *r)
{
    r->status = 202;
    r->lsn_header = NULL;

    (void) vfs_control_describe(r, r->index);
}


static int
vfs_control_delete_perform(vfs_group_t *group, vfs_write_t *write)
{
    vfs_index_t  *index;

    index = vfs_group_index(group, write->index);

    if (index == NULL) {
        (void) vfs_control_not_found(write->index, &write->fault);
        return VFS_DECLINED;
    }

    if (vfs_control_protected(index->settings)) {
        (void) vfs_fault(&write->fault, VFS_CODE_PERMISSION_DENIED,
                         "Deletion protection is enabled for this index. "
                         "Disable deletion protection before retrying.");
        return VFS_DECLINED;
    }

    return vfs_group_delete_index(group, index);
}


static void
vfs_control_delete_reply(vfs_request_t *r)
{
    r->status = 202;
    r->lsn_header = NULL;
}


static int
vfs_control_not_found(vfs_str_t name, vfs_fault_t *fault)
{
    return vfs_fault(fault, VFS_CODE_NOT_FOUND, "Resource %.*s not found",
                     (int) (name.len > 64 ? 64 : name.len), name.data);
}
