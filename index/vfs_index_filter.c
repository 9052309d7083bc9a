
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_filter_node.h"
#include "vfs_index_collection.h"

#include <stdlib.h>


static int vfs_filter_match_field(const vfs_filter_t *filter,
    const vfs_metadata_field_t *field);
static int vfs_filter_equal(const vfs_filter_t *filter,
    const vfs_metadata_field_t *field);
static int vfs_filter_has(const vfs_filter_t *filter,
    const vfs_filter_value_t *value);


int
vfs_filter_match(const vfs_filter_t *filter, vfs_str_t metadata)
{
    const vfs_filter_t    *child;
    vfs_metadata_field_t   field;

    switch (filter->op) {

    case VFS_FILTER_AND:
        for (child = filter->first; child != NULL; child = child->next) {
            if (!vfs_filter_match(child, metadata)) {
                return 0;
            }
        }

        return 1;

    case VFS_FILTER_OR:
        for (child = filter->first; child != NULL; child = child->next) {
            if (vfs_filter_match(child, metadata)) {
                return 1;
            }
        }

        return 0;

    default:
        break;
    }

    if (vfs_metadata_find(metadata, filter->name, filter->hash, &field)
        != VFS_OK)
    {
        return filter->op == VFS_FILTER_EXISTS && !filter->values->flag;
    }

    return vfs_filter_match_field(filter, &field);
}


int
vfs_filter_value_cmp(const void *one, const void *two)
{
    const vfs_filter_value_t  *a, *b;

    a = one;
    b = two;

    if (a->type != b->type) {
        return a->type < b->type ? -1 : 1;
    }

    switch (a->type) {

    case VFS_METADATA_STRING:
        return vfs_id_compare(a->text, b->text);

    case VFS_METADATA_NUMBER:
        return (a->number > b->number) - (a->number < b->number);

    default:
        return (int) a->flag - (int) b->flag;
    }
}


static int
vfs_filter_match_field(const vfs_filter_t *filter,
    const vfs_metadata_field_t *field)
{
    double  number;

    number = filter->n == 0 ? 0 : filter->values->number;

    switch (filter->op) {

    case VFS_FILTER_EXISTS:
        return filter->values->flag != 0;

    case VFS_FILTER_EQ:
    case VFS_FILTER_IN:
        return vfs_filter_equal(filter, field);

    case VFS_FILTER_NE:
    case VFS_FILTER_NIN:
        return !vfs_filter_equal(filter, field);

    case VFS_FILTER_GT:
        return field->type == VFS_METADATA_NUMBER && field->number > number;

    case VFS_FILTER_GTE:
        return field->type == VFS_METADATA_NUMBER && field->number >= number;

    case VFS_FILTER_LT:
        return field->type == VFS_METADATA_NUMBER && field->number < number;

    case VFS_FILTER_LTE:
        return field->type == VFS_METADATA_NUMBER && field->number <= number;

    default:
        return 0;
    }
}


/* Whether the field, or an element of it, is among the filter's values. */

static int
vfs_filter_equal(const vfs_filter_t *filter, const vfs_metadata_field_t *field)
{
    size_t              offset;
    vfs_filter_value_t  value;

    if (field->type != VFS_METADATA_LIST) {
        value.type = field->type;
        value.text = field->value;
        value.number = field->number;
        value.flag = field->flag;

        return vfs_filter_has(filter, &value);
    }

    value.type = VFS_METADATA_STRING;
    offset = 0;

    while (vfs_metadata_item(field->value, &offset, &value.text) == VFS_OK) {
        if (vfs_filter_has(filter, &value)) {
            return 1;
        }
    }

    return 0;
}


static int
vfs_filter_has(const vfs_filter_t *filter, const vfs_filter_value_t *value)
{
    if (filter->n == 0) {
        return 0;
    }

    if (filter->n == 1) {
        return vfs_filter_value_cmp(filter->values, value) == 0;
    }

    return bsearch(value, filter->values, filter->n,
                   sizeof(vfs_filter_value_t), vfs_filter_value_cmp)
           != NULL;
}
