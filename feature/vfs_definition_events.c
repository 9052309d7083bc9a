
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_private.h"
#include "vfs_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_MAX_COLUMNS  256


static int vfs_definition_fields(vfs_definition_t *def,
    const vfs_section_t *events);
static int vfs_definition_csv(vfs_definition_t *def,
    const vfs_section_t *events);
static int vfs_definition_has_column(const vfs_definition_t *def,
    const vfs_section_t *events, const char *column, const char *member);
static int vfs_definition_weights(vfs_definition_t *def,
    const vfs_section_t *events);
static int vfs_definition_weight_list(vfs_definition_t *def,
    const vfs_section_t *weights);
static int vfs_definition_weight(const vfs_section_t *section,
    const char *name, const vfs_node_t *node, double *weight);


int
vfs_definition_events(vfs_definition_t *def, const vfs_section_t *root)
{
    vfs_section_t             events;
    static const char *const  names[] = {
        "topic", "fields", "csv", "weights", "default_weight", NULL
    };

    if (vfs_section_open(&events, root, "events",
                         vfs_section_member(root, "events"), names)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (vfs_section_string(&events, "topic", &vfs_kind_topic, 0, &def->topic)
        != VFS_OK
        || vfs_definition_fields(def, &events) != VFS_OK
        || vfs_definition_csv(def, &events) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_definition_weights(def, &events);
}


static int
vfs_definition_fields(vfs_definition_t *def, const vfs_section_t *events)
{
    vfs_section_t             fields;
    static const char *const  names[] = {
        "user", "item", "type", "time", NULL
    };

    if (vfs_section_open(&fields, events, "fields",
                         vfs_section_member(events, "fields"), names)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (vfs_section_string(&fields, "user", &vfs_kind_path, 0,
                           &def->field_user) != VFS_OK
        || vfs_section_string(&fields, "item", &vfs_kind_path, 0,
                              &def->field_item) != VFS_OK
        || vfs_section_string(&fields, "type", &vfs_kind_path, 1,
                              &def->field_type) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_section_string(&fields, "time", &vfs_kind_path, 1,
                              &def->field_time);
}


static int
vfs_definition_csv(vfs_definition_t *def, const vfs_section_t *events)
{
    char               name[32];
    unsigned           i;
    const vfs_node_t  *list, *node;

    list = vfs_section_member(events, "csv");

    if (list == NULL) {
        return VFS_OK;
    }

    if (list->token.type != VFS_JSON_ARRAY
        || list->span == 1
        || vfs_node_count(list) > VFS_MAX_COLUMNS)
    {
        return vfs_section_fail(events, "csv", list,
                                "a list of 1 to %d columns", VFS_MAX_COLUMNS);
    }

    def->csv = calloc(vfs_node_count(list), sizeof(char *));
    if (def->csv == NULL) {
        vfs_error_set(events->err, "out of memory");
        return VFS_ERROR;
    }

    for (node = vfs_node_first(list);
         node != NULL;
         node = vfs_node_next(list, node))
    {
        (void) snprintf(name, sizeof(name), "csv[%u]", def->ncsv);

        if (vfs_section_text(events, name, node, &vfs_kind_column,
                             &def->csv[def->ncsv]) != VFS_OK)
        {
            return VFS_ERROR;
        }

        def->ncsv++;

        for (i = 0; i + 1 < def->ncsv; i++) {
            if (strcmp(def->csv[i], def->csv[def->ncsv - 1]) == 0) {
                return vfs_section_fail(events, name, node,
                                        "every column once");
            }
        }
    }

    if (vfs_definition_has_column(def, events, def->field_user, "user")
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_definition_has_column(def, events, def->field_item, "item");
}


static int
vfs_definition_has_column(const vfs_definition_t *def,
    const vfs_section_t *events, const char *column, const char *member)
{
    unsigned  i;

    for (i = 0; i < def->ncsv; i++) {
        if (strcmp(def->csv[i], column) == 0) {
            return VFS_OK;
        }
    }

    return vfs_section_fail(events, "csv", vfs_section_member(events, "csv"),
                            "a column \"%s\", the %s of events.fields",
                            column, member);
}


static int
vfs_definition_weights(vfs_definition_t *def, const vfs_section_t *events)
{
    vfs_section_t      weights;
    const vfs_node_t  *node;

    def->default_weight = 1;
    def->has_default_weight = 1;

    node = vfs_section_member(events, "weights");

    if (node != NULL) {
        if (def->field_type == NULL) {
            return vfs_section_fail(events, "fields.type", NULL,
                                    "the field that events.weights go by");
        }

        if (vfs_section_open(&weights, events, "weights", node, NULL)
            != VFS_OK
            || vfs_definition_weight_list(def, &weights) != VFS_OK)
        {
            return VFS_ERROR;
        }

        def->has_default_weight = 0;
    }

    node = vfs_section_member(events, "default_weight");

    if (node != NULL) {
        def->has_default_weight = 1;

        return vfs_definition_weight(events, "default_weight", node,
                                     &def->default_weight);
    }

    return VFS_OK;
}


static int
vfs_definition_weight_list(vfs_definition_t *def,
    const vfs_section_t *weights)
{
    const vfs_node_t    *name;
    vfs_event_weight_t  *weight;

    if (weights->node->span == 1) {
        return vfs_section_fail(weights, "", weights->node,
                                "at least one event type");
    }

    def->weights = calloc(vfs_node_count(weights->node),
                          sizeof(vfs_event_weight_t));
    if (def->weights == NULL) {
        vfs_error_set(weights->err, "out of memory");
        return VFS_ERROR;
    }

    for (name = vfs_node_first(weights->node);
         name != NULL;
         name = vfs_node_next(weights->node, name))
    {
        weight = &def->weights[def->nweights];

        if (vfs_section_text(weights, "", name, &vfs_kind_type, &weight->type)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        def->nweights++;

        if (vfs_definition_weight(weights, weight->type, name + 1,
                                  &weight->weight) != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_definition_weight(const vfs_section_t *section, const char *name,
    const vfs_node_t *node, double *weight)
{
    if (vfs_section_read_number(node, weight) != VFS_OK
        || fabs(*weight) > VFS_MAX_WEIGHT
        || (*weight != 0 && fabs(*weight) < VFS_MIN_WEIGHT))
    {
        return vfs_section_fail(section, name, node, "0 or a number from %g "
                                "to %g, or the negative of one",
                                VFS_MIN_WEIGHT, VFS_MAX_WEIGHT);
    }

    return VFS_OK;
}
