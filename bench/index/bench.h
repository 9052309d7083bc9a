
/*
 * Copyright (C) the vfs authors
 */


#ifndef _BENCH_H_INCLUDED_
#define _BENCH_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


#define BENCH_DIMENSION  128
#define BENCH_TOP_K      10


/*
 * Vector number "n": unit length, around one of a thousand centres, always the
 * same.  Those from BENCH_QUERIES on are asked for and not stored.
 */

#define BENCH_QUERIES  (UINT64_C(1) << 40)

void bench_vector(uint64_t n, float *values);


/* The best of a plain scan: rows by falling dot product. */

typedef struct {
    float     score;
    uint32_t  row;
} bench_hit_t;

void bench_scan(const float *query, const float *rows, uint32_t n,
    bench_hit_t *hits);


/* A connection that is kept; a failure ends the program. */

typedef struct {
    int       fd;
    char     *answer;                   /* its body, terminated by a zero */
    size_t    size;
} bench_client_t;

void bench_connect(bench_client_t *client, unsigned port);
void bench_post(bench_client_t *client, const char *path, const char *body,
    size_t len);


double bench_now(void);
void *bench_alloc(size_t size);
void bench_fail(const char *text);


#endif /* _BENCH_H_INCLUDED_ */
