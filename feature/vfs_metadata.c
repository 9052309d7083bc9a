
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_event_private.h"
#include "vfs_float.h"
#include "vfs_metadata.h"

#include <stdlib.h>
#include <string.h>


/* Where a value is written, at most VFS_MAX_METADATA_VALUE bytes. */

typedef struct {
    char   *pos;
    size_t  room;
} vfs_output_t;


static int vfs_metadata_render(const vfs_node_t *node, vfs_output_t *out);
static int vfs_metadata_render_list(const vfs_node_t *node,
    vfs_output_t *out);
static int vfs_metadata_render_string(const vfs_node_t *node,
    vfs_output_t *out);
static int vfs_metadata_put(vfs_output_t *out, const char *text, size_t len);
static int vfs_metadata_field(const vfs_feature_t *feature,
    const vfs_json_token_t *name);
static int vfs_metadata_skip(vfs_json_t *json, vfs_json_token_t *span);


char *
vfs_event_metadata(const vfs_definition_t *def, const vfs_feature_t *feature,
    const vfs_event_t *event, vfs_reason_e *reason, vfs_error_t *err)
{
    int                rc;
    char              *p, *name, text[VFS_MAX_METADATA_LEN + 1];
    char               description[VFS_DESCRIPTION_LEN];
    unsigned           i;
    vfs_output_t       out;
    const vfs_node_t  *node;

    *reason = VFS_REASON_NONE;
    p = text;

    for (i = 0; i < feature->nmetadata; i++) {
        rc = vfs_event_field(event, feature->metadata_paths[i], &node, reason,
                             err);

        if (rc == VFS_DECLINED) {
            continue;
        }

        if (rc == VFS_ERROR) {
            return NULL;
        }

        name = feature->metadata[i];

        p = stpcpy(p, p == text ? "\"" : ",\"");
        p = stpcpy(p, name);
        p = stpcpy(p, "\":");

        out.pos = p;
        out.room = VFS_MAX_METADATA_VALUE;

        if (vfs_metadata_render(node, &out) != VFS_OK) {
            *reason = VFS_REASON_BAD_METADATA;
            vfs_error_set(err, "%s: expected a string, a finite number, a "
                          "boolean or a list of strings, up to %d bytes, "
                          "got %s", feature->metadata_paths[i],
                          VFS_MAX_METADATA_VALUE,
                          vfs_node_describe(node, description));
            return NULL;
        }

        p = out.pos;
    }

    *p = '\0';

    p = strdup(text);
    if (p == NULL) {
        vfs_error_set(err, "out of memory");
    }

    return p;
}


int
vfs_metadata_split(const vfs_feature_t *feature, const char *text, size_t len,
    vfs_metadata_value_t *candidates, vfs_error_t *err)
{
    int               i;
    char              object[VFS_MAX_METADATA_LEN + 2];
    vfs_json_t        json;
    vfs_json_token_t  token, span;

    if (len > VFS_MAX_METADATA_LEN) {
        vfs_error_set(err, "metadata: expected at most %d bytes",
                      VFS_MAX_METADATA_LEN);
        return VFS_DECLINED;
    }

    object[0] = '{';
    memcpy(object + 1, text, len);
    object[len + 1] = '}';

    memset(candidates, 0, feature->nmetadata * sizeof(vfs_metadata_value_t));

    vfs_json_init(&json, object, len + 2);
    (void) vfs_json_next(&json, &token);

    while (vfs_json_next(&json, &token) == VFS_JSON_NAME) {

        i = vfs_metadata_field(feature, &token);

        if (i < 0
            || candidates[i].len != 0
            || vfs_metadata_skip(&json, &span) != VFS_OK)
        {
            vfs_error_set(err, "metadata: expected each of the feature's "
                          "fields at most once, with a valid value");
            return VFS_DECLINED;
        }

        candidates[i].start = text + (span.start - object) - 1;
        candidates[i].len = span.len;
    }

    if (token.type != VFS_JSON_OBJECT_END
        || vfs_json_next(&json, &token) != VFS_JSON_END)
    {
        vfs_error_set(err, "metadata: expected the inside of an object");
        return VFS_DECLINED;
    }

    return VFS_OK;
}


int
vfs_metadata_valid(const char *text, size_t len)
{
    vfs_json_t        json;
    vfs_json_token_t  token, span;

    vfs_json_init(&json, text, len);

    return vfs_metadata_skip(&json, &span) == VFS_OK
           && span.len == len
           && vfs_json_next(&json, &token) == VFS_JSON_END;
}


static int
vfs_metadata_render(const vfs_node_t *node, vfs_output_t *out)
{
    char         text[VFS_DOUBLE_LEN];
    double       number;
    const char  *last;

    switch (node->token.type) {

    case VFS_JSON_STRING:
        return vfs_metadata_render_string(node, out);

    case VFS_JSON_ARRAY:
        return vfs_metadata_render_list(node, out);

    case VFS_JSON_TRUE:
    case VFS_JSON_FALSE:
        return vfs_metadata_put(out, node->token.start, node->token.len);

    case VFS_JSON_NUMBER:
        last = node->token.start + node->token.len;

        if (vfs_double_read(node->token.start, last, &number) != last) {
            return VFS_ERROR;
        }

        return vfs_metadata_put(out, text,
                                vfs_double_canonical(text, number) - text);

    default:
        return VFS_ERROR;
    }
}


static int
vfs_metadata_render_list(const vfs_node_t *node, vfs_output_t *out)
{
    const vfs_node_t  *element, *first;

    first = vfs_node_first(node);

    if (vfs_metadata_put(out, "[", 1) != VFS_OK) {
        return VFS_ERROR;
    }

    for (element = first;
         element != NULL;
         element = vfs_node_next(node, element))
    {
        if (element->token.type != VFS_JSON_STRING
            || (element != first && vfs_metadata_put(out, ",", 1) != VFS_OK)
            || vfs_metadata_render_string(element, out) != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return vfs_metadata_put(out, "]", 1);
}


static int
vfs_metadata_render_string(const vfs_node_t *node, vfs_output_t *out)
{
    char       *last, text[VFS_MAX_METADATA_VALUE];
    char        escaped[6 * VFS_MAX_METADATA_VALUE + 2];
    ptrdiff_t   len;

    len = vfs_json_unescape(&node->token, text, sizeof(text));
    if (len < 0) {
        return VFS_ERROR;
    }

    escaped[0] = '"';
    last = vfs_json_escape(escaped + 1, text, (size_t) len);
    *last++ = '"';

    return vfs_metadata_put(out, escaped, last - escaped);
}


static int
vfs_metadata_put(vfs_output_t *out, const char *text, size_t len)
{
    if (len > out->room) {
        return VFS_ERROR;
    }

    memcpy(out->pos, text, len);
    out->pos += len;
    out->room -= len;

    return VFS_OK;
}


static int
vfs_metadata_field(const vfs_feature_t *feature, const vfs_json_token_t *name)
{
    unsigned  i;

    for (i = 0; i < feature->nmetadata; i++) {
        if (vfs_json_equal(name, feature->metadata[i])) {
            return (int) i;
        }
    }

    return -1;
}


/* Moves behind one value: a string, number, boolean or list of strings. */

static int
vfs_metadata_skip(vfs_json_t *json, vfs_json_token_t *span)
{
    double            number;
    const char       *start, *last;
    vfs_json_token_t  token;

    switch (vfs_json_next(json, &token)) {

    case VFS_JSON_NUMBER:
        last = token.start + token.len;

        if (vfs_double_read(token.start, last, &number) != last) {
            return VFS_ERROR;
        }

        /* fall through */

    case VFS_JSON_STRING:
    case VFS_JSON_TRUE:
    case VFS_JSON_FALSE:
        if (vfs_json_skip(json, &token, span) != 0) {
            return VFS_ERROR;
        }

        break;

    case VFS_JSON_ARRAY:
        start = token.start;

        while (vfs_json_next(json, &token) == VFS_JSON_STRING) { /* void */ }

        if (token.type != VFS_JSON_ARRAY_END) {
            return VFS_ERROR;
        }

        span->start = start;
        span->len = json->pos - start;
        break;

    default:
        return VFS_ERROR;
    }

    return span->len <= VFS_MAX_METADATA_VALUE ? VFS_OK : VFS_ERROR;
}
