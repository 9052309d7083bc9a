
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_filter.h"
#include "vfs_index_group.h"
#include "vfs_index_handlers.h"

#include <string.h>


typedef struct {
    vfs_str_t     *ids;
    uint32_t       n;
    vfs_filter_t  *filter;
    unsigned       all;
} vfs_delete_t;


static int vfs_delete_read(vfs_request_t *r, vfs_delete_t *delete);
static int vfs_delete_read_ids(vfs_reader_t *reader, vfs_delete_t *delete);
static int vfs_delete_check(vfs_request_t *r, const vfs_delete_t *delete);
static int vfs_delete_perform(vfs_group_t *group, vfs_write_t *write);
static int vfs_delete_matches(vfs_group_t *group, vfs_collection_t *c,
    const vfs_filter_t *filter);
static void vfs_delete_reply(vfs_request_t *r);


int
vfs_delete_handler(vfs_request_t *r)
{
    vfs_delete_t  *delete;

    delete = vfs_arena_alloc(&r->arena, sizeof(vfs_delete_t));
    if (delete == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    if (vfs_delete_read(r, delete) != VFS_OK
        || vfs_delete_check(r, delete) != VFS_OK)
    {
        return VFS_ERROR;
    }

    r->write.alone = delete->n == 0;

    return vfs_request_write(r, vfs_delete_perform, delete, r->body.len,
                             vfs_delete_reply);
}


static int
vfs_delete_read(vfs_request_t *r, vfs_delete_t *delete)
{
    int           rc;
    vfs_str_t     ns;
    vfs_reader_t  reader;

    memset(delete, 0, sizeof(vfs_delete_t));
    ns.data = "";
    ns.len = 0;

    if (vfs_reader_open(&reader, &r->arena, &r->fault, r->body.data,
                        r->body.len)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_member(&reader)) == VFS_OK) {

        if (vfs_reader_is(&reader, "ids")) {
            rc = vfs_delete_read_ids(&reader, delete);

        } else if (vfs_reader_is(&reader, "deleteAll")) {
            rc = vfs_reader_bool(&reader, "deleteAll", &delete->all);

        } else if (vfs_reader_is(&reader, "filter")) {
            rc = vfs_filter_read(&reader, &delete->filter);

        } else if (vfs_reader_is(&reader, "namespace")) {
            rc = vfs_reader_string(&reader, "namespace", &ns);

        } else {
            rc = vfs_reader_skip(&reader);
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (rc == VFS_ERROR || vfs_check_namespace(ns, &r->fault) != VFS_OK) {
        return VFS_ERROR;
    }

    r->write.ns = vfs_namespace_canonical(ns);

    return VFS_OK;
}


static int
vfs_delete_read_ids(vfs_reader_t *reader, vfs_delete_t *delete)
{
    int  rc;

    if (vfs_reader_array(reader, "ids") != VFS_OK) {
        return VFS_ERROR;
    }

    delete->n = 0;
    delete->ids = vfs_arena_alloc(reader->arena,
                                  VFS_INDEX_MAX_IDS * sizeof(vfs_str_t));
    if (delete->ids == NULL) {
        return vfs_fault_memory(reader->fault);
    }

    while ((rc = vfs_reader_element(reader)) == VFS_OK) {

        if (delete->n == VFS_INDEX_MAX_IDS) {
            return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT,
                             "A delete takes at most %d ids",
                             VFS_INDEX_MAX_IDS);
        }

        if (vfs_reader_string(reader, "ids", &delete->ids[delete->n])
            != VFS_OK
            || vfs_check_id(delete->ids[delete->n], reader->fault) != VFS_OK)
        {
            return VFS_ERROR;
        }

        delete->n++;
    }

    return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
}


static int
vfs_delete_check(vfs_request_t *r, const vfs_delete_t *delete)
{
    if ((delete->n != 0) + (delete->all != 0) + (delete->filter != NULL)
        != 1)
    {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "A delete needs exactly one of 'ids', 'deleteAll' "
                         "and a 'filter' that is not empty");
    }

    return VFS_OK;
}


static int
vfs_delete_perform(vfs_group_t *group, vfs_write_t *write)
{
    uint32_t          i;
    vfs_index_t      *index;
    vfs_delete_t     *delete;
    vfs_namespace_t  *ns;

    delete = write->request;
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

    if (delete->all) {
        return vfs_group_delete_namespace(group, index, ns);
    }

    if (delete->filter != NULL) {
        return vfs_delete_matches(group, ns->collection, delete->filter);
    }

    for (i = 0; i < delete->n; i++) {
        if (vfs_group_remove(group, ns->collection, delete->ids[i])
            == VFS_ERROR)
        {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_delete_matches(vfs_group_t *group, vfs_collection_t *c,
    const vfs_filter_t *filter)
{
    uint32_t     row;
    vfs_node_t  *node;

    for (row = 0; row < c->nrows; row++) {
        node = c->nodes[row];

        if (node == NULL
            || !vfs_filter_match(filter, vfs_node_metadata(node)))
        {
            continue;
        }

        if (vfs_group_remove(group, c, vfs_node_id(node)) == VFS_ERROR) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static void
vfs_delete_reply(vfs_request_t *r)
{
    vfs_buf_text(&r->reply, "{}");
}
