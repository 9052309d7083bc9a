
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_body.h"
#include "vfs_float.h"
#include "vfs_integer.h"
#include "vfs_json.h"

#include <stdlib.h>
#include <string.h>


/* the names, braces and whole numbers around what has a length of its own */

#define VFS_BODY_RECORD  256


static const char  vfs_body_upsert[] = "{\"vectors\":[";
static const char  vfs_body_delete[] = "{\"ids\":[";


static int vfs_body_reserve(vfs_body_t *body, size_t len);
static int vfs_body_keep(vfs_body_t *body, char *last);
static char *vfs_body_copy(char *p, const char *text, size_t len);
static char *vfs_body_write_id(char *p, vfs_entity_e entity, const char *id,
    size_t len);


int
vfs_body_init(vfs_body_t *body, const char *namespace_name, size_t limit)
{
    char    *p;
    size_t   len;

    static const char  name[] = "],\"namespace\":\"";

    memset(body, 0, sizeof(vfs_body_t));

    len = strlen(namespace_name);

    body->limit = limit;
    body->tail = malloc(sizeof(name) + 6 * len + 2);

    if (body->tail == NULL) {
        return VFS_ERROR;
    }

    p = vfs_body_copy(body->tail, name, sizeof(name) - 1);
    p = vfs_json_escape(p, namespace_name, len);
    p = vfs_body_copy(p, "\"}", 2);

    body->tail_len = (size_t) (p - body->tail);

    return VFS_OK;
}


void
vfs_body_destroy(vfs_body_t *body)
{
    free(body->data);
    free(body->tail);
    memset(body, 0, sizeof(vfs_body_t));
}


int
vfs_body_begin(vfs_body_t *body, vfs_operation_e operation)
{
    size_t       len;
    const char  *head;

    if (operation == VFS_UPSERT) {
        head = vfs_body_upsert;
        len = sizeof(vfs_body_upsert) - 1;

    } else {
        head = vfs_body_delete;
        len = sizeof(vfs_body_delete) - 1;
    }

    body->len = 0;
    body->count = 0;

    if (vfs_body_reserve(body, len) != VFS_OK) {
        return VFS_ERROR;
    }

    memcpy(body->data, head, len);
    body->len = len;

    return VFS_OK;
}


int
vfs_body_vector(vfs_body_t *body, const vfs_definition_t *def,
    vfs_entity_e entity, const char *id, size_t len, const float *vector,
    const vfs_state_t *state)
{
    char        *p;
    size_t       metadata_len, watermark_len;
    unsigned     i;
    const char  *metadata;

    metadata = vfs_state_metadata(state);
    metadata_len = strlen(metadata);
    watermark_len = vfs_state_watermark(state, NULL, 0);

    if (vfs_body_reserve(body, VFS_BODY_RECORD + len + metadata_len
                               + watermark_len
                               + def->dimension * (VFS_FLOAT_LEN + 1))
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    p = body->data + body->len;

    if (body->count != 0) {
        *p++ = ',';
    }

    p = vfs_body_copy(p, "{\"id\":", 6);
    p = vfs_body_write_id(p, entity, id, len);
    p = vfs_body_copy(p, ",\"values\":[", 11);

    for (i = 0; i < def->dimension; i++) {

        if (i != 0) {
            *p++ = ',';
        }

        p = vfs_float_print(p, vector[i]);
    }

    p = vfs_body_copy(p, "],\"metadata\":{", 14);

    if (metadata_len != 0) {
        p = vfs_body_copy(p, metadata, metadata_len);
        *p++ = ',';
    }

    p = vfs_body_copy(p, "\"vfs_definition\":\"", 18);
    p = vfs_body_copy(p, def->hash, VFS_DEFINITION_HASH);
    p = vfs_body_copy(p, "\",\"vfs_event_time\":", 19);
    p = vfs_integer_print(p, vfs_state_time(state));
    p = vfs_body_copy(p, ",\"vfs_watermark\":\"", 18);

    p += vfs_state_watermark(state, p, watermark_len + 1);

    p = vfs_body_copy(p, "\",\"vfs_count\":", 14);
    p = vfs_integer_print(p, (int64_t) vfs_state_count(state));
    p = vfs_body_copy(p, "}}", 2);

    return vfs_body_keep(body, p);
}


int
vfs_body_id(vfs_body_t *body, vfs_entity_e entity, const char *id, size_t len)
{
    char  *p;

    if (vfs_body_reserve(body, VFS_BODY_RECORD + len) != VFS_OK) {
        return VFS_ERROR;
    }

    p = body->data + body->len;

    if (body->count != 0) {
        *p++ = ',';
    }

    p = vfs_body_write_id(p, entity, id, len);

    return vfs_body_keep(body, p);
}


int
vfs_body_end(vfs_body_t *body)
{
    if (vfs_body_reserve(body, body->tail_len) != VFS_OK) {
        return VFS_ERROR;
    }

    memcpy(body->data + body->len, body->tail, body->tail_len);
    body->len += body->tail_len;

    return VFS_OK;
}


static int
vfs_body_reserve(vfs_body_t *body, size_t len)
{
    char    *data;
    size_t   size;

    if (body->size - body->len >= len) {
        return VFS_OK;
    }

    size = body->size * 2;

    if (size < body->len + len) {
        size = body->len + len;
    }

    data = realloc(body->data, size);

    if (data == NULL) {
        return VFS_ERROR;
    }

    body->data = data;
    body->size = size;

    return VFS_OK;
}


static int
vfs_body_keep(vfs_body_t *body, char *last)
{
    size_t  len;

    len = (size_t) (last - body->data);

    if (body->count != 0 && len + body->tail_len > body->limit) {
        return VFS_DECLINED;
    }

    body->len = len;
    body->count++;

    return VFS_OK;
}


static char *
vfs_body_copy(char *p, const char *text, size_t len)
{
    memcpy(p, text, len);

    return p + len;
}


/* Ids and entities' names need no escaping. */

static char *
vfs_body_write_id(char *p, vfs_entity_e entity, const char *id, size_t len)
{
    const char  *name;

    name = vfs_entity_name(entity);

    *p++ = '"';
    p = vfs_body_copy(p, name, strlen(name));
    *p++ = ':';
    p = vfs_body_copy(p, id, len);
    *p++ = '"';

    return p;
}
