
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_document.h"
#include "vfs_ingest_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_MIXED_TIMEOUT_MS  5000
#define VFS_MIXED_ID          256
#define VFS_MIXED_HASH        32


typedef struct {
    char                    id[VFS_MIXED_ID];           /* "": none known */
    char                    definition[VFS_MIXED_HASH];
} vfs_mixed_t;


static void vfs_mixed_ask(vfs_http_t *http, const char *host,
    const char *path, const char *namespace_name, const char *more,
    vfs_http_done_pt done, vfs_mixed_t *mixed);
static void vfs_mixed_listed(void *data, const vfs_http_answer_t *answer);
static void vfs_mixed_fetched(void *data, const vfs_http_answer_t *answer);
static void vfs_mixed_text(const vfs_node_t *value, char *text, size_t size);


int
vfs_check_mixed(vfs_http_t *http, const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def, vfs_error_t *err)
{
    int           i;
    char          more[VFS_MIXED_ID + 16];
    const char   *name;
    vfs_mixed_t   mixed;

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (!def->has_feature[i]) {
            continue;
        }

        name = def->features[i].namespace_name;
        memset(&mixed, 0, sizeof(vfs_mixed_t));

        vfs_mixed_ask(http, settings->index_host, "list", name, "limit=1",
                      vfs_mixed_listed, &mixed);

        if (mixed.id[0] == '\0') {
            continue;
        }

        (void) snprintf(more, sizeof(more), "ids=%s", mixed.id);

        vfs_mixed_ask(http, settings->index_host, "fetch", name, more,
                      vfs_mixed_fetched, &mixed);

        if (mixed.definition[0] != '\0'
            && strcmp(mixed.definition, def->hash) != 0)
        {
            vfs_error_set(err, "features.%s.namespace: the index holds "
                          "vectors of the definition %s in %s, this one is "
                          "%s: give it a namespace of its own, for example "
                          "%.40s@v2, or delete that one",
                          vfs_entity_name((vfs_entity_e) i), mixed.definition,
                          name, def->hash, name);
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


/* An index that does not list or does not answer tells nothing. */

static void
vfs_mixed_ask(vfs_http_t *http, const char *host, const char *path,
    const char *namespace_name, const char *more, vfs_http_done_pt done,
    vfs_mixed_t *mixed)
{
    char                *url;
    vfs_error_t          err;
    vfs_http_request_t   request;

    if (asprintf(&url, "%s/vectors/%s?namespace=%s&%s", host, path,
                 namespace_name, more)
        == -1)
    {
        return;
    }

    memset(&request, 0, sizeof(vfs_http_request_t));

    request.url = url;
    request.timeout_ms = VFS_MIXED_TIMEOUT_MS;
    request.kind = VFS_HTTP_INDEX;
    request.done = done;
    request.data = mixed;

    (void) vfs_http_once(http, &request, &err);

    free(url);
}


static void
vfs_mixed_listed(void *data, const vfs_http_answer_t *answer)
{
    size_t             n;
    vfs_error_t        err;
    vfs_mixed_t       *mixed;
    vfs_document_t     doc;
    const vfs_node_t  *vectors, *first, *value;

    static const char  plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789_:-";

    mixed = data;

    if (answer->status != 200) {
        return;
    }

    memset(&doc, 0, sizeof(vfs_document_t));

    if (vfs_document_parse(&doc, answer->body, answer->len, &err) == VFS_OK
        && vfs_node_member(doc.nodes, "vectors", &vectors) == VFS_OK
        && vectors->token.type == VFS_JSON_ARRAY)
    {
        first = vfs_node_first(vectors);

        if (first != NULL && first->token.type == VFS_JSON_OBJECT
            && vfs_node_member(first, "id", &value) == VFS_OK)
        {
            vfs_mixed_text(value, mixed->id, sizeof(mixed->id));
        }
    }

    vfs_document_free(&doc);

    /* an id that is none of vfs */

    n = strspn(mixed->id, plain);

    if (mixed->id[n] != '\0') {
        mixed->id[0] = '\0';
    }
}


static void
vfs_mixed_fetched(void *data, const vfs_http_answer_t *answer)
{
    vfs_error_t        err;
    vfs_mixed_t       *mixed;
    vfs_document_t     doc;
    const vfs_node_t  *value;

    mixed = data;

    if (answer->status != 200) {
        return;
    }

    memset(&doc, 0, sizeof(vfs_document_t));

    if (vfs_document_parse(&doc, answer->body, answer->len, &err) == VFS_OK
        && vfs_node_member(doc.nodes, "vectors", &value) == VFS_OK
        && value->token.type == VFS_JSON_OBJECT
        && vfs_node_member(value, mixed->id, &value) == VFS_OK
        && value->token.type == VFS_JSON_OBJECT
        && vfs_node_path(value, "metadata.vfs_definition", &value) == VFS_OK)
    {
        vfs_mixed_text(value, mixed->definition, sizeof(mixed->definition));
    }

    vfs_document_free(&doc);
}


static void
vfs_mixed_text(const vfs_node_t *value, char *text, size_t size)
{
    ptrdiff_t  n;

    if (value->token.type != VFS_JSON_STRING) {
        return;
    }

    n = vfs_json_unescape(&value->token, text, size - 1);
    text[(n == -1) ? 0 : n] = '\0';
}
