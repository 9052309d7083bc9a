
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_filter_node.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    const char       *name;
    vfs_filter_op_e   op;
} vfs_filter_operator_t;


static vfs_filter_t *vfs_filter_create(vfs_reader_t *reader,
    vfs_filter_op_e op);
static int vfs_filter_read_object(vfs_reader_t *reader, vfs_filter_t **filter);
static int vfs_filter_read_branches(vfs_reader_t *reader, vfs_str_t name,
    vfs_filter_op_e op, vfs_filter_t **filter);
static int vfs_filter_read_field(vfs_reader_t *reader, vfs_str_t name,
    vfs_filter_t ***last);
static int vfs_filter_read_operator(vfs_reader_t *reader, vfs_str_t name,
    vfs_str_t word, vfs_filter_t **filter);
static int vfs_filter_read_operand(vfs_reader_t *reader, vfs_str_t word,
    vfs_filter_t *filter);
static int vfs_filter_read_list(vfs_reader_t *reader, vfs_str_t word,
    vfs_filter_t *filter);
static int vfs_filter_read_value(vfs_reader_t *reader, const char *what,
    vfs_filter_value_t *value);
static int vfs_filter_refuse(vfs_reader_t *reader, const char *fmt,
    vfs_str_t word);
static int vfs_filter_is(vfs_str_t word, const char *text);


static const vfs_filter_operator_t  vfs_filter_operators[] = {
    { "$eq", VFS_FILTER_EQ },
    { "$ne", VFS_FILTER_NE },
    { "$gt", VFS_FILTER_GT },
    { "$gte", VFS_FILTER_GTE },
    { "$lt", VFS_FILTER_LT },
    { "$lte", VFS_FILTER_LTE },
    { "$in", VFS_FILTER_IN },
    { "$nin", VFS_FILTER_NIN },
    { "$exists", VFS_FILTER_EXISTS },
    { NULL, VFS_FILTER_AND }
};


int
vfs_filter_read(vfs_reader_t *reader, vfs_filter_t **filter)
{
    if (vfs_reader_object(reader, "filter") != VFS_OK
        || vfs_filter_read_object(reader, filter) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if ((*filter)->first == NULL) {
        *filter = NULL;
    }

    return VFS_OK;
}


static vfs_filter_t *
vfs_filter_create(vfs_reader_t *reader, vfs_filter_op_e op)
{
    vfs_filter_t  *filter;

    filter = vfs_arena_alloc(reader->arena, sizeof(vfs_filter_t));

    if (filter == NULL) {
        (void) vfs_fault_memory(reader->fault);
        return NULL;
    }

    memset(filter, 0, sizeof(vfs_filter_t));
    filter->op = op;

    return filter;
}


/* The conditions of one object must all be met. */

static int
vfs_filter_read_object(vfs_reader_t *reader, vfs_filter_t **filter)
{
    int             rc;
    vfs_str_t       name;
    vfs_filter_t  **last;

    *filter = vfs_filter_create(reader, VFS_FILTER_AND);
    if (*filter == NULL) {
        return VFS_ERROR;
    }

    last = &(*filter)->first;

    while ((rc = vfs_reader_field(reader, &name)) == VFS_OK) {

        if (vfs_filter_is(name, "$and")) {
            rc = vfs_filter_read_branches(reader, name, VFS_FILTER_AND, last);

        } else if (vfs_filter_is(name, "$or")) {
            rc = vfs_filter_read_branches(reader, name, VFS_FILTER_OR, last);

        } else if (name.len != 0 && name.data[0] == '$') {
            rc = vfs_filter_refuse(reader, "Filter operator '%.*s' is not "
                                   "valid here: expected a field, $and or "
                                   "$or", name);

        } else {
            rc = vfs_filter_read_field(reader, name, &last);
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }

        if (*last != NULL) {
            last = &(*last)->next;
        }
    }

    return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
}


static int
vfs_filter_read_branches(vfs_reader_t *reader, vfs_str_t name,
    vfs_filter_op_e op, vfs_filter_t **filter)
{
    int             rc;
    vfs_filter_t  **last;

    *filter = vfs_filter_create(reader, op);

    if (*filter == NULL || vfs_reader_array(reader, "filter") != VFS_OK) {
        return VFS_ERROR;
    }

    last = &(*filter)->first;

    while ((rc = vfs_reader_element(reader)) == VFS_OK) {

        if (vfs_reader_object(reader, "filter") != VFS_OK
            || vfs_filter_read_object(reader, last) != VFS_OK)
        {
            return VFS_ERROR;
        }

        last = &(*last)->next;
    }

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if ((*filter)->first == NULL) {
        return vfs_filter_refuse(reader, "Filter operator '%.*s' must hold a "
                                 "list of at least one filter", name);
    }

    return VFS_OK;
}


/* "name": value, or "name": {operator: operand, ...}. */

static int
vfs_filter_read_field(vfs_reader_t *reader, vfs_str_t name,
    vfs_filter_t ***last)
{
    int         rc, n;
    vfs_str_t   word;

    if (reader->value.type != VFS_JSON_OBJECT) {
        word.data = "$eq";
        word.len = 3;

        return vfs_filter_read_operator(reader, name, word, *last);
    }

    for (n = 0; (rc = vfs_reader_field(reader, &word)) == VFS_OK; n++) {

        if (n != 0) {
            *last = &(**last)->next;
        }

        if (vfs_filter_read_operator(reader, name, word, *last) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (n == 0) {
        return vfs_filter_refuse(reader, "Filter field '%.*s' must have an "
                                 "operator", name);
    }

    return VFS_OK;
}


static int
vfs_filter_read_operator(vfs_reader_t *reader, vfs_str_t name, vfs_str_t word,
    vfs_filter_t **filter)
{
    const vfs_filter_operator_t  *known;

    for (known = vfs_filter_operators; known->name != NULL; known++) {
        if (vfs_filter_is(word, known->name)) {
            break;
        }
    }

    if (known->name == NULL) {
        return vfs_filter_refuse(reader, "Filter operator '%.*s' is not known",
                                 word);
    }

    *filter = vfs_filter_create(reader, known->op);
    if (*filter == NULL) {
        return VFS_ERROR;
    }

    (*filter)->name = name;
    (*filter)->hash = vfs_metadata_hash(name);

    if (known->op == VFS_FILTER_IN || known->op == VFS_FILTER_NIN) {
        return vfs_filter_read_list(reader, word, *filter);
    }

    return vfs_filter_read_operand(reader, word, *filter);
}


static int
vfs_filter_read_operand(vfs_reader_t *reader, vfs_str_t word,
    vfs_filter_t *filter)
{
    vfs_filter_value_t  *value;

    value = vfs_arena_alloc(reader->arena, sizeof(vfs_filter_value_t));
    if (value == NULL) {
        return vfs_fault_memory(reader->fault);
    }

    if (vfs_filter_read_value(reader, "filter", value) != VFS_OK) {
        return VFS_ERROR;
    }

    filter->values = value;
    filter->n = 1;

    switch (filter->op) {

    case VFS_FILTER_EQ:
    case VFS_FILTER_NE:
        return VFS_OK;

    case VFS_FILTER_EXISTS:
        if (value->type != VFS_METADATA_BOOL) {
            return vfs_filter_refuse(reader, "Filter operator '%.*s' takes "
                                     "true or false", word);
        }

        return VFS_OK;

    default:
        if (value->type != VFS_METADATA_NUMBER) {
            return vfs_filter_refuse(reader, "Filter operator '%.*s' takes a "
                                     "number", word);
        }

        return VFS_OK;
    }
}


static int
vfs_filter_read_list(vfs_reader_t *reader, vfs_str_t word,
    vfs_filter_t *filter)
{
    int                  rc;
    uint32_t             size;
    vfs_filter_value_t  *values;

    if (reader->value.type != VFS_JSON_ARRAY) {
        return vfs_filter_refuse(reader, "Filter operator '%.*s' takes a list "
                                 "of strings and numbers", word);
    }

    size = 0;

    while ((rc = vfs_reader_element(reader)) == VFS_OK) {

        if (filter->n == VFS_INDEX_MAX_IN) {
            return vfs_filter_refuse(reader, "Filter operator '%.*s' takes at "
                                     "most 10000 values", word);
        }

        if (filter->n == size) {
            size = size == 0 ? 8 : 2 * size;

            values = vfs_arena_alloc(reader->arena,
                                     size * sizeof(vfs_filter_value_t));
            if (values == NULL) {
                return vfs_fault_memory(reader->fault);
            }

            if (filter->n != 0) {
                memcpy(values, filter->values,
                       filter->n * sizeof(vfs_filter_value_t));
            }

            filter->values = values;
        }

        if (vfs_filter_read_value(reader, "filter",
                                  &filter->values[filter->n])
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        if (filter->values[filter->n++].type == VFS_METADATA_BOOL) {
            return vfs_filter_refuse(reader, "Filter operator '%.*s' takes a "
                                     "list of strings and numbers", word);
        }
    }

    if (filter->n != 0) {
        qsort(filter->values, filter->n, sizeof(vfs_filter_value_t),
              vfs_filter_value_cmp);
    }

    return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
}


static int
vfs_filter_read_value(vfs_reader_t *reader, const char *what,
    vfs_filter_value_t *value)
{
    vfs_str_t  span;

    memset(value, 0, sizeof(vfs_filter_value_t));

    switch (reader->value.type) {

    case VFS_JSON_STRING:
        value->type = VFS_METADATA_STRING;
        return vfs_reader_string(reader, what, &value->text);

    case VFS_JSON_NUMBER:
        value->type = VFS_METADATA_NUMBER;
        return vfs_reader_double(reader, what, &value->number);

    case VFS_JSON_TRUE:
    case VFS_JSON_FALSE:
        value->type = VFS_METADATA_BOOL;
        return vfs_reader_bool(reader, what, &value->flag);

    default:
        if (vfs_reader_span(reader, &span) != VFS_OK) {
            return VFS_ERROR;
        }

        return vfs_filter_refuse(reader, "Filter value must be a string, "
                                 "number or boolean, got '%.*s'", span);
    }
}


/* "fmt" takes the length and the bytes of a word that may be long. */

static int
vfs_filter_refuse(vfs_reader_t *reader, const char *fmt, vfs_str_t word)
{
    return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT, fmt,
                     (int) (word.len > 64 ? 64 : word.len), word.data);
}


static int
vfs_filter_is(vfs_str_t word, const char *text)
{
    return word.len == strlen(text) && memcmp(word.data, text, word.len) == 0;
}
