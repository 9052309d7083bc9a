
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_control.h"

#include <stdlib.h>
#include <string.h>


static int vfs_control_add(cJSON *model, const vfs_index_t *index,
    const cJSON *settings, unsigned version);
static int vfs_control_add_spec(cJSON *model, const cJSON *settings);
static int vfs_control_add_deployment(cJSON *model, const vfs_index_t *index,
    const cJSON *settings);
static int vfs_control_add_schema(cJSON *model, const vfs_index_t *index,
    const cJSON *settings);
static cJSON *vfs_control_capacity(const cJSON *serverless);
static int vfs_control_add_host(vfs_request_t *r, cJSON *model,
    const vfs_index_t *index);
static int vfs_control_keep(cJSON *object, const char *name, cJSON *item);
static const cJSON *vfs_control_serverless(const cJSON *settings);
static void vfs_control_merge_tags(cJSON *merged, const cJSON *patch);


int
vfs_control_reply_index(vfs_request_t *r, const vfs_index_t *index)
{
    char   *text;
    cJSON  *model, *settings;

    text = NULL;
    model = cJSON_CreateObject();
    settings = index->settings == NULL ? cJSON_CreateObject()
                                       : cJSON_Parse(index->settings);

    if (model != NULL && settings != NULL
        && vfs_control_add(model, index, settings, r->version) == VFS_OK
        && vfs_control_add_host(r, model, index) == VFS_OK)
    {
        text = cJSON_PrintUnformatted(model);
    }

    if (text != NULL) {
        vfs_buf_text(&r->reply, text);
        cJSON_free(text);

    } else {
        r->reply.failed = 1;
    }

    cJSON_Delete(settings);
    cJSON_Delete(model);

    return text != NULL ? VFS_OK : vfs_fault_memory(&r->fault);
}


char *
vfs_control_merge(vfs_arena_t *arena, const char *settings, vfs_str_t patch)
{
    char    *text, *copy;
    cJSON   *merged, *change, *item, *next;
    size_t   len;

    copy = NULL;
    text = NULL;
    merged = settings == NULL ? cJSON_CreateObject() : cJSON_Parse(settings);
    change = cJSON_ParseWithLength(patch.data, patch.len);

    if (merged != NULL && change != NULL) {

        for (item = change->child; item != NULL; item = next) {
            next = item->next;

            if (strcmp(item->string, "tags") == 0) {
                vfs_control_merge_tags(merged, item);
                continue;
            }

            (void) cJSON_DetachItemViaPointer(change, item);
            cJSON_DeleteItemFromObjectCaseSensitive(merged, item->string);
            (void) vfs_control_keep(merged, item->string, item);
        }

        text = cJSON_PrintUnformatted(merged);
    }

    if (text != NULL) {
        len = strlen(text) + 1;
        copy = vfs_arena_alloc(arena, len);

        if (copy != NULL) {
            memcpy(copy, text, len);
        }

        cJSON_free(text);
    }

    cJSON_Delete(merged);
    cJSON_Delete(change);

    return copy;
}


int
vfs_control_tags_fit(const char *settings)
{
    int     n;
    cJSON  *json;

    json = cJSON_Parse(settings);
    n = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "tags"));
    cJSON_Delete(json);

    return n <= VFS_CONTROL_MAX_TAGS;
}


int
vfs_control_protected(const char *settings)
{
    int          protected;
    cJSON       *json;
    const char  *text;

    json = settings == NULL ? NULL : cJSON_Parse(settings);
    text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json,
                                                   "deletion_protection"));
    protected = text != NULL && strcmp(text, "enabled") == 0;

    cJSON_Delete(json);

    return protected;
}


static int
vfs_control_add(cJSON *model, const vfs_index_t *index, const cJSON *settings,
    unsigned version)
{
    int           rc;
    cJSON        *status;
    const char   *protection;
    const cJSON  *tags;

    protection = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(settings,
                                                      "deletion_protection"));
    tags = cJSON_GetObjectItemCaseSensitive(settings, "tags");
    status = cJSON_CreateObject();

    (void) cJSON_AddTrueToObject(status, "ready");
    (void) cJSON_AddStringToObject(status, "state", "Ready");

    rc = vfs_control_keep(model, "name",
                          cJSON_CreateString(index->name.data));
    rc |= vfs_control_keep(model, "status", status);
    rc |= vfs_control_keep(model, "deletion_protection",
                           cJSON_CreateString(protection == NULL
                                              ? "disabled" : protection));
    rc |= vfs_control_keep(model, "tags",
                           cJSON_IsObject(tags) && tags->child != NULL
                           ? cJSON_Duplicate(tags, 1) : cJSON_CreateNull());

    if (version >= VFS_CONTROL_SCHEMA_VERSION) {
        rc |= vfs_control_add_deployment(model, index, settings);
        return rc == VFS_OK ? VFS_OK : VFS_ERROR;
    }

    rc |= vfs_control_keep(model, "metric",
                           cJSON_CreateString(vfs_index_metric_name(
                               index->shape.metric)));
    rc |= vfs_control_keep(model, "vector_type",
                           cJSON_CreateString(index->shape.dimension == 0
                                              ? "sparse" : "dense"));

    if (index->shape.dimension != 0) {
        rc |= vfs_control_keep(model, "dimension",
                               cJSON_CreateNumber(index->shape.dimension));
    }

    rc |= vfs_control_add_spec(model, settings);

    return rc == VFS_OK ? VFS_OK : VFS_ERROR;
}


static int
vfs_control_add_spec(cJSON *model, const cJSON *settings)
{
    int           rc;
    cJSON        *spec, *serverless;
    const cJSON  *given;

    given = cJSON_GetObjectItemCaseSensitive(settings, "spec");
    rc = VFS_OK;

    if (given != NULL
        && cJSON_GetObjectItemCaseSensitive(given, "serverless") == NULL)
    {
        return vfs_control_keep(model, "spec", cJSON_Duplicate(given, 1));
    }

    if (given == NULL) {
        spec = cJSON_CreateObject();
        serverless = cJSON_AddObjectToObject(spec, "serverless");

    } else {
        spec = cJSON_Duplicate(given, 1);
        serverless = cJSON_GetObjectItemCaseSensitive(spec, "serverless");
    }

    if (cJSON_GetObjectItemCaseSensitive(serverless, "cloud") == NULL) {
        rc |= vfs_control_keep(serverless, "cloud", cJSON_CreateString("aws"));
    }

    if (cJSON_GetObjectItemCaseSensitive(serverless, "region") == NULL) {
        rc |= vfs_control_keep(serverless, "region",
                               cJSON_CreateString("us-east-1"));
    }

    given = vfs_control_capacity(serverless);
    cJSON_DeleteItemFromObjectCaseSensitive(serverless, "read_capacity");
    rc |= vfs_control_keep(serverless, "read_capacity", (cJSON *) given);
    rc |= vfs_control_keep(model, "spec", spec);

    return rc;
}


static int
vfs_control_add_deployment(cJSON *model, const vfs_index_t *index,
    const cJSON *settings)
{
    int           rc;
    cJSON        *deployment;
    const cJSON  *serverless, *cloud, *region;

    serverless = vfs_control_serverless(settings);
    cloud = cJSON_GetObjectItemCaseSensitive(serverless, "cloud");
    region = cJSON_GetObjectItemCaseSensitive(serverless, "region");

    deployment = cJSON_CreateObject();
    rc = vfs_control_keep(deployment, "deployment_type",
                          cJSON_CreateString("managed"));
    rc |= vfs_control_keep(deployment, "cloud",
                           cloud == NULL ? cJSON_CreateString("aws")
                                         : cJSON_Duplicate(cloud, 1));
    rc |= vfs_control_keep(deployment, "region",
                           region == NULL ? cJSON_CreateString("us-east-1")
                                          : cJSON_Duplicate(region, 1));

    rc |= vfs_control_keep(model, "deployment", deployment);
    rc |= vfs_control_keep(model, "read_capacity",
                           vfs_control_capacity(serverless));
    rc |= vfs_control_add_schema(model, index, settings);

    return rc;
}


/* The fields as given, but those of vectors as they are. */

static int
vfs_control_add_schema(cJSON *model, const vfs_index_t *index,
    const cJSON *settings)
{
    int           rc;
    cJSON        *schema, *fields, *vector;
    const char   *name;
    const cJSON  *given;

    given = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(settings, "schema"),
                          "fields");
    fields = cJSON_IsObject(given) ? cJSON_Duplicate(given, 1)
                                   : cJSON_CreateObject();
    name = index->shape.dimension == 0 ? "_sparse_values" : "_values";
    vector = cJSON_CreateObject();

    rc = vfs_control_keep(vector, "type",
                          cJSON_CreateString(index->shape.dimension == 0
                                             ? "sparse_vector"
                                             : "dense_vector"));

    if (index->shape.dimension != 0) {
        rc |= vfs_control_keep(vector, "dimension",
                               cJSON_CreateNumber(index->shape.dimension));
        rc |= vfs_control_keep(vector, "metric",
                               cJSON_CreateString(vfs_index_metric_name(
                                   index->shape.metric)));
    }

    cJSON_DeleteItemFromObjectCaseSensitive(fields, name);
    rc |= vfs_control_keep(fields, name, vector);

    schema = cJSON_CreateObject();
    rc |= vfs_control_keep(schema, "fields", fields);
    rc |= vfs_control_keep(model, "schema", schema);

    return rc;
}


/* As given, with the status that clients wait for. */

static cJSON *
vfs_control_capacity(const cJSON *serverless)
{
    cJSON        *capacity, *status;
    const cJSON  *given;

    given = cJSON_GetObjectItemCaseSensitive(serverless, "read_capacity");
    capacity = cJSON_IsObject(given) ? cJSON_Duplicate(given, 1)
                                     : cJSON_CreateObject();
    status = cJSON_CreateObject();

    if (cJSON_GetObjectItemCaseSensitive(capacity, "mode") == NULL) {
        (void) cJSON_AddStringToObject(capacity, "mode", "OnDemand");
    }

    (void) cJSON_AddStringToObject(status, "state", "Ready");
    cJSON_DeleteItemFromObjectCaseSensitive(capacity, "status");
    (void) vfs_control_keep(capacity, "status", status);

    return capacity;
}


/*
 * The host as the client reached this server, so that it holds behind a mapped
 * port, too.  Most clients want the scheme; those that add it themselves do
 * not.
 */

static int
vfs_control_add_host(vfs_request_t *r, cJSON *model, const vfs_index_t *index)
{
    int        rc, plain;
    size_t     i;
    vfs_buf_t  host;

    vfs_buf_init(&host, 4096);

    plain = memmem(r->user_agent.data, r->user_agent.len, "lang=java", 9)
            != NULL
            || memmem(r->user_agent.data, r->user_agent.len, "go-client", 9)
               != NULL;

    for (i = 0; i < r->host.len; i++) {
        if (strchr("./:[]-_", r->host.data[i]) == NULL
            && !((r->host.data[i] | 0x20) >= 'a'
                 && (r->host.data[i] | 0x20) <= 'z')
            && !(r->host.data[i] >= '0' && r->host.data[i] <= '9'))
        {
            break;
        }
    }

    vfs_buf_text(&host, plain ? "" : "http://");

    if (i == r->host.len && i != 0) {
        vfs_buf_bytes(&host, r->host.data, r->host.len);

    } else {
        vfs_buf_text(&host, r->service->address);
    }

    vfs_buf_print(&host, VFS_ROUTE_PREFIX "%.*s%c", (int) index->name.len,
                  index->name.data, '\0');

    rc = host.failed ? VFS_ERROR
                     : vfs_control_keep(model, "host",
                                        cJSON_CreateString(host.data));
    vfs_buf_free(&host);

    return rc;
}


/* Adds an item that may have failed to be made; frees it if adding fails. */

static int
vfs_control_keep(cJSON *object, const char *name, cJSON *item)
{
    if (item == NULL) {
        return VFS_ERROR;
    }

    if (!cJSON_AddItemToObject(object, name, item)) {
        cJSON_Delete(item);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static const cJSON *
vfs_control_serverless(const cJSON *settings)
{
    return cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(settings, "spec"),
                          "serverless");
}


/* A tag that is set to the empty string goes away. */

static void
vfs_control_merge_tags(cJSON *merged, const cJSON *patch)
{
    cJSON        *tags;
    const cJSON  *tag;

    tags = cJSON_GetObjectItemCaseSensitive(merged, "tags");

    if (tags == NULL) {
        tags = cJSON_AddObjectToObject(merged, "tags");
    }

    for (tag = patch->child; tag != NULL; tag = tag->next) {
        cJSON_DeleteItemFromObjectCaseSensitive(tags, tag->string);

        if (tag->valuestring[0] != '\0') {
            (void) vfs_control_keep(tags, tag->string,
                                    cJSON_Duplicate(tag, 1));
        }
    }
}
