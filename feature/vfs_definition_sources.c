
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_MAX_HASH_FIELDS  32
#define VFS_MAX_HASHES       64
#define VFS_MAX_HASH_WEIGHT  1000


static int vfs_definition_source(vfs_definition_t *def,
    const vfs_section_t *sources, const vfs_node_t *name);
static int vfs_definition_source_body(vfs_source_t *source,
    const vfs_section_t *sources, const vfs_node_t *node);
static int vfs_definition_event_source(vfs_source_t *source,
    const vfs_section_t *sources, const vfs_node_t *node);
static int vfs_definition_catalog_source(vfs_source_t *source,
    const vfs_section_t *sources, const vfs_node_t *node);
static int vfs_definition_hash_source(vfs_source_t *source,
    const vfs_section_t *sources, const vfs_node_t *node);
static int vfs_definition_hash_fields(vfs_source_t *source,
    const vfs_section_t *section);
static int vfs_definition_hash_field(vfs_source_t *source,
    const vfs_section_t *section, const vfs_node_t *node);


static const char *const  vfs_source_types[] = {
    "hash", "event", "catalog", "model", NULL
};


int
vfs_definition_sources(vfs_definition_t *def, const vfs_section_t *root)
{
    uint32_t           n;
    vfs_section_t      sources;
    const vfs_node_t  *node, *name;

    node = vfs_section_member(root, "sources");

    if (vfs_section_open(&sources, root, "sources", node, NULL) != VFS_OK) {
        return VFS_ERROR;
    }

    n = vfs_node_count(node);

    if (n == 0 || n > VFS_MAX_SOURCES) {
        return vfs_section_fail(root, "sources", node, "1 to %d sources",
                                VFS_MAX_SOURCES);
    }

    def->sources = calloc(n, sizeof(vfs_source_t));
    if (def->sources == NULL) {
        vfs_error_set(root->err, "out of memory");
        return VFS_ERROR;
    }

    for (name = vfs_node_first(node);
         name != NULL;
         name = vfs_node_next(node, name))
    {
        if (vfs_definition_source(def, &sources, name) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_definition_source(vfs_definition_t *def, const vfs_section_t *sources,
    const vfs_node_t *name)
{
    vfs_source_t  *source;

    source = &def->sources[def->nsources];

    if (vfs_section_text(sources, "", name, &vfs_kind_name, &source->name)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    def->nsources++;

    if (strcmp(source->name, "user") == 0) {
        return vfs_section_fail(sources, "", name, "another name than "
                                "\"user\", which means the user's vector");
    }

    return vfs_definition_source_body(source, sources, name + 1);
}


static int
vfs_definition_source_body(vfs_source_t *source, const vfs_section_t *sources,
    const vfs_node_t *node)
{
    int            type;
    vfs_section_t  any;

    if (vfs_section_open(&any, sources, source->name, node, NULL) != VFS_OK
        || vfs_section_word(&any, "type", vfs_source_types, NULL, &type)
           != VFS_OK)
    {
        return VFS_ERROR;
    }

    source->type = (vfs_source_type_e) type;

    switch (source->type) {

    case VFS_SOURCE_HASH:
        return vfs_definition_hash_source(source, sources, node);

    case VFS_SOURCE_EVENT:
        return vfs_definition_event_source(source, sources, node);

    case VFS_SOURCE_CATALOG:
        return vfs_definition_catalog_source(source, sources, node);

    default:
        return vfs_definition_model(source, sources, node);
    }
}


static int
vfs_definition_event_source(vfs_source_t *source, const vfs_section_t *sources,
    const vfs_node_t *node)
{
    vfs_section_t             section;
    static const char *const  names[] = { "type", "field", NULL };

    if (vfs_section_open(&section, sources, source->name, node, names)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_section_string(&section, "field", &vfs_kind_path, 0,
                              &source->field);
}


static int
vfs_definition_catalog_source(vfs_source_t *source,
    const vfs_section_t *sources, const vfs_node_t *node)
{
    vfs_section_t             section;
    static const char *const  names[] = {
        "type", "id", "file", "sha256", "ids", "ids_sha256", NULL
    };

    if (vfs_section_open(&section, sources, source->name, node, names)
        != VFS_OK
        || vfs_section_string(&section, "id", &vfs_kind_path, 0,
                              &source->field) != VFS_OK
        || vfs_section_string(&section, "file", &vfs_kind_file, 0,
                              &source->file) != VFS_OK
        || vfs_section_string(&section, "sha256", &vfs_kind_sha256, 0,
                              &source->sha256) != VFS_OK
        || vfs_section_string(&section, "ids", &vfs_kind_file, 1,
                              &source->ids) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (source->ids != NULL) {
        return vfs_section_string(&section, "ids_sha256", &vfs_kind_sha256, 0,
                                  &source->ids_sha256);
    }

    node = vfs_section_member(&section, "ids_sha256");

    if (node != NULL) {
        return vfs_section_fail(&section, "ids_sha256", node,
                                "none without \"ids\"");
    }

    return VFS_OK;
}


static int
vfs_definition_hash_source(vfs_source_t *source, const vfs_section_t *sources,
    const vfs_node_t *node)
{
    int64_t                   hashes;
    vfs_section_t             section;
    static const int64_t      fallback = 4;
    static const char *const  names[] = { "type", "fields", "hashes", NULL };

    if (vfs_section_open(&section, sources, source->name, node, names)
        != VFS_OK
        || vfs_section_integer(&section, "hashes", 1, VFS_MAX_HASHES,
                               &fallback, &hashes) != VFS_OK)
    {
        return VFS_ERROR;
    }

    source->hashes = (unsigned) hashes;

    return vfs_definition_hash_fields(source, &section);
}


static int
vfs_definition_hash_fields(vfs_source_t *source, const vfs_section_t *section)
{
    uint32_t           n;
    const vfs_node_t  *list, *node;

    list = vfs_section_member(section, "fields");
    n = 0;

    if (list != NULL && list->token.type == VFS_JSON_ARRAY) {
        n = vfs_node_count(list);
    }

    if (n == 0 || n > VFS_MAX_HASH_FIELDS) {
        return vfs_section_fail(section, "fields", list,
                                "a list of 1 to %d objects",
                                VFS_MAX_HASH_FIELDS);
    }

    source->fields = calloc(n, sizeof(vfs_hash_field_t));
    if (source->fields == NULL) {
        vfs_error_set(section->err, "out of memory");
        return VFS_ERROR;
    }

    for (node = vfs_node_first(list);
         node != NULL;
         node = vfs_node_next(list, node))
    {
        if (vfs_definition_hash_field(source, section, node) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_definition_hash_field(vfs_source_t *source, const vfs_section_t *section,
    const vfs_node_t *node)
{
    int                       words;
    char                      name[32];
    int64_t                   weight;
    unsigned                  i;
    vfs_section_t             field;
    vfs_hash_field_t         *entry, *other;
    static const int64_t      one = 1;
    static const char *const  names[] = { "field", "words", "weight", NULL };

    (void) snprintf(name, sizeof(name), "fields[%u]", source->nfields);
    entry = &source->fields[source->nfields];

    if (vfs_section_open(&field, section, name, node, names) != VFS_OK
        || vfs_section_boolean(&field, "words", &words) != VFS_OK
        || vfs_section_integer(&field, "weight", 1, VFS_MAX_HASH_WEIGHT, &one,
                               &weight) != VFS_OK
        || vfs_section_string(&field, "field", &vfs_kind_path, 0,
                              &entry->field) != VFS_OK)
    {
        return VFS_ERROR;
    }

    entry->words = words;
    entry->weight = (int32_t) weight;
    source->nfields++;

    for (i = 0; i + 1 < source->nfields; i++) {
        other = &source->fields[i];

        if (other->words == entry->words
            && strcmp(other->field, entry->field) == 0)
        {
            return vfs_section_fail(&field, "field",
                                    vfs_section_member(&field, "field"),
                                    "every field once");
        }
    }

    return VFS_OK;
}
