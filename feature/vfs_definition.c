
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_canonical.h"
#include "vfs_catalog.h"
#include "vfs_definition_private.h"
#include "vfs_event.h"

#include <stdlib.h>
#include <string.h>


static int vfs_definition_read(vfs_definition_t *def,
    const vfs_section_t *none, const vfs_node_t *node);
static int vfs_definition_landmark(vfs_definition_t *def,
    const vfs_section_t *root);
static int vfs_definition_hash(vfs_definition_t *def,
    const vfs_node_t *root);
static const vfs_node_t *vfs_definition_service(const vfs_node_t *sources,
    const vfs_source_t *source);
static void vfs_definition_free_sources(vfs_definition_t *def);
static void vfs_definition_free_features(vfs_definition_t *def);


static const char *const  vfs_metric_names[] = {
    "cosine", "dotproduct", "euclidean", NULL
};

static const char *const  vfs_entity_names[] = { "user", "item", NULL };


vfs_definition_t *
vfs_definition_parse(const char *text, size_t len, vfs_error_t *err)
{
    int                rc;
    vfs_section_t      none;
    vfs_document_t     doc;
    vfs_definition_t  *def;

    if (len > VFS_MAX_DEFINITION_LEN) {
        vfs_error_set(err, "expected at most %d bytes, got %zu",
                      VFS_MAX_DEFINITION_LEN, len);
        return NULL;
    }

    def = calloc(1, sizeof(vfs_definition_t));
    if (def == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    none.node = NULL;
    none.path[0] = '\0';
    none.err = err;

    rc = vfs_document_parse(&doc, text, len, err);

    if (rc == VFS_OK) {
        rc = vfs_definition_read(def, &none, doc.nodes);
    }

    if (rc == VFS_OK) {
        rc = vfs_definition_hash(def, doc.nodes);

        if (rc != VFS_OK) {
            vfs_error_set(err, "out of memory");
        }
    }

    vfs_document_free(&doc);

    if (rc != VFS_OK) {
        vfs_definition_free(def);
        return NULL;
    }

    return def;
}


void
vfs_definition_free(vfs_definition_t *def)
{
    unsigned  i;

    if (def == NULL) {
        return;
    }

    free(def->name);
    free(def->topic);
    free(def->field_user);
    free(def->field_item);
    free(def->field_type);
    free(def->field_time);

    for (i = 0; i < def->ncsv; i++) {
        free(def->csv[i]);
    }

    free(def->csv);

    for (i = 0; i < def->nweights; i++) {
        free(def->weights[i].type);
    }

    free(def->weights);

    vfs_definition_free_sources(def);
    vfs_definition_free_features(def);

    free(def);
}


const char *
vfs_metric_name(vfs_metric_e metric)
{
    return vfs_metric_names[metric];
}


const char *
vfs_entity_name(vfs_entity_e entity)
{
    return vfs_entity_names[entity];
}


static int
vfs_definition_read(vfs_definition_t *def, const vfs_section_t *none,
    const vfs_node_t *node)
{
    int                       metric;
    int64_t                   dimension;
    vfs_section_t             root;
    static const int          cosine = VFS_METRIC_COSINE;
    static const char *const  names[] = {
        "name", "dimension", "metric", "landmark", "events", "sources",
        "features", NULL
    };

    if (vfs_section_open(&root, none, "", node, names) != VFS_OK
        || vfs_section_string(&root, "name", &vfs_kind_name, 0, &def->name)
           != VFS_OK
        || vfs_section_integer(&root, "dimension", 1, VFS_MAX_DIMENSION, NULL,
                               &dimension) != VFS_OK
        || vfs_section_word(&root, "metric", vfs_metric_names, &cosine,
                            &metric) != VFS_OK
        || vfs_definition_landmark(def, &root) != VFS_OK)
    {
        return VFS_ERROR;
    }

    def->dimension = (unsigned) dimension;
    def->metric = (vfs_metric_e) metric;

    if (vfs_definition_events(def, &root) != VFS_OK
        || vfs_definition_sources(def, &root) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_definition_features(def, &root);
}


static int
vfs_definition_landmark(vfs_definition_t *def, const vfs_section_t *root)
{
    const vfs_node_t  *node;

    node = vfs_section_member(root, "landmark");

    if (node == NULL) {
        return VFS_OK;
    }

    if (node->token.type != VFS_JSON_STRING
        || vfs_time_parse(node->token.start, node->token.len,
                          &def->landmark_ms) != VFS_OK)
    {
        return vfs_section_fail(root, "landmark", node, "a time in ISO 8601, "
                                "such as \"2020-01-01T00:00:00Z\"");
    }

    return VFS_OK;
}


/* How a model is reached changes no vector: "service" is left out. */

static int
vfs_definition_hash(vfs_definition_t *def, const vfs_node_t *root)
{
    int                 rc;
    unsigned            i, n;
    const vfs_node_t   *sources, **without;

    without = calloc(def->nsources + 1, sizeof(vfs_node_t *));
    if (without == NULL) {
        return VFS_ERROR;
    }

    n = 0;
    (void) vfs_node_member(root, "sources", &sources);

    for (i = 0; i < def->nsources; i++) {
        without[n] = vfs_definition_service(sources, &def->sources[i]);

        if (without[n] != NULL) {
            n++;
        }
    }

    rc = vfs_canonical_hash(root, without, def->hash);

    free(without);

    return rc;
}


static const vfs_node_t *
vfs_definition_service(const vfs_node_t *sources, const vfs_source_t *source)
{
    const vfs_node_t  *node, *service;

    if (source->type != VFS_SOURCE_MODEL
        || vfs_node_member(sources, source->name, &node) != VFS_OK
        || vfs_node_member(node, "service", &service) != VFS_OK)
    {
        return NULL;
    }

    return service;
}


static void
vfs_definition_free_sources(vfs_definition_t *def)
{
    unsigned       i, j;
    vfs_source_t  *source;

    for (i = 0; i < def->nsources; i++) {
        source = &def->sources[i];

        for (j = 0; j < source->nfields; j++) {
            free(source->fields[j].field);
        }

        free(source->fields);
        free(source->field);
        free(source->file);
        free(source->sha256);
        free(source->ids);
        free(source->ids_sha256);
        vfs_catalog_free(source->catalog);
        vfs_definition_model_free(source->model);
        free(source->name);
    }

    free(def->sources);
}


static void
vfs_definition_free_features(vfs_definition_t *def)
{
    unsigned        i, j;
    vfs_feature_t  *feature;

    for (i = 0; i < VFS_ENTITIES; i++) {
        feature = &def->features[i];

        for (j = 0; j < feature->nmetadata; j++) {
            free(feature->metadata[j]);
            free(feature->metadata_paths[j]);
        }

        free(feature->metadata);
        free(feature->metadata_paths);
        free(feature->namespace_name);
    }
}
