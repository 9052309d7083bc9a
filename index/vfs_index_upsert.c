
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_group.h"
#include "vfs_index_handlers.h"
#include "vfs_index_metadata.h"
#include "vfs_index_vector.h"

#include <string.h>


typedef struct {
    vfs_record_t  *records;
    uint32_t       n;
} vfs_upsert_t;


static int vfs_upsert_read(vfs_request_t *r, vfs_upsert_t *upsert);
static int vfs_upsert_read_vectors(vfs_reader_t *reader,
    vfs_upsert_t *upsert);
static int vfs_upsert_read_vector(vfs_reader_t *reader,
    vfs_vector_room_t *room, vfs_record_t *record);
static int vfs_upsert_check(vfs_request_t *r, const vfs_upsert_t *upsert);
static int vfs_upsert_perform(vfs_group_t *group, vfs_write_t *write);
static vfs_index_t *vfs_upsert_index(vfs_group_t *group, vfs_write_t *write,
    const vfs_record_t *first, int *rc);
static void vfs_upsert_reply(vfs_request_t *r);


int
vfs_upsert_handler(vfs_request_t *r)
{
    vfs_upsert_t  *upsert;

    upsert = vfs_arena_alloc(&r->arena, sizeof(vfs_upsert_t));
    if (upsert == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    if (vfs_upsert_read(r, upsert) != VFS_OK
        || vfs_upsert_check(r, upsert) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_request_write(r, vfs_upsert_perform, upsert, r->body.len,
                             vfs_upsert_reply);
}


static int
vfs_upsert_read(vfs_request_t *r, vfs_upsert_t *upsert)
{
    int           rc;
    vfs_str_t     ns;
    vfs_reader_t  reader;

    memset(upsert, 0, sizeof(vfs_upsert_t));
    ns.data = "";
    ns.len = 0;

    if (vfs_reader_open(&reader, &r->arena, &r->fault, r->body.data,
                        r->body.len)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_member(&reader)) == VFS_OK) {

        if (vfs_reader_is(&reader, "vectors")) {
            rc = vfs_upsert_read_vectors(&reader, upsert);

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

    if (upsert->n == 0) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "No vectors provided for upsert: 'vectors' must hold "
                         "1 to %d of them", VFS_INDEX_MAX_UPSERT);
    }

    return VFS_OK;
}


static int
vfs_upsert_read_vectors(vfs_reader_t *reader, vfs_upsert_t *upsert)
{
    int                rc;
    uint32_t           size;
    vfs_record_t      *records;
    vfs_vector_room_t  room;

    if (vfs_reader_array(reader, "vectors") != VFS_OK) {
        return VFS_ERROR;
    }

    memset(&room, 0, sizeof(vfs_vector_room_t));
    upsert->n = 0;
    size = 0;

    while ((rc = vfs_reader_element(reader)) == VFS_OK) {

        if (upsert->n == VFS_INDEX_MAX_UPSERT) {
            return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT,
                             "'vectors' holds more than %d vectors",
                             VFS_INDEX_MAX_UPSERT);
        }

        if (upsert->n == size) {
            size = size == 0 ? 16 : 2 * size;

            records = vfs_arena_alloc(reader->arena,
                                      size * sizeof(vfs_record_t));
            if (records == NULL) {
                return vfs_fault_memory(reader->fault);
            }

            if (upsert->n != 0) {
                memcpy(records, upsert->records,
                       upsert->n * sizeof(vfs_record_t));
            }

            upsert->records = records;
        }

        if (vfs_upsert_read_vector(reader, &room,
                                   &upsert->records[upsert->n++])
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
}


static int
vfs_upsert_read_vector(vfs_reader_t *reader, vfs_vector_room_t *room,
    vfs_record_t *record)
{
    int  rc;

    memset(record, 0, sizeof(vfs_record_t));

    if (vfs_reader_object(reader, "vectors") != VFS_OK) {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_member(reader)) == VFS_OK) {

        if (vfs_reader_is(reader, "id")) {
            rc = vfs_reader_string(reader, "id", &record->id);

        } else if (vfs_reader_is(reader, "values")) {
            rc = vfs_vector_read_values(reader, room, "values", record);

        } else if (vfs_reader_is(reader, "sparseValues")) {
            rc = vfs_vector_read_sparse(reader, room, "sparseValues", record);

        } else if (vfs_reader_is(reader, "metadata")) {
            rc = vfs_metadata_read(reader, &record->metadata);

        } else {
            rc = vfs_reader_skip(reader);
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
}


static int
vfs_upsert_check(vfs_request_t *r, const vfs_upsert_t *upsert)
{
    size_t         size;
    uint32_t       i;
    vfs_record_t  *record;

    size = 0;

    for (i = 0; i < upsert->n; i++) {
        record = &upsert->records[i];

        if (vfs_check_id(record->id, &r->fault) != VFS_OK
            || vfs_vector_check_zero(record, &r->fault) != VFS_OK)
        {
            return VFS_ERROR;
        }

        size += vfs_record_size(record);
    }

    if (size > VFS_INDEX_MAX_MESSAGE) {
        return vfs_fault(&r->fault, VFS_CODE_OUT_OF_RANGE,
                         "Error, message length too large: found %zu bytes, "
                         "the limit is: %d bytes", size,
                         VFS_INDEX_MAX_MESSAGE);
    }

    return VFS_OK;
}


static int
vfs_upsert_perform(vfs_group_t *group, vfs_write_t *write)
{
    int               rc;
    uint32_t          i;
    vfs_str_t         none;
    vfs_index_t      *index;
    vfs_upsert_t     *upsert;
    vfs_namespace_t  *ns;

    upsert = write->request;

    index = vfs_upsert_index(group, write, upsert->records, &rc);

    if (index == NULL) {
        return rc;
    }

    for (i = 0; i < upsert->n; i++) {
        if (vfs_vector_check_shape(&upsert->records[i], &index->shape,
                                   &write->fault)
            != VFS_OK)
        {
            return VFS_DECLINED;
        }
    }

    ns = vfs_group_namespace(group, index, write->ns);

    if (ns == NULL) {
        none.data = NULL;
        none.len = 0;

        ns = vfs_group_create_namespace(group, index, write->ns, none);

        if (ns == NULL) {
            return VFS_ERROR;
        }
    }

    for (i = 0; i < upsert->n; i++) {
        if (vfs_group_put(group, ns->collection, &upsert->records[i])
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


/*
 * The index of an upsert.  The default one is created with the dimension of
 * the first record, once all records are known to fit it.
 */

static vfs_index_t *
vfs_upsert_index(vfs_group_t *group, vfs_write_t *write,
    const vfs_record_t *first, int *rc)
{
    uint32_t            i;
    vfs_str_t           none;
    vfs_index_t        *index;
    vfs_upsert_t       *upsert;
    vfs_index_shape_t   shape;

    *rc = VFS_DECLINED;
    index = vfs_group_index(group, write->index);

    if (index != NULL) {
        return index;
    }

    if (vfs_catalog_missing(write->index, &write->fault) != VFS_DECLINED) {
        return NULL;
    }

    shape.dimension = first->nvalues;
    shape.metric = first->nvalues == 0 ? VFS_INDEX_DOTPRODUCT : group->metric;
    upsert = write->request;

    for (i = 0; i < upsert->n; i++) {
        if (vfs_vector_check_shape(&upsert->records[i], &shape, &write->fault)
            != VFS_OK)
        {
            return NULL;
        }
    }

    none.data = NULL;
    none.len = 0;
    *rc = VFS_ERROR;

    return vfs_group_create_index(group, write->index, &shape, none);
}


static void
vfs_upsert_reply(vfs_request_t *r)
{
    vfs_upsert_t  *upsert;

    upsert = r->write.request;

    vfs_buf_print(&r->reply, "{\"upsertedCount\":%u}", upsert->n);
}
