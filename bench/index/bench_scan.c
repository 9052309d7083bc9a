
/*
 * Copyright (C) the vfs authors
 */


#include "bench.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif


static uint64_t bench_random(uint64_t *state);
static float bench_normal(uint64_t *state);
static float bench_dot(const float *one, const float *two);


void
bench_vector(uint64_t n, float *values)
{
    float     norm2;
    uint64_t  centre, noise;
    unsigned  i;

    noise = n * 2 + 1;
    centre = bench_random(&noise) % 1000 * 2;
    norm2 = 0;

    for (i = 0; i < BENCH_DIMENSION; i++) {
        values[i] = bench_normal(&centre) + 0.7f * bench_normal(&noise);
        norm2 += values[i] * values[i];
    }

    for (i = 0; i < BENCH_DIMENSION; i++) {
        values[i] /= sqrtf(norm2);
    }
}


/* The scan that anybody would write first: AVX2, fused, one row at a time. */

void
bench_scan(const float *query, const float *rows, uint32_t n,
    bench_hit_t *hits)
{
    float     score;
    uint32_t  i, k, found;

    found = 0;

    for (i = 0; i < n; i++) {
        score = bench_dot(query, rows + (size_t) i * BENCH_DIMENSION);

        if (found == BENCH_TOP_K && score <= hits[found - 1].score) {
            continue;
        }

        found += found < BENCH_TOP_K;

        for (k = found - 1; k > 0 && hits[k - 1].score < score; k--) {
            hits[k] = hits[k - 1];
        }

        hits[k].score = score;
        hits[k].row = i;
    }
}


#if defined(__x86_64__)

__attribute__((target("avx2,fma"))) static float
bench_dot(const float *one, const float *two)
{
    float     lanes[8];
    __m256    sums[4];
    unsigned  i, k;

    for (k = 0; k < 4; k++) {
        sums[k] = _mm256_setzero_ps();
    }

    for (i = 0; i < BENCH_DIMENSION; i += 32) {
        for (k = 0; k < 4; k++) {
            sums[k] = _mm256_fmadd_ps(_mm256_loadu_ps(one + i + 8 * k),
                                      _mm256_loadu_ps(two + i + 8 * k),
                                      sums[k]);
        }
    }

    _mm256_storeu_ps(lanes, _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]),
                                          _mm256_add_ps(sums[2], sums[3])));

    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5]))
           + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

#else

static float
bench_dot(const float *one, const float *two)
{
    float     sum;
    unsigned  i;

    sum = 0;

    for (i = 0; i < BENCH_DIMENSION; i++) {
        sum += one[i] * two[i];
    }

    return sum;
}

#endif


/* SplitMix64 (Steele and others, 2014). */

static uint64_t
bench_random(uint64_t *state)
{
    uint64_t  z;

    z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);

    return z ^ z >> 31;
}


/* Nearly normal: the sum of four uniform numbers. */

static float
bench_normal(uint64_t *state)
{
    uint64_t  bits;

    bits = bench_random(state);

    return ((float) (bits & 0xffff) + (float) (bits >> 16 & 0xffff)
            + (float) (bits >> 32 & 0xffff) + (float) (bits >> 48))
           / 37837 - 3.4641f;
}
