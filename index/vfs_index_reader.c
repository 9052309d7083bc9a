
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_reader.h"
#include "vfs_float.h"

#include <math.h>
#include <string.h>


static int vfs_reader_next(vfs_reader_t *reader, vfs_json_token_t *token);
static int vfs_reader_text(vfs_reader_t *reader,
    const vfs_json_token_t *token, vfs_str_t *str);
static int vfs_reader_malformed(vfs_reader_t *reader);
static int vfs_reader_expected(vfs_reader_t *reader, const char *what,
    const char *expected);
static void *vfs_reader_grow(vfs_reader_t *reader, void *data, uint32_t n,
    uint32_t *size);
static int vfs_reader_whole(const vfs_json_token_t *token, uint32_t *value);


int
vfs_reader_open(vfs_reader_t *reader, vfs_arena_t *arena, vfs_fault_t *fault,
    const char *text, size_t len)
{
    reader->arena = arena;
    reader->fault = fault;

    vfs_json_init(&reader->json, text, len);

    if (vfs_reader_next(reader, &reader->value) != VFS_OK) {
        return VFS_ERROR;
    }

    if (reader->value.type != VFS_JSON_OBJECT) {
        return vfs_fault(fault, VFS_CODE_BAD_JSON,
                         ": Root element must be a message.");
    }

    return VFS_OK;
}


int
vfs_reader_member(vfs_reader_t *reader)
{
    vfs_json_token_t  end;

    do {
        if (vfs_reader_next(reader, &reader->name) != VFS_OK) {
            return VFS_ERROR;
        }

        if (reader->name.type == VFS_JSON_OBJECT_END) {

            if (reader->json.depth == 0
                && vfs_reader_next(reader, &end) != VFS_OK)
            {
                return VFS_ERROR;
            }

            return VFS_DECLINED;
        }

        if (vfs_reader_next(reader, &reader->value) != VFS_OK) {
            return VFS_ERROR;
        }
    } while (reader->value.type == VFS_JSON_NULL);

    return VFS_OK;
}


int
vfs_reader_field(vfs_reader_t *reader, vfs_str_t *name)
{
    if (vfs_reader_next(reader, &reader->name) != VFS_OK) {
        return VFS_ERROR;
    }

    if (reader->name.type == VFS_JSON_OBJECT_END) {
        return VFS_DECLINED;
    }

    if (vfs_reader_text(reader, &reader->name, name) != VFS_OK) {
        return VFS_ERROR;
    }

    return vfs_reader_next(reader, &reader->value);
}


int
vfs_reader_element(vfs_reader_t *reader)
{
    if (vfs_reader_next(reader, &reader->value) != VFS_OK) {
        return VFS_ERROR;
    }

    return reader->value.type == VFS_JSON_ARRAY_END ? VFS_DECLINED : VFS_OK;
}


int
vfs_reader_is(vfs_reader_t *reader, const char *name)
{
    size_t       i;
    const char  *p, *last;

    if (vfs_json_equal(&reader->name, name)) {
        return 1;
    }

    p = reader->name.start;
    last = p + reader->name.len;

    for (i = 0; name[i] != '\0'; i++) {

        if (name[i] >= 'A' && name[i] <= 'Z') {

            if (last - p < 2 || p[0] != '_' || p[1] != (name[i] | 0x20)) {
                return 0;
            }

            p += 2;
            continue;
        }

        if (p == last || *p != name[i]) {
            return 0;
        }

        p++;
    }

    return p == last;
}


int
vfs_reader_skip(vfs_reader_t *reader)
{
    vfs_str_t  span;

    return vfs_reader_span(reader, &span);
}


int
vfs_reader_span(vfs_reader_t *reader, vfs_str_t *span)
{
    vfs_json_token_t  token;

    if (vfs_json_skip(&reader->json, &reader->value, &token) != 0) {
        return vfs_reader_malformed(reader);
    }

    span->data = token.start;
    span->len = token.len;

    return VFS_OK;
}


int
vfs_reader_object(vfs_reader_t *reader, const char *what)
{
    if (reader->value.type != VFS_JSON_OBJECT) {
        return vfs_reader_expected(reader, what, "an object");
    }

    return VFS_OK;
}


int
vfs_reader_array(vfs_reader_t *reader, const char *what)
{
    if (reader->value.type != VFS_JSON_ARRAY) {
        return vfs_reader_expected(reader, what, "a list");
    }

    return VFS_OK;
}


int
vfs_reader_string(vfs_reader_t *reader, const char *what, vfs_str_t *str)
{
    if (reader->value.type != VFS_JSON_STRING) {
        return vfs_reader_expected(reader, what, "a string");
    }

    return vfs_reader_text(reader, &reader->value, str);
}


int
vfs_reader_bool(vfs_reader_t *reader, const char *what, unsigned *flag)
{
    if (reader->value.type != VFS_JSON_TRUE
        && reader->value.type != VFS_JSON_FALSE)
    {
        return vfs_reader_expected(reader, what, "true or false");
    }

    *flag = reader->value.type == VFS_JSON_TRUE;

    return VFS_OK;
}


int
vfs_reader_uint(vfs_reader_t *reader, const char *what, uint32_t *value)
{
    if (vfs_reader_whole(&reader->value, value) != VFS_OK) {
        return vfs_reader_expected(reader, what, "a whole number");
    }

    return VFS_OK;
}


int
vfs_reader_double(vfs_reader_t *reader, const char *what, double *value)
{
    const char  *last;

    last = reader->value.start + reader->value.len;

    if (reader->value.type != VFS_JSON_NUMBER
        || vfs_double_read(reader->value.start, last, value) != last)
    {
        return vfs_reader_expected(reader, what, "a 64-bit float");
    }

    return VFS_OK;
}


int
vfs_reader_floats(vfs_reader_t *reader, const char *what, uint32_t max,
    vfs_floats_t *floats)
{
    int          rc;
    const char  *last;

    floats->n = 0;

    if (vfs_reader_array(reader, what) != VFS_OK) {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_element(reader)) == VFS_OK) {

        if (floats->n == max) {
            return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT,
                             "'%s' holds more than %u numbers", what, max);
        }

        if (floats->n == floats->size) {
            floats->data = vfs_reader_grow(reader, floats->data, floats->n,
                                           &floats->size);

            if (floats->data == NULL) {
                return vfs_fault_memory(reader->fault);
            }
        }

        last = reader->value.start + reader->value.len;

        if (reader->value.type != VFS_JSON_NUMBER
            || vfs_float_read(reader->value.start, last,
                              &floats->data[floats->n]) != last)
        {
            return vfs_reader_expected(reader, what,
                                       "a list of 32-bit floats");
        }

        floats->n++;
    }

    return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
}


int
vfs_reader_uints(vfs_reader_t *reader, const char *what, uint32_t max,
    vfs_uints_t *uints)
{
    int  rc;

    uints->n = 0;

    if (vfs_reader_array(reader, what) != VFS_OK) {
        return VFS_ERROR;
    }

    while ((rc = vfs_reader_element(reader)) == VFS_OK) {

        if (uints->n == max) {
            return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT,
                             "'%s' holds more than %u numbers", what, max);
        }

        if (uints->n == uints->size) {
            uints->data = vfs_reader_grow(reader, uints->data, uints->n,
                                          &uints->size);

            if (uints->data == NULL) {
                return vfs_fault_memory(reader->fault);
            }
        }

        if (vfs_reader_whole(&reader->value, &uints->data[uints->n])
            != VFS_OK)
        {
            return vfs_reader_expected(reader, what,
                                       "a list of 32-bit whole numbers");
        }

        uints->n++;
    }

    return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
}


static int
vfs_reader_next(vfs_reader_t *reader, vfs_json_token_t *token)
{
    if (vfs_json_next(&reader->json, token) == VFS_JSON_INVALID) {
        return vfs_reader_malformed(reader);
    }

    return VFS_OK;
}


/* The characters of a string or name. */

static int
vfs_reader_text(vfs_reader_t *reader, const vfs_json_token_t *token,
    vfs_str_t *str)
{
    char       *buf;
    ptrdiff_t   len;

    str->data = token->start;
    str->len = token->len;

    if (!token->escaped) {
        return VFS_OK;
    }

    buf = vfs_arena_alloc(reader->arena, token->len);
    if (buf == NULL) {
        return vfs_fault_memory(reader->fault);
    }

    len = vfs_json_unescape(token, buf, token->len);

    if (len < 0) {
        return vfs_reader_malformed(reader);
    }

    str->data = buf;
    str->len = (size_t) len;

    return VFS_OK;
}


static int
vfs_reader_malformed(vfs_reader_t *reader)
{
    return vfs_fault(reader->fault, VFS_CODE_BAD_JSON,
                     ": Invalid JSON at byte %zu: %s.",
                     (size_t) (reader->json.pos - reader->json.start),
                     reader->json.reason != NULL ? reader->json.reason
                                                 : "not a value");
}


static int
vfs_reader_expected(vfs_reader_t *reader, const char *what,
    const char *expected)
{
    size_t             len;
    vfs_str_t          got;
    vfs_json_token_t   token;

    token = reader->value;

    if (token.type == VFS_JSON_STRING || token.type == VFS_JSON_NUMBER) {
        got.data = token.start;
        got.len = token.len;

    } else if (vfs_reader_span(reader, &got) != VFS_OK) {
        return VFS_ERROR;
    }

    len = got.len > 64 ? 64 : got.len;

    return vfs_fault(reader->fault, VFS_CODE_INVALID_ARGUMENT,
                     "'%s' must be %s, got '%.*s'%s", what, expected,
                     (int) len, got.data, len < got.len ? " (cut)" : "");
}


static void *
vfs_reader_grow(vfs_reader_t *reader, void *data, uint32_t n, uint32_t *size)
{
    void      *room;
    uint32_t   wider;

    wider = *size == 0 ? 256 : *size * 2;

    room = vfs_arena_alloc(reader->arena, (size_t) wider * sizeof(uint32_t));
    if (room == NULL) {
        return NULL;
    }

    if (n != 0) {
        memcpy(room, data, n * sizeof(uint32_t));
    }

    *size = wider;

    return room;
}


static int
vfs_reader_whole(const vfs_json_token_t *token, uint32_t *value)
{
    double       d;
    const char  *last;

    last = token->start + token->len;

    if (token->type != VFS_JSON_NUMBER
        || vfs_double_read(token->start, last, &d) != last
        || d < 0 || d > UINT32_MAX || d != floor(d))
    {
        return VFS_ERROR;
    }

    *value = (uint32_t) d;

    return VFS_OK;
}
