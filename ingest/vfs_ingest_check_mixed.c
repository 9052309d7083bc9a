
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_document.h"
#include "vfs_ingest_check.h"
#include "vfs_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_MIXED_TIMEOUT_MS  5000
#define VFS_MIXED_ANSWER      (1024 * 1024)
#define VFS_MIXED_ID          256
#define VFS_MIXED_HASH        32

/* How many vectors of a namespace are looked at, at the most. */

#define VFS_MIXED_SAMPLE      50


typedef struct {
    unsigned                count;
    char                    ids[VFS_MIXED_SAMPLE][VFS_MIXED_ID];
    const char             *id;         /* the one that is fetched */
    char                    definition[VFS_MIXED_HASH];     /* "": none */

    unsigned                failed:1;
} vfs_mixed_t;


static int vfs_mixed_namespace(vfs_http_t *http,
    const vfs_ingest_settings_t *settings, const vfs_definition_t *def,
    vfs_entity_e entity, vfs_error_t *err);
static void vfs_mixed_warn(const char *namespace_name, const char *id,
    const char *definition);
static void vfs_mixed_ask(vfs_http_t *http, const char *host,
    const char *path, const char *namespace_name, const char *more,
    vfs_http_done_pt done, vfs_mixed_t *mixed);
static void vfs_mixed_listed(void *data, const vfs_http_answer_t *answer);
static void vfs_mixed_add(vfs_mixed_t *mixed, const vfs_node_t *vector);
static void vfs_mixed_fetched(void *data, const vfs_http_answer_t *answer);
static void vfs_mixed_text(const vfs_node_t *value, char *text, size_t size);


int
vfs_check_mixed(vfs_http_t *http, const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def, vfs_error_t *err)
{
    int  i;

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (def->has_feature[i]
            && vfs_mixed_namespace(http, settings, def, (vfs_entity_e) i, err)
               != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


/*
 * A vector of this definition says that the namespace is in use by it: others
 * beside it are remnants, and no reason for one more worker not to begin.
 */

static int
vfs_mixed_namespace(vfs_http_t *http, const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def, vfs_entity_e entity, vfs_error_t *err)
{
    char          more[VFS_MIXED_ID + 16], other[VFS_MIXED_HASH];
    unsigned      i, others;
    const char   *name, *id;
    vfs_mixed_t   mixed;

    name = def->features[entity].namespace_name;
    others = 0;
    id = NULL;
    mixed.count = 0;
    mixed.failed = 0;

    (void) snprintf(more, sizeof(more), "limit=%d", VFS_MIXED_SAMPLE);

    vfs_mixed_ask(http, settings->index_host, "list", name, more,
                  vfs_mixed_listed, &mixed);

    for (i = 0; i < mixed.count; i++) {
        mixed.id = mixed.ids[i];
        mixed.definition[0] = '\0';

        (void) snprintf(more, sizeof(more), "ids=%s", mixed.id);

        vfs_mixed_ask(http, settings->index_host, "fetch", name, more,
                      vfs_mixed_fetched, &mixed);

        if (strcmp(mixed.definition, def->hash) == 0) {

            if (others != 0) {
                vfs_mixed_warn(name, id, other);
            }

            return VFS_OK;
        }

        if (mixed.definition[0] != '\0' && others++ == 0) {
            id = mixed.id;
            memcpy(other, mixed.definition, sizeof(other));
        }
    }

    if (others == 0 || mixed.failed) {
        return VFS_OK;
    }

    vfs_error_set(err, "features.%s.namespace: the index holds vectors of the "
                  "definition %s in %.64s (%.140s is one; none of the %u "
                  "looked at is of this one, %s): give it a namespace of its "
                  "own, for example %.40s@v2, or, if nobody reads these "
                  "vectors any more, delete them",
                  vfs_entity_name(entity), other, name, id, others, def->hash,
                  name);

    return VFS_ERROR;
}


static void
vfs_mixed_warn(const char *namespace_name, const char *id,
    const char *definition)
{
    vfs_log(VFS_LOG_WARN, "vectors_of_another_definition",
            "namespace=%s id=%s definition=%s remedy=\"delete them by their "
            "ids if nobody reads them; they stay as they are until an event "
            "of theirs comes\"", namespace_name, id, definition);
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
    request.max_answer = VFS_MIXED_ANSWER;
    request.kind = VFS_HTTP_INDEX;
    request.done = done;
    request.data = mixed;

    (void) vfs_http_once(http, &request, &err);

    free(url);
}


static void
vfs_mixed_listed(void *data, const vfs_http_answer_t *answer)
{
    vfs_error_t        err;
    vfs_mixed_t       *mixed;
    vfs_document_t     doc;
    const vfs_node_t  *vectors, *vector;

    mixed = data;

    if (answer->status != 200) {
        return;
    }

    memset(&doc, 0, sizeof(vfs_document_t));

    if (vfs_document_parse(&doc, answer->body, answer->len, &err) == VFS_OK
        && vfs_node_member(doc.nodes, "vectors", &vectors) == VFS_OK
        && vectors->token.type == VFS_JSON_ARRAY)
    {
        for (vector = vfs_node_first(vectors);
             vector != NULL && mixed->count < VFS_MIXED_SAMPLE;
             vector = vfs_node_next(vectors, vector))
        {
            vfs_mixed_add(mixed, vector);
        }
    }

    vfs_document_free(&doc);
}


static void
vfs_mixed_add(vfs_mixed_t *mixed, const vfs_node_t *vector)
{
    char              *id;
    const vfs_node_t  *value;

    if (vector->token.type != VFS_JSON_OBJECT
        || vfs_node_member(vector, "id", &value) != VFS_OK)
    {
        return;
    }

    id = mixed->ids[mixed->count];

    vfs_mixed_text(value, id, VFS_MIXED_ID);

    if (id[0] != '\0') {
        mixed->count++;
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

        /* nor would it to the next question */

        mixed->count = 0;
        mixed->failed = 1;
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


/* An id or hash as vfs writes them; empty if it is something else. */

static void
vfs_mixed_text(const vfs_node_t *value, char *text, size_t size)
{
    ptrdiff_t  n;

    static const char  plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789_:-";

    text[0] = '\0';

    if (value->token.type != VFS_JSON_STRING) {
        return;
    }

    n = vfs_json_unescape(&value->token, text, size - 1);
    text[(n == -1) ? 0 : n] = '\0';

    if (text[strspn(text, plain)] != '\0') {
        text[0] = '\0';
    }
}
