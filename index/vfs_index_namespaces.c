
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_group.h"
#include "vfs_index_handlers.h"
#include "vfs_index_page.h"

#include <string.h>


/* From this version of the API on a description tells the size. */

#define VFS_NAMESPACE_SIZE_VERSION  202607


typedef struct {
    vfs_str_t  name;
    vfs_str_t  schema;         /* JSON, or no data */
} vfs_namespace_request_t;


static void vfs_namespace_reply(vfs_request_t *r, const vfs_namespace_t *ns);
static int vfs_namespaces_reply(vfs_request_t *r, const vfs_index_t *index,
    vfs_page_t *page);
static int vfs_namespace_create_read(vfs_request_t *r,
    vfs_namespace_request_t *create);
static int vfs_namespace_create_perform(vfs_group_t *group,
    vfs_write_t *write);
static void vfs_namespace_create_reply(vfs_request_t *r);
static int vfs_namespace_delete_perform(vfs_group_t *group,
    vfs_write_t *write);
static void vfs_namespace_delete_reply(vfs_request_t *r);


int
vfs_namespaces_handler(vfs_request_t *r)
{
    int           rc;
    vfs_page_t    page;
    vfs_index_t  *index;

    if (vfs_page_read(r, &page) != VFS_OK) {
        return VFS_ERROR;
    }

    (void) pthread_rwlock_rdlock(&r->service->catalog.lock);

    index = vfs_catalog_index(&r->service->catalog, r->index);
    rc = VFS_OK;

    if (index == NULL
        && vfs_catalog_missing(r->index, &r->fault) == VFS_ERROR)
    {
        rc = VFS_ERROR;

    } else {
        rc = vfs_namespaces_reply(r, index, &page);
    }

    (void) pthread_rwlock_unlock(&r->service->catalog.lock);

    return rc;
}


int
vfs_namespace_handler(vfs_request_t *r)
{
    int               rc;
    vfs_index_t      *index;
    vfs_namespace_t  *ns;

    (void) pthread_rwlock_rdlock(&r->service->catalog.lock);

    index = vfs_catalog_index(&r->service->catalog, r->index);
    ns = NULL;
    rc = VFS_OK;

    if (index != NULL) {
        ns = vfs_names_find(&index->namespaces,
                            vfs_namespace_canonical(r->parameter));

    } else if (vfs_catalog_missing(r->index, &r->fault) == VFS_ERROR) {
        rc = VFS_ERROR;
    }

    if (rc == VFS_OK && (ns == NULL || !ns->committed)) {
        rc = vfs_fault(&r->fault, VFS_CODE_NOT_FOUND, "Namespace not found");
    }

    if (rc == VFS_OK) {
        vfs_namespace_reply(r, ns);
    }

    (void) pthread_rwlock_unlock(&r->service->catalog.lock);

    return rc;
}


int
vfs_namespace_create_handler(vfs_request_t *r)
{
    vfs_namespace_request_t  *create;

    create = vfs_arena_alloc(&r->arena, sizeof(vfs_namespace_request_t));
    if (create == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    memset(create, 0, sizeof(vfs_namespace_request_t));

    if (vfs_namespace_create_read(r, create) != VFS_OK) {
        return VFS_ERROR;
    }

    return vfs_request_write(r, vfs_namespace_create_perform, create,
                             r->body.len, vfs_namespace_create_reply);
}


int
vfs_namespace_delete_handler(vfs_request_t *r)
{
    r->write.ns = vfs_namespace_canonical(r->parameter);
    r->write.alone = 1;

    return vfs_request_write(r, vfs_namespace_delete_perform, NULL, 0,
                             vfs_namespace_delete_reply);
}


static void
vfs_namespace_reply(vfs_request_t *r, const vfs_namespace_t *ns)
{
    uint32_t           n;
    vfs_collection_t  *c;

    c = ns->collection;

    (void) pthread_rwlock_rdlock(&c->lock);
    n = c->nrecords;
    (void) pthread_rwlock_unlock(&c->lock);

    vfs_buf_text(&r->reply, "{\"name\":");
    vfs_buf_string(&r->reply, ns->name.data, ns->name.len);
    vfs_buf_print(&r->reply, ",\"record_count\":\"%u\"", n);

    if (r->version >= VFS_NAMESPACE_SIZE_VERSION) {
        vfs_buf_print(&r->reply, ",\"size_bytes\":\"%llu\"",
                      (unsigned long long) n * c->shape.dimension
                      * sizeof(float));
    }

    if (ns->schema != NULL) {
        vfs_buf_text(&r->reply, ",\"schema\":");
        vfs_buf_text(&r->reply, ns->schema);
    }

    vfs_buf_text(&r->reply, "}");
}


/* "index" is NULL for the default index before its first upsert. */

static int
vfs_namespaces_reply(vfs_request_t *r, const vfs_index_t *index,
    vfs_page_t *page)
{
    uint32_t                i, n, total;
    const vfs_namespace_t  *ns;

    n = index == NULL ? 0 : index->namespaces.n;
    total = 0;

    vfs_buf_text(&r->reply, "{\"namespaces\":[");

    for (i = 0; i < n; i++) {
        ns = (const vfs_namespace_t *) index->namespaces.items[i];

        if (!ns->committed || !vfs_page_matches(page, ns->name)) {
            continue;
        }

        total++;

        if (vfs_id_compare(ns->name, page->past) <= 0
            || vfs_page_add(page, ns->name) != VFS_OK)
        {
            continue;
        }

        vfs_buf_text(&r->reply, page->n == 1 ? "" : ",");
        vfs_namespace_reply(r, ns);
    }

    vfs_buf_text(&r->reply, "]");

    if (vfs_page_end(r, page) != VFS_OK) {
        return VFS_ERROR;
    }

    vfs_page_reply(r, page);
    vfs_buf_print(&r->reply, ",\"total_count\":%u}", total);

    return VFS_OK;
}


static int
vfs_namespace_create_read(vfs_request_t *r, vfs_namespace_request_t *create)
{
    int           rc;
    vfs_reader_t  reader;

    if (vfs_reader_open(&reader, &r->arena, &r->fault, r->body.data,
                        r->body.len)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_member(&reader)) == VFS_OK) {

        if (vfs_reader_is(&reader, "name")) {
            rc = vfs_reader_string(&reader, "name", &create->name);

        } else if (vfs_reader_is(&reader, "schema")) {
            rc = vfs_reader_object(&reader, "schema");

            if (rc == VFS_OK) {
                rc = vfs_reader_span(&reader, &create->schema);
            }

        } else {
            rc = vfs_reader_skip(&reader);
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (rc == VFS_ERROR
        || vfs_check_namespace(create->name, &r->fault) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (create->name.len == 0 || vfs_namespace_is_default(create->name)) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "'name' must have 1 to %d characters and cannot be "
                         "'%s', which always exists", VFS_INDEX_MAX_NAMESPACE,
                         VFS_INDEX_DEFAULT_NAMESPACE);
    }

    return VFS_OK;
}


static int
vfs_namespace_create_perform(vfs_group_t *group, vfs_write_t *write)
{
    vfs_index_t              *index;
    vfs_namespace_request_t  *create;

    create = write->request;
    index = vfs_group_index(group, write->index);

    if (index == NULL) {
        (void) vfs_fault(&write->fault, VFS_CODE_NOT_FOUND,
                         "Resource %.*s not found", (int) write->index.len,
                         write->index.data);
        return VFS_DECLINED;
    }

    if (vfs_group_namespace(group, index, create->name) != NULL) {
        (void) vfs_fault(&write->fault, VFS_CODE_ALREADY_EXISTS,
                         "Namespace '%.*s' already exists",
                         (int) create->name.len, create->name.data);
        return VFS_DECLINED;
    }

    return vfs_group_create_namespace(group, index, create->name,
                                      create->schema)
           == NULL ? VFS_ERROR : VFS_OK;
}


static void
vfs_namespace_create_reply(vfs_request_t *r)
{
    vfs_namespace_request_t  *create;

    create = r->write.request;

    vfs_buf_text(&r->reply, "{\"name\":");
    vfs_buf_string(&r->reply, create->name.data, create->name.len);
    vfs_buf_text(&r->reply, ",\"record_count\":\"0\"");

    if (r->version >= VFS_NAMESPACE_SIZE_VERSION) {
        vfs_buf_text(&r->reply, ",\"size_bytes\":\"0\"");
    }

    if (create->schema.len != 0) {
        vfs_buf_text(&r->reply, ",\"schema\":");
        vfs_buf_bytes(&r->reply, create->schema.data, create->schema.len);
    }

    vfs_buf_text(&r->reply, "}");
}


static int
vfs_namespace_delete_perform(vfs_group_t *group, vfs_write_t *write)
{
    vfs_index_t      *index;
    vfs_namespace_t  *ns;

    ns = NULL;
    index = vfs_group_index(group, write->index);

    if (index != NULL) {
        ns = vfs_group_namespace(group, index, write->ns);

    } else if (vfs_catalog_missing(write->index, &write->fault) == VFS_ERROR) {
        return VFS_DECLINED;
    }

    if (ns == NULL) {
        (void) vfs_fault(&write->fault, VFS_CODE_NOT_FOUND,
                         "Namespace not found");
        return VFS_DECLINED;
    }

    return vfs_group_delete_namespace(group, index, ns);
}


static void
vfs_namespace_delete_reply(vfs_request_t *r)
{
    vfs_buf_text(&r->reply, "{}");
}
