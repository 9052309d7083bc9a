
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_heap.h"

#include <stdlib.h>


static void vfs_heap_add(vfs_heap_t *heap, vfs_collection_t *c,
    const vfs_hit_t *hit);
static void vfs_heap_up(vfs_heap_t *heap, vfs_collection_t *c);
static void vfs_heap_down(vfs_heap_t *heap, vfs_collection_t *c);
static int vfs_hit_compare(const vfs_hit_t *one, const vfs_hit_t *two,
    vfs_collection_t *c);
static int vfs_hit_cmp(const void *one, const void *two, void *c);


int
vfs_heap_init(vfs_heap_t *heap, vfs_arena_t *arena, uint32_t max)
{
    heap->n = 0;
    heap->max = max;
    heap->scored = 0;
    heap->hits = vfs_arena_alloc(arena, max * sizeof(vfs_hit_t));

    return heap->hits == NULL ? VFS_ERROR : VFS_OK;
}


void
vfs_heap_offer(vfs_heap_t *heap, vfs_collection_t *c, const vfs_node_t *node,
    float score, float rank)
{
    vfs_hit_t  hit;

    hit.score = score;
    hit.rank = rank;
    hit.row = node->row;
    hit.version = node->version;

    vfs_heap_add(heap, c, &hit);
}


int
vfs_heap_current(const vfs_heap_t *heap, vfs_collection_t *c)
{
    uint32_t           i;
    const vfs_node_t  *node;

    for (i = 0; i < heap->n; i++) {
        node = c->nodes[heap->hits[i].row];

        if (node == NULL || node->version != heap->hits[i].version) {
            return 0;
        }
    }

    return 1;
}


void
vfs_heap_merge(vfs_heap_t *heap, const vfs_heap_t *other, vfs_collection_t *c)
{
    uint32_t  i;

    for (i = 0; i < other->n; i++) {
        vfs_heap_add(heap, c, &other->hits[i]);
    }
}


void
vfs_heap_sort(vfs_heap_t *heap, vfs_collection_t *c)
{
    qsort_r(heap->hits, heap->n, sizeof(vfs_hit_t), vfs_hit_cmp, c);
}


static void
vfs_heap_add(vfs_heap_t *heap, vfs_collection_t *c, const vfs_hit_t *hit)
{
    if (heap->n < heap->max) {
        heap->hits[heap->n++] = *hit;
        vfs_heap_up(heap, c);
        return;
    }

    if (heap->max != 0 && vfs_hit_compare(hit, &heap->hits[0], c) < 0) {
        heap->hits[0] = *hit;
        vfs_heap_down(heap, c);
    }
}


static void
vfs_heap_up(vfs_heap_t *heap, vfs_collection_t *c)
{
    uint32_t   i, parent;
    vfs_hit_t  hit;

    for (i = heap->n - 1; i != 0; i = parent) {
        parent = (i - 1) / 2;

        if (vfs_hit_compare(&heap->hits[i], &heap->hits[parent], c) <= 0) {
            return;
        }

        hit = heap->hits[i];
        heap->hits[i] = heap->hits[parent];
        heap->hits[parent] = hit;
    }
}


static void
vfs_heap_down(vfs_heap_t *heap, vfs_collection_t *c)
{
    uint32_t   i, child;
    vfs_hit_t  hit;

    for (i = 0; (child = 2 * i + 1) < heap->n; i = child) {

        if (child + 1 < heap->n
            && vfs_hit_compare(&heap->hits[child + 1], &heap->hits[child], c)
               > 0)
        {
            child++;
        }

        if (vfs_hit_compare(&heap->hits[child], &heap->hits[i], c) <= 0) {
            return;
        }

        hit = heap->hits[i];
        heap->hits[i] = heap->hits[child];
        heap->hits[child] = hit;
    }
}


/* Negative if "one" is the better: of greater rank, or of smaller id. */

static int
vfs_hit_compare(const vfs_hit_t *one, const vfs_hit_t *two,
    vfs_collection_t *c)
{
    const vfs_node_t  *first, *second;

    if (one->rank != two->rank) {
        return one->rank > two->rank ? -1 : 1;
    }

    /* a record that is gone by now makes the search start anew: any order */

    first = c->nodes[one->row];
    second = c->nodes[two->row];

    if (first == NULL || second == NULL) {
        return (first == NULL) - (second == NULL);
    }

    return vfs_id_compare(vfs_node_id(first), vfs_node_id(second));
}


static int
vfs_hit_cmp(const void *one, const void *two, void *c)
{
    return vfs_hit_compare(one, two, c);
}
