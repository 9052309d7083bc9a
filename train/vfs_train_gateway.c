
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_document.h"
#include "vfs_float.h"
#include "vfs_train_gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* what the gateway takes, and what it can answer with its default of 4 MB */

#define VFS_GATEWAY_BATCH   100
#define VFS_GATEWAY_BODY    (16 + VFS_GATEWAY_BATCH * (VFS_MAX_ID_LEN + 3))
#define VFS_GATEWAY_ANSWER  3000000
#define VFS_GATEWAY_URL     2048
#define VFS_GATEWAY_TOKEN   1024


typedef struct {
    vfs_web_t              *web;
    const char             *url;
    vfs_track_t            *track;
    vfs_entity_e            entity;
    char                    body[VFS_GATEWAY_BODY];
    size_t                  len;
    unsigned                n;          /* ids in "body" */
} vfs_gateway_ctx_t;


static int vfs_gateway_entity(vfs_gateway_ctx_t *ctx, vfs_error_t *err);
static unsigned vfs_gateway_max(const vfs_definition_t *def);
static int vfs_gateway_batch(vfs_gateway_ctx_t *ctx, vfs_error_t *err);
static int vfs_gateway_on_answer(void *data, const char *id,
    vfs_answer_t *answer, vfs_error_t *err);
static int vfs_gateway_page(vfs_web_t *web, const char *url,
    vfs_track_t *track, vfs_entity_e entity, char *token, vfs_error_t *err);
static int vfs_gateway_ids(vfs_track_t *track, vfs_entity_e entity,
    const vfs_document_t *doc, char *token, vfs_error_t *err);


int
vfs_gateway_fetch(vfs_web_t *web, const char *url, vfs_track_t *track,
    vfs_error_t *err)
{
    int                 i;
    vfs_tracked_t      *tracked;
    vfs_gateway_ctx_t   ctx;

    TAILQ_FOREACH(tracked, &track->list, link)
    {
        vfs_answer_clear(&tracked->answer);
        tracked->asked = 0;
    }

    ctx.web = web;
    ctx.url = url;
    ctx.track = track;

    for (i = 0; i < VFS_ENTITIES; i++) {
        ctx.entity = (vfs_entity_e) i;

        if (vfs_gateway_entity(&ctx, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    TAILQ_FOREACH(tracked, &track->list, link)
    {

        if (!tracked->asked) {
            vfs_error_set(err, "the gateway says nothing of %s %s",
                          vfs_entity_name(vfs_tracked_entity(tracked)),
                          tracked->id);
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_gateway_entity(vfs_gateway_ctx_t *ctx, vfs_error_t *err)
{
    unsigned        max;
    vfs_tracked_t  *tracked;

    max = vfs_gateway_max(ctx->track->def);

    ctx->n = 0;
    ctx->len = 0;

    TAILQ_FOREACH(tracked, &ctx->track->list, link)
    {

        if (vfs_tracked_entity(tracked) != ctx->entity) {
            continue;
        }

        /* an id needs no escaping */

        ctx->len += (size_t) snprintf(ctx->body + ctx->len,
                                      sizeof(ctx->body) - ctx->len, "%s\"%s\"",
                                      (ctx->n == 0) ? "{\"ids\":[" : ",",
                                      tracked->id);

        if (++ctx->n >= max && vfs_gateway_batch(ctx, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return vfs_gateway_batch(ctx, err);
}


/* How many records of at most 4 KB of metadata an answer has room for. */

static unsigned
vfs_gateway_max(const vfs_definition_t *def)
{
    size_t  n;

    n = VFS_GATEWAY_ANSWER / (4096 + (size_t) def->dimension * VFS_FLOAT_LEN);

    return (n > VFS_GATEWAY_BATCH) ? VFS_GATEWAY_BATCH : (unsigned) n;
}


/* Asks for what is in the body, and empties it. */

static int
vfs_gateway_batch(vfs_gateway_ctx_t *ctx, vfs_error_t *err)
{
    char              address[VFS_GATEWAY_URL];
    unsigned          n;
    vfs_error_t       why;
    vfs_web_answer_t  answer;

    if (ctx->n == 0) {
        return VFS_OK;
    }

    memcpy(ctx->body + ctx->len, "]}", 2);
    ctx->len += 2;

    (void) snprintf(address, sizeof(address), "%s/v1/features/%s/batch",
                    ctx->url, vfs_entity_name(ctx->entity));

    if (vfs_web_request(ctx->web, address, ctx->body, ctx->len, &answer, &why)
        != VFS_OK)
    {
        vfs_error_set(err, "VFS_GATEWAY_URL: %.480s", why.text);
        return VFS_ERROR;
    }

    n = ctx->n;
    ctx->n = 0;
    ctx->len = 0;

    if (answer.status != 200) {
        vfs_error_set(err, "VFS_GATEWAY_URL: %.256s answers %d to %u ids",
                      address, answer.status, n);
        return VFS_ERROR;
    }

    return vfs_answers_read(answer.body, answer.len, vfs_gateway_on_answer,
                            ctx, err);
}


static int
vfs_gateway_on_answer(void *data, const char *id, vfs_answer_t *answer,
    vfs_error_t *err)
{
    vfs_tracked_t      *tracked;
    vfs_gateway_ctx_t  *ctx;

    ctx = data;
    tracked = vfs_track_find(ctx->track, ctx->entity, id);

    if (tracked == NULL || tracked->asked) {
        vfs_error_set(err, "the gateway answers %s %.128s, which was not "
                      "asked, or twice", vfs_entity_name(ctx->entity), id);
        return VFS_ERROR;
    }

    tracked->answer = *answer;
    tracked->asked = 1;

    memset(answer, 0, sizeof(vfs_answer_t));

    return VFS_OK;
}


int
vfs_gateway_list(vfs_web_t *web, const char *url, vfs_track_t *track,
    vfs_error_t *err)
{
    int   i;
    char  token[VFS_GATEWAY_TOKEN];

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (!track->def->has_feature[i]) {
            continue;
        }

        token[0] = '\0';

        do {

            if (vfs_gateway_page(web, url, track, (vfs_entity_e) i, token, err)
                != VFS_OK)
            {
                return VFS_ERROR;
            }

        } while (token[0] != '\0');
    }

    return VFS_OK;
}


static int
vfs_gateway_page(vfs_web_t *web, const char *url, vfs_track_t *track,
    vfs_entity_e entity, char *token, vfs_error_t *err)
{
    int               rc;
    char              address[VFS_GATEWAY_URL];
    vfs_error_t       why;
    vfs_document_t    doc;
    vfs_web_answer_t  answer;

    (void) snprintf(address, sizeof(address), "%s/vectors/list?limit=100"
                    "&namespace=%s%s%s", url,
                    track->def->features[entity].namespace_name,
                    (token[0] != '\0') ? "&paginationToken=" : "", token);

    if (vfs_web_request(web, address, NULL, 0, &answer, &why) != VFS_OK) {
        vfs_error_set(err, "PINECONE_INDEX_HOST: %.480s", why.text);
        return VFS_ERROR;
    }

    if (answer.status != 200) {
        vfs_error_set(err, "PINECONE_INDEX_HOST: %.256s answers %d", address,
                      answer.status);
        return VFS_ERROR;
    }

    memset(&doc, 0, sizeof(vfs_document_t));

    rc = vfs_document_parse(&doc, answer.body, answer.len, &why);

    if (rc == VFS_OK) {
        rc = vfs_gateway_ids(track, entity, &doc, token, err);

    } else {
        vfs_error_set(err, "PINECONE_INDEX_HOST: the list of ids is no JSON");
    }

    vfs_document_free(&doc);

    return (rc == VFS_OK) ? VFS_OK : VFS_ERROR;
}


static int
vfs_gateway_ids(vfs_track_t *track, vfs_entity_e entity,
    const vfs_document_t *doc, char *token, vfs_error_t *err)
{
    char               id[VFS_MAX_ID_LEN + 16];
    size_t             prefix;
    ptrdiff_t          n;
    const char        *name;
    const vfs_node_t  *vectors, *node, *value;

    name = vfs_entity_name(entity);
    prefix = strlen(name) + 1;
    token[0] = '\0';

    if (vfs_node_path(doc->nodes, "pagination.next", &value) == VFS_OK) {
        n = vfs_json_unescape(&value->token, token, VFS_GATEWAY_TOKEN - 1);
        token[(n == -1) ? 0 : n] = '\0';
    }

    if (vfs_node_member(doc->nodes, "vectors", &vectors) != VFS_OK) {
        return VFS_OK;
    }

    for (node = vfs_node_first(vectors); node != NULL;
         node = vfs_node_next(vectors, node))
    {
        if (vfs_node_member(node, "id", &value) != VFS_OK) {
            continue;
        }

        n = vfs_json_unescape(&value->token, id, sizeof(id) - 1);

        if (n <= (ptrdiff_t) prefix || strncmp(id, name, prefix - 1) != 0
            || id[prefix - 1] != ':'
            || !vfs_id_valid(id + prefix, (size_t) n - prefix))
        {
            continue;
        }

        id[n] = '\0';

        if (vfs_track_see(track, entity, id + prefix, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}
