
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_private.h"
#include "vfs_event.h"
#include "vfs_state.h"

#include <stdlib.h>
#include <string.h>


#define VFS_MIN_HALF_LIFE  1000LL
#define VFS_MAX_HALF_LIFE  3200000000000LL


static int vfs_definition_feature(vfs_definition_t *def,
    const vfs_section_t *features, vfs_entity_e entity);
static int vfs_definition_feature_source(vfs_definition_t *def,
    const vfs_section_t *section, vfs_feature_t *feature);
static int vfs_definition_find_source(const vfs_definition_t *def,
    const vfs_section_t *section, const vfs_source_t **source);
static int vfs_definition_half_life(const vfs_section_t *section,
    vfs_feature_t *feature);
static int vfs_definition_prior(vfs_definition_t *def,
    const vfs_section_t *section, vfs_feature_t *feature);
static int vfs_definition_metadata(const vfs_section_t *section,
    vfs_feature_t *feature);
static int vfs_definition_cross_check(const vfs_definition_t *def,
    const vfs_section_t *features);
static int vfs_definition_source_used(const vfs_definition_t *def,
    const vfs_source_t *source);


static const char *const  vfs_transform_names[] = {
    "latest", "decayed_mean", NULL
};


int
vfs_definition_features(vfs_definition_t *def, const vfs_section_t *root)
{
    int                       i;
    vfs_section_t             features;
    static const char *const  names[] = { "user", "item", NULL };

    if (vfs_section_open(&features, root, "features",
                         vfs_section_member(root, "features"), names)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    for (i = 0; i < VFS_ENTITIES; i++) {
        if (vfs_section_member(&features, names[i]) != NULL) {
            def->has_feature[i] = 1;
        }
    }

    for (i = 0; i < VFS_ENTITIES; i++) {
        if (def->has_feature[i]
            && vfs_definition_feature(def, &features, (vfs_entity_e) i)
               != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return vfs_definition_cross_check(def, &features);
}


static int
vfs_definition_feature(vfs_definition_t *def, const vfs_section_t *features,
    vfs_entity_e entity)
{
    int                       transform, normalise;
    const char               *name;
    vfs_feature_t            *feature;
    vfs_section_t             section;
    static const char *const  names[] = {
        "namespace", "transform", "source", "half_life", "normalise", "prior",
        "metadata", NULL
    };

    feature = &def->features[entity];
    feature->entity = entity;
    name = vfs_entity_name(entity);

    if (vfs_section_open(&section, features, name,
                         vfs_section_member(features, name), names) != VFS_OK
        || vfs_section_string(&section, "namespace", &vfs_kind_namespace, 0,
                              &feature->namespace_name) != VFS_OK
        || vfs_section_word(&section, "transform", vfs_transform_names, NULL,
                            &transform) != VFS_OK)
    {
        return VFS_ERROR;
    }

    feature->transform = (vfs_transform_e) transform;

    if (vfs_section_boolean(&section, "normalise", &normalise) != VFS_OK
        || vfs_definition_feature_source(def, &section, feature) != VFS_OK
        || vfs_definition_half_life(&section, feature) != VFS_OK
        || vfs_definition_prior(def, &section, feature) != VFS_OK)
    {
        return VFS_ERROR;
    }

    feature->normalise = normalise;

    return vfs_definition_metadata(&section, feature);
}


/* The word "user" means the acting user's vector. */

static int
vfs_definition_feature_source(vfs_definition_t *def,
    const vfs_section_t *section, vfs_feature_t *feature)
{
    const vfs_node_t  *node;

    node = vfs_section_member(section, "source");

    if (node == NULL
        || node->token.type != VFS_JSON_STRING
        || !vfs_json_equal(&node->token, "user"))
    {
        return vfs_definition_find_source(def, section, &feature->source);
    }

    if (feature->entity != VFS_ENTITY_ITEM
        || !def->has_feature[VFS_ENTITY_USER])
    {
        return vfs_section_fail(section, "source", node,
                                "the name of a source (\"user\" is for items "
                                "beside a feature of users)");
    }

    if (feature->transform != VFS_TRANSFORM_DECAYED_MEAN) {
        return vfs_section_fail(section, "transform",
                                vfs_section_member(section, "transform"),
                                "\"decayed_mean\" for the source \"user\"");
    }

    return VFS_OK;
}


static int
vfs_definition_find_source(const vfs_definition_t *def,
    const vfs_section_t *section, const vfs_source_t **source)
{
    unsigned           i;
    const vfs_node_t  *node;

    node = vfs_section_member(section, "source");

    if (node != NULL && node->token.type == VFS_JSON_STRING) {

        for (i = 0; i < def->nsources; i++) {
            if (vfs_json_equal(&node->token, def->sources[i].name)) {
                *source = &def->sources[i];
                return VFS_OK;
            }
        }
    }

    return vfs_section_fail(section, "source", node,
                            "the name of one of \"sources\"");
}


static int
vfs_definition_half_life(const vfs_section_t *section, vfs_feature_t *feature)
{
    const vfs_node_t  *node;

    node = vfs_section_member(section, "half_life");

    if (feature->transform == VFS_TRANSFORM_LATEST) {

        if (node == NULL) {
            return VFS_OK;
        }

        return vfs_section_fail(section, "half_life", node,
                                "none for the transform \"latest\"");
    }

    return vfs_section_duration(section, "half_life", VFS_MIN_HALF_LIFE,
                                VFS_MAX_HALF_LIFE, NULL,
                                &feature->half_life_ms);
}


static int
vfs_definition_prior(vfs_definition_t *def, const vfs_section_t *section,
    vfs_feature_t *feature)
{
    vfs_section_t             prior;
    const vfs_node_t         *node;
    static const char *const  names[] = { "source", "weight", NULL };

    node = vfs_section_member(section, "prior");

    if (node == NULL) {
        return VFS_OK;
    }

    if (feature->source != NULL) {
        return vfs_section_fail(section, "prior", node,
                                "none but for items with the source \"user\"");
    }

    if (vfs_section_open(&prior, section, "prior", node, names) != VFS_OK
        || vfs_definition_find_source(def, &prior, &feature->prior) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_section_number(&prior, "weight", VFS_MIN_WEIGHT, VFS_MAX_WEIGHT,
                              NULL, &feature->prior_weight);
}


static int
vfs_definition_metadata(const vfs_section_t *section, vfs_feature_t *feature)
{
    uint32_t           n;
    vfs_section_t      metadata;
    const vfs_node_t  *node, *name;

    node = vfs_section_member(section, "metadata");

    if (node == NULL) {
        return VFS_OK;
    }

    if (vfs_section_open(&metadata, section, "metadata", node, NULL)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    n = vfs_node_count(node);

    if (n > VFS_MAX_METADATA) {
        return vfs_section_fail(section, "metadata", node,
                                "at most %d fields", VFS_MAX_METADATA);
    }

    feature->metadata = calloc(n + 1, sizeof(char *));
    feature->metadata_paths = calloc(n + 1, sizeof(char *));

    if (feature->metadata == NULL || feature->metadata_paths == NULL) {
        vfs_error_set(section->err, "out of memory");
        return VFS_ERROR;
    }

    for (name = vfs_node_first(node);
         name != NULL;
         name = vfs_node_next(node, name))
    {
        n = feature->nmetadata++;

        if (vfs_section_text(&metadata, "", name, &vfs_kind_metadata,
                             &feature->metadata[n]) != VFS_OK
            || vfs_section_text(&metadata, feature->metadata[n], name + 1,
                                &vfs_kind_path, &feature->metadata_paths[n])
               != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_definition_cross_check(const vfs_definition_t *def,
    const vfs_section_t *features)
{
    unsigned              i;
    const vfs_feature_t  *user, *item;

    user = &def->features[VFS_ENTITY_USER];
    item = &def->features[VFS_ENTITY_ITEM];

    if (!def->has_feature[VFS_ENTITY_USER]
        && !def->has_feature[VFS_ENTITY_ITEM])
    {
        return vfs_section_fail(features, "", features->node,
                                "a feature of \"user\" or of \"item\"");
    }

    if (def->has_feature[VFS_ENTITY_USER]
        && def->has_feature[VFS_ENTITY_ITEM]
        && strcmp(user->namespace_name, item->namespace_name) == 0)
    {
        vfs_error_set(features->err, "features.item.namespace: expected "
                      "another than that of features.user, got \"%s\"",
                      item->namespace_name);
        return VFS_ERROR;
    }

    for (i = 0; i < def->nsources; i++) {
        if (!vfs_definition_source_used(def, &def->sources[i])) {
            vfs_error_set(features->err, "sources.%s: no feature uses it",
                          def->sources[i].name);
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_definition_source_used(const vfs_definition_t *def,
    const vfs_source_t *source)
{
    int  i;

    for (i = 0; i < VFS_ENTITIES; i++) {
        if (def->features[i].source == source
            || def->features[i].prior == source)
        {
            return 1;
        }
    }

    return 0;
}
