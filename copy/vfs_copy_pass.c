
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_pass.h"
#include "vfs_copy_printable.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* ids that wait for the other list, and the longest wait without a look */

#define VFS_PASS_MERGE    2000
#define VFS_PASS_WAIT_MS  200


static int vfs_pass_open(vfs_pass_t *pass, vfs_error_t *err);
static void vfs_pass_close(vfs_pass_t *pass);
static int vfs_pass_from_page(void *data, const vfs_ids_t *ids,
    vfs_error_t *err);
static int vfs_pass_to_page(void *data, const vfs_ids_t *ids,
    vfs_error_t *err);
static int vfs_pass_add(vfs_ready_t *ready, const char *id, size_t len,
    vfs_error_t *err);
static int vfs_pass_step(vfs_pass_t *pass, int *wait, vfs_error_t *err);
static void vfs_pass_list(vfs_pass_t *pass);
static int vfs_pass_merge(vfs_pass_t *pass, vfs_error_t *err);
static int vfs_pass_start(vfs_pass_t *pass, vfs_batch_t *batch,
    vfs_error_t *err);
static int vfs_pass_take(vfs_pass_t *pass, vfs_batch_t *batch,
    vfs_batch_kind_e kind, vfs_ready_t *ready, vfs_error_t *err);
static int vfs_pass_full(const vfs_pass_t *pass, const vfs_ready_t *ready);
static int vfs_pass_ended(const vfs_pass_t *pass);
static void vfs_pass_show(vfs_pass_t *pass);


int
vfs_pass_run(const vfs_scope_t *scope, vfs_batch_kind_e kind,
    uint64_t expected, const volatile sig_atomic_t *stop, vfs_error_t *err)
{
    int          rc, wait;
    vfs_pass_t  *pass;

    pass = calloc(1, sizeof(vfs_pass_t));

    if (pass == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    pass->scope = *scope;
    pass->kind = kind;
    pass->expected = expected;
    pass->began_us = vfs_client_now();

    rc = vfs_pass_open(pass, err);

    while (rc == VFS_OK) {

        if (*stop) {
            rc = VFS_DECLINED;
            break;
        }

        rc = vfs_pass_step(pass, &wait, err);

        if (rc != VFS_OK || vfs_pass_ended(pass)) {
            break;
        }

        rc = vfs_client_turn(scope->client, wait, err);
        vfs_pass_show(pass);
    }

    vfs_progress_end(&pass->progress);
    vfs_pass_close(pass);

    return rc;
}


static int
vfs_pass_open(vfs_pass_t *pass, vfs_error_t *err)
{
    char           name[48];
    const char    *ns;
    vfs_client_t  *client;

    client = pass->scope.client;
    ns = pass->scope.namespace_name;

    (void) snprintf(pass->title, sizeof(pass->title), "%s %s",
                    (pass->kind == VFS_BATCH_COPY) ? "copying" : "comparing",
                    vfs_printable(name, sizeof(name), ns, strlen(ns)));

    vfs_progress_begin(&pass->progress, "vfs copy", pass->title);

    if (vfs_list_open(&pass->from, client, &client->from, ns,
                      vfs_pass_from_page, pass, err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (pass->kind == VFS_BATCH_COPY) {
        pass->to.ended = 1;
        return VFS_OK;
    }

    return vfs_list_open(&pass->to, client, &client->to, ns, vfs_pass_to_page,
                         pass, err);
}


static void
vfs_pass_close(vfs_pass_t *pass)
{
    int  i;

    vfs_list_close(&pass->from);
    vfs_list_close(&pass->to);
    vfs_ids_free(&pass->ready.ids);
    vfs_ids_free(&pass->only.ids);
    vfs_ids_free(&pass->here);
    vfs_ids_free(&pass->there);

    for (i = 0; i < VFS_PASS_BATCHES; i++) {
        vfs_batch_free(&pass->batches[i]);
    }

    free(pass);
}


static int
vfs_pass_from_page(void *data, const vfs_ids_t *ids, vfs_error_t *err)
{
    size_t       i, len;
    const char  *id;
    vfs_pass_t  *pass;

    pass = data;

    for (i = 0; i < vfs_ids_count(ids); i++) {
        id = vfs_ids_get(ids, i, &len);

        if (vfs_pass_add(&pass->ready, id, len, err) != VFS_OK) {
            return VFS_ERROR;
        }

        if (pass->kind == VFS_BATCH_COMPARE
            && vfs_ids_add(&pass->here, id, len) != VFS_OK)
        {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_pass_to_page(void *data, const vfs_ids_t *ids, vfs_error_t *err)
{
    size_t       i, len;
    const char  *id;
    vfs_pass_t  *pass;

    pass = data;

    for (i = 0; i < vfs_ids_count(ids); i++) {
        id = vfs_ids_get(ids, i, &len);

        if (vfs_ids_add(&pass->there, id, len) != VFS_OK) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_pass_add(vfs_ready_t *ready, const char *id, size_t len, vfs_error_t *err)
{
    ready->url_len += vfs_batch_url_len(id, len);

    if (vfs_ids_add(&ready->ids, id, len) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}


/* Puts to work what can be; *wait: how long there is nothing else to do. */

static int
vfs_pass_step(vfs_pass_t *pass, int *wait, vfs_error_t *err)
{
    int           i;
    int64_t       now, left;
    vfs_batch_t  *batch;

    *wait = VFS_PASS_WAIT_MS;

    if (vfs_pass_merge(pass, err) != VFS_OK) {
        return VFS_ERROR;
    }

    now = vfs_client_now();

    for (i = 0; i < VFS_PASS_BATCHES; i++) {
        batch = &pass->batches[i];

        if (!batch->busy) {

            if (vfs_pass_start(pass, batch, err) != VFS_OK) {
                return VFS_ERROR;
            }

            continue;
        }

        if (batch->due_us == 0) {
            continue;
        }

        left = batch->due_us - now;

        if (left > 0) {
            left = (left + 999) / 1000;
            *wait = (left < *wait) ? (int) left : *wait;

        } else if (vfs_batch_again(batch, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    vfs_pass_list(pass);

    return VFS_OK;
}


/* The lists run ahead of the batches, but not far. */

static void
vfs_pass_list(vfs_pass_t *pass)
{
    if (vfs_ids_count(&pass->ready.ids) < 2 * pass->scope.max_ids
        && pass->ready.url_len < 2 * VFS_BATCH_URL
        && vfs_ids_count(&pass->here) < VFS_PASS_MERGE)
    {
        vfs_list_next(&pass->from);
    }

    if (vfs_ids_count(&pass->there) < VFS_PASS_MERGE) {
        vfs_list_next(&pass->to);
    }
}


/*
 * Both lists are sorted, so an id that the source's lacks is one that only the
 * target has.  Each is confirmed by a fetch from the source: then it does not
 * matter if a list is not sorted, or is late.
 */

static int
vfs_pass_merge(vfs_pass_t *pass, vfs_error_t *err)
{
    int          order;
    size_t       here_len, there_len;
    const char  *here, *there;

    while (vfs_ids_count(&pass->there) != 0
           && !(vfs_pass_full(pass, &pass->only)))
    {
        there = vfs_ids_get(&pass->there, 0, &there_len);

        if (vfs_ids_count(&pass->here) == 0) {

            if (!pass->from.ended) {
                return VFS_OK;
            }

            order = 1;

        } else {
            here = vfs_ids_get(&pass->here, 0, &here_len);
            order = strcmp(here, there);
        }

        if (order > 0
            && vfs_pass_add(&pass->only, there, there_len, err) != VFS_OK)
        {
            return VFS_ERROR;
        }

        if (order >= 0) {
            vfs_ids_drop(&pass->there, 1);
        }

        if (order <= 0) {
            vfs_ids_drop(&pass->here, 1);
        }
    }

    if (vfs_ids_count(&pass->there) == 0 && pass->to.ended) {
        vfs_ids_clear(&pass->here);
    }

    return VFS_OK;
}


static int
vfs_pass_start(vfs_pass_t *pass, vfs_batch_t *batch, vfs_error_t *err)
{
    if (vfs_pass_full(pass, &pass->only)
        || (pass->to.ended && vfs_ids_count(&pass->there) == 0
            && vfs_ids_count(&pass->only.ids) != 0))
    {
        return vfs_pass_take(pass, batch, VFS_BATCH_CONFIRM, &pass->only, err);
    }

    if (vfs_pass_full(pass, &pass->ready)
        || (pass->from.ended && vfs_ids_count(&pass->ready.ids) != 0))
    {
        return vfs_pass_take(pass, batch, pass->kind, &pass->ready, err);
    }

    return VFS_OK;
}


static int
vfs_pass_take(vfs_pass_t *pass, vfs_batch_t *batch, vfs_batch_kind_e kind,
    vfs_ready_t *ready, vfs_error_t *err)
{
    size_t       i, len;
    const char  *id;

    if (vfs_batch_start(batch, &pass->scope, kind, &ready->ids, err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    for (i = 0; i < vfs_ids_count(&batch->ids); i++) {
        id = vfs_ids_get(&batch->ids, i, &len);
        ready->url_len -= vfs_batch_url_len(id, len);
    }

    return VFS_OK;
}


/* Whether they are enough for a fetch. */

static int
vfs_pass_full(const vfs_pass_t *pass, const vfs_ready_t *ready)
{
    return vfs_ids_count(&ready->ids) >= pass->scope.max_ids
           || ready->url_len >= VFS_BATCH_URL;
}


static int
vfs_pass_ended(const vfs_pass_t *pass)
{
    int  i;

    if (!pass->from.ended || !pass->to.ended
        || vfs_ids_count(&pass->ready.ids) != 0
        || vfs_ids_count(&pass->there) != 0
        || vfs_ids_count(&pass->only.ids) != 0)
    {
        return 0;
    }

    for (i = 0; i < VFS_PASS_BATCHES; i++) {

        if (pass->batches[i].busy) {
            return 0;
        }
    }

    return 1;
}


static void
vfs_pass_show(vfs_pass_t *pass)
{
    int                   n;
    double                seconds;
    uint64_t              done, repeated;
    vfs_progress_t       *progress;
    const vfs_client_t   *client;
    const vfs_outcome_t  *outcome;

    client = pass->scope.client;
    outcome = pass->scope.outcome;
    progress = &pass->progress;

    done = (pass->kind == VFS_BATCH_COPY) ? outcome->copied
                                          : outcome->compared;
    repeated = client->from.repeated + client->to.repeated;
    seconds = (double) (vfs_client_now() - pass->began_us) / 1e6;

    n = snprintf(progress->note, sizeof(progress->note),
                 ", %" PRIu64 " of %" PRIu64 " records, %.0f a second", done,
                 pass->expected, (seconds > 0) ? (double) done / seconds : 0);

    if (repeated != 0 && n > 0 && (size_t) n < sizeof(progress->note)) {
        (void) snprintf(progress->note + n, sizeof(progress->note) - n,
                        ", %" PRIu64 " requests repeated (%s)", repeated,
                        (client->to.trouble[0] != '\0') ? client->to.trouble
                                                        : client->from.trouble);
    }

    vfs_progress_show(progress, done, pass->expected);
}
