
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_answer.h"
#include "vfs_copy_reply.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    const char             *name;
    uint64_t                count;
} vfs_stats_entry_t;


static int vfs_stats_namespaces(vfs_stats_t *stats, vfs_reply_t *reply);
static int vfs_stats_add(vfs_stats_t *stats, size_t *size, const char *name,
    size_t len, uint64_t count);
static int vfs_stats_sort(vfs_stats_t *stats);
static int vfs_stats_compare(const void *one, const void *two);
static int vfs_page_ids(vfs_reply_t *reply, vfs_ids_t *ids);
static int vfs_page_token(vfs_reply_t *reply, vfs_buf_t *token);
static int vfs_answer_memory(vfs_error_t *err);


int
vfs_stats_read(vfs_stats_t *stats, const char *body, size_t len,
    vfs_error_t *err)
{
    int          rc;
    vfs_reply_t  reply;

    memset(stats, 0, sizeof(vfs_stats_t));

    if (vfs_reply_open(&reply, body, len, err) != VFS_OK) {
        return VFS_ERROR;
    }

    while ((rc = vfs_reply_member(&reply)) == VFS_OK) {

        if (vfs_reply_is(&reply, "namespaces")) {
            rc = vfs_stats_namespaces(stats, &reply);

        } else if (vfs_reply_is(&reply, "dimension")
                   && reply.value.type != VFS_JSON_NULL)
        {
            rc = vfs_reply_count(&reply, "dimension", UINT32_MAX,
                                 &stats->dimension);

        } else {
            rc = vfs_reply_skip(&reply, NULL);
        }

        if (rc != VFS_OK) {
            goto failed;
        }
    }

    if (rc == VFS_ERROR || vfs_reply_close(&reply) != VFS_OK) {
        goto failed;
    }

    if (vfs_stats_sort(stats) != VFS_OK) {
        (void) vfs_answer_memory(err);
        goto failed;
    }

    return VFS_OK;

failed:

    vfs_stats_free(stats);

    return VFS_ERROR;
}


void
vfs_stats_free(vfs_stats_t *stats)
{
    vfs_ids_free(&stats->names);
    free(stats->counts);
    memset(stats, 0, sizeof(vfs_stats_t));
}


static int
vfs_stats_namespaces(vfs_stats_t *stats, vfs_reply_t *reply)
{
    int       rc;
    char      name[VFS_MAX_NAMESPACE + 1];
    size_t    len, size;
    uint64_t  count;

    rc = vfs_reply_object(reply, "namespaces");

    if (rc != VFS_OK) {
        return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
    }

    size = 0;

    while ((rc = vfs_reply_member(reply)) == VFS_OK) {

        if (vfs_reply_string(reply, &reply->name, "the name of a namespace", 0,
                             VFS_MAX_NAMESPACE, name, &len)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        count = 0;
        rc = vfs_reply_object(reply, "namespaces");

        while (rc == VFS_OK) {
            rc = vfs_reply_member(reply);

            if (rc != VFS_OK) {
                break;
            }

            rc = vfs_reply_is(reply, "vectorCount")
                 ? vfs_reply_count(reply, "vectorCount",
                                       (uint64_t) 1 << 53, &count)
                 : vfs_reply_skip(reply, NULL);
        }

        if (rc == VFS_ERROR) {
            return VFS_ERROR;
        }

        if (vfs_stats_add(stats, &size, name, len, count) != VFS_OK) {
            return vfs_answer_memory(reply->err);
        }
    }

    return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
}


static int
vfs_stats_add(vfs_stats_t *stats, size_t *size, const char *name, size_t len,
    uint64_t count)
{
    size_t     n, room;
    uint64_t  *counts;

    n = vfs_ids_count(&stats->names);

    if (n >= *size) {
        room = (n < 16) ? 32 : 2 * n;
        counts = realloc(stats->counts, room * sizeof(uint64_t));

        if (counts == NULL) {
            return VFS_ERROR;
        }

        stats->counts = counts;
        *size = room;
    }

    stats->counts[n] = count;

    return vfs_ids_add(&stats->names, name, len);
}


static int
vfs_stats_sort(vfs_stats_t *stats)
{
    int                 rc;
    size_t              i, n, len;
    vfs_ids_t           sorted;
    vfs_stats_entry_t  *entries;

    n = vfs_ids_count(&stats->names);

    if (n == 0) {
        return VFS_OK;
    }

    entries = calloc(n, sizeof(vfs_stats_entry_t));

    if (entries == NULL) {
        return VFS_ERROR;
    }

    for (i = 0; i < n; i++) {
        entries[i].name = vfs_ids_get(&stats->names, i, &len);
        entries[i].count = stats->counts[i];
    }

    qsort(entries, n, sizeof(vfs_stats_entry_t), vfs_stats_compare);

    memset(&sorted, 0, sizeof(vfs_ids_t));
    rc = VFS_OK;

    for (i = 0; i < n && rc == VFS_OK; i++) {
        rc = vfs_ids_add(&sorted, entries[i].name, strlen(entries[i].name));
        stats->counts[i] = entries[i].count;
    }

    free(entries);
    vfs_ids_free(&stats->names);
    stats->names = sorted;

    return rc;
}


static int
vfs_stats_compare(const void *one, const void *two)
{
    const vfs_stats_entry_t  *a, *b;

    a = one;
    b = two;

    return strcmp(a->name, b->name);
}


ptrdiff_t
vfs_stats_find(const vfs_stats_t *stats, const char *name)
{
    size_t  i, n, len;

    n = vfs_ids_count(&stats->names);

    for (i = 0; i < n; i++) {

        if (strcmp(vfs_ids_get(&stats->names, i, &len), name) == 0) {
            return (ptrdiff_t) i;
        }
    }

    return -1;
}


int
vfs_page_read(const char *body, size_t len, vfs_ids_t *ids, vfs_buf_t *token,
    vfs_error_t *err)
{
    int          rc;
    vfs_reply_t  reply;

    vfs_ids_clear(ids);
    token->len = 0;

    if (vfs_reply_open(&reply, body, len, err) != VFS_OK) {
        return VFS_ERROR;
    }

    while ((rc = vfs_reply_member(&reply)) == VFS_OK) {

        if (vfs_reply_is(&reply, "vectors")) {
            rc = vfs_page_ids(&reply, ids);

        } else if (vfs_reply_is(&reply, "pagination")) {
            rc = vfs_page_token(&reply, token);

        } else {
            rc = vfs_reply_skip(&reply, NULL);
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return (rc == VFS_DECLINED) ? vfs_reply_close(&reply) : VFS_ERROR;
}


static int
vfs_page_ids(vfs_reply_t *reply, vfs_ids_t *ids)
{
    int     rc;
    char    id[VFS_MAX_ID + 1];
    size_t  len;

    rc = vfs_reply_array(reply, "vectors");

    while (rc == VFS_OK) {
        rc = vfs_reply_element(reply);

        if (rc != VFS_OK) {
            break;
        }

        if (reply->value.type != VFS_JSON_OBJECT) {
            vfs_error_set(reply->err, "vectors: expected objects");
            return VFS_ERROR;
        }

        len = 0;

        while ((rc = vfs_reply_member(reply)) == VFS_OK) {

            rc = vfs_reply_is(reply, "id")
                 ? vfs_reply_string(reply, &reply->value, "id", 1, VFS_MAX_ID,
                                        id, &len)
                 : vfs_reply_skip(reply, NULL);

            if (rc != VFS_OK) {
                return VFS_ERROR;
            }
        }

        if (rc == VFS_ERROR) {
            return VFS_ERROR;
        }

        if (len == 0) {
            vfs_error_set(reply->err, "vectors: expected an id in each");
            return VFS_ERROR;
        }

        if (vfs_ids_count(ids) == VFS_PAGE) {
            vfs_error_set(reply->err, "a page of more ids than the %d asked "
                                      "for",
                          VFS_PAGE);
            return VFS_ERROR;
        }

        if (vfs_ids_add(ids, id, len) != VFS_OK) {
            return vfs_answer_memory(reply->err);
        }

        rc = VFS_OK;
    }

    return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
}


static int
vfs_page_token(vfs_reply_t *reply, vfs_buf_t *token)
{
    int     rc;
    size_t  len;

    rc = vfs_reply_object(reply, "pagination");

    while (rc == VFS_OK) {
        rc = vfs_reply_member(reply);

        if (rc != VFS_OK) {
            break;
        }

        if (!vfs_reply_is(reply, "next")
            || reply->value.type == VFS_JSON_NULL)
        {
            rc = vfs_reply_skip(reply, NULL);
            continue;
        }

        token->len = 0;

        if (vfs_buf_reserve(token, VFS_MAX_TOKEN + 1) != VFS_OK) {
            return vfs_answer_memory(reply->err);
        }

        rc = vfs_reply_string(reply, &reply->value, "pagination.next", 0,
                              VFS_MAX_TOKEN, token->data, &len);

        if (rc == VFS_OK) {
            token->len = len;
        }
    }

    return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
}


int
vfs_upserted_read(const char *body, size_t len, uint64_t *count,
    vfs_error_t *err)
{
    int          rc;
    unsigned     found;
    vfs_reply_t  reply;

    found = 0;

    if (vfs_reply_open(&reply, body, len, err) != VFS_OK) {
        return VFS_ERROR;
    }

    while ((rc = vfs_reply_member(&reply)) == VFS_OK) {

        if (vfs_reply_is(&reply, "upsertedCount")) {
            found = 1;
            rc = vfs_reply_count(&reply, "upsertedCount", UINT32_MAX, count);

        } else {
            rc = vfs_reply_skip(&reply, NULL);
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (rc == VFS_ERROR || vfs_reply_close(&reply) != VFS_OK) {
        return VFS_ERROR;
    }

    if (!found) {
        vfs_error_set(err, "an answer without upsertedCount");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_answer_memory(vfs_error_t *err)
{
    vfs_error_set(err, "out of memory");

    return VFS_ERROR;
}
