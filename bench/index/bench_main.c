
/*
 * Copyright (C) the vfs authors
 */


#include "bench.h"
#include "vfs_float.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>


/*
 * The load of bench/index.py:
 *
 *   index-bench upsert PORT RECORDS BATCH CONNECTIONS
 *   index-bench query PORT RECORDS QUERIES
 *   index-bench vectors RECORDS QUERIES FILE
 *
 * Prints one line of names and numbers.  "query" takes turns with a plain scan
 * over the same vectors, which also says what the right answer is.
 */


/* What the worker stores with a vector. */

#define BENCH_METADATA                                                        \
    "{\"country\":\"Norway\",\"vfs_definition\":\"d7ed2ff2a9abcce4\","         \
    "\"vfs_event_time\":1795401679225,\"vfs_watermark\":\"0:595\","           \
    "\"vfs_count\":%u}"

#define BENCH_RECORD  (BENCH_DIMENSION * (VFS_FLOAT_LEN + 1) + 300)
#define BENCH_HUGE    ((size_t) 2 * 1024 * 1024)

/* Records whose bodies are made before the clock starts. */

#define BENCH_PHASE   100000


typedef struct {
    char            *data;
    size_t           len;
} bench_body_t;


typedef struct {
    uint32_t         first;
    uint32_t         last;
    uint32_t         batch;
    atomic_uint      taken;
    bench_body_t     bodies[BENCH_PHASE];
} bench_load_t;


typedef struct {
    bench_load_t    *load;
    bench_client_t   client;
} bench_sender_t;


static int bench_upsert(char **arguments);
static void *bench_upsert_make(void *data);
static void *bench_upsert_send(void *data);
static void bench_parallel(void *(*run)(void *), bench_sender_t *senders,
    unsigned n);
static int bench_query(char **arguments);
static unsigned bench_recalled(const char *answer, const bench_hit_t *hits);
static int bench_vectors(char **arguments);
static float *bench_rows(uint32_t n);
static char *bench_values(char *p, const float *values);
static void bench_times(const char *name, double *times, uint32_t n);
static int bench_cmp(const void *one, const void *two);


int
main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "upsert") == 0) {
        return bench_upsert(argv + 2);
    }

    if (argc == 5 && strcmp(argv[1], "query") == 0) {
        return bench_query(argv + 2);
    }

    if (argc == 5 && strcmp(argv[1], "vectors") == 0) {
        return bench_vectors(argv + 2);
    }

    (void) fputs("usage: index-bench upsert PORT RECORDS BATCH CONNECTIONS\n"
                 "       index-bench query PORT RECORDS QUERIES\n"
                 "       index-bench vectors RECORDS QUERIES FILE\n", stderr);

    return EXIT_FAILURE;
}


static int
bench_upsert(char **arguments)
{
    double           start, seconds;
    unsigned         i, connections;
    uint32_t         records;
    bench_load_t    *load;
    bench_sender_t   senders[64];

    load = bench_alloc(sizeof(bench_load_t));
    memset(load, 0, sizeof(bench_load_t));

    records = (uint32_t) atoi(arguments[1]);
    load->batch = (uint32_t) atoi(arguments[2]);
    connections = (unsigned) atoi(arguments[3]);

    if (load->batch < 1 || load->batch > 1000 || connections < 1
        || connections > 64)
    {
        bench_fail("a batch is 1 to 1000 records, connections are 1 to 64");
    }

    for (i = 0; i < connections; i++) {
        senders[i].load = load;
        bench_connect(&senders[i].client, (unsigned) atoi(arguments[0]));
    }

    seconds = 0;

    while (load->last < records) {
        load->first = load->last;
        load->last = records - load->first < BENCH_PHASE
                     ? records : load->first + BENCH_PHASE;

        bench_parallel(bench_upsert_make, senders, connections);

        start = bench_now();
        bench_parallel(bench_upsert_send, senders, connections);
        seconds += bench_now() - start;
    }

    (void) printf("records %u seconds %.3f\n", records, seconds);

    return EXIT_SUCCESS;
}


static void
bench_parallel(void *(*run)(void *), bench_sender_t *senders, unsigned n)
{
    unsigned   i;
    pthread_t  threads[64];

    atomic_store(&senders[0].load->taken, 0);

    for (i = 0; i < n; i++) {
        if (pthread_create(&threads[i], NULL, run, &senders[i]) != 0) {
            bench_fail("thread");
        }
    }

    for (i = 0; i < n; i++) {
        (void) pthread_join(threads[i], NULL);
    }
}


static void *
bench_upsert_make(void *data)
{
    char          *p;
    float          values[BENCH_DIMENSION];
    uint32_t       i, k, first, last;
    bench_load_t  *load;

    load = ((bench_sender_t *) data)->load;

    for ( ;; ) {
        k = atomic_fetch_add(&load->taken, 1);

        if ((uint64_t) load->first + (uint64_t) k * load->batch
            >= load->last)
        {
            return NULL;
        }

        first = load->first + k * load->batch;
        last = load->last - first < load->batch ? load->last
                                                : first + load->batch;

        if (load->bodies[k].data == NULL) {
            load->bodies[k].data = bench_alloc(load->batch * BENCH_RECORD
                                               + 100);
        }

        p = stpcpy(load->bodies[k].data, "{\"vectors\":[");

        for (i = first; i < last; i++) {
            bench_vector(i, values);

            p += sprintf(p, "%s{\"id\":\"user:%u\",\"values\":",
                         i == first ? "" : ",", i);
            p = bench_values(p, values);
            p += sprintf(p, ",\"metadata\":" BENCH_METADATA "}", i);
        }

        p = stpcpy(p, "]}");
        load->bodies[k].len = (size_t) (p - load->bodies[k].data);
    }
}


static void *
bench_upsert_send(void *data)
{
    uint32_t         k;
    bench_load_t    *load;
    bench_sender_t  *sender;

    sender = data;
    load = sender->load;

    for ( ;; ) {
        k = atomic_fetch_add(&load->taken, 1);

        if ((uint64_t) load->first + (uint64_t) k * load->batch
            >= load->last)
        {
            return NULL;
        }

        bench_post(&sender->client, "/vectors/upsert", load->bodies[k].data,
                   load->bodies[k].len);
    }
}


static int
bench_query(char **arguments)
{
    char            *p, body[BENCH_RECORD];
    float           *rows, values[BENCH_DIMENSION];
    double           start, *index_times, *scan_times;
    uint32_t         i, n, queries, recalled;
    bench_hit_t      hits[BENCH_TOP_K];
    bench_client_t   client;

    n = (uint32_t) atoi(arguments[1]);
    queries = (uint32_t) atoi(arguments[2]);

    rows = bench_rows(n);
    index_times = bench_alloc(queries * sizeof(double));
    scan_times = bench_alloc(queries * sizeof(double));
    recalled = 0;

    bench_connect(&client, (unsigned) atoi(arguments[0]));

    for (i = 0; i < queries; i++) {
        bench_vector(BENCH_QUERIES + i, values);

        p = stpcpy(body, "{\"topK\":10,\"vector\":");
        p = bench_values(p, values);
        p = stpcpy(p, "}");

        start = bench_now();
        bench_post(&client, "/query", body, (size_t) (p - body));
        index_times[i] = bench_now() - start;

        start = bench_now();
        bench_scan(values, rows, n, hits);
        scan_times[i] = bench_now() - start;

        recalled += bench_recalled(client.answer, hits);
    }

    bench_times("index", index_times, queries);
    bench_times("scan", scan_times, queries);
    (void) printf("recall %.6f\n",
                  (double) recalled / (BENCH_TOP_K * (double) queries));

    return EXIT_SUCCESS;
}


static unsigned
bench_recalled(const char *answer, const bench_hit_t *hits)
{
    char      id[32];
    unsigned  i, n;

    n = 0;

    for (i = 0; i < BENCH_TOP_K; i++) {
        (void) snprintf(id, sizeof(id), "\"user:%u\"", hits[i].row);
        n += strstr(answer, id) != NULL;
    }

    return n;
}


static int
bench_vectors(char **arguments)
{
    FILE      *file;
    float      values[BENCH_DIMENSION];
    uint32_t   i, n, queries;

    n = (uint32_t) atoi(arguments[0]);
    queries = (uint32_t) atoi(arguments[1]);
    file = fopen(arguments[2], "we");

    if (file == NULL) {
        bench_fail(arguments[2]);
    }

    for (i = 0; i < n + queries; i++) {
        bench_vector(i < n ? i : BENCH_QUERIES + i - n, values);

        if (fwrite(values, sizeof(values), 1, file) != 1) {
            bench_fail(arguments[2]);
        }
    }

    if (fclose(file) != 0) {
        bench_fail(arguments[2]);
    }

    return EXIT_SUCCESS;
}


static float *
bench_rows(uint32_t n)
{
    float     *rows;
    size_t     size;
    uint32_t   i;

    size = (size_t) n * BENCH_DIMENSION * sizeof(float);
    rows = aligned_alloc(BENCH_HUGE, (size + BENCH_HUGE - 1)
                                     & ~(BENCH_HUGE - 1));
    if (rows == NULL) {
        bench_fail("alloc");
    }

    (void) madvise(rows, size, MADV_HUGEPAGE);

    for (i = 0; i < n; i++) {
        bench_vector(i, rows + (size_t) i * BENCH_DIMENSION);
    }

    return rows;
}


static char *
bench_values(char *p, const float *values)
{
    unsigned  i;

    for (i = 0; i < BENCH_DIMENSION; i++) {
        *p++ = i == 0 ? '[' : ',';
        p = vfs_float_print(p, values[i]);
    }

    *p++ = ']';
    *p = '\0';

    return p;
}


static void
bench_times(const char *name, double *times, uint32_t n)
{
    qsort(times, n, sizeof(double), bench_cmp);

    (void) printf("%s_p50_ms %.3f %s_p99_ms %.3f ", name,
                  times[n / 2] * 1e3, name, times[n * 99 / 100] * 1e3);
}


static int
bench_cmp(const void *one, const void *two)
{
    const double  *a, *b;

    a = one;
    b = two;

    return (*a > *b) - (*a < *b);
}
