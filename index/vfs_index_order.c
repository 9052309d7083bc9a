
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_order.h"

#include <stdlib.h>
#include <string.h>


/* The first bytes of an id, so that most comparisons need no more. */

typedef struct {
    uint64_t     prefix;
    vfs_node_t  *node;
} vfs_order_key_t;


static uint32_t vfs_order_position(vfs_node_t **order, uint32_t n,
    vfs_str_t id, int bound);
static int vfs_order_build(vfs_collection_t *c);
static int vfs_order_merge(vfs_collection_t *c);
static int vfs_order_sort(vfs_node_t **nodes, uint32_t n);
static int vfs_order_cmp(const void *one, const void *two);
static int vfs_order_cmp_nodes(const vfs_node_t *one, const vfs_node_t *two);
static uint32_t vfs_order_sweep(vfs_node_t **nodes, uint32_t n);


int
vfs_order_reserve(vfs_collection_t *c, uint32_t n)
{
    uint32_t      size;
    vfs_node_t  **pending;

    c->reserved = n;

    if (c->order == NULL || c->pending_size - c->npending >= n) {
        return VFS_OK;
    }

    /* nobody lists: what waits would only take memory */

    if (c->npending > c->nrecords / 2 || c->ndead > c->nrecords) {
        vfs_order_free(c);
        return VFS_OK;
    }

    size = c->npending + n;
    size += size / 2;

    pending = realloc(c->pending, size * sizeof(vfs_node_t *));
    if (pending == NULL) {
        return VFS_ERROR;
    }

    c->pending = pending;
    c->pending_size = size;

    return VFS_OK;
}


void
vfs_order_add(vfs_collection_t *c, vfs_node_t *node)
{
    if (c->order != NULL) {
        node->ordered = 1;
        c->pending[c->npending++] = node;
    }
}


void
vfs_order_bury(vfs_collection_t *c, vfs_node_t *node)
{
    node->dead = 1;
    c->ndead++;
}


void
vfs_order_free(vfs_collection_t *c)
{
    uint32_t  i;

    if (c->order == NULL) {
        return;
    }

    c->norder = vfs_order_sweep(c->order, c->norder);
    c->npending = vfs_order_sweep(c->pending, c->npending);

    for (i = 0; i < c->norder; i++) {
        c->order[i]->ordered = 0;
    }

    for (i = 0; i < c->npending; i++) {
        c->pending[i]->ordered = 0;
    }

    free(c->order);
    free(c->pending);

    c->order = NULL;
    c->norder = 0;
    c->pending = NULL;
    c->npending = 0;
    c->pending_size = 0;
    c->ndead = 0;
}


vfs_node_t **
vfs_collection_order(vfs_collection_t *c, uint32_t *n)
{
    int  rc;

    for ( ;; ) {
        (void) pthread_rwlock_wrlock(&c->lock);
        rc = c->order == NULL ? vfs_order_build(c) : vfs_order_merge(c);
        (void) pthread_rwlock_unlock(&c->lock);

        if (rc != VFS_OK) {
            return NULL;
        }

        (void) pthread_rwlock_rdlock(&c->lock);

        /* the writer may have dropped it in between */

        if (c->order != NULL) {
            *n = c->norder;
            return c->order;
        }

        (void) pthread_rwlock_unlock(&c->lock);
    }
}


uint32_t
vfs_order_after(vfs_node_t **order, uint32_t n, vfs_str_t id)
{
    return vfs_order_position(order, n, id, 0);
}


uint32_t
vfs_order_from(vfs_node_t **order, uint32_t n, vfs_str_t id)
{
    return vfs_order_position(order, n, id, -1);
}


/* The first node that compares to "id" as greater than "bound". */

static uint32_t
vfs_order_position(vfs_node_t **order, uint32_t n, vfs_str_t id, int bound)
{
    int       rc;
    uint32_t  low, middle;

    low = 0;

    while (low < n) {
        middle = low + (n - low) / 2;

        rc = vfs_id_compare(vfs_node_id(order[middle]), id);

        if ((rc > 0) - (rc < 0) <= bound) {
            low = middle + 1;

        } else {
            n = middle;
        }
    }

    return low;
}


static int
vfs_order_build(vfs_collection_t *c)
{
    uint32_t      n, row;
    vfs_node_t  **order, **pending;

    /* the writer may have made sure of room before there was an order */

    order = malloc((c->nrecords + 1) * sizeof(vfs_node_t *));
    pending = malloc((c->reserved + 1) * sizeof(vfs_node_t *));

    if (order == NULL || pending == NULL) {
        free(order);
        free(pending);
        return VFS_ERROR;
    }

    n = 0;

    for (row = 0; row < c->nodes_size; row++) {
        if (c->nodes[row] != NULL) {
            order[n++] = c->nodes[row];
        }
    }

    if (vfs_order_sort(order, n) != VFS_OK) {
        free(order);
        free(pending);
        return VFS_ERROR;
    }

    while (n != 0) {
        order[--n]->ordered = 1;
    }

    c->order = order;
    c->norder = c->nrecords;
    c->pending = pending;
    c->pending_size = c->reserved + 1;

    return VFS_OK;
}


static int
vfs_order_merge(vfs_collection_t *c)
{
    uint32_t      i, j, n;
    vfs_node_t  **order, **old, **new;

    if (c->npending == 0 && c->ndead == 0) {
        return VFS_OK;
    }

    order = malloc((c->nrecords + 1) * sizeof(vfs_node_t *));
    if (order == NULL) {
        return VFS_ERROR;
    }

    c->norder = vfs_order_sweep(c->order, c->norder);
    c->npending = vfs_order_sweep(c->pending, c->npending);
    c->ndead = 0;

    if (vfs_order_sort(c->pending, c->npending) != VFS_OK) {
        free(order);
        return VFS_ERROR;
    }

    old = c->order;
    new = c->pending;
    i = 0;
    j = 0;

    for (n = 0; i < c->norder || j < c->npending; n++) {

        if (j == c->npending
            || (i < c->norder && vfs_order_cmp_nodes(old[i], new[j]) < 0))
        {
            order[n] = old[i++];

        } else {
            order[n] = new[j++];
        }
    }

    free(c->order);
    c->order = order;
    c->norder = n;
    c->npending = 0;

    return VFS_OK;
}


static int
vfs_order_sort(vfs_node_t **nodes, uint32_t n)
{
    uint32_t          i, k;
    vfs_order_key_t  *keys;

    if (n == 0) {
        return VFS_OK;
    }

    keys = malloc(n * sizeof(vfs_order_key_t));
    if (keys == NULL) {
        return VFS_ERROR;
    }

    for (i = 0; i < n; i++) {
        keys[i].node = nodes[i];
        keys[i].prefix = 0;

        for (k = 0; k < sizeof(uint64_t); k++) {
            keys[i].prefix = keys[i].prefix << 8
                             | (k < nodes[i]->id_len
                                ? (unsigned char) nodes[i]->id[k] : 0);
        }
    }

    qsort(keys, n, sizeof(vfs_order_key_t), vfs_order_cmp);

    for (i = 0; i < n; i++) {
        nodes[i] = keys[i].node;
    }

    free(keys);

    return VFS_OK;
}


static int
vfs_order_cmp(const void *one, const void *two)
{
    const vfs_order_key_t  *a, *b;

    a = one;
    b = two;

    if (a->prefix != b->prefix) {
        return a->prefix < b->prefix ? -1 : 1;
    }

    return vfs_order_cmp_nodes(a->node, b->node);
}


static int
vfs_order_cmp_nodes(const vfs_node_t *one, const vfs_node_t *two)
{
    return vfs_id_compare(vfs_node_id(one), vfs_node_id(two));
}


/* Frees the dead, closes the gaps, returns the number left. */

static uint32_t
vfs_order_sweep(vfs_node_t **nodes, uint32_t n)
{
    uint32_t  i, left;

    left = 0;

    for (i = 0; i < n; i++) {

        if (nodes[i]->dead) {
            free(nodes[i]);
            continue;
        }

        nodes[left++] = nodes[i];
    }

    return left;
}
