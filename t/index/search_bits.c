
/*
 * Copyright (C) the vfs authors
 */


/*
 * Prints what must be the same on every machine, to the bit: products of each
 * kernel, the hits of searches with their scores, ids in order, metadata as it
 * is printed and what filters match.  The data is drawn from a fixed seed;
 * t/index/arm64 compares two machines.
 */

#include "vfs_index_metadata.h"
#include "vfs_index_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define BITS_MAX_DIMENSION  1536
#define BITS_ROWS           500
#define BITS_TOP_K          25


static void bits_kernels(void);
static void bits_search(uint32_t dimension, vfs_index_metric_e metric,
    const vfs_filter_t *filter, vfs_arena_t *arena);
static vfs_collection_t *bits_collection(uint32_t dimension,
    vfs_index_metric_e metric, vfs_arena_t *arena);
static void bits_order(vfs_collection_t *c);
static vfs_str_t bits_metadata(vfs_arena_t *arena, uint32_t i);
static void bits_reader(vfs_reader_t *reader, vfs_arena_t *arena,
    vfs_fault_t *fault, const char *text);
static void bits_float(float value);
static void bits_check(int ok, const char *what);
static float bits_random(void);


static uint64_t  bits_state = 42;


int
main(void)
{
    uint32_t       i, metric;
    vfs_arena_t    arena;
    vfs_fault_t    fault;
    vfs_filter_t  *filter;
    vfs_reader_t   reader;

    static const uint32_t  dimensions[] = { 1, 3, 16, 33, 128, 768, 1536 };

    vfs_arena_init(&arena);
    bits_kernels();

    bits_reader(&reader, &arena, &fault,
                "{\"x\":{\"n\":{\"$lt\":0.7},\"$or\":[{\"l\":\"b\"},"
                "{\"s\":{\"$in\":[\"\\u00e9\",\"z\"]}}]}}");
    bits_check(vfs_reader_member(&reader) == VFS_OK
               && vfs_filter_read(&reader, &filter) == VFS_OK, "filter");

    for (metric = 0; metric < 3; metric++) {
        for (i = 0; i < sizeof(dimensions) / sizeof(dimensions[0]); i++) {
            bits_search(dimensions[i], (vfs_index_metric_e) metric, NULL,
                        &arena);
            bits_search(dimensions[i], (vfs_index_metric_e) metric, filter,
                        &arena);
        }
    }

    vfs_arena_free(&arena);

    return EXIT_SUCCESS;
}


/* All that this machine has must agree; one of them is printed. */

static void
bits_kernels(void)
{
    float                *rows, one[9], other[9];
    size_t                i, k, stride;
    const vfs_kernel_t   *kernel, *best;

    static const char  *names[] = { "baseline", "avx2", "avx512" };

    best = vfs_kernel_best();
    rows = aligned_alloc(VFS_KERNEL_ALIGN,
                         10 * BITS_MAX_DIMENSION * sizeof(float));
    bits_check(rows != NULL, "memory");

    for (stride = VFS_KERNEL_STEP; stride <= BITS_MAX_DIMENSION; stride *= 2) {

        for (i = 0; i < 10 * stride; i++) {
            rows[i] = bits_random();
        }

        for (i = 0; i < 2; i++) {
            (i ? best->dot : best->distance)(rows, rows + stride, stride, 9,
                                             one);

            for (k = 0; k < 3; k++) {
                kernel = vfs_kernel_find(names[k]);

                if (kernel != NULL) {
                    (i ? kernel->dot : kernel->distance)(rows, rows + stride,
                                                         stride, 9, other);
                    bits_check(memcmp(one, other, sizeof(one)) == 0,
                               names[k]);
                }
            }

            for (k = 0; k < 9; k++) {
                bits_float(one[k]);
            }

            (void) printf("kernel %zu\n", stride);
        }
    }

    free(rows);
}


static void
bits_search(uint32_t dimension, vfs_index_metric_e metric,
    const vfs_filter_t *filter, vfs_arena_t *arena)
{
    float              query[BITS_MAX_DIMENSION];
    uint32_t           i;
    vfs_str_t          id;
    vfs_buf_t          buf;
    vfs_heap_t         heap;
    vfs_node_t        *node;
    vfs_record_t       record;
    vfs_search_t       search;
    vfs_collection_t  *c;

    c = bits_collection(dimension, metric, arena);

    for (i = 0; i < dimension; i++) {
        query[i] = bits_random();
    }

    memset(&record, 0, sizeof(record));
    record.values = query;
    record.nvalues = dimension;

    bits_check(vfs_search_init(&search, arena, vfs_kernel_best(), &c->shape,
                               &record, filter) == VFS_OK
                   && vfs_heap_init(&heap, arena, BITS_TOP_K) == VFS_OK,
               "search");

    vfs_search_scan(&search, c, 0, c->nrows, &heap);
    vfs_heap_sort(&heap, c);

    for (i = 0; i < heap.n; i++) {
        node = c->nodes[heap.hits[i].row];
        id = vfs_node_id(node);

        vfs_buf_init(&buf, 4096);
        vfs_buf_float(&buf, heap.hits[i].score);
        vfs_buf_text(&buf, " ");
        vfs_metadata_print(&buf, vfs_node_metadata(node));

        bits_float(heap.hits[i].score);
        (void) printf("%u %u %.*s %.*s\n", dimension, metric, (int) id.len,
                      id.data, (int) buf.len, buf.data);
        vfs_buf_free(&buf);
    }

    bits_order(c);
    vfs_collection_release(c);
}


static vfs_collection_t *
bits_collection(uint32_t dimension, vfs_index_metric_e metric,
    vfs_arena_t *arena)
{
    char                id[16];
    float               values[BITS_MAX_DIMENSION];
    uint32_t            i, k, row;
    vfs_body_t         *body;
    vfs_record_t        record;
    vfs_collection_t   *c;
    vfs_index_shape_t   shape;

    shape.dimension = dimension;
    shape.metric = metric;
    c = vfs_collection_create(1, &shape);
    bits_check(c != NULL, "collection");

    for (i = 0; i < BITS_ROWS; i++) {

        for (k = 0; k < dimension; k++) {
            values[k] = bits_random();
        }

        memset(&record, 0, sizeof(record));
        record.id.data = id;
        record.id.len = (size_t) sprintf(id, "%x", i * 2654435761u);
        record.metadata = bits_metadata(arena, i);
        row = vfs_row_take(c);

        bits_check(vfs_collection_reserve(c, 1) == VFS_OK
                   && vfs_body_create(&record, &body) == VFS_OK, "record");
        vfs_collection_put(c, row, vfs_node_create(record.id, row), body,
                           values);
    }

    return c;
}


static void
bits_order(vfs_collection_t *c)
{
    uint32_t      i, n;
    vfs_str_t     id;
    vfs_node_t  **order;

    order = vfs_collection_order(c, &n);
    bits_check(order != NULL && n == BITS_ROWS, "order");

    for (i = 0; i < n; i += 50) {
        id = vfs_node_id(order[i]);
        (void) printf("%.*s ", (int) id.len, id.data);
    }

    (void) printf("order\n");
    (void) pthread_rwlock_unlock(&c->lock);
}


static vfs_str_t
bits_metadata(vfs_arena_t *arena, uint32_t i)
{
    char          text[256], number[32];
    vfs_str_t     metadata;
    vfs_fault_t   fault;
    vfs_reader_t  reader;

    (void) snprintf(number, sizeof(number), "%.*f", (int) (i % 17),
                    (double) bits_random());
    (void) snprintf(text, sizeof(text), "{\"x\":{\"n\":%s,\"s\":\"%s\","
                    "\"l\":[\"a\",\"%s\"],\"t\":%s,\"big\":%ue%u}}", number,
                    i % 3 ? "\\u00e9" : "e", i % 4 ? "c" : "b",
                    i % 2 ? "true" : "false", i, i % 300);

    bits_reader(&reader, arena, &fault, text);
    bits_check(vfs_reader_member(&reader) == VFS_OK
                   && vfs_metadata_read(&reader, &metadata) == VFS_OK,
               "metadata");

    return metadata;
}


static void
bits_reader(vfs_reader_t *reader, vfs_arena_t *arena, vfs_fault_t *fault,
    const char *text)
{
    char    *copy;
    size_t   len;

    len = strlen(text);
    copy = vfs_arena_alloc(arena, len);
    bits_check(copy != NULL, "memory");
    memcpy(copy, text, len);

    bits_check(vfs_reader_open(reader, arena, fault, copy, len) == VFS_OK,
               "reader");
}


static void
bits_float(float value)
{
    uint32_t  bits;

    memcpy(&bits, &value, sizeof(bits));
    (void) printf("%08x ", bits);
}


static void
bits_check(int ok, const char *what)
{
    if (!ok) {
        (void) fprintf(stderr, "search_bits: %s\n", what);
        exit(EXIT_FAILURE);
    }
}


static float
bits_random(void)
{
    bits_state = bits_state * 6364136223846793005ULL + 1442695040888963407ULL;

    return (float) ((double) (bits_state >> 33) / (1U << 30) - 1);
}
