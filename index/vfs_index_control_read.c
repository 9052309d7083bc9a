
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>


/* The documents of the control plane are small. */

#define VFS_CONTROL_MAX_BODY   65536
#define VFS_CONTROL_MAX_KEY    80
#define VFS_CONTROL_MAX_VALUE  120

/* Of a name that is made: "index-" and 16 digits. */

#define VFS_CONTROL_NAME_LEN   22


static cJSON *vfs_control_parse(vfs_request_t *r);
static int vfs_control_read_name(vfs_request_t *r, const cJSON *body,
    vfs_str_t *name);
static int vfs_control_make_name(vfs_request_t *r, vfs_str_t *name);
static int vfs_control_read_shape(vfs_request_t *r, const cJSON *body,
    vfs_index_shape_t *shape);
static int vfs_control_read_schema(vfs_request_t *r, const cJSON *body,
    vfs_index_shape_t *shape);
static int vfs_control_check_shape(vfs_request_t *r, const cJSON *dimension,
    const cJSON *metric, int sparse, vfs_index_shape_t *shape);
static int vfs_control_check_settings(vfs_request_t *r, const cJSON *body);
static int vfs_control_check_tags(vfs_request_t *r, const cJSON *tags);
static cJSON *vfs_control_settings(vfs_request_t *r, const cJSON *body);
static cJSON *vfs_control_spec(const cJSON *body);
static int vfs_control_missing(vfs_request_t *r, const char *name);
static char *vfs_control_print(vfs_arena_t *arena, const cJSON *json);


int
vfs_control_read_create(vfs_request_t *r, vfs_control_create_t *create)
{
    int     rc;
    cJSON  *body, *settings;

    body = vfs_control_parse(r);
    if (body == NULL) {
        return VFS_ERROR;
    }

    settings = NULL;
    rc = vfs_control_read_name(r, body, &create->name);

    if (rc == VFS_OK) {
        rc = cJSON_GetObjectItemCaseSensitive(body, "schema") != NULL
                     && r->version >= VFS_CONTROL_SCHEMA_VERSION
             ? vfs_control_read_schema(r, body, &create->shape)
             : vfs_control_read_shape(r, body, &create->shape);
    }

    if (rc == VFS_OK) {
        rc = vfs_control_check_settings(r, body);
    }

    if (rc == VFS_OK) {
        settings = vfs_control_settings(r, body);
        create->settings.data = vfs_control_print(&r->arena, settings);

        if (create->settings.data == NULL) {
            rc = vfs_fault_memory(&r->fault);

        } else {
            create->settings.len = strlen(create->settings.data);
        }
    }

    cJSON_Delete(settings);
    cJSON_Delete(body);

    return rc;
}


int
vfs_control_read_patch(vfs_request_t *r, vfs_str_t *patch)
{
    int     rc;
    cJSON  *body, *settings;

    body = vfs_control_parse(r);
    if (body == NULL) {
        return VFS_ERROR;
    }

    settings = NULL;
    rc = vfs_control_check_settings(r, body);

    if (rc == VFS_OK) {
        settings = vfs_control_settings(r, body);
        patch->data = vfs_control_print(&r->arena, settings);

        if (patch->data == NULL) {
            rc = vfs_fault_memory(&r->fault);

        } else {
            patch->len = strlen(patch->data);
        }
    }

    cJSON_Delete(settings);
    cJSON_Delete(body);

    return rc;
}


/* Strictly: cJSON alone would let pass what is no JSON. */

static cJSON *
vfs_control_parse(vfs_request_t *r)
{
    int            rc;
    cJSON         *body;
    vfs_reader_t   reader;

    if (r->body.len > VFS_CONTROL_MAX_BODY) {
        (void) vfs_fault(&r->fault, VFS_CODE_TOO_LARGE,
                         "Request body is %zu bytes, which exceeds the limit "
                         "of %d bytes", r->body.len, VFS_CONTROL_MAX_BODY);
        return NULL;
    }

    if (vfs_reader_open(&reader, &r->arena, &r->fault, r->body.data,
                        r->body.len)
        != VFS_OK)
    {
        return NULL;
    }

    while ((rc = vfs_reader_member(&reader)) == VFS_OK) {
        if (vfs_reader_skip(&reader) != VFS_OK) {
            return NULL;
        }
    }

    if (rc == VFS_ERROR) {
        return NULL;
    }

    body = cJSON_ParseWithLength(r->body.data, r->body.len);

    if (body == NULL) {
        (void) vfs_fault_memory(&r->fault);
    }

    return body;
}


static int
vfs_control_read_name(vfs_request_t *r, const cJSON *body, vfs_str_t *name)
{
    char        *copy;
    size_t       i, len;
    const char  *text;

    text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body,
                                                                 "name"));
    if (text == NULL && r->version >= VFS_CONTROL_SCHEMA_VERSION
        && !cJSON_HasObjectItem(body, "name"))
    {
        return vfs_control_make_name(r, name);
    }

    if (text == NULL) {
        return vfs_control_missing(r, "name");
    }

    len = strlen(text);

    for (i = 0; i < len; i++) {
        if (!((text[i] >= 'a' && text[i] <= 'z')
              || (text[i] >= '0' && text[i] <= '9')
              || (text[i] == '-' && i != 0 && i != len - 1)))
        {
            break;
        }
    }

    if (len == 0 || len > VFS_INDEX_MAX_NAME || i != len) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "Name must have 1 to %d characters, consist of lower "
                         "case alphanumeric characters or '-', and must start "
                         "and end with an alphanumeric character",
                         VFS_INDEX_MAX_NAME);
    }

    copy = vfs_arena_alloc(&r->arena, len);
    if (copy == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    memcpy(copy, text, len);
    name->data = copy;
    name->len = len;

    return VFS_OK;
}


/* A name that nobody else has, for who does not care. */

static int
vfs_control_make_name(vfs_request_t *r, vfs_str_t *name)
{
    char      *text;
    uint64_t   number;

    text = vfs_arena_alloc(&r->arena, VFS_CONTROL_NAME_LEN + 1);

    if (text == NULL
        || getrandom(&number, sizeof(number), 0) != sizeof(number))
    {
        return vfs_fault_memory(&r->fault);
    }

    (void) snprintf(text, VFS_CONTROL_NAME_LEN + 1, "index-%016llx",
                    (unsigned long long) number);
    name->data = text;
    name->len = VFS_CONTROL_NAME_LEN;

    return VFS_OK;
}


static int
vfs_control_read_shape(vfs_request_t *r, const cJSON *body,
    vfs_index_shape_t *shape)
{
    int           sparse;
    const char   *type;
    const cJSON  *spec;

    spec = cJSON_GetObjectItemCaseSensitive(body, "spec");

    if (!cJSON_IsObject(spec)) {
        return vfs_control_missing(r, "spec");
    }

    if (!cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(spec, "serverless"))
        && !cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(spec, "pod"))
        && !cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(spec, "byoc")))
    {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "'spec' must hold one of 'serverless', 'pod' and "
                         "'byoc'");
    }

    type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body,
                                                          "vector_type"));
    sparse = type != NULL && strcmp(type, "sparse") == 0;

    if (type != NULL && !sparse && strcmp(type, "dense") != 0) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "'vector_type' must be dense or sparse");
    }

    return vfs_control_check_shape(r,
                         cJSON_GetObjectItemCaseSensitive(body, "dimension"),
                         cJSON_GetObjectItemCaseSensitive(body, "metric"),
                         sparse, shape);
}


static int
vfs_control_read_schema(vfs_request_t *r, const cJSON *body,
    vfs_index_shape_t *shape)
{
    const cJSON  *fields, *dense, *sparse;

    fields = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(body, "schema"),
                       "fields");
    dense = cJSON_GetObjectItemCaseSensitive(fields, "_values");
    sparse = cJSON_GetObjectItemCaseSensitive(fields, "_sparse_values");

    if (cJSON_IsObject(dense)) {
        return vfs_control_check_shape(r,
                        cJSON_GetObjectItemCaseSensitive(dense, "dimension"),
                        cJSON_GetObjectItemCaseSensitive(dense, "metric"),
                        0, shape);
    }

    if (cJSON_IsObject(sparse)) {
        return vfs_control_check_shape(r, NULL,
                        cJSON_GetObjectItemCaseSensitive(sparse, "metric"),
                        1, shape);
    }

    return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                     "'schema.fields' must hold '_values' or "
                     "'_sparse_values'");
}


static int
vfs_control_check_shape(vfs_request_t *r, const cJSON *dimension,
    const cJSON *metric, int sparse, vfs_index_shape_t *shape)
{
    double       n;
    const char  *name;

    name = cJSON_GetStringValue(metric);
    shape->metric = sparse ? VFS_INDEX_DOTPRODUCT : VFS_INDEX_COSINE;
    shape->dimension = 0;

    if (metric != NULL && !cJSON_IsNull(metric)
        && (name == NULL
            || vfs_index_metric_parse(name, strlen(name), &shape->metric)
               != VFS_OK))
    {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "'metric' must be cosine, dotproduct or euclidean");
    }

    if (sparse) {

        if (shape->metric != VFS_INDEX_DOTPRODUCT) {
            return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                             "Sparse vector indexes must use metric "
                             "dotproduct");
        }

        if (dimension != NULL && !cJSON_IsNull(dimension)) {
            return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                             "Sparse vector indexes must not have a "
                             "'dimension'");
        }

        return VFS_OK;
    }

    n = cJSON_IsNumber(dimension) ? dimension->valuedouble : 0;

    if (!(n >= 1 && n <= VFS_INDEX_MAX_DIMENSION) || n != (uint32_t) n) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "'dimension' must be a whole number from 1 to %d",
                         VFS_INDEX_MAX_DIMENSION);
    }

    shape->dimension = (uint32_t) n;

    return VFS_OK;
}


static int
vfs_control_check_settings(vfs_request_t *r, const cJSON *body)
{
    const char   *text;
    const cJSON  *protection, *tags;

    protection = cJSON_GetObjectItemCaseSensitive(body, "deletion_protection");
    text = cJSON_GetStringValue(protection);

    if (protection != NULL && !cJSON_IsNull(protection)
        && (text == NULL || (strcmp(text, "enabled") != 0
                             && strcmp(text, "disabled") != 0)))
    {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "'deletion_protection' must be enabled or disabled");
    }

    tags = cJSON_GetObjectItemCaseSensitive(body, "tags");

    return tags == NULL || cJSON_IsNull(tags) ? VFS_OK
                                            : vfs_control_check_tags(r, tags);
}


static int
vfs_control_check_tags(vfs_request_t *r, const cJSON *tags)
{
    const cJSON  *tag;

    if (!cJSON_IsObject(tags)
        || cJSON_GetArraySize(tags) > VFS_CONTROL_MAX_TAGS)
    {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "'tags' must be an object of at most %d strings",
                         VFS_CONTROL_MAX_TAGS);
    }

    for (tag = tags->child; tag != NULL; tag = tag->next) {

        if (!cJSON_IsString(tag)
            || strlen(tag->string) == 0
            || strlen(tag->string) > VFS_CONTROL_MAX_KEY
            || strlen(tag->valuestring) > VFS_CONTROL_MAX_VALUE)
        {
            return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                             "'tags' must hold strings of at most %d "
                             "characters, with names of 1 to %d",
                             VFS_CONTROL_MAX_VALUE, VFS_CONTROL_MAX_KEY);
        }
    }

    return VFS_OK;
}


/* The members that are kept, in a new object; NULL if memory is out. */

static cJSON *
vfs_control_settings(vfs_request_t *r, const cJSON *body)
{
    cJSON        *settings, *member;
    size_t        i;
    const cJSON  *given;

    static const char  *names[] = { "tags", "deletion_protection", "schema" };

    settings = cJSON_CreateObject();
    member = vfs_control_spec(body);

    if (member != NULL
        && !cJSON_AddItemToObject(settings, "spec", member))
    {
        cJSON_Delete(member);
        goto failed;
    }

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        given = cJSON_GetObjectItemCaseSensitive(body, names[i]);

        if (given == NULL || cJSON_IsNull(given)) {
            continue;
        }

        member = cJSON_Duplicate(given, 1);

        if (!cJSON_AddItemToObject(settings, names[i], member)) {
            cJSON_Delete(member);
            goto failed;
        }
    }

    return settings;

failed:

    cJSON_Delete(settings);

    return NULL;
}


/* "spec" as given, or made from "deployment" and "read_capacity". */

static cJSON *
vfs_control_spec(const cJSON *body)
{
    cJSON        *spec, *serverless;
    const cJSON  *given, *deployment, *capacity;

    given = cJSON_GetObjectItemCaseSensitive(body, "spec");

    if (cJSON_IsObject(given)) {
        return cJSON_Duplicate(given, 1);
    }

    deployment = cJSON_GetObjectItemCaseSensitive(body, "deployment");
    capacity = cJSON_GetObjectItemCaseSensitive(body, "read_capacity");

    if (!cJSON_IsObject(deployment) && !cJSON_IsObject(capacity)) {
        return NULL;
    }

    spec = cJSON_CreateObject();
    serverless = cJSON_IsObject(deployment) ? cJSON_Duplicate(deployment, 1)
                                            : cJSON_CreateObject();

    cJSON_DeleteItemFromObjectCaseSensitive(serverless, "deployment_type");

    if (cJSON_IsObject(capacity)) {
        (void) cJSON_AddItemToObject(serverless, "read_capacity",
                                     cJSON_Duplicate(capacity, 1));
    }

    if (!cJSON_AddItemToObject(spec, "serverless", serverless)) {
        cJSON_Delete(serverless);
    }

    return spec;
}


static int
vfs_control_missing(vfs_request_t *r, const char *name)
{
    return vfs_fault(&r->fault, VFS_CODE_UNPROCESSABLE,
                     "Failed to deserialize the JSON body into the target "
                     "type: missing field `%s` at line 1 column %zu", name,
                     r->body.len);
}


static char *
vfs_control_print(vfs_arena_t *arena, const cJSON *json)
{
    char    *text, *copy;
    size_t   len;

    text = json == NULL ? NULL : cJSON_PrintUnformatted(json);
    if (text == NULL) {
        return NULL;
    }

    len = strlen(text) + 1;
    copy = vfs_arena_alloc(arena, len);

    if (copy != NULL) {
        memcpy(copy, text, len);
    }

    cJSON_free(text);

    return copy;
}
