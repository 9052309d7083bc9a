
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_metadata.h"

#include <math.h>
#include <string.h>

#include <xxhash.h>


uint32_t
vfs_metadata_hash(vfs_str_t name)
{
    return (uint32_t) XXH3_64bits(name.data, name.len);
}


int
vfs_metadata_merge(vfs_arena_t *arena, vfs_str_t base, vfs_str_t patch,
    vfs_str_t *merged, vfs_fault_t *fault)
{
    char                 *data;
    size_t                len, offset, start;
    vfs_buf_t             text;
    vfs_metadata_field_t  field, newer;

    data = vfs_arena_alloc(arena, base.len + patch.len + 1);
    if (data == NULL) {
        return vfs_fault_memory(fault);
    }

    len = 0;
    offset = 0;
    start = 0;

    while (vfs_metadata_next(base, &offset, &field) == VFS_OK) {

        if (vfs_metadata_find(patch, field.name, vfs_metadata_hash(field.name),
                              &newer)
            == VFS_DECLINED)
        {
            memcpy(data + len, base.data + start, offset - start);
            len += offset - start;
        }

        start = offset;
    }

    if (patch.len != 0) {
        memcpy(data + len, patch.data, patch.len);
        len += patch.len;
    }

    merged->data = data;
    merged->len = len;

    vfs_buf_init(&text, 32 * VFS_INDEX_MAX_METADATA);
    vfs_metadata_print(&text, *merged);
    len = text.len;

    if (text.failed) {
        len = text.max;
    }

    vfs_buf_free(&text);

    return vfs_metadata_check_size(len, fault);
}


int
vfs_metadata_next(vfs_str_t metadata, size_t *offset,
    vfs_metadata_field_t *field)
{
    size_t               room;
    const char          *p;
    vfs_metadata_head_t  head;

    if (*offset == metadata.len) {
        return VFS_DECLINED;
    }

    room = metadata.len - *offset;
    p = metadata.data + *offset;

    if (room < sizeof(head)) {
        return VFS_ERROR;
    }

    memcpy(&head, p, sizeof(head));
    room -= sizeof(head);
    p += sizeof(head);

    if (head.name_len > room || head.value_len > room - head.name_len) {
        return VFS_ERROR;
    }

    field->type = (vfs_metadata_type_e) head.type;
    field->name.data = p;
    field->name.len = head.name_len;
    field->value.data = p + head.name_len;
    field->value.len = head.value_len;

    *offset += sizeof(head) + head.name_len + head.value_len;

    switch (field->type) {

    case VFS_METADATA_STRING:
    case VFS_METADATA_LIST:
        return VFS_OK;

    case VFS_METADATA_NUMBER:
        if (head.value_len != sizeof(double)) {
            return VFS_ERROR;
        }

        memcpy(&field->number, field->value.data, sizeof(double));
        return VFS_OK;

    case VFS_METADATA_BOOL:
        if (head.value_len != 1) {
            return VFS_ERROR;
        }

        field->flag = field->value.data[0] != 0;
        return VFS_OK;

    default:
        return VFS_ERROR;
    }
}


int
vfs_metadata_find(vfs_str_t metadata, vfs_str_t name, uint32_t hash,
    vfs_metadata_field_t *field)
{
    size_t               offset, start;
    vfs_metadata_head_t  head;

    offset = 0;

    while (offset < metadata.len) {
        start = offset;
        memcpy(&head, metadata.data + offset, sizeof(head));
        offset += sizeof(head) + head.name_len + head.value_len;

        if (head.hash == hash && head.name_len == name.len
            && memcmp(metadata.data + start + sizeof(head), name.data,
                      name.len) == 0)
        {
            return vfs_metadata_next(metadata, &start, field);
        }
    }

    return VFS_DECLINED;
}


int
vfs_metadata_item(vfs_str_t list, size_t *offset, vfs_str_t *item)
{
    uint32_t  len;

    if (*offset == list.len) {
        return VFS_DECLINED;
    }

    if (list.len - *offset < sizeof(len)) {
        return VFS_ERROR;
    }

    memcpy(&len, list.data + *offset, sizeof(len));
    *offset += sizeof(len);

    if (list.len - *offset < len) {
        return VFS_ERROR;
    }

    item->data = list.data + *offset;
    item->len = len;
    *offset += len;

    return VFS_OK;
}


int
vfs_metadata_check(vfs_str_t metadata)
{
    int                   rc;
    size_t                offset, item_offset;
    vfs_str_t             item;
    vfs_metadata_field_t  field;

    offset = 0;

    while ((rc = vfs_metadata_next(metadata, &offset, &field)) == VFS_OK) {

        if (field.type == VFS_METADATA_NUMBER && !isfinite(field.number)) {
            return VFS_ERROR;
        }

        if (field.type != VFS_METADATA_LIST) {
            continue;
        }

        item_offset = 0;

        do {
            rc = vfs_metadata_item(field.value, &item_offset, &item);
        } while (rc == VFS_OK);

        if (rc == VFS_ERROR) {
            return VFS_ERROR;
        }
    }

    return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
}


void
vfs_metadata_print(vfs_buf_t *buf, vfs_str_t metadata)
{
    size_t                offset, item_offset;
    vfs_str_t             item;
    const char           *comma;
    vfs_metadata_field_t  field;

    vfs_buf_text(buf, "{");
    offset = 0;

    while (vfs_metadata_next(metadata, &offset, &field) == VFS_OK) {
        vfs_buf_string(buf, field.name.data, field.name.len);
        vfs_buf_text(buf, ":");

        switch (field.type) {

        case VFS_METADATA_STRING:
            vfs_buf_string(buf, field.value.data, field.value.len);
            break;

        case VFS_METADATA_NUMBER:
            vfs_buf_double(buf, field.number);
            break;

        case VFS_METADATA_BOOL:
            vfs_buf_text(buf, field.flag ? "true" : "false");
            break;

        case VFS_METADATA_LIST:
            comma = "[";
            item_offset = 0;

            while (vfs_metadata_item(field.value, &item_offset, &item)
                   == VFS_OK)
            {
                vfs_buf_text(buf, comma);
                vfs_buf_string(buf, item.data, item.len);
                comma = ",";
            }

            vfs_buf_text(buf, *comma == '[' ? "[]" : "]");
            break;
        }

        if (offset != metadata.len) {
            vfs_buf_text(buf, ",");
        }
    }

    vfs_buf_text(buf, "}");
}


int
vfs_metadata_check_size(size_t len, vfs_fault_t *fault)
{
    if (len > VFS_INDEX_MAX_METADATA) {
        return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                         "Metadata size is %zu bytes, which exceeds the limit "
                         "of %d bytes per vector",
                         len, VFS_INDEX_MAX_METADATA);
    }

    return VFS_OK;
}
