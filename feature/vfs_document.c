
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_document.h"
#include "vfs_float.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* Of a long text, a message shows the beginning. */

#define VFS_DESCRIPTION_CUT  32

/* An event of ten fields; glibc hands out up to 1 KB without searching. */

#define VFS_DOCUMENT_NODES  24


static int vfs_document_build(vfs_document_t *doc, size_t len,
    vfs_error_t *err);
static vfs_node_t *vfs_document_add(vfs_document_t *doc, uint32_t *room);
static const char *vfs_node_describe_text(const vfs_node_t *node, char *buf);


int
vfs_document_parse(vfs_document_t *doc, const char *text, size_t len,
    vfs_error_t *err)
{
    memset(doc, 0, sizeof(vfs_document_t));

    doc->text = malloc(len + 1);
    if (doc->text == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    memcpy(doc->text, text, len);
    doc->text[len] = '\0';

    return vfs_document_build(doc, len, err);
}


void
vfs_document_free(vfs_document_t *doc)
{
    free(doc->text);
    free(doc->nodes);
}


const vfs_node_t *
vfs_node_first(const vfs_node_t *parent)
{
    return parent->span == 1 ? NULL : parent + 1;
}


const vfs_node_t *
vfs_node_next(const vfs_node_t *parent, const vfs_node_t *node)
{
    node += node->span;

    return node == parent + parent->span ? NULL : node;
}


uint32_t
vfs_node_count(const vfs_node_t *array)
{
    uint32_t           n;
    const vfs_node_t  *node;

    n = 0;

    for (node = vfs_node_first(array);
         node != NULL;
         node = vfs_node_next(array, node))
    {
        n++;
    }

    return n;
}


int
vfs_node_member(const vfs_node_t *object, const char *name,
    const vfs_node_t **value)
{
    const vfs_node_t  *node;

    *value = NULL;

    for (node = vfs_node_first(object);
         node != NULL;
         node = vfs_node_next(object, node))
    {
        if (!vfs_json_equal(&node->token, name)) {
            continue;
        }

        if (*value != NULL) {
            return VFS_ERROR;
        }

        *value = node + 1;
    }

    return *value == NULL ? VFS_DECLINED : VFS_OK;
}


int
vfs_node_path(const vfs_node_t *object, const char *path,
    const vfs_node_t **value)
{
    int          rc;
    char         name[VFS_MAX_PATH_LEN + 1];
    size_t       len;
    const char  *dot;

    for ( ;; ) {
        dot = strchr(path, '.');
        len = dot == NULL ? strlen(path) : (size_t) (dot - path);

        if (len > VFS_MAX_PATH_LEN) {
            return VFS_DECLINED;
        }

        memcpy(name, path, len);
        name[len] = '\0';

        rc = vfs_node_member(object, name, value);
        if (rc != VFS_OK) {
            return rc;
        }

        if (dot == NULL) {
            return (*value)->token.type == VFS_JSON_NULL ? VFS_DECLINED
                                                         : VFS_OK;
        }

        if ((*value)->token.type != VFS_JSON_OBJECT) {
            return VFS_DECLINED;
        }

        object = *value;
        path = dot + 1;
    }
}


ptrdiff_t
vfs_node_text(const vfs_node_t *node, char *buf, size_t size)
{
    char         text[VFS_DOUBLE_LEN];
    size_t       len;
    double       value;
    const char  *p, *last;

    p = node->token.start;
    len = node->token.len;

    switch (node->token.type) {

    case VFS_JSON_STRING:
        return vfs_json_unescape(&node->token, buf, size);

    case VFS_JSON_NUMBER:
        if (vfs_node_is_integer(node) && (len != 2 || memcmp(p, "-0", 2) != 0))
        {
            break;
        }

        last = p + len;

        if (vfs_double_read(p, last, &value) != last) {
            return -1;
        }

        p = text;
        len = vfs_double_canonical(text, value) - text;
        break;

    case VFS_JSON_TRUE:
    case VFS_JSON_FALSE:
        break;

    default:
        return -1;
    }

    if (len > size) {
        return -1;
    }

    memcpy(buf, p, len);

    return (ptrdiff_t) len;
}


int
vfs_node_is_integer(const vfs_node_t *node)
{
    size_t  i;

    if (node->token.type != VFS_JSON_NUMBER) {
        return 0;
    }

    for (i = 0; i < node->token.len; i++) {
        if (strchr(".eE", node->token.start[i]) != NULL) {
            return 0;
        }
    }

    return 1;
}


const char *
vfs_node_describe(const vfs_node_t *node, char *buf)
{
    switch (node->token.type) {

    case VFS_JSON_OBJECT:
        return strcpy(buf, "an object");

    case VFS_JSON_ARRAY:
        return strcpy(buf, node->span == 1 ? "an empty list" : "a list");

    default:
        return vfs_node_describe_text(node, buf);
    }
}


static int
vfs_document_build(vfs_document_t *doc, size_t len, vfs_error_t *err)
{
    uint32_t          room, open[VFS_JSON_MAX_DEPTH];
    unsigned          depth;
    vfs_json_t        json;
    vfs_node_t       *node;
    vfs_json_token_t  token;

    room = 0;
    depth = 0;
    vfs_json_init(&json, doc->text, len);

    for ( ;; ) {

        switch (vfs_json_next(&json, &token)) {

        case VFS_JSON_END:
            return VFS_OK;

        case VFS_JSON_INVALID:
            vfs_error_set(err, "no JSON at byte %zu: %s",
                          (size_t) (json.pos - json.start), json.reason);
            return VFS_DECLINED;

        case VFS_JSON_OBJECT_END:
        case VFS_JSON_ARRAY_END:
            node = &doc->nodes[open[--depth]];
            node->span = (uint32_t) (doc->nnodes - open[depth]);
            break;

        default:
            node = vfs_document_add(doc, &room);
            if (node == NULL) {
                vfs_error_set(err, "out of memory");
                return VFS_ERROR;
            }

            node->token = token;
            node->span = 1;

            if (token.type == VFS_JSON_OBJECT || token.type == VFS_JSON_ARRAY)
            {
                open[depth++] = doc->nnodes - 1;
                continue;
            }

            if (token.type == VFS_JSON_NAME) {
                continue;
            }
        }

        /* a value has ended: a name before it spans it */

        if (node > doc->nodes && (node - 1)->token.type == VFS_JSON_NAME) {
            (node - 1)->span = node->span + 1;
        }
    }
}


static vfs_node_t *
vfs_document_add(vfs_document_t *doc, uint32_t *room)
{
    uint32_t     n;
    vfs_node_t  *nodes;

    if (doc->nnodes == *room) {
        n = *room == 0 ? VFS_DOCUMENT_NODES : *room * 2;

        nodes = realloc(doc->nodes, n * sizeof(vfs_node_t));
        if (nodes == NULL) {
            return NULL;
        }

        doc->nodes = nodes;
        *room = n;
    }

    return &doc->nodes[doc->nnodes++];
}


static const char *
vfs_node_describe_text(const vfs_node_t *node, char *buf)
{
    char        *p;
    size_t       len;
    const char  *quote, *dots;

    quote = node->token.type == VFS_JSON_STRING ? "\"" : "";
    len = node->token.len;
    dots = "";

    if (len > VFS_DESCRIPTION_CUT) {
        len = VFS_DESCRIPTION_CUT;
        dots = "...";

        /* not in the middle of a character */

        while (len > 0 && (node->token.start[len] & 0xc0) == 0x80) {
            len--;
        }
    }

    p = buf + sprintf(buf, "%s", quote);

    if (node->token.escaped || node->token.type != VFS_JSON_STRING) {
        memcpy(p, node->token.start, len);
        p += len;

    } else {
        p = vfs_json_escape(p, node->token.start, len);
    }

    (void) sprintf(p, "%s%s", dots, quote);

    return buf;
}
