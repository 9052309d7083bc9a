
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_records.h"
#include "vfs_copy_metadata.h"
#include "vfs_float.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_PAIR_LEN  12


static int vfs_records_sparse_same(const vfs_records_t *one,
    const vfs_records_t *two, size_t i);


void
vfs_records_free(vfs_records_t *records)
{
    vfs_buf_free(&records->body);
    free(records->records);
    free(records->values);
    free(records->pairs);
    memset(records, 0, sizeof(vfs_records_t));
}


int
vfs_records_same(const vfs_records_t *one, const vfs_records_t *two, size_t i,
    unsigned *same)
{
    const vfs_record_t  *a, *b;

    a = &one->records[i];
    b = &two->records[i];
    *same = 0;

    if (!a->found || !b->found
        || a->nvalues != b->nvalues
        || !vfs_records_sparse_same(one, two, i))
    {
        return VFS_OK;
    }

    if (a->nvalues != 0
        && memcmp(&one->values[a->values], &two->values[b->values],
                  a->nvalues * sizeof(float))
           != 0)
    {
        return VFS_OK;
    }

    return vfs_metadata_same(a->metadata, a->metadata_len, b->metadata,
                             b->metadata_len, same);
}


static int
vfs_records_sparse_same(const vfs_records_t *one, const vfs_records_t *two,
    size_t i)
{
    size_t               n;
    const vfs_pair_t    *p, *q;
    const vfs_record_t  *a, *b;

    a = &one->records[i];
    b = &two->records[i];

    if (a->npairs != b->npairs) {
        return 0;
    }

    for (n = 0; n < a->npairs; n++) {
        p = &one->pairs[a->pairs + n];
        q = &two->pairs[b->pairs + n];

        if (p->index != q->index
            || memcmp(&p->weight, &q->weight, sizeof(float)) != 0)
        {
            return 0;
        }
    }

    return 1;
}


int
vfs_records_write(const vfs_records_t *records, size_t i, const char *id,
    size_t len, vfs_buf_t *out)
{
    char                *p;
    size_t               n;
    const vfs_record_t  *record;

    record = &records->records[i];

    if (vfs_buf_text(out, "{\"id\":") != VFS_OK
        || vfs_buf_string(out, id, len) != VFS_OK
        || vfs_buf_reserve(out, 64 + record->nvalues * (VFS_FLOAT_LEN + 1)
                                + record->npairs * (VFS_FLOAT_LEN + 1
                                                    + VFS_PAIR_LEN)
                                + record->metadata_len)
           != VFS_OK)
    {
        return VFS_ERROR;
    }

    p = stpcpy(out->data + out->len, ",\"values\":[");

    for (n = 0; n < record->nvalues; n++) {

        if (n != 0) {
            *p++ = ',';
        }

        p = vfs_float_print(p, records->values[record->values + n]);
    }

    *p++ = ']';

    if (record->npairs != 0) {
        p = stpcpy(p, ",\"sparseValues\":{\"indices\":[");

        for (n = 0; n < record->npairs; n++) {
            p += sprintf(p, (n == 0) ? "%u" : ",%u",
                         records->pairs[record->pairs + n].index);
        }

        p = stpcpy(p, "],\"values\":[");

        for (n = 0; n < record->npairs; n++) {

            if (n != 0) {
                *p++ = ',';
            }

            p = vfs_float_print(p, records->pairs[record->pairs + n].weight);
        }

        p = stpcpy(p, "]}");
    }

    out->len = (size_t) (p - out->data);

    if (record->metadata != NULL
        && (vfs_buf_text(out, ",\"metadata\":") != VFS_OK
            || vfs_buf_add(out, record->metadata, record->metadata_len)
               != VFS_OK))
    {
        return VFS_ERROR;
    }

    return vfs_buf_text(out, "}");
}
