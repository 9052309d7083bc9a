
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_filter.h"
#include "vfs_index_group.h"
#include "vfs_index_handlers.h"
#include "vfs_index_metadata.h"
#include "vfs_index_vector.h"

#include <string.h>


typedef struct {
    vfs_record_t   patch;          /* the id, and what is to be set */
    vfs_filter_t  *filter;
    unsigned       has_id:1;
    unsigned       has_filter:1;
    unsigned       has_values:1;
    unsigned       has_sparse:1;
    unsigned       has_metadata:1;
    unsigned       dry_run;
} vfs_update_t;


static int vfs_update_read(vfs_request_t *r, vfs_update_t *update);
static int vfs_update_read_member(vfs_reader_t *reader,
    vfs_vector_room_t *room, vfs_update_t *update, vfs_str_t *ns);
static int vfs_update_check(vfs_request_t *r, const vfs_update_t *update);
static int vfs_update_perform(vfs_group_t *group, vfs_write_t *write);
static int vfs_update_one(vfs_group_t *group, vfs_write_t *write,
    vfs_collection_t *c);
static int vfs_update_matches(vfs_group_t *group, vfs_write_t *write,
    vfs_collection_t *c);
static uint32_t vfs_update_count(const vfs_update_t *update,
    vfs_collection_t *c);
static void vfs_update_reply(vfs_request_t *r);


int
vfs_update_handler(vfs_request_t *r)
{
    vfs_update_t  *update;

    update = vfs_arena_alloc(&r->arena, sizeof(vfs_update_t));
    if (update == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    memset(update, 0, sizeof(vfs_update_t));

    if (vfs_update_read(r, update) != VFS_OK
        || vfs_update_check(r, update) != VFS_OK)
    {
        return VFS_ERROR;
    }

    r->write.alone = update->has_filter;

    return vfs_request_write(r, vfs_update_perform, update, r->body.len,
                             vfs_update_reply);
}


static int
vfs_update_read(vfs_request_t *r, vfs_update_t *update)
{
    int                rc;
    vfs_str_t          ns;
    vfs_reader_t       reader;
    vfs_vector_room_t  room;

    memset(&room, 0, sizeof(vfs_vector_room_t));
    ns.data = "";
    ns.len = 0;

    if (vfs_reader_open(&reader, &r->arena, &r->fault, r->body.data,
                        r->body.len)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_member(&reader)) == VFS_OK) {
        if (vfs_update_read_member(&reader, &room, update, &ns) != VFS_OK) {
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
vfs_update_read_member(vfs_reader_t *reader, vfs_vector_room_t *room,
    vfs_update_t *update, vfs_str_t *ns)
{
    vfs_record_t  *patch;

    patch = &update->patch;

    if (vfs_reader_is(reader, "id")) {
        update->has_id = 1;
        return vfs_reader_string(reader, "id", &patch->id);
    }

    if (vfs_reader_is(reader, "values")) {

        if (vfs_vector_read_values(reader, room, "values", patch) != VFS_OK) {
            return VFS_ERROR;
        }

        update->has_values = patch->nvalues != 0;
        return VFS_OK;
    }

    if (vfs_reader_is(reader, "sparseValues")) {

        if (vfs_vector_read_sparse(reader, room, "sparseValues", patch)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        update->has_sparse = patch->nsparse != 0;
        return VFS_OK;
    }

    if (vfs_reader_is(reader, "setMetadata")) {
        update->has_metadata = 1;
        return vfs_metadata_read(reader, &patch->metadata);
    }

    if (vfs_reader_is(reader, "filter")) {
        update->has_filter = 1;
        return vfs_filter_read(reader, &update->filter);
    }

    if (vfs_reader_is(reader, "dryRun")) {
        return vfs_reader_bool(reader, "dryRun", &update->dry_run);
    }

    if (vfs_reader_is(reader, "namespace")) {
        return vfs_reader_string(reader, "namespace", ns);
    }

    return vfs_reader_skip(reader);
}


static int
vfs_update_check(vfs_request_t *r, const vfs_update_t *update)
{
    if (update->has_id == update->has_filter) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "An update needs either 'id' or 'filter'");
    }

    if (update->has_filter) {

        if (update->has_values || update->has_sparse) {
            return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                             "An update by 'filter' sets metadata only");
        }

        if (update->filter == NULL) {
            return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                             "The 'filter' of an update must not be empty");
        }

        if (!update->has_metadata && !update->dry_run) {
            return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                             "An update by 'filter' needs 'setMetadata'");
        }

        return VFS_OK;
    }

    if (vfs_check_id(update->patch.id, &r->fault) != VFS_OK) {
        return VFS_ERROR;
    }

    return vfs_vector_check_zero(&update->patch, &r->fault);
}


static int
vfs_update_perform(vfs_group_t *group, vfs_write_t *write)
{
    vfs_index_t      *index;
    vfs_update_t     *update;
    vfs_namespace_t  *ns;

    update = write->request;
    index = vfs_group_index(group, write->index);

    if (index == NULL) {
        return vfs_catalog_missing(write->index, &write->fault) == VFS_DECLINED
               ? VFS_OK : VFS_DECLINED;
    }

    ns = vfs_group_namespace(group, index, write->ns);

    if (ns == NULL) {
        return VFS_OK;
    }

    if (update->dry_run) {
        write->matched = vfs_update_count(update, ns->collection);
        return VFS_OK;
    }

    return update->has_filter
           ? vfs_update_matches(group, write, ns->collection)
           : vfs_update_one(group, write, ns->collection);
}


static int
vfs_update_one(vfs_group_t *group, vfs_write_t *write, vfs_collection_t *c)
{
    vfs_str_t      id;
    vfs_record_t   record;
    vfs_update_t  *update;

    update = write->request;
    id = update->patch.id;

    /* an unknown id is no fault, and creates nothing */

    if (vfs_group_find(group, c, id, &record) != VFS_OK) {
        return VFS_OK;
    }

    record.id = id;

    if (update->has_values) {
        record.values = update->patch.values;
        record.nvalues = update->patch.nvalues;
    }

    if (update->has_sparse) {
        record.indices = update->patch.indices;
        record.weights = update->patch.weights;
        record.nsparse = update->patch.nsparse;
    }

    if (vfs_vector_check_shape(&record, &c->shape, &write->fault) != VFS_OK) {
        return VFS_DECLINED;
    }

    if (update->has_metadata
        && vfs_metadata_merge(write->arena, record.metadata,
                              update->patch.metadata, &record.metadata,
                              &write->fault)
           != VFS_OK)
    {
        return VFS_DECLINED;
    }

    return vfs_group_put(group, c, &record);
}


/* All that may be refused comes first, then all is staged. */

static int
vfs_update_matches(vfs_group_t *group, vfs_write_t *write, vfs_collection_t *c)
{
    uint32_t       i, n, row;
    vfs_node_t    *node;
    vfs_record_t  *records;
    vfs_update_t  *update;

    update = write->request;
    n = vfs_update_count(update, c);

    records = vfs_arena_alloc(write->arena, n * sizeof(vfs_record_t));
    if (records == NULL) {
        return vfs_group_out_of_memory(group);
    }

    i = 0;

    for (row = 0; row < c->nrows; row++) {
        node = c->nodes[row];

        if (node == NULL
            || !vfs_filter_match(update->filter, vfs_node_metadata(node)))
        {
            continue;
        }

        vfs_collection_record(c, node, &records[i]);

        if (vfs_metadata_merge(write->arena, records[i].metadata,
                               update->patch.metadata, &records[i].metadata,
                               &write->fault)
            != VFS_OK)
        {
            return VFS_DECLINED;
        }

        i++;
    }

    for (i = 0; i < n; i++) {
        if (vfs_group_put(group, c, &records[i]) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    write->matched = n;

    return VFS_OK;
}


static uint32_t
vfs_update_count(const vfs_update_t *update, vfs_collection_t *c)
{
    uint32_t     n, row;
    vfs_node_t  *node;

    n = 0;

    for (row = 0; row < c->nrows && update->has_filter; row++) {
        node = c->nodes[row];

        n += node != NULL
             && vfs_filter_match(update->filter, vfs_node_metadata(node));
    }

    return n;
}


static void
vfs_update_reply(vfs_request_t *r)
{
    vfs_update_t  *update;

    update = r->write.request;

    if (update->has_filter) {
        vfs_buf_print(&r->reply, "{\"matchedRecords\":%u}", r->write.matched);

    } else {
        vfs_buf_text(&r->reply, "{}");
    }
}
