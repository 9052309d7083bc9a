
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_settings.h"
#include "vfs_train.h"
#include "vfs_train_explain.h"
#include "vfs_train_gateway.h"
#include "vfs_train_open.h"
#include "vfs_train_without.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_EXPLAIN_FAILED  VFS_TRAIN_USAGE


typedef struct {
    vfs_train_files_t       files;
    const char             *id;
    vfs_entity_e            entity;
    int64_t                 top;
    int                     served;
    int                     json;
} vfs_explain_options_t;


typedef struct {
    const vfs_explain_options_t  *options;
    const vfs_definition_t  *def;
    vfs_answer_t             answer;    /* of the gateway, if asked */
    vfs_updates_t            updates;
    unsigned                 partitions;    /* a user's events are in */
} vfs_explain_ctx_t;


static int vfs_explain_options(vfs_explain_options_t *options, int argc,
    char **argv, vfs_error_t *err);
static int vfs_explain_work(const vfs_explain_options_t *options,
    vfs_error_t *err);
static int vfs_explain_served(vfs_explain_ctx_t *ctx, vfs_history_t *history,
    vfs_error_t *err);
static int vfs_explain_collect(vfs_explain_ctx_t *ctx, vfs_history_t *history,
    vfs_error_t *err);
static int vfs_explain_wanted(void *data, vfs_entity_e entity,
    const char *id);
static int vfs_explain_update(void *data, const vfs_replayed_t *replayed,
    vfs_error_t *err);
static int vfs_explain_print(vfs_explain_ctx_t *ctx, vfs_error_t *err);


static const vfs_option_t  vfs_explain_long[] = {

    { .name = "served",
      .set = vfs_option_flag,
      .offset = offsetof(vfs_explain_options_t, served),
      .help = "as of the watermark that the gateway answers with,\n"
              "and not of the history's end" },

    { .name = "top",
      .value = "N",
      .set = vfs_option_integer,
      .offset = offsetof(vfs_explain_options_t, top),
      .min = 1,
      .max = INT64_MAX,
      .help = "so many events, all" },

    { .name = "json",
      .set = vfs_option_flag,
      .offset = offsetof(vfs_explain_options_t, json),
      .help = "as JSON" },

    { .name = NULL }
};


static const vfs_option_group_t  vfs_explain_groups[] = {
    { vfs_explain_long, 0 },
    { vfs_train_files_options, offsetof(vfs_explain_options_t, files) },
    { NULL, 0 }
};


static const vfs_options_t  vfs_explain_command = {
    .command = "explain",
    .synopsis = "[OPTION]... user:ID | item:ID",
    .noperands = 1,
    .about = "The events that make a vector, those first without which it "
             "would\n"
             "be most different.",
    .more = "Columns: event, partition and offset; weight, of its type; decay, "
            "1\n"
            "at the newest event's time; share, of the sum of weights; source,"
            "\n"
            "XXH64 of the vector that was folded; cosine, between the vector "
            "and\n"
            "what it would be without the event; change, the norm of the\n"
            "difference.  Settings are those of vfs-train verify.",
    .groups = vfs_explain_groups
};


int
vfs_train_explain(int argc, char **argv)
{
    int                     rc;
    vfs_error_t             err;
    vfs_explain_options_t   options;

    rc = vfs_explain_options(&options, argc, argv, &err);

    if (rc == VFS_DECLINED) {
        return VFS_TRAIN_OK;
    }

    if (rc == VFS_OK) {

        if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
            rc = vfs_explain_work(&options, &err);
            curl_global_cleanup();

        } else {
            vfs_error_set(&err, "libcurl cannot be initialised");
            rc = VFS_ERROR;
        }
    }

    if (rc == VFS_OK) {
        return VFS_TRAIN_OK;
    }

    fprintf(stderr, "vfs-train: explain: %s\n", err.text);

    return VFS_EXPLAIN_FAILED;
}


/* VFS_DECLINED: help was asked for and given. */

static int
vfs_explain_options(vfs_explain_options_t *options, int argc, char **argv,
    vfs_error_t *err)
{
    int  rc, first;

    memset(options, 0, sizeof(vfs_explain_options_t));

    options->top = INT64_MAX;
    options->files.memory = VFS_TRAIN_MEMORY;

    rc = vfs_options_read(&vfs_explain_command, options, argc, argv, &first,
                          err);

    if (rc != VFS_OK) {
        return rc;
    }

    if (first == argc) {
        vfs_error_set(err, "expected one id, such as user:u1");
        return VFS_ERROR;
    }

    return vfs_train_id(argv[first], &options->entity, &options->id, err);
}


static int
vfs_explain_work(const vfs_explain_options_t *options, vfs_error_t *err)
{
    int                 rc;
    vfs_history_t      *history;
    vfs_definition_t   *def;
    vfs_explain_ctx_t   ctx;

    if (vfs_train_open(&options->files, &def, &history, err) != VFS_OK) {
        return VFS_ERROR;
    }

    memset(&ctx, 0, sizeof(vfs_explain_ctx_t));

    ctx.options = options;
    ctx.def = def;
    vfs_updates_init(&ctx.updates);

    rc = VFS_OK;

    if (!def->has_feature[options->entity]) {
        vfs_error_set(err, "the definition has no feature of %ss",
                      vfs_entity_name(options->entity));
        rc = VFS_ERROR;
    }

    if (rc == VFS_OK && options->served) {
        rc = vfs_explain_served(&ctx, history, err);
    }

    if (rc == VFS_OK) {
        rc = vfs_explain_collect(&ctx, history, err);
    }

    if (rc == VFS_OK) {
        rc = vfs_explain_print(&ctx, err);
    }

    vfs_answer_clear(&ctx.answer);
    vfs_updates_clear(&ctx.updates);
    vfs_history_close(history);
    vfs_definition_free(def);

    return rc;
}


static int
vfs_explain_served(vfs_explain_ctx_t *ctx, vfs_history_t *history,
    vfs_error_t *err)
{
    int             rc;
    char           *url;
    vfs_web_t      *web;
    vfs_track_t     track;
    vfs_tracked_t  *tracked;

    if (vfs_setting_url("VFS_GATEWAY_URL", "http://127.0.0.1:8080", &url, err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    web = vfs_web_create(NULL, err);

    if (web == NULL) {
        free(url);
        return VFS_ERROR;
    }

    rc = VFS_ERROR;

    if (vfs_track_init(&track, ctx->def, history, 0) != VFS_OK) {
        vfs_error_set(err, "out of memory");

    } else if (vfs_track_name(&track, ctx->options->entity, ctx->options->id,
                              err)
               == VFS_OK)
    {
        rc = vfs_gateway_fetch(web, url, &track, err);
    }

    if (rc == VFS_OK) {
        tracked = TAILQ_FIRST(&track.list);
        ctx->answer = tracked->answer;
        memset(&tracked->answer, 0, sizeof(vfs_answer_t));

        if (!ctx->answer.found) {
            vfs_error_set(err, "the gateway does not serve %s %s",
                          vfs_entity_name(ctx->options->entity),
                          ctx->options->id);
            rc = VFS_ERROR;
        }
    }

    vfs_track_destroy(&track);
    vfs_web_free(web);
    free(url);

    if (rc == VFS_OK) {
        rc = vfs_history_refresh(history, err);
    }

    return rc;
}


static int
vfs_explain_collect(vfs_explain_ctx_t *ctx, vfs_history_t *history,
    vfs_error_t *err)
{
    int                    rc;
    vfs_replay_t          *replay;
    vfs_replay_handler_t   handler;

    memset(&handler, 0, sizeof(vfs_replay_handler_t));

    handler.wanted = vfs_explain_wanted;
    handler.update = vfs_explain_update;
    handler.data = ctx;

    replay = vfs_replay_create(ctx->def,
                               (size_t) ctx->options->files.memory << 20,
                               &handler, err);

    if (replay == NULL) {
        return VFS_ERROR;
    }

    rc = vfs_replay_history(replay, history, err);

    vfs_history_tell(history);

    vfs_replay_free(replay);

    return rc;
}


static int
vfs_explain_wanted(void *data, vfs_entity_e entity, const char *id)
{
    vfs_explain_ctx_t  *ctx;

    ctx = data;

    return entity == ctx->options->entity && strcmp(id, ctx->options->id) == 0;
}


static int
vfs_explain_update(void *data, const vfs_replayed_t *replayed,
    vfs_error_t *err)
{
    vfs_noted_t           *last;
    vfs_explain_ctx_t     *ctx;
    const vfs_position_t  *mark;

    ctx = data;

    if (!vfs_explain_wanted(ctx, replayed->entity, replayed->id)) {
        return VFS_OK;
    }

    if (ctx->options->served) {
        mark = vfs_answer_mark(&ctx->answer, replayed->position.partition);

        if (mark == NULL || replayed->position.offset > mark->offset) {
            return VFS_OK;
        }
    }

    last = TAILQ_LAST(&ctx->updates.list, vfs_noted_list_s);

    if (vfs_replayed_spread(replayed,
                            (last != NULL) ? last->position.partition : -1,
                            "; --served explains the one that is served", err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_updates_add(&ctx->updates, ctx->def, replayed, err);
}


static int
vfs_explain_print(vfs_explain_ctx_t *ctx, vfs_error_t *err)
{
    int            rc;
    vfs_explain_t  explain;

    memset(&explain, 0, sizeof(vfs_explain_t));

    explain.def = ctx->def;
    explain.feature = &ctx->def->features[ctx->options->entity];
    explain.id = ctx->options->id;
    explain.updates = vfs_updates_array(&ctx->updates, &explain.n);

    if (explain.updates == NULL) {
        vfs_error_set(err, "the history has no event of %s %s%s",
                      vfs_entity_name(ctx->options->entity), ctx->options->id,
                      ctx->options->served ? " up to the answer's watermark"
                                           : "");
        return VFS_ERROR;
    }

    rc = vfs_explain_compute(&explain, err);

    if (rc == VFS_OK && ctx->options->json) {
        vfs_explain_json(&explain, (size_t) ctx->options->top);

    } else if (rc == VFS_OK) {
        vfs_explain_table(&explain, (size_t) ctx->options->top);
    }

    vfs_explain_free(&explain);

    return rc;
}
