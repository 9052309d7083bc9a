
/*
 * Copyright (C) the vfs authors
 */


#ifndef _TEST_UTIL_H_INCLUDED_
#define _TEST_UTIL_H_INCLUDED_


#include "vfs_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define TEST_LANDMARK  1577836800000LL    /* 2020-01-01 */
#define TEST_DAY       86400000LL


/* A definition that must be valid. */

vfs_definition_t *test_definition(const char *text);

/*
 * Events bring their vector along as "v", users take it: "user" holds the
 * other members of their feature, "item" is the feature of items or NULL.
 */

vfs_definition_t *test_definition_of(unsigned dimension, const char *user,
    const char *item);

/* A definition with nearly all there is, and it with "from" replaced. */

extern const char  test_base[];

char *test_replace(const char *from, const char *to);

/* A reproducible sequence (splitmix64). */

uint64_t test_random(uint64_t *seed);

/* From 0 to n - 1. */

uint64_t test_random_below(uint64_t *seed, uint64_t n);

/* The state's bytes and vector; asserts that the two are equal. */

void test_assert_same_state(const vfs_state_t *a, const vfs_state_t *b);

void test_assert_bits(const float *vector, const uint32_t *bits, size_t n);


#endif /* _TEST_UTIL_H_INCLUDED_ */
