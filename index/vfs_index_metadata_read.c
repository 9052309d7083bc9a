
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_metadata.h"

#include <stdlib.h>
#include <string.h>


/* Fields on their way into stored form. */

typedef struct {
    vfs_arena_t        *arena;
    char               *data;
    size_t              len;
    size_t              size;
} vfs_metadata_out_t;


static int vfs_metadata_read_field(vfs_reader_t *reader,
    vfs_metadata_out_t *out, size_t *text_len);
static int vfs_metadata_read_value(vfs_reader_t *reader, vfs_str_t name,
    vfs_metadata_out_t *out, vfs_metadata_type_e *type);
static int vfs_metadata_read_list(vfs_reader_t *reader, vfs_str_t name,
    vfs_metadata_out_t *out);
static int vfs_metadata_refuse(vfs_reader_t *reader, vfs_str_t name,
    vfs_str_t value);
static int vfs_metadata_put(vfs_metadata_out_t *out, const void *data,
    size_t len);
static int vfs_metadata_check_names(vfs_reader_t *reader, vfs_str_t metadata,
    size_t n);
static int vfs_metadata_cmp_names(const void *one, const void *two);


int
vfs_metadata_read(vfs_reader_t *reader, vfs_str_t *metadata)
{
    int                 rc;
    size_t              n, text_len;
    vfs_metadata_out_t  out;

    if (vfs_reader_object(reader, "metadata") != VFS_OK) {
        return VFS_ERROR;
    }

    memset(&out, 0, sizeof(vfs_metadata_out_t));
    out.arena = reader->arena;
    text_len = 2;

    n = 0;

    while ((rc = vfs_metadata_read_field(reader, &out, &text_len)) == VFS_OK) {
        n++;
    }

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (vfs_metadata_check_size(text_len, reader->fault) != VFS_OK) {
        return VFS_ERROR;
    }

    metadata->data = out.data;
    metadata->len = out.len;

    return vfs_metadata_check_names(reader, *metadata, n);
}


/*
 * "text_len" counts what the object takes as compact JSON.  A null is refused,
 * so the tokenizer is asked here and not through vfs_reader_member().
 */

static int
vfs_metadata_read_field(vfs_reader_t *reader, vfs_metadata_out_t *out,
    size_t *text_len)
{
    int                  rc;
    size_t               start;
    vfs_str_t            name;
    const char          *text;
    vfs_json_type_e      type;
    vfs_metadata_head_t  head;
    vfs_metadata_type_e  value_type;

    rc = vfs_reader_field(reader, &name);

    if (rc != VFS_OK) {
        return rc;
    }

    if (vfs_metadata_check_size(name.len, reader->fault) != VFS_OK) {
        return VFS_ERROR;
    }

    if (name.len != 0 && name.data[0] == '$') {
        return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT,
                         "Metadata field name must not start with '$', got "
                         "'%.*s'", (int) (name.len > 64 ? 64 : name.len),
                         name.data);
    }

    start = out->len;
    memset(&head, 0, sizeof(head));

    if (vfs_metadata_put(out, &head, sizeof(head)) != VFS_OK
        || vfs_metadata_put(out, name.data, name.len) != VFS_OK)
    {
        return vfs_fault_memory(reader->fault);
    }

    text = reader->value.start;
    type = reader->value.type;

    if (vfs_metadata_read_value(reader, name, out, &value_type) != VFS_OK) {
        return VFS_ERROR;
    }

    *text_len += (size_t) (reader->json.pos - text) + reader->name.len
                 + (start == 0 ? 3 : 4) + (type == VFS_JSON_STRING ? 1 : 0);

    head.hash = vfs_metadata_hash(name);
    head.name_len = (uint16_t) name.len;
    head.type = (uint8_t) value_type;
    head.value_len = (uint32_t) (out->len - start - sizeof(head) - name.len);
    memcpy(out->data + start, &head, sizeof(head));

    return VFS_OK;
}


static int
vfs_metadata_read_value(vfs_reader_t *reader, vfs_str_t name,
    vfs_metadata_out_t *out, vfs_metadata_type_e *type)
{
    int        rc;
    char       flag;
    double     number;
    vfs_str_t  str;

    *type = VFS_METADATA_STRING;

    switch (reader->value.type) {

    case VFS_JSON_STRING:
        if (vfs_reader_string(reader, "metadata", &str) != VFS_OK) {
            return VFS_ERROR;
        }

        rc = vfs_metadata_put(out, str.data, str.len);
        break;

    case VFS_JSON_NUMBER:
        if (vfs_reader_double(reader, "metadata", &number) != VFS_OK) {
            return VFS_ERROR;
        }

        *type = VFS_METADATA_NUMBER;
        rc = vfs_metadata_put(out, &number, sizeof(number));
        break;

    case VFS_JSON_TRUE:
    case VFS_JSON_FALSE:
        flag = reader->value.type == VFS_JSON_TRUE;
        *type = VFS_METADATA_BOOL;
        rc = vfs_metadata_put(out, &flag, 1);
        break;

    case VFS_JSON_ARRAY:
        *type = VFS_METADATA_LIST;
        return vfs_metadata_read_list(reader, name, out);

    default:
        if (vfs_reader_span(reader, &str) != VFS_OK) {
            return VFS_ERROR;
        }

        return vfs_metadata_refuse(reader, name, str);
    }

    return rc == VFS_OK ? VFS_OK : vfs_fault_memory(reader->fault);
}


static int
vfs_metadata_read_list(vfs_reader_t *reader, vfs_str_t name,
    vfs_metadata_out_t *out)
{
    int         rc;
    uint32_t    len;
    vfs_str_t   item, span;
    vfs_json_t  begin;

    begin = reader->json;

    while ((rc = vfs_reader_element(reader)) == VFS_OK) {

        if (reader->value.type != VFS_JSON_STRING) {
            span.data = begin.pos - 1;

            while (rc == VFS_OK) {
                if (vfs_reader_skip(reader) != VFS_OK) {
                    return VFS_ERROR;
                }

                rc = vfs_reader_element(reader);
            }

            if (rc == VFS_ERROR) {
                return VFS_ERROR;
            }

            span.len = (size_t) (reader->json.pos - span.data);

            return vfs_metadata_refuse(reader, name, span);
        }

        if (vfs_reader_string(reader, "metadata", &item) != VFS_OK) {
            return VFS_ERROR;
        }

        len = (uint32_t) item.len;

        if (vfs_metadata_put(out, &len, sizeof(len)) != VFS_OK
            || vfs_metadata_put(out, item.data, item.len) != VFS_OK)
        {
            return vfs_fault_memory(reader->fault);
        }
    }

    return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
}


static int
vfs_metadata_refuse(vfs_reader_t *reader, vfs_str_t name, vfs_str_t value)
{
    return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT,
                     "Metadata value must be a string, number, boolean or "
                     "list of strings, got '%.*s' for field '%.*s'",
                     (int) (value.len > 64 ? 64 : value.len), value.data,
                     (int) (name.len > 64 ? 64 : name.len), name.data);
}


static int
vfs_metadata_put(vfs_metadata_out_t *out, const void *data, size_t len)
{
    char    *room;
    size_t   size;

    if (out->size - out->len < len) {
        size = out->size == 0 ? 256 : out->size;

        while (size - out->len < len) {
            size *= 2;
        }

        room = vfs_arena_alloc(out->arena, size);
        if (room == NULL) {
            return VFS_ERROR;
        }

        if (out->len != 0) {
            memcpy(room, out->data, out->len);
        }

        out->data = room;
        out->size = size;
    }

    if (len != 0) {
        memcpy(out->data + out->len, data, len);
        out->len += len;
    }

    return VFS_OK;
}


static int
vfs_metadata_check_names(vfs_reader_t *reader, vfs_str_t metadata, size_t n)
{
    size_t                 i, offset;
    vfs_str_t             *names;
    vfs_metadata_field_t   field;

    if (n < 2) {
        return VFS_OK;
    }

    names = vfs_arena_alloc(reader->arena, n * sizeof(vfs_str_t));
    if (names == NULL) {
        return vfs_fault_memory(reader->fault);
    }

    offset = 0;

    for (i = 0; i < n; i++) {
        (void) vfs_metadata_next(metadata, &offset, &field);
        names[i] = field.name;
    }

    qsort(names, n, sizeof(vfs_str_t), vfs_metadata_cmp_names);

    for (i = 1; i < n; i++) {
        if (vfs_metadata_cmp_names(&names[i - 1], &names[i]) == 0) {
            return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT,
                             "Metadata field '%.*s' stands twice",
                             (int) (names[i].len > 64 ? 64 : names[i].len),
                             names[i].data);
        }
    }

    return VFS_OK;
}


static int
vfs_metadata_cmp_names(const void *one, const void *two)
{
    int               rc;
    const vfs_str_t  *a, *b;

    a = one;
    b = two;

    rc = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

    if (rc != 0) {
        return rc;
    }

    return (a->len > b->len) - (a->len < b->len);
}
