
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_run.h"
#include "vfs_copy_pass.h"
#include "vfs_copy_printable.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* a fetch's answer is to be of a few megabytes, where records are large */

#define VFS_RUN_ANSWER  ((size_t) 4 * 1024 * 1024)
#define VFS_RUN_VALUE   12
#define VFS_RUN_RECORD  1024
#define VFS_RUN_IDS     1000
#define VFS_RUN_WAIT    200

#define VFS_RUN_DEFAULT  "__default__"


typedef struct {
    const vfs_copy_options_t     *options;
    const volatile sig_atomic_t  *stop;
    vfs_client_t                  client;
    vfs_stats_t                   from;
    vfs_stats_t                   to;
    uint64_t                      namespaces;
    uint64_t                      copied;
    uint64_t                      compared;
    uint64_t                      differ;
    uint64_t                      extra;
    int64_t                       began_us;
} vfs_run_t;


/* An index's description of itself. */

typedef struct {
    vfs_call_t              call;
    vfs_buf_t               url;
    vfs_stats_t            *stats;
    unsigned                done:1;
} vfs_run_stats_t;


static int vfs_run_open(vfs_run_t *run, vfs_error_t *err);
static int vfs_run_ask(vfs_run_t *run, vfs_remote_t *remote,
    vfs_stats_t *stats, vfs_error_t *err);
static int vfs_run_stats(vfs_call_t *call, const char *body, size_t len,
    vfs_error_t *err);
static int vfs_run_check(const vfs_run_t *run, vfs_error_t *err);
static int vfs_run_missing(const vfs_run_t *run, const char *name,
    vfs_error_t *err);
static int vfs_run_namespaces(vfs_run_t *run, vfs_error_t *err);
static void vfs_run_target_only(vfs_run_t *run);
static int vfs_run_holds(const vfs_stats_t *stats, const char *name);
static int vfs_run_namespace(vfs_run_t *run, const char *name,
    vfs_error_t *err);
static int vfs_run_passes(vfs_run_t *run, vfs_scope_t *scope,
    uint64_t expected, vfs_error_t *err);
static void vfs_run_summary(const vfs_run_t *run);


int
vfs_copy_run(const vfs_copy_options_t *options,
    const volatile sig_atomic_t *stop, vfs_error_t *err)
{
    int        rc;
    vfs_run_t  run;

    memset(&run, 0, sizeof(vfs_run_t));

    run.options = options;
    run.stop = stop;
    run.began_us = vfs_client_now();

    rc = vfs_run_open(&run, err);

    if (rc == VFS_OK) {
        rc = vfs_run_namespaces(&run, err);
    }

    if (rc == VFS_DECLINED) {
        vfs_error_set(err, "ended by a signal, after %" PRIu64 " records were "
                      "copied and %" PRIu64 " compared; it may be run again",
                      run.copied, run.compared);
    }

    if (rc == VFS_OK) {
        vfs_run_summary(&run);
    }

    if (rc == VFS_OK && run.differ + run.extra != 0) {
        vfs_error_set(err, "the indexes are not the same");
        rc = VFS_ERROR;
    }

    vfs_client_close(&run.client);
    vfs_stats_free(&run.from);
    vfs_stats_free(&run.to);

    return rc;
}


static int
vfs_run_open(vfs_run_t *run, vfs_error_t *err)
{
    int                        rc;
    vfs_remote_conf_t          from, to;
    const vfs_copy_options_t  *options;

    options = run->options;

    from.url = options->from.url;
    from.key = options->from.key;
    from.rate = options->rate;
    to.url = options->to.url;
    to.key = options->to.key;
    to.rate = options->rate;

    if (vfs_client_open(&run->client, &from, &to,
                        (int64_t) (options->give_up * 1e6), err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    rc = vfs_run_ask(run, &run->client.from, &run->from, err);

    if (rc == VFS_OK) {
        rc = vfs_run_ask(run, &run->client.to, &run->to, err);
    }

    return (rc == VFS_OK) ? vfs_run_check(run, err) : rc;
}


static int
vfs_run_ask(vfs_run_t *run, vfs_remote_t *remote, vfs_stats_t *stats,
    vfs_error_t *err)
{
    int              rc;
    vfs_run_stats_t  ask;

    memset(&ask, 0, sizeof(vfs_run_stats_t));

    if (vfs_buf_text(&ask.url, remote->url) != VFS_OK
        || vfs_buf_text(&ask.url, "/describe_index_stats") != VFS_OK
        || vfs_buf_add(&ask.url, "", 1) != VFS_OK)
    {
        vfs_buf_free(&ask.url);
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    ask.stats = stats;
    ask.call.remote = remote;
    ask.call.path = "/describe_index_stats";
    ask.call.url = ask.url.data;
    ask.call.body = "{}";
    ask.call.len = 2;
    ask.call.done = vfs_run_stats;
    ask.call.data = &ask;

    vfs_client_ask(&run->client, &ask.call);

    rc = VFS_OK;

    while (rc == VFS_OK && !ask.done) {
        rc = *run->stop ? VFS_DECLINED
                        : vfs_client_turn(&run->client, VFS_RUN_WAIT, err);
    }

    vfs_buf_free(&ask.url);

    return rc;
}


static int
vfs_run_stats(vfs_call_t *call, const char *body, size_t len,
    vfs_error_t *err)
{
    vfs_run_stats_t  *ask;

    ask = call->data;
    ask->done = 1;

    return vfs_stats_read(ask->stats, body, len, err);
}


static int
vfs_run_check(const vfs_run_t *run, vfs_error_t *err)
{
    size_t                     i;
    const vfs_copy_options_t  *options;

    options = run->options;

    if (run->from.dimension != 0 && run->to.dimension != 0
        && run->from.dimension != run->to.dimension)
    {
        vfs_error_set(err, "%.160s has dimension %" PRIu64 ", %.160s has %"
                      PRIu64, options->from.url, run->from.dimension,
                      options->to.url, run->to.dimension);
        return VFS_ERROR;
    }

    for (i = 0; options->namespaces != NULL && options->namespaces[i] != NULL;
         i++)
    {
        if (vfs_stats_find(&run->from, options->namespaces[i]) == -1) {
            return vfs_run_missing(run, options->namespaces[i], err);
        }
    }

    return VFS_OK;
}


static int
vfs_run_missing(const vfs_run_t *run, const char *name, vfs_error_t *err)
{
    char         text[VFS_PRINTABLE], held[VFS_PRINTABLE];
    size_t       i, n, len;
    vfs_buf_t    list;
    const char  *other;

    memset(&list, 0, sizeof(vfs_buf_t));
    n = vfs_ids_count(&run->from.names);

    /* a few: the message is cut anyway */

    for (i = 0; i < n && list.len < VFS_PRINTABLE; i++) {
        other = vfs_ids_get(&run->from.names, i, &len);

        if ((i != 0 && vfs_buf_text(&list, ", ") != VFS_OK)
            || vfs_buf_add(&list, other, len) != VFS_OK)
        {
            break;
        }
    }

    vfs_error_set(err, "--namespace \"%s\": %.128s has %s",
                  vfs_printable(text, 128, name, strlen(name)),
                  run->options->from.url,
                  (n == 0) ? "none"
                           : vfs_printable(held, sizeof(held), list.data,
                                           list.len));
    vfs_buf_free(&list);

    return VFS_ERROR;
}


static int
vfs_run_namespaces(vfs_run_t *run, vfs_error_t *err)
{
    int           rc;
    size_t        i, len;
    const char  **asked;

    asked = run->options->namespaces;
    rc = VFS_OK;

    if (asked != NULL) {

        for (i = 0; asked[i] != NULL && rc == VFS_OK; i++) {
            rc = vfs_run_namespace(run, asked[i], err);
        }

        return rc;
    }

    for (i = 0; i < vfs_ids_count(&run->from.names) && rc == VFS_OK; i++) {
        rc = vfs_run_namespace(run, vfs_ids_get(&run->from.names, i, &len),
                               err);
    }

    if (rc == VFS_OK) {
        vfs_run_target_only(run);
    }

    return rc;
}


/* Whole namespaces that the source does not have: counted, not listed. */

static void
vfs_run_target_only(vfs_run_t *run)
{
    char         text[VFS_MAX_NAMESPACE + 1];
    size_t       i, len;
    const char  *name;

    for (i = 0; i < vfs_ids_count(&run->to.names); i++) {
        name = vfs_ids_get(&run->to.names, i, &len);

        if (run->to.counts[i] == 0 || vfs_run_holds(&run->from, name)) {
            continue;
        }

        printf("%s: %" PRIu64 " records, only in the target\n",
               vfs_printable(text, sizeof(text), name, len),
               run->to.counts[i]);
        (void) fflush(stdout);

        run->extra += run->to.counts[i];
    }
}


/* An index may say "" or "__default__" for the default namespace. */

static int
vfs_run_holds(const vfs_stats_t *stats, const char *name)
{
    if (name[0] == '\0' || strcmp(name, VFS_RUN_DEFAULT) == 0) {
        return vfs_stats_find(stats, "") != -1
               || vfs_stats_find(stats, VFS_RUN_DEFAULT) != -1;
    }

    return vfs_stats_find(stats, name) != -1;
}


static int
vfs_run_namespace(vfs_run_t *run, const char *name, vfs_error_t *err)
{
    int            rc;
    ptrdiff_t      place;
    vfs_scope_t    scope;
    vfs_outcome_t  outcome;

    memset(&outcome, 0, sizeof(vfs_outcome_t));
    memset(&scope, 0, sizeof(vfs_scope_t));

    scope.client = &run->client;
    scope.namespace_name = name;
    scope.outcome = &outcome;
    scope.max_ids = 1 + VFS_RUN_ANSWER / (run->from.dimension * VFS_RUN_VALUE
                                          + VFS_RUN_RECORD);

    if (scope.max_ids > VFS_RUN_IDS) {
        scope.max_ids = VFS_RUN_IDS;
    }

    place = vfs_stats_find(&run->from, name);

    rc = vfs_run_passes(run, &scope,
                        (place >= 0) ? run->from.counts[place] : 0, err);

    run->namespaces++;
    run->copied += outcome.copied;
    run->compared += outcome.compared;
    run->differ += outcome.differ.count;
    run->extra += outcome.extra.count;

    vfs_outcome_free(&outcome);

    return rc;
}


static int
vfs_run_passes(vfs_run_t *run, vfs_scope_t *scope, uint64_t expected,
    vfs_error_t *err)
{
    int          rc;
    char         text[VFS_MAX_NAMESPACE + 1];
    const char  *name;

    name = scope->namespace_name;

    if (!run->options->verify_only) {
        rc = vfs_pass_run(scope, VFS_BATCH_COPY, expected, run->stop, err);

        if (rc != VFS_OK) {
            return rc;
        }

        printf("%s: %" PRIu64 " records copied\n",
               vfs_printable(text, sizeof(text), name, strlen(name)),
               scope->outcome->copied);
        (void) fflush(stdout);
    }

    scope->deadline_us = vfs_client_now()
                         + (int64_t) (run->options->patience * 1e6);

    rc = vfs_pass_run(scope, VFS_BATCH_COMPARE, expected, run->stop, err);

    if (rc == VFS_OK) {
        vfs_outcome_print(scope->outcome, name);
    }

    return rc;
}


static void
vfs_run_summary(const vfs_run_t *run)
{
    double  seconds;

    seconds = (double) (vfs_client_now() - run->began_us) / 1e6;

    printf("in all %" PRIu64 " namespaces: %" PRIu64 " records copied, %"
           PRIu64 " compared, %" PRIu64 " differ, %" PRIu64 " only in the "
           "target; %" PRIu64 " requests, %" PRIu64 " of them repeated, in "
           "%.1f s\n",
           run->namespaces, run->copied, run->compared, run->differ,
           run->extra, run->client.from.requests + run->client.to.requests,
           run->client.from.repeated + run->client.to.repeated, seconds);

    (void) fflush(stdout);
}
