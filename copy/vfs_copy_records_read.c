
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_printable.h"
#include "vfs_copy_records.h"
#include "vfs_copy_reply.h"
#include "vfs_float.h"

#include <stdlib.h>
#include <string.h>


static int vfs_records_prepare(vfs_records_t *records, const char *body,
    size_t len, const vfs_ids_t *ids);
static int vfs_records_vectors(vfs_records_t *records, vfs_reply_t *reply,
    const vfs_ids_t *ids);
static int vfs_records_find(const vfs_ids_t *ids, const char *id, size_t len,
    size_t *place);
static int vfs_records_record(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record, const char *id);
static int vfs_records_id(vfs_reply_t *reply, const char *id);
static int vfs_records_values(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record);
static int vfs_records_metadata(vfs_reply_t *reply, vfs_record_t *record);
static int vfs_records_sparse(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record);
static int vfs_records_indices(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record, size_t *n);
static int vfs_records_weights(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record, size_t *n);
static int vfs_records_pair(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record, size_t n, vfs_pair_t **pair);
static int vfs_records_float(vfs_reply_t *reply, float *value);
static int vfs_pair_compare(const void *one, const void *two);
static int vfs_records_memory(vfs_error_t *err);


int
vfs_records_read(vfs_records_t *records, const char *body, size_t len,
    const vfs_ids_t *ids, vfs_error_t *err)
{
    int          rc;
    vfs_reply_t  reply;

    if (vfs_records_prepare(records, body, len, ids) != VFS_OK) {
        return vfs_records_memory(err);
    }

    if (vfs_reply_open(&reply, records->body.data, len, err) != VFS_OK) {
        return VFS_ERROR;
    }

    while ((rc = vfs_reply_member(&reply)) == VFS_OK) {

        rc = vfs_reply_is(&reply, "vectors")
             ? vfs_records_vectors(records, &reply, ids)
             : vfs_reply_skip(&reply, NULL);

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return (rc == VFS_DECLINED) ? vfs_reply_close(&reply) : VFS_ERROR;
}


static int
vfs_records_prepare(vfs_records_t *records, const char *body, size_t len,
    const vfs_ids_t *ids)
{
    size_t         n;
    vfs_record_t  *more;

    n = vfs_ids_count(ids);

    if (n > records->size) {
        more = realloc(records->records, n * sizeof(vfs_record_t));

        if (more == NULL) {
            return VFS_ERROR;
        }

        records->records = more;
        records->size = n;
    }

    if (n != 0) {
        memset(records->records, 0, n * sizeof(vfs_record_t));
    }

    records->n = n;
    records->found = 0;
    records->nvalues = 0;
    records->npairs = 0;
    records->body.len = 0;

    return (vfs_buf_reserve(&records->body, len + 1) == VFS_OK)
           ? vfs_buf_add(&records->body, body, len) : VFS_ERROR;
}


static int
vfs_records_vectors(vfs_records_t *records, vfs_reply_t *reply,
    const vfs_ids_t *ids)
{
    int            rc;
    char           id[VFS_MAX_ID + 1], text[VFS_PRINTABLE];
    size_t         len, place;
    vfs_record_t  *record;

    rc = vfs_reply_object(reply, "vectors");
    place = 0;

    while (rc == VFS_OK) {
        rc = vfs_reply_member(reply);

        if (rc != VFS_OK) {
            break;
        }

        if (vfs_reply_string(reply, &reply->name, "vectors: id", 1, VFS_MAX_ID,
                             id, &len)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        if (vfs_records_find(ids, id, len, &place) != VFS_OK) {
            vfs_error_set(reply->err, "a record \"%s\" that was not asked for",
                          vfs_printable(text, sizeof(text), id, len));
            return VFS_ERROR;
        }

        record = &records->records[place++];

        if (record->found) {
            vfs_error_set(reply->err, "the record \"%s\" twice",
                          vfs_printable(text, sizeof(text), id, len));
            return VFS_ERROR;
        }

        record->found = 1;
        records->found++;

        rc = vfs_records_record(records, reply, record, id);
    }

    return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
}


/* Most answer in the order that they were asked in: *place is tried first. */

static int
vfs_records_find(const vfs_ids_t *ids, const char *id, size_t len,
    size_t *place)
{
    size_t       i, k, n, id_len;
    const char  *other;

    n = vfs_ids_count(ids);

    for (i = 0; i < n; i++) {
        k = (*place + i) % n;
        other = vfs_ids_get(ids, k, &id_len);

        if (id_len == len && memcmp(other, id, len) == 0) {
            *place = k;
            return VFS_OK;
        }
    }

    return VFS_ERROR;
}


static int
vfs_records_record(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record, const char *id)
{
    int  rc;

    if (reply->value.type != VFS_JSON_OBJECT) {
        vfs_error_set(reply->err, "vectors: expected objects");
        return VFS_ERROR;
    }

    while ((rc = vfs_reply_member(reply)) == VFS_OK) {

        if (vfs_reply_is(reply, "values")) {
            rc = vfs_records_values(records, reply, record);

        } else if (vfs_reply_is(reply, "metadata")) {
            rc = vfs_records_metadata(reply, record);

        } else if (vfs_reply_is(reply, "sparseValues")) {
            rc = vfs_records_sparse(records, reply, record);

        } else if (vfs_reply_is(reply, "id")) {
            rc = vfs_records_id(reply, id);

        } else {
            rc = vfs_reply_skip(reply, NULL);
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
}


static int
vfs_records_id(vfs_reply_t *reply, const char *id)
{
    if (reply->value.type != VFS_JSON_STRING
        || !vfs_json_equal(&reply->value, id))
    {
        vfs_error_set(reply->err, "id: expected the one that the record "
                      "stands under");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_records_values(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record)
{
    int      rc;
    float   *more;
    size_t   size;

    record->values = records->nvalues;
    record->nvalues = 0;

    rc = vfs_reply_array(reply, "values");

    while (rc == VFS_OK) {
        rc = vfs_reply_element(reply);

        if (rc != VFS_OK) {
            break;
        }

        if (record->nvalues == VFS_MAX_DIMENSION) {
            vfs_error_set(reply->err, "values: expected at most %d",
                          VFS_MAX_DIMENSION);
            return VFS_ERROR;
        }

        if (records->nvalues == records->values_size) {
            size = 2 * records->values_size + 4096;
            more = realloc(records->values, size * sizeof(float));

            if (more == NULL) {
                return vfs_records_memory(reply->err);
            }

            records->values = more;
            records->values_size = size;
        }

        rc = vfs_records_float(reply, &records->values[records->nvalues]);

        if (rc == VFS_OK) {
            records->nvalues++;
            record->nvalues++;
        }
    }

    return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
}


/* An empty object is none: an index may leave it out. */

static int
vfs_records_metadata(vfs_reply_t *reply, vfs_record_t *record)
{
    int               rc;
    vfs_json_t        json;
    vfs_json_token_t  span, first;

    record->metadata = NULL;
    record->metadata_len = 0;

    rc = vfs_reply_object(reply, "metadata");

    if (rc != VFS_OK) {
        return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
    }

    if (vfs_reply_skip(reply, &span) != VFS_OK) {
        return VFS_ERROR;
    }

    if (span.len > VFS_MAX_METADATA) {
        vfs_error_set(reply->err, "metadata: expected at most %zu bytes",
                      VFS_MAX_METADATA);
        return VFS_ERROR;
    }

    vfs_json_init(&json, span.start, span.len);
    (void) vfs_json_next(&json, &first);

    if (vfs_json_next(&json, &first) != VFS_JSON_OBJECT_END) {
        record->metadata = span.start;
        record->metadata_len = span.len;
    }

    return VFS_OK;
}


static int
vfs_records_sparse(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record)
{
    int     rc;
    size_t  nindices, nweights;

    records->npairs -= record->npairs;
    record->pairs = records->npairs;
    record->npairs = 0;
    nindices = 0;
    nweights = 0;

    rc = vfs_reply_object(reply, "sparseValues");

    while (rc == VFS_OK) {
        rc = vfs_reply_member(reply);

        if (rc != VFS_OK) {
            break;
        }

        if (vfs_reply_is(reply, "indices")) {
            rc = vfs_records_indices(records, reply, record, &nindices);

        } else if (vfs_reply_is(reply, "values")) {
            rc = vfs_records_weights(records, reply, record, &nweights);

        } else {
            rc = vfs_reply_skip(reply, NULL);
        }
    }

    if (rc != VFS_DECLINED) {
        return VFS_ERROR;
    }

    if (nindices != nweights) {
        vfs_error_set(reply->err, "sparseValues: expected as many values as "
                      "indices");
        return VFS_ERROR;
    }

    record->npairs = nindices;
    records->npairs += nindices;

    if (nindices > 1) {
        qsort(&records->pairs[record->pairs], nindices, sizeof(vfs_pair_t),
              vfs_pair_compare);
    }

    return VFS_OK;
}


static int
vfs_records_indices(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record, size_t *n)
{
    int          rc;
    uint64_t     index;
    vfs_pair_t  *pair;

    rc = vfs_reply_array(reply, "indices");

    for (*n = 0; rc == VFS_OK; (*n)++) {
        rc = vfs_reply_element(reply);

        if (rc != VFS_OK) {
            break;
        }

        if (vfs_records_pair(records, reply, record, *n, &pair) != VFS_OK
            || vfs_reply_count(reply, "indices", UINT32_MAX, &index) != VFS_OK)
        {
            return VFS_ERROR;
        }

        pair->index = (uint32_t) index;
    }

    return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
}


static int
vfs_records_weights(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record, size_t *n)
{
    int          rc;
    vfs_pair_t  *pair;

    rc = vfs_reply_array(reply, "sparseValues.values");

    for (*n = 0; rc == VFS_OK; (*n)++) {
        rc = vfs_reply_element(reply);

        if (rc != VFS_OK) {
            break;
        }

        if (vfs_records_pair(records, reply, record, *n, &pair) != VFS_OK
            || vfs_records_float(reply, &pair->weight) != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
}


/* The n-th pair of a record whose pairs are read. */

static int
vfs_records_pair(vfs_records_t *records, vfs_reply_t *reply,
    vfs_record_t *record, size_t n, vfs_pair_t **pair)
{
    size_t       size;
    vfs_pair_t  *more;

    if (n == VFS_MAX_SPARSE) {
        vfs_error_set(reply->err, "sparseValues: expected at most %d",
                      VFS_MAX_SPARSE);
        return VFS_ERROR;
    }

    if (record->pairs + n >= records->pairs_size) {
        size = 2 * records->pairs_size + 1024;
        more = realloc(records->pairs, size * sizeof(vfs_pair_t));

        if (more == NULL) {
            return vfs_records_memory(reply->err);
        }

        records->pairs = more;
        records->pairs_size = size;
    }

    *pair = &records->pairs[record->pairs + n];

    return VFS_OK;
}


static int
vfs_records_float(vfs_reply_t *reply, float *value)
{
    const char  *last;

    last = reply->value.start + reply->value.len;

    if (reply->value.type != VFS_JSON_NUMBER
        || vfs_float_read(reply->value.start, last, value) != last)
    {
        vfs_error_set(reply->err, "values: expected numbers within the range "
                      "of binary32");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_pair_compare(const void *one, const void *two)
{
    const vfs_pair_t  *a, *b;

    a = one;
    b = two;

    return (a->index > b->index) - (a->index < b->index);
}


static int
vfs_records_memory(vfs_error_t *err)
{
    vfs_error_set(err, "out of memory");

    return VFS_ERROR;
}
