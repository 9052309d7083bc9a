
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_catalog.h"
#include "vfs_index_buf.h"
#include "vfs_index_metadata.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>


/* What loading carries along: the namespaces by number. */

typedef struct {
    vfs_catalog_t      *catalog;
    vfs_collection_t  **collections;
    uint32_t            size;
} vfs_catalog_load_t;


static int vfs_catalog_load_index(void *data, vfs_str_t name, vfs_str_t doc,
    vfs_error_t *err);
static int vfs_catalog_load_namespace(void *data, uint32_t number,
    vfs_str_t doc, vfs_error_t *err);
static int vfs_catalog_load_record(void *data, uint32_t number, uint32_t row,
    const vfs_record_t *record, vfs_error_t *err);
static int vfs_catalog_keep_collection(vfs_catalog_load_t *load,
    uint32_t number, vfs_collection_t *c, vfs_error_t *err);
static int vfs_catalog_doc(vfs_buf_t *buf, vfs_arena_t *arena, vfs_str_t *doc);
static vfs_str_t vfs_catalog_word(const cJSON *doc, const char *name);
static vfs_str_t vfs_catalog_json(const cJSON *doc, const char *name,
    char **text);


int
vfs_catalog_load(vfs_catalog_t *catalog, vfs_store_t *store, vfs_error_t *err)
{
    int                 rc;
    uint32_t            i;
    vfs_collection_t   *c;
    vfs_catalog_load_t  load;
    vfs_store_loader_t  loader;

    memset(&load, 0, sizeof(vfs_catalog_load_t));
    load.catalog = catalog;

    loader.index = vfs_catalog_load_index;
    loader.name_space = vfs_catalog_load_namespace;
    loader.record = vfs_catalog_load_record;
    loader.data = &load;

    rc = vfs_store_load(store, &loader, err);

    /* rows that no record came for are free */

    for (i = 0; i < load.size; i++) {
        c = load.collections[i];

        if (c != NULL) {
            vfs_collection_loaded(c);
        }
    }

    free(load.collections);

    return rc;
}


int
vfs_index_doc(const vfs_index_t *index, vfs_arena_t *arena, vfs_str_t *doc)
{
    vfs_buf_t  buf;

    vfs_buf_init(&buf, 1024 * 1024);

    vfs_buf_print(&buf, "{\"dimension\":%u,\"metric\":\"%s\"",
                  index->shape.dimension,
                  vfs_index_metric_name(index->shape.metric));

    if (index->settings != NULL) {
        vfs_buf_text(&buf, ",\"settings\":");
        vfs_buf_text(&buf, index->settings);
    }

    vfs_buf_text(&buf, "}");

    return vfs_catalog_doc(&buf, arena, doc);
}


int
vfs_namespace_doc(const vfs_index_t *index, const vfs_namespace_t *ns,
    vfs_arena_t *arena, vfs_str_t *doc)
{
    vfs_buf_t  buf;

    vfs_buf_init(&buf, 1024 * 1024);

    vfs_buf_text(&buf, "{\"index\":");
    vfs_buf_string(&buf, index->name.data, index->name.len);
    vfs_buf_text(&buf, ",\"name\":");
    vfs_buf_string(&buf, ns->name.data, ns->name.len);

    if (ns->schema != NULL) {
        vfs_buf_text(&buf, ",\"schema\":");
        vfs_buf_text(&buf, ns->schema);
    }

    vfs_buf_text(&buf, "}");

    return vfs_catalog_doc(&buf, arena, doc);
}


static int
vfs_catalog_load_index(void *data, vfs_str_t name, vfs_str_t doc,
    vfs_error_t *err)
{
    char                *text;
    cJSON               *json;
    vfs_str_t            metric, settings;
    const cJSON         *dimension;
    vfs_index_t         *index;
    vfs_index_shape_t    shape;
    vfs_catalog_load_t  *load;

    load = data;
    index = NULL;
    text = NULL;

    json = cJSON_ParseWithLength(doc.data, doc.len);
    metric = vfs_catalog_word(json, "metric");
    dimension = cJSON_GetObjectItemCaseSensitive(json, "dimension");
    settings = vfs_catalog_json(json, "settings", &text);

    if (cJSON_IsNumber(dimension) && dimension->valuedouble >= 0
        && dimension->valuedouble <= VFS_INDEX_MAX_DIMENSION
        && vfs_index_metric_parse(metric.data, metric.len, &shape.metric)
           == VFS_OK)
    {
        shape.dimension = (uint32_t) dimension->valuedouble;
        index = vfs_catalog_add_index(load->catalog, name, &shape, settings);
    }

    cJSON_free(text);
    cJSON_Delete(json);

    if (index == NULL) {
        vfs_error_set(err, "the store is damaged: cannot read the description "
                      "of index %.*s", (int) name.len, name.data);
        return VFS_ERROR;
    }

    index->committed = 1;

    return VFS_OK;
}


static int
vfs_catalog_load_namespace(void *data, uint32_t number, vfs_str_t doc,
    vfs_error_t *err)
{
    char                *text;
    cJSON               *json;
    vfs_str_t            name, schema;
    vfs_index_t         *index;
    vfs_namespace_t     *ns;
    vfs_catalog_load_t  *load;

    load = data;
    ns = NULL;
    text = NULL;

    json = cJSON_ParseWithLength(doc.data, doc.len);
    name = vfs_catalog_word(json, "name");
    schema = vfs_catalog_json(json, "schema", &text);
    index = vfs_catalog_index(load->catalog, vfs_catalog_word(json, "index"));

    if (index != NULL && name.data != NULL) {
        ns = vfs_catalog_add_namespace(load->catalog, index, name, number,
                                       schema);
    }

    cJSON_free(text);
    cJSON_Delete(json);

    if (ns == NULL) {
        vfs_error_set(err, "the store is damaged: cannot read the description "
                      "of namespace number %u", number);
        return VFS_ERROR;
    }

    ns->committed = 1;

    return vfs_catalog_keep_collection(load, number, ns->collection, err);
}


static int
vfs_catalog_load_record(void *data, uint32_t number, uint32_t row,
    const vfs_record_t *record, vfs_error_t *err)
{
    vfs_body_t          *body;
    vfs_node_t          *node;
    vfs_collection_t    *c;
    vfs_catalog_load_t  *load;

    load = data;

    /* of a namespace that is deleted, but not yet collected */

    if (number >= load->size || load->collections[number] == NULL) {
        return VFS_DECLINED;
    }

    c = load->collections[number];

    if (record->nvalues != c->shape.dimension
        || vfs_metadata_check(record->metadata) != VFS_OK)
    {
        vfs_error_set(err, "the store is damaged: record %u of namespace "
                      "number %u does not fit its index", row, number);
        return VFS_ERROR;
    }

    node = vfs_node_create(record->id, row);

    if (node == NULL
        || vfs_body_create(record, &body) != VFS_OK
        || vfs_collection_load(c, row, node, body, record->values) != VFS_OK)
    {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_catalog_keep_collection(vfs_catalog_load_t *load, uint32_t number,
    vfs_collection_t *c, vfs_error_t *err)
{
    uint32_t            size;
    vfs_collection_t  **collections;

    if (number >= load->size) {
        size = number + number / 2 + 16;

        collections = realloc(load->collections,
                              size * sizeof(vfs_collection_t *));
        if (collections == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }

        memset(collections + load->size, 0,
               (size - load->size) * sizeof(vfs_collection_t *));

        load->collections = collections;
        load->size = size;
    }

    load->collections[number] = c;

    return VFS_OK;
}


static int
vfs_catalog_doc(vfs_buf_t *buf, vfs_arena_t *arena, vfs_str_t *doc)
{
    char  *copy;

    copy = buf->failed ? NULL : vfs_arena_alloc(arena, buf->len);

    if (copy != NULL) {
        memcpy(copy, buf->data, buf->len);
        doc->data = copy;
        doc->len = buf->len;
    }

    vfs_buf_free(buf);

    return copy == NULL ? VFS_ERROR : VFS_OK;
}


static vfs_str_t
vfs_catalog_word(const cJSON *doc, const char *name)
{
    vfs_str_t  word;

    word.data = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(doc, name));
    word.len = word.data == NULL ? 0 : strlen(word.data);

    return word;
}


/* A member as JSON text, to be freed with cJSON_free(); empty if missing. */

static vfs_str_t
vfs_catalog_json(const cJSON *doc, const char *name, char **text)
{
    vfs_str_t     json;
    const cJSON  *member;

    json.data = NULL;
    json.len = 0;

    member = cJSON_GetObjectItemCaseSensitive(doc, name);

    if (member != NULL) {
        *text = cJSON_PrintUnformatted(member);
        json.data = *text;
        json.len = *text == NULL ? 0 : strlen(*text);
    }

    return json;
}
