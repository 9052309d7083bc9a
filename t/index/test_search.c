
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_search.h"
#include "draw.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>


#define TEST_MAX_DIMENSION  2000
#define TEST_ROWS           300


/* How the vectors of a collection lie. */

typedef enum {
    TEST_SPREAD = 0,
    TEST_CLUSTERED,              /* around one point, the query, too */
    TEST_OFFSET,                 /* far from zero */
    TEST_SCALED,                 /* of norms from 1e-20 to 1e20 */
    TEST_SPIKED,                 /* one great value, the rest is small */
    TEST_CONSTANT,               /* all values of a vector are the same */
    TEST_EXTREME,                /* each value of its own magnitude: denormals,
                                    zeros of both signs, up to overflow */
    TEST_BORDER,                 /* of norms where codes begin and end */
    TEST_KINDS
} test_kind_e;


static void
test_vector(test_kind_e kind, float *values, uint32_t dimension)
{
    float     scale, border;
    uint32_t  i;

    border = (test_random(2) ? 3e-13f : 1e15f)
             * (0.5f + 2 * fabsf(test_float()));
    scale = powf(10, (float) test_random(41) - 20);

    for (i = 0; i < dimension; i++) {
        values[i] = test_float();

        switch (kind) {

        case TEST_CLUSTERED:
            values[i] = 1 + 0.001f * values[i];
            break;

        case TEST_OFFSET:
            values[i] += 1000;
            break;

        case TEST_SCALED:
            values[i] *= scale;
            break;

        case TEST_SPIKED:
            values[i] *= 0.01f;
            break;

        case TEST_CONSTANT:
            values[i] = scale;
            break;

        case TEST_EXTREME:
            values[i] *= test_random(4) == 0 ? 0
                         : powf(10, (float) test_random(84) - 45);
            break;

        case TEST_BORDER:
            values[i] *= border / sqrtf((float) dimension);
            break;

        default:
            break;
        }
    }

    if (kind == TEST_SPIKED) {
        values[test_random(dimension)] = 5;
    }
}


/* A collection of random vectors, some of them twice, and some holes. */

static vfs_collection_t *
test_collection(test_kind_e kind, uint32_t dimension,
    vfs_index_metric_e metric, uint32_t n)
{
    char                id[16];
    float               values[TEST_MAX_DIMENSION];
    uint32_t            i, row;
    vfs_record_t        record;
    vfs_collection_t   *c;
    vfs_index_shape_t   shape;

    shape.dimension = dimension;
    shape.metric = metric;

    c = vfs_collection_create(1, &shape);
    assert_non_null(c);

    memset(&record, 0, sizeof(record));
    record.id.data = id;

    for (i = 0; i < n; i++) {

        if (i % 5 != 4) {
            test_vector(kind, values, dimension);
        }

        record.id.len = sprintf(id, "%x", i * 2654435761u);
        row = vfs_row_take(c);
        assert_int_equal(vfs_collection_reserve(c, 1), VFS_OK);
        vfs_collection_put(c, row, vfs_node_create(record.id, row), NULL,
                           values);
    }

    for (i = 0; i < n; i += 7) {
        vfs_collection_remove(c, i);
    }

    return c;
}


static double
test_naive_score(const vfs_index_shape_t *shape, const float *query,
    const float *values)
{
    double    dot, distance, norm, query_norm;
    uint32_t  i;

    dot = 0;
    distance = 0;
    norm = 0;
    query_norm = 0;

    for (i = 0; i < shape->dimension; i++) {
        dot += (double) query[i] * values[i];
        distance += ((double) query[i] - values[i])
                    * ((double) query[i] - values[i]);
        norm += (double) values[i] * values[i];
        query_norm += (double) query[i] * query[i];
    }

    switch (shape->metric) {

    case VFS_INDEX_COSINE:
        return dot / sqrt(norm) / sqrt(query_norm);

    case VFS_INDEX_DOTPRODUCT:
        return dot;

    default:
        return distance;
    }
}


static int
test_is_better(const vfs_index_shape_t *shape, double one, double two)
{
    return shape->metric == VFS_INDEX_EUCLIDEAN ? one < two : one > two;
}


/*
 * Each score is the naive one but for rounding, no record that was left out is
 * better, and the order is by score, then by id.
 */

static void
test_check(vfs_collection_t *c, const float *query, const vfs_heap_t *heap)
{
    double        naive, worst;
    uint32_t      i, row;
    vfs_node_t   *node;

    worst = 0;

    for (i = 0; i < heap->n; i++) {
        node = c->nodes[heap->hits[i].row];
        assert_non_null(node);

        naive = test_naive_score(&c->shape, query,
                                 vfs_collection_values(c, node->row));
        assert_true(fabs(naive - heap->hits[i].score)
                    <= 1e-5 * (1 + fabs(naive)));
        worst = heap->hits[i].score;

        if (i == 0) {
            continue;
        }

        assert_true(heap->hits[i].rank <= heap->hits[i - 1].rank);

        if (heap->hits[i].rank == heap->hits[i - 1].rank) {
            assert_true(vfs_id_compare(
                            vfs_node_id(c->nodes[heap->hits[i - 1].row]),
                            vfs_node_id(node)) < 0);
        }
    }

    for (row = 0; row < c->nrows; row++) {

        for (i = 0; i < heap->n && heap->hits[i].row != row; i++) {
            /* void */
        }

        if (c->nodes[row] == NULL || i < heap->n) {
            continue;
        }

        assert_int_equal(heap->n, heap->max);
        naive = test_naive_score(&c->shape, query,
                                 vfs_collection_values(c, row));
        assert_false(test_is_better(&c->shape, naive, worst)
                     && fabs(naive - worst) > 1e-5 * (1 + fabs(naive)));
    }
}


static void
test_search_of(test_kind_e kind, uint32_t dimension,
    vfs_index_metric_e metric)
{
    float             *query;
    uint32_t           all, top_k;
    vfs_heap_t         heap, whole;
    vfs_arena_t        arena;
    vfs_record_t       record;
    vfs_search_t       search;
    vfs_collection_t  *c;

    c = test_collection(kind, dimension, metric, TEST_ROWS);
    query = test_vectors(dimension);
    test_vector(kind, query, dimension);

    vfs_arena_init(&arena);
    memset(&record, 0, sizeof(record));
    record.values = query;
    record.nvalues = dimension;

    assert_int_equal(vfs_search_init(&search, &arena, vfs_kernel_best(),
                                     &c->shape, &record, NULL), VFS_OK);

    /* a heap that is never full takes every row: no code rules one out */

    all = c->nrecords;
    assert_int_equal(vfs_heap_init(&whole, &arena, all), VFS_OK);
    vfs_search_scan(&search, c, 0, c->nrows, &whole);
    vfs_heap_sort(&whole, c);
    assert_int_equal(whole.n, all);

    if (kind == TEST_SPREAD) {
        test_check(c, query, &whole);
    }

    for (top_k = 1; top_k < all; top_k = top_k * 3 + 1) {
        assert_int_equal(vfs_heap_init(&heap, &arena, top_k), VFS_OK);
        vfs_search_scan(&search, c, 0, c->nrows, &heap);
        vfs_heap_sort(&heap, c);

        if (kind == TEST_SPREAD) {
            test_check(c, query, &heap);
        }

        /* to leave rows out by their codes changes nothing, to the bit */

        assert_int_equal(heap.n, top_k);
        assert_memory_equal(heap.hits, whole.hits, top_k * sizeof(vfs_hit_t));
        assert_true(vfs_heap_current(&heap, c));
    }

    free(query);
    vfs_arena_free(&arena);
    vfs_collection_release(c);
}


static void
test_search_finds_what_a_naive_scan_finds(void **state)
{
    uint32_t  i, kind, metric;

    static const uint32_t  dimensions[] = { 1, 3, 16, 33, 128, 200, 2000 };

    for (kind = 0; kind < TEST_KINDS; kind++) {
        for (metric = 0; metric < 3; metric++) {
            for (i = 0; i < 7; i++) {
                test_search_of((test_kind_e) kind, dimensions[i],
                               (vfs_index_metric_e) metric);
            }
        }
    }
}


/* Most rows are ruled out, else the codes would be of no use. */

static void
test_codes_rule_most_rows_out(void **state)
{
    float             *query;
    uint32_t           row, left, metric;
    vfs_heap_t         heap;
    vfs_arena_t        arena;
    vfs_sieve_t        sieve;
    vfs_block_t       *block;
    vfs_record_t       record;
    vfs_search_t       search;
    vfs_collection_t  *c;

    for (metric = 0; metric < 3; metric++) {
        c = test_collection(TEST_SPREAD, 128, (vfs_index_metric_e) metric,
                            3000);
        query = test_vectors(128);
        vfs_arena_init(&arena);
        memset(&record, 0, sizeof(record));
        record.values = query;
        record.nvalues = 128;

        assert_int_equal(vfs_search_init(&search, &arena, vfs_kernel_best(),
                                         &c->shape, &record, NULL), VFS_OK);
        assert_int_equal(vfs_heap_init(&heap, &arena, 10), VFS_OK);
        vfs_search_scan(&search, c, 0, c->nrows, &heap);
        assert_true(search.coded);

        sieve.query = search.query.codes;
        sieve.weight = (float) (1 / search.query.scale);
        sieve.allowance = vfs_code_allowance(&search.query, search.stride,
                                             &c->rows.bounds);
        sieve.limit = vfs_code_limit(&search.query, search.stride,
                                     c->shape.metric, heap.hits[0].rank);
        left = 0;

        for (row = 0; row < c->nrows; row++) {
            block = vfs_rows_block(&c->rows, row);

            left += (uint32_t) search.kernel->sift(&sieve,
                        block->codes + vfs_rows_place(&c->rows, row) * 128,
                        block->scales + vfs_rows_place(&c->rows, row),
                        block->halves == NULL ? NULL : block->halves
                                              + vfs_rows_place(&c->rows, row),
                                                   128, 1);
        }

        /* those ten, perhaps some that are gone, and a few near them */

        assert_in_range(left, 10, 60);

        free(query);
        vfs_arena_free(&arena);
        vfs_collection_release(c);
    }
}


static void
test_heaps_of_parts_merge_to_the_whole(void **state)
{
    float             *query;
    uint32_t           first, third;
    vfs_heap_t         parts[3], whole;
    vfs_arena_t        arena;
    vfs_record_t       record;
    vfs_search_t       search;
    vfs_collection_t  *c;

    c = test_collection(TEST_SPREAD, 8, VFS_INDEX_DOTPRODUCT, TEST_ROWS);
    query = test_vectors(8);
    vfs_arena_init(&arena);

    memset(&record, 0, sizeof(record));
    record.values = query;
    record.nvalues = 8;
    assert_int_equal(vfs_search_init(&search, &arena, vfs_kernel_best(),
                                     &c->shape, &record, NULL), VFS_OK);
    assert_int_equal(vfs_heap_init(&whole, &arena, 20), VFS_OK);
    vfs_search_scan(&search, c, 0, c->nrows, &whole);
    vfs_heap_sort(&whole, c);

    third = c->nrows / 3;

    for (first = 0; first < 3; first++) {
        assert_int_equal(vfs_heap_init(&parts[first], &arena, 20), VFS_OK);
        vfs_search_scan(&search, c, first * third,
                        first == 2 ? c->nrows : (first + 1) * third,
                        &parts[first]);
    }

    vfs_heap_merge(&parts[0], &parts[1], c);
    vfs_heap_merge(&parts[0], &parts[2], c);
    vfs_heap_sort(&parts[0], c);

    assert_int_equal(parts[0].n, whole.n);
    assert_memory_equal(parts[0].hits, whole.hits,
                        whole.n * sizeof(vfs_hit_t));

    vfs_collection_remove(c, whole.hits[3].row);
    assert_false(vfs_heap_current(&whole, c));

    free(query);
    vfs_arena_free(&arena);
    vfs_collection_release(c);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_search_finds_what_a_naive_scan_finds),
        cmocka_unit_test(test_codes_rule_most_rows_out),
        cmocka_unit_test(test_heaps_of_parts_merge_to_the_whole),
    };

    return cmocka_run_group_tests_name("index search", tests, NULL, NULL);
}
