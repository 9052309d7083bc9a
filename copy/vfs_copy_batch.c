
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_batch.h"
#include "vfs_copy_answer.h"

#include <inttypes.h>
#include <string.h>


/* of an upsert: Pinecone takes 2 MB */

#define VFS_BATCH_RECORDS   1000
#define VFS_BATCH_BYTES     1900000
#define VFS_BATCH_AGAIN_US  1000000


static int vfs_batch_ask(vfs_batch_t *batch, vfs_error_t *err);
static int vfs_batch_fetch(vfs_batch_t *batch, vfs_call_t *call,
    vfs_remote_t *remote, vfs_buf_t *url);
static int vfs_batch_fetched(vfs_call_t *call, const char *body, size_t len,
    vfs_error_t *err);
static int vfs_batch_store(vfs_batch_t *batch, vfs_error_t *err);
static int vfs_batch_body(vfs_batch_t *batch);
static int vfs_batch_stored(vfs_call_t *call, const char *body, size_t len,
    vfs_error_t *err);
static int vfs_batch_compare(vfs_batch_t *batch, vfs_error_t *err);
static int vfs_batch_differs(vfs_batch_t *batch, vfs_ids_t *differ,
    vfs_error_t *err);
static int vfs_batch_confirm(vfs_batch_t *batch, vfs_error_t *err);
static int vfs_batch_memory(vfs_error_t *err);


size_t
vfs_batch_url_len(const char *id, size_t len)
{
    return sizeof("&ids=") - 1 + vfs_query_len(id, len);
}


int
vfs_batch_start(vfs_batch_t *batch, vfs_scope_t *scope, vfs_batch_kind_e kind,
    vfs_ids_t *ids, vfs_error_t *err)
{
    size_t       i, n, len, url_len;
    const char  *id;

    batch->scope = scope;
    batch->kind = kind;
    batch->again = 0;
    vfs_ids_clear(&batch->ids);

    n = vfs_ids_count(ids);
    url_len = 0;

    for (i = 0; i < n && i < scope->max_ids; i++) {
        id = vfs_ids_get(ids, i, &len);
        url_len += vfs_batch_url_len(id, len);

        if (i != 0 && url_len > VFS_BATCH_URL) {
            break;
        }

        if (vfs_ids_add(&batch->ids, id, len) != VFS_OK) {
            return vfs_batch_memory(err);
        }
    }

    vfs_ids_drop(ids, i);

    return vfs_batch_ask(batch, err);
}


int
vfs_batch_again(vfs_batch_t *batch, vfs_error_t *err)
{
    return vfs_batch_ask(batch, err);
}


static int
vfs_batch_ask(vfs_batch_t *batch, vfs_error_t *err)
{
    vfs_client_t  *client;

    client = batch->scope->client;
    batch->busy = 1;
    batch->due_us = 0;
    batch->pending = 1;

    if (vfs_batch_fetch(batch, &batch->from, &client->from, &batch->from_url)
        != VFS_OK)
    {
        return vfs_batch_memory(err);
    }

    if (batch->kind == VFS_BATCH_COMPARE) {
        batch->pending++;

        if (vfs_batch_fetch(batch, &batch->to, &client->to, &batch->to_url)
            != VFS_OK)
        {
            return vfs_batch_memory(err);
        }
    }

    return VFS_OK;
}


static int
vfs_batch_fetch(vfs_batch_t *batch, vfs_call_t *call, vfs_remote_t *remote,
    vfs_buf_t *url)
{
    size_t       i, len;
    const char  *id, *name;

    name = batch->scope->namespace_name;
    url->len = 0;

    if (vfs_buf_text(url, remote->url) != VFS_OK
        || vfs_buf_text(url, "/vectors/fetch?namespace=") != VFS_OK
        || vfs_buf_query(url, name, strlen(name)) != VFS_OK)
    {
        return VFS_ERROR;
    }

    for (i = 0; i < vfs_ids_count(&batch->ids); i++) {
        id = vfs_ids_get(&batch->ids, i, &len);

        if (vfs_buf_text(url, "&ids=") != VFS_OK
            || vfs_buf_query(url, id, len) != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    if (vfs_buf_add(url, "", 1) != VFS_OK) {
        return VFS_ERROR;
    }

    memset(call, 0, sizeof(vfs_call_t));
    call->remote = remote;
    call->path = "/vectors/fetch";
    call->url = url->data;
    call->done = vfs_batch_fetched;
    call->data = batch;

    vfs_client_ask(batch->scope->client, call);

    return VFS_OK;
}


static int
vfs_batch_fetched(vfs_call_t *call, const char *body, size_t len,
    vfs_error_t *err)
{
    vfs_batch_t    *batch;
    vfs_records_t  *records;

    batch = call->data;
    records = (call == &batch->from) ? &batch->here : &batch->there;

    if (vfs_records_read(records, body, len, &batch->ids, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (--batch->pending != 0) {
        return VFS_OK;
    }

    switch (batch->kind) {

    case VFS_BATCH_COPY:
        batch->next = 0;
        return vfs_batch_store(batch, err);

    case VFS_BATCH_COMPARE:
        return vfs_batch_compare(batch, err);

    default:
        return vfs_batch_confirm(batch, err);
    }
}


/* Stores what is left to be stored. */

static int
vfs_batch_store(vfs_batch_t *batch, vfs_error_t *err)
{
    vfs_call_t    *call;
    vfs_client_t  *client;

    client = batch->scope->client;

    if (vfs_batch_body(batch) != VFS_OK) {
        return vfs_batch_memory(err);
    }

    if (batch->sent == 0) {
        batch->busy = 0;
        return VFS_OK;
    }

    batch->to_url.len = 0;

    if (vfs_buf_text(&batch->to_url, client->to.url) != VFS_OK
        || vfs_buf_text(&batch->to_url, "/vectors/upsert") != VFS_OK
        || vfs_buf_add(&batch->to_url, "", 1) != VFS_OK)
    {
        return vfs_batch_memory(err);
    }

    call = &batch->to;
    memset(call, 0, sizeof(vfs_call_t));

    call->remote = &client->to;
    call->path = "/vectors/upsert";
    call->url = batch->to_url.data;
    call->body = batch->body.data;
    call->len = batch->body.len;
    call->done = vfs_batch_stored;
    call->data = batch;

    vfs_client_ask(client, call);

    return VFS_OK;
}


/* An upsert of the next records that were found, as many as it may have. */

static int
vfs_batch_body(vfs_batch_t *batch)
{
    size_t       i, len, kept;
    vfs_buf_t   *body;
    const char  *id, *name;

    body = &batch->body;
    body->len = 0;
    batch->sent = 0;
    name = batch->scope->namespace_name;

    if (vfs_buf_text(body, "{\"namespace\":") != VFS_OK
        || vfs_buf_string(body, name, strlen(name)) != VFS_OK
        || vfs_buf_text(body, ",\"vectors\":[") != VFS_OK)
    {
        return VFS_ERROR;
    }

    for (i = batch->next; i < batch->here.n; i++) {

        if (!batch->here.records[i].found) {
            continue;
        }

        if (batch->sent == VFS_BATCH_RECORDS) {
            break;
        }

        kept = body->len;
        id = vfs_ids_get(&batch->ids, i, &len);

        if ((batch->sent != 0 && vfs_buf_text(body, ",") != VFS_OK)
            || vfs_records_write(&batch->here, i, id, len, body) != VFS_OK)
        {
            return VFS_ERROR;
        }

        if (batch->sent != 0 && body->len > VFS_BATCH_BYTES) {
            body->len = kept;
            break;
        }

        batch->sent++;
    }

    batch->next = i;

    return vfs_buf_text(body, "]}");
}


static int
vfs_batch_stored(vfs_call_t *call, const char *body, size_t len,
    vfs_error_t *err)
{
    uint64_t      count;
    vfs_batch_t  *batch;

    batch = call->data;

    if (vfs_upserted_read(body, len, &count, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (count != batch->sent) {
        vfs_error_set(err, "%" PRIu64 " of %" PRIu64 " records were stored",
                      count, batch->sent);
        return VFS_ERROR;
    }

    batch->scope->outcome->copied += count;

    return vfs_batch_store(batch, err);
}


/*
 * What differs is compared again until the deadline: an index may show a write
 * some seconds late.
 */

static int
vfs_batch_compare(vfs_batch_t *batch, vfs_error_t *err)
{
    int             rc;
    size_t          i, len;
    int64_t         now;
    vfs_ids_t       differ;
    const char     *id;
    vfs_outcome_t  *outcome;

    outcome = batch->scope->outcome;
    memset(&differ, 0, sizeof(vfs_ids_t));

    if (!batch->again) {
        outcome->compared += batch->here.found;
    }

    rc = vfs_batch_differs(batch, &differ, err);

    if (rc != VFS_OK) {
        goto done;
    }

    now = vfs_client_now();

    if (vfs_ids_count(&differ) != 0 && now < batch->scope->deadline_us) {
        vfs_ids_free(&batch->ids);
        batch->ids = differ;
        batch->again = 1;
        batch->due_us = now + VFS_BATCH_AGAIN_US;

        return VFS_OK;
    }

    for (i = 0; i < vfs_ids_count(&differ) && rc == VFS_OK; i++) {
        id = vfs_ids_get(&differ, i, &len);
        rc = vfs_named_add(&outcome->differ, id, len, err);
    }

    batch->busy = 0;

done:

    vfs_ids_free(&differ);

    return rc;
}


static int
vfs_batch_differs(vfs_batch_t *batch, vfs_ids_t *differ, vfs_error_t *err)
{
    size_t       i, len;
    unsigned     same;
    const char  *id;

    for (i = 0; i < batch->here.n; i++) {
        id = vfs_ids_get(&batch->ids, i, &len);

        if (!batch->here.records[i].found) {

            /* deleted from the source since it was listed */

            if (batch->there.records[i].found
                && vfs_named_add(&batch->scope->outcome->extra, id, len, err)
                   != VFS_OK)
            {
                return VFS_ERROR;
            }

            continue;
        }

        if (vfs_records_same(&batch->here, &batch->there, i, &same) != VFS_OK
            || (!same && vfs_ids_add(differ, id, len) != VFS_OK))
        {
            return vfs_batch_memory(err);
        }
    }

    return VFS_OK;
}


static int
vfs_batch_confirm(vfs_batch_t *batch, vfs_error_t *err)
{
    size_t       i, len;
    const char  *id;

    for (i = 0; i < batch->here.n; i++) {
        id = vfs_ids_get(&batch->ids, i, &len);

        if (!batch->here.records[i].found
            && vfs_named_add(&batch->scope->outcome->extra, id, len, err)
               != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    batch->busy = 0;

    return VFS_OK;
}


void
vfs_batch_free(vfs_batch_t *batch)
{
    vfs_ids_free(&batch->ids);
    vfs_buf_free(&batch->from_url);
    vfs_buf_free(&batch->to_url);
    vfs_buf_free(&batch->body);
    vfs_records_free(&batch->here);
    vfs_records_free(&batch->there);
}


static int
vfs_batch_memory(vfs_error_t *err)
{
    vfs_error_set(err, "out of memory");

    return VFS_ERROR;
}
