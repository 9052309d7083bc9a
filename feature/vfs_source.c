
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_catalog.h"
#include "vfs_event_private.h"
#include "vfs_float.h"
#include "vfs_model.h"
#include "vfs_source.h"
#include "vfs_state.h"

#include <math.h>


static int vfs_event_source_vector(const vfs_definition_t *def,
    const vfs_source_t *source, const vfs_event_t *event, float *vector,
    vfs_reason_e *reason, vfs_error_t *err);
static int vfs_catalog_source_vector(const vfs_source_t *source,
    const vfs_event_t *event, float *vector, vfs_reason_e *reason,
    vfs_error_t *err);
static int vfs_event_source_component(const vfs_node_t *node, float *value);


int
vfs_source_vector(const vfs_definition_t *def, const vfs_source_t *source,
    const vfs_event_t *event, float *vector, vfs_reason_e *reason,
    vfs_error_t *err)
{
    *reason = VFS_REASON_NONE;

    switch (source->type) {

    case VFS_SOURCE_HASH:
        return vfs_hash_source_vector(def, source, event, vector, reason, err);

    case VFS_SOURCE_EVENT:
        return vfs_event_source_vector(def, source, event, vector, reason,
                                       err);

    case VFS_SOURCE_CATALOG:
        return vfs_catalog_source_vector(source, event, vector, reason, err);

    case VFS_SOURCE_MODEL:
        return vfs_model_source_vector(def, source, event, vector, reason,
                                       err);
    }

    return VFS_ERROR;
}


static int
vfs_event_source_vector(const vfs_definition_t *def,
    const vfs_source_t *source, const vfs_event_t *event, float *vector,
    vfs_reason_e *reason, vfs_error_t *err)
{
    int                rc;
    char               description[VFS_DESCRIPTION_LEN];
    uint32_t           n;
    const vfs_node_t  *list, *node;

    rc = vfs_event_field(event, source->field, &list, reason, err);

    if (rc == VFS_ERROR) {
        return VFS_DECLINED;
    }

    if (rc == VFS_DECLINED) {
        *reason = VFS_REASON_MISSING_FIELD;
        vfs_error_set(err, "%s: expected a list of %u numbers, but it is "
                      "missing", source->field, def->dimension);
        return VFS_DECLINED;
    }

    if (list->token.type != VFS_JSON_ARRAY) {
        *reason = VFS_REASON_BAD_VECTOR;
        vfs_error_set(err, "%s: expected a list of %u numbers, got %s",
                      source->field, def->dimension,
                      vfs_node_describe(list, description));
        return VFS_DECLINED;
    }

    n = vfs_node_count(list);

    if (n != def->dimension) {
        *reason = VFS_REASON_WRONG_DIMENSION;
        vfs_error_set(err, "%s: expected %u numbers, got %u", source->field,
                      def->dimension, n);
        return VFS_DECLINED;
    }

    n = 0;

    for (node = vfs_node_first(list);
         node != NULL;
         node = vfs_node_next(list, node))
    {
        if (vfs_event_source_component(node, &vector[n]) != VFS_OK) {
            *reason = VFS_REASON_BAD_VECTOR;
            vfs_error_set(err, "%s[%u]: expected a number from -%g to %g, "
                          "got %s", source->field, n, VFS_MAX_COMPONENT,
                          VFS_MAX_COMPONENT,
                          vfs_node_describe(node, description));
            return VFS_DECLINED;
        }

        n++;
    }

    return VFS_OK;
}


static int
vfs_catalog_source_vector(const vfs_source_t *source, const vfs_event_t *event,
    float *vector, vfs_reason_e *reason, vfs_error_t *err)
{
    int                rc;
    char               id[VFS_MAX_ID_LEN], description[VFS_DESCRIPTION_LEN];
    ptrdiff_t          len;
    const vfs_node_t  *node;

    if (source->catalog == NULL) {
        vfs_error_set(err, "sources.%s: the catalog is not open",
                      source->name);
        return VFS_DECLINED;
    }

    rc = vfs_event_field(event, source->field, &node, reason, err);

    if (rc == VFS_ERROR) {
        return VFS_DECLINED;
    }

    if (rc == VFS_DECLINED) {
        *reason = VFS_REASON_MISSING_FIELD;
        vfs_error_set(err, "%s: expected an id, but it is missing",
                      source->field);
        return VFS_DECLINED;
    }

    len = vfs_node_text(node, id, sizeof(id));

    if (len < 0
        || vfs_catalog_vector(source->catalog, id, (size_t) len, vector)
           != VFS_OK)
    {
        *reason = VFS_REASON_MISSING_FIELD;
        vfs_error_set(err, "%s: expected an id of the catalog %s, got %s",
                      source->field, source->name,
                      vfs_node_describe(node, description));
        return VFS_DECLINED;
    }

    return VFS_OK;
}


static int
vfs_event_source_component(const vfs_node_t *node, float *value)
{
    const char  *last;

    if (node->token.type != VFS_JSON_NUMBER) {
        return VFS_ERROR;
    }

    last = node->token.start + node->token.len;

    if (vfs_float_read(node->token.start, last, value) != last
        || fabsf(*value) > VFS_MAX_COMPONENT)
    {
        return VFS_ERROR;
    }

    return VFS_OK;
}
