
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"


vfs_definition_t *
test_definition(const char *text)
{
    vfs_error_t        err;
    vfs_definition_t  *def;

    err.text[0] = '\0';

    def = vfs_definition_parse(text, strlen(text), &err);
    assert_string_equal(err.text, "");
    assert_non_null(def);

    return def;
}


vfs_definition_t *
test_definition_of(unsigned dimension, const char *user, const char *item)
{
    char  text[2048];

    (void) snprintf(text, sizeof(text),
                    "{\"name\":\"test\",\"dimension\":%u,"
                    "\"landmark\":\"2020-01-01T00:00:00Z\","
                    "\"events\":{\"topic\":\"t\",\"fields\":"
                    "{\"user\":\"u\",\"item\":\"i\"}},"
                    "\"sources\":{\"v\":{\"type\":\"event\",\"field\":\"v\"}},"
                    "\"features\":{\"user\":{\"namespace\":\"users\","
                    "\"source\":\"v\",%s}%s%s}}", dimension, user,
                    item == NULL ? "" : ",\"item\":", item == NULL ? "" : item);

    return test_definition(text);
}


uint64_t
test_random(uint64_t *seed)
{
    uint64_t  z;

    *seed += 0x9e3779b97f4a7c15;
    z = *seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return z ^ (z >> 31);
}


uint64_t
test_random_below(uint64_t *seed, uint64_t n)
{
    return test_random(seed) % n;
}


void
test_assert_same_state(const vfs_state_t *a, const vfs_state_t *b)
{
    size_t          na, nb;
    unsigned char  *da, *db;

    assert_int_equal(vfs_state_encode(a, &da, &na), VFS_OK);
    assert_int_equal(vfs_state_encode(b, &db, &nb), VFS_OK);

    assert_int_equal(na, nb);
    assert_memory_equal(da, db, na);

    free(da);
    free(db);
}


void
test_assert_bits(const float *vector, const uint32_t *bits, size_t n)
{
    size_t    i;
    uint32_t  got;

    for (i = 0; i < n; i++) {
        memcpy(&got, &vector[i], sizeof(got));

        if (got != bits[i]) {
            fail_msg("component %zu: expected %08x, got %08x", i, bits[i],
                     got);
        }
    }
}
