
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"
#include "vfs_index_query.h"
#include "vfs_index_vector.h"

#include <string.h>


static int vfs_query_read(vfs_request_t *r, vfs_query_t *query);
static int vfs_query_read_member(vfs_reader_t *reader,
    vfs_vector_room_t *room, vfs_query_t *query);
static int vfs_query_check(vfs_request_t *r, const vfs_query_t *query);
static int vfs_query_check_shape(vfs_request_t *r, const vfs_query_t *query,
    const vfs_index_shape_t *shape);


int
vfs_query_handler(vfs_request_t *r)
{
    vfs_query_t        *query;
    vfs_collection_t   *c;
    vfs_index_shape_t   shape;

    query = vfs_arena_alloc(&r->arena, sizeof(vfs_query_t));
    if (query == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    if (vfs_query_read(r, query) != VFS_OK) {
        return VFS_ERROR;
    }

    /* before the search: what is committed up to here will be seen */

    r->lsn = vfs_writer_lsn(r->service->writer);
    r->lsn_header = "x-pinecone-max-indexed-lsn";

    if (vfs_request_collection(r, query->ns, &shape, &c) == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (vfs_query_check_shape(r, query, &shape) != VFS_OK) {
        vfs_collection_release(c);
        return VFS_ERROR;
    }

    return vfs_query_run(r, query, &shape, c);
}


static int
vfs_query_read(vfs_request_t *r, vfs_query_t *query)
{
    int                rc;
    vfs_reader_t       reader;
    vfs_vector_room_t  room;

    memset(query, 0, sizeof(vfs_query_t));
    memset(&room, 0, sizeof(vfs_vector_room_t));
    query->ns.data = "";

    if (vfs_reader_open(&reader, &r->arena, &r->fault, r->body.data,
                        r->body.len)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_member(&reader)) == VFS_OK) {
        if (vfs_query_read_member(&reader, &room, query) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return rc == VFS_ERROR ? VFS_ERROR : vfs_query_check(r, query);
}


static int
vfs_query_read_member(vfs_reader_t *reader, vfs_vector_room_t *room,
    vfs_query_t *query)
{
    if (vfs_reader_is(reader, "topK")) {
        query->has_top_k = 1;
        return vfs_reader_uint(reader, "topK", &query->top_k);
    }

    if (vfs_reader_is(reader, "vector")) {
        return vfs_vector_read_values(reader, room, "vector", &query->query);
    }

    if (vfs_reader_is(reader, "sparseVector")) {
        return vfs_vector_read_sparse(reader, room, "sparseVector",
                                      &query->query);
    }

    if (vfs_reader_is(reader, "filter")) {
        return vfs_filter_read(reader, &query->filter);
    }

    if (vfs_reader_is(reader, "id")) {
        return vfs_reader_string(reader, "id", &query->query.id);
    }

    if (vfs_reader_is(reader, "namespace")) {
        return vfs_reader_string(reader, "namespace", &query->ns);
    }

    if (vfs_reader_is(reader, "includeValues")) {
        return vfs_reader_bool(reader, "includeValues",
                               &query->include_values);
    }

    if (vfs_reader_is(reader, "includeMetadata")) {
        return vfs_reader_bool(reader, "includeMetadata",
                               &query->include_metadata);
    }

    return vfs_reader_skip(reader);
}


static int
vfs_query_check(vfs_request_t *r, const vfs_query_t *query)
{
    if (!query->has_top_k || query->top_k < 1
        || query->top_k > VFS_INDEX_MAX_TOP_K)
    {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "'topK' must be a whole number from 1 to %d, got %u",
                         VFS_INDEX_MAX_TOP_K, query->top_k);
    }

    if (query->query.id.len != 0) {

        if (query->query.nvalues != 0 || query->query.nsparse != 0) {
            return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                             "A query takes either 'id' or 'vector' and "
                             "'sparseVector'");
        }

        return vfs_check_id(query->query.id, &r->fault);
    }

    if (query->query.nvalues == 0 && query->query.nsparse == 0) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "A query needs 'id', 'vector' or 'sparseVector'");
    }

    return VFS_OK;
}


static int
vfs_query_check_shape(vfs_request_t *r, const vfs_query_t *query,
    const vfs_index_shape_t *shape)
{
    if (query->query.id.len != 0
        || shape->dimension == VFS_INDEX_NO_DIMENSION)
    {
        return VFS_OK;
    }

    return vfs_vector_check_shape(&query->query, shape, &r->fault);
}
