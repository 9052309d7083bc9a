
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_collection.h"
#include "vfs_index_order.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <xxhash.h>


static void vfs_collection_free(vfs_collection_t *c);
static int vfs_collection_grow_nodes(vfs_collection_t *c, uint32_t n);
static uint32_t vfs_collection_hash(vfs_collection_t *c, vfs_str_t id);


vfs_collection_t *
vfs_collection_create(uint32_t number, const vfs_index_shape_t *shape)
{
    vfs_collection_t     *c;
    pthread_rwlockattr_t  attr;

    c = calloc(1, sizeof(vfs_collection_t));
    if (c == NULL) {
        return NULL;
    }

    c->shape = *shape;
    c->number = number;
    vfs_rows_init(&c->rows, shape);

    /* ids come from outside: an unknown seed keeps chains short */

    if (getrandom(&c->seed, sizeof(c->seed), 0) != sizeof(c->seed)) {
        free(c);
        return NULL;
    }

    /* by default a stream of readers would keep the writer out for ever */

    if (pthread_rwlockattr_init(&attr) != 0) {
        free(c);
        return NULL;
    }

    (void) pthread_rwlockattr_setkind_np(&attr,
                               PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void) pthread_rwlock_init(&c->lock, &attr);
    (void) pthread_rwlockattr_destroy(&attr);

    atomic_init(&c->references, 1);

    return c;
}


void
vfs_collection_acquire(vfs_collection_t *c)
{
    atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
}


void
vfs_collection_release(vfs_collection_t *c)
{
    if (c != NULL
        && atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel)
           == 1)
    {
        vfs_collection_free(c);
    }
}


vfs_node_t *
vfs_collection_find(vfs_collection_t *c, vfs_str_t id)
{
    uint32_t     hash, slot, row;
    vfs_node_t  *node;

    hash = vfs_collection_hash(c, id);
    slot = vfs_slots_home(&c->slots, hash);

    while (vfs_slots_next(&c->slots, hash, &slot, &row) == VFS_OK) {
        node = c->nodes[row];

        if (node->id_len == id.len && memcmp(node->id, id.data, id.len) == 0) {
            return node;
        }
    }

    return NULL;
}


vfs_str_t
vfs_node_id(const vfs_node_t *node)
{
    vfs_str_t  id;

    id.data = node->id;
    id.len = node->id_len;

    return id;
}


vfs_str_t
vfs_node_metadata(const vfs_node_t *node)
{
    vfs_str_t          metadata;
    const vfs_body_t  *body;

    body = node->body;

    if (body == NULL) {
        metadata.data = NULL;
        metadata.len = 0;

    } else {
        metadata.data = (const char *) (body->data + 2 * body->nsparse);
        metadata.len = body->metadata_len;
    }

    return metadata;
}


const float *
vfs_body_weights(const vfs_body_t *body)
{
    return (const void *) (body->data + body->nsparse);
}


void
vfs_collection_record(vfs_collection_t *c, const vfs_node_t *node,
    vfs_record_t *record)
{
    const vfs_body_t  *body;

    memset(record, 0, sizeof(vfs_record_t));

    record->id = vfs_node_id(node);

    if (c->shape.dimension != 0) {
        record->values = vfs_collection_values(c, node->row);
        record->nvalues = c->shape.dimension;
    }

    body = node->body;

    if (body != NULL) {
        record->nsparse = body->nsparse;
        record->indices = body->data;
        record->weights = vfs_body_weights(body);
        record->metadata = vfs_node_metadata(node);
    }
}


uint32_t
vfs_row_take(vfs_collection_t *c)
{
    if (c->nfree != 0) {
        return c->free_rows[--c->nfree];
    }

    return c->next_row++;
}


void
vfs_row_give(vfs_collection_t *c, uint32_t row)
{
    if (row == c->next_row - 1) {
        c->next_row--;
        return;
    }

    c->free_rows[c->nfree++] = row;
}


int
vfs_collection_reserve(vfs_collection_t *c, uint32_t n)
{
    if (vfs_collection_grow_nodes(c, c->next_row) != VFS_OK
        || vfs_slots_reserve(&c->slots, c->nrecords + n) != VFS_OK
        || vfs_order_reserve(c, n) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_rows_reserve(&c->rows, c->next_row);
}


vfs_node_t *
vfs_node_create(vfs_str_t id, uint32_t row)
{
    vfs_node_t  *node;

    node = malloc(sizeof(vfs_node_t) + id.len);
    if (node == NULL) {
        return NULL;
    }

    node->body = NULL;
    node->row = row;
    node->version = 0;
    node->id_len = (uint16_t) id.len;
    node->dead = 0;
    node->ordered = 0;
    memcpy(node->id, id.data, id.len);

    return node;
}


int
vfs_body_create(const vfs_record_t *record, vfs_body_t **body)
{
    size_t       sparse;
    uint32_t    *p;
    vfs_body_t  *b;

    *body = NULL;

    if (record->nsparse == 0 && record->metadata.len == 0) {
        return VFS_OK;
    }

    sparse = record->nsparse * sizeof(uint32_t);

    b = malloc(sizeof(vfs_body_t) + 2 * sparse + record->metadata.len);
    if (b == NULL) {
        return VFS_ERROR;
    }

    b->nsparse = record->nsparse;
    b->metadata_len = (uint32_t) record->metadata.len;
    p = b->data;

    if (sparse != 0) {
        memcpy(p, record->indices, sparse);
        memcpy(p + record->nsparse, record->weights, sparse);
    }

    if (record->metadata.len != 0) {
        memcpy(p + 2 * record->nsparse, record->metadata.data,
               record->metadata.len);
    }

    *body = b;

    return VFS_OK;
}


void
vfs_collection_put(vfs_collection_t *c, uint32_t row, vfs_node_t *node,
    vfs_body_t *body, const float *values)
{
    if (node != NULL) {
        vfs_slots_put(&c->slots, vfs_collection_hash(c, vfs_node_id(node)),
                      row);

        c->nodes[row] = node;
        c->nrows = row < c->nrows ? c->nrows : row + 1;
        c->nrecords++;
        vfs_order_add(c, node);

    } else {
        node = c->nodes[row];
        free(node->body);
    }

    node->body = body;
    node->version = ++c->versions;

    /* an update of its metadata alone brings the row its own values */

    vfs_rows_put(&c->rows, row, values);
}


void
vfs_collection_remove(vfs_collection_t *c, uint32_t row)
{
    vfs_node_t  *node;

    node = c->nodes[row];

    vfs_slots_remove(&c->slots, vfs_collection_hash(c, vfs_node_id(node)),
                     row);

    c->nodes[row] = NULL;
    c->nrecords--;
    c->free_rows[c->nfree++] = row;

    free(node->body);
    node->body = NULL;

    if (node->ordered) {
        vfs_order_bury(c, node);

    } else {
        free(node);
    }
}


int
vfs_collection_load(vfs_collection_t *c, uint32_t row, vfs_node_t *node,
    vfs_body_t *body, const float *values)
{
    if (c->next_row <= row) {
        c->next_row = row + 1;
    }

    if (vfs_collection_reserve(c, 1) != VFS_OK) {
        free(node);
        free(body);
        return VFS_ERROR;
    }

    vfs_collection_put(c, row, node, body, values);

    return VFS_OK;
}


void
vfs_collection_loaded(vfs_collection_t *c)
{
    uint32_t  row;

    vfs_rows_settle(&c->rows);
    row = c->nrows;

    while (row != 0) {
        if (c->nodes[--row] == NULL) {
            c->free_rows[c->nfree++] = row;
        }
    }
}


int
vfs_id_compare(vfs_str_t one, vfs_str_t two)
{
    int     rc;
    size_t  len;

    len = one.len < two.len ? one.len : two.len;
    rc = len == 0 ? 0 : memcmp(one.data, two.data, len);

    return rc != 0 ? rc : (one.len > two.len) - (one.len < two.len);
}


static void
vfs_collection_free(vfs_collection_t *c)
{
    uint32_t  i;

    vfs_order_free(c);

    for (i = 0; i < c->nodes_size; i++) {
        if (c->nodes[i] != NULL) {
            free(c->nodes[i]->body);
            free(c->nodes[i]);
        }
    }

    vfs_rows_free(&c->rows);
    vfs_slots_free(&c->slots);
    free(c->nodes);
    free(c->free_rows);

    (void) pthread_rwlock_destroy(&c->lock);
    free(c);
}


static int
vfs_collection_grow_nodes(vfs_collection_t *c, uint32_t n)
{
    uint32_t      size, *free_rows;
    vfs_node_t  **nodes;

    if (n <= c->nodes_size) {
        return VFS_OK;
    }

    size = c->nodes_size == 0 ? 64 : c->nodes_size + c->nodes_size / 4;
    size = size < n ? n : size;

    nodes = realloc(c->nodes, size * sizeof(vfs_node_t *));
    if (nodes == NULL) {
        return VFS_ERROR;
    }

    memset(nodes + c->nodes_size, 0,
           (size - c->nodes_size) * sizeof(vfs_node_t *));

    c->nodes = nodes;

    /* as many as there are rows, so that giving one back cannot fail */

    free_rows = realloc(c->free_rows, size * sizeof(uint32_t));
    if (free_rows == NULL) {
        return VFS_ERROR;
    }

    c->free_rows = free_rows;
    c->nodes_size = size;

    return VFS_OK;
}


static uint32_t
vfs_collection_hash(vfs_collection_t *c, vfs_str_t id)
{
    return (uint32_t) XXH3_64bits_withSeed(id.data, id.len, c->seed);
}
