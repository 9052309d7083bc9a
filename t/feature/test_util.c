
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"


const char  test_base[] =
    "{\"name\":\"shop\",\"dimension\":8,\"metric\":\"cosine\","
    "\"landmark\":\"2020-01-01\","
    "\"events\":{\"topic\":\"t\","
    "\"fields\":{\"user\":\"u\",\"item\":\"p.id\",\"type\":\"e\"},"
    "\"weights\":{\"buy\":5},\"default_weight\":1},"
    "\"sources\":{\"words\":{\"type\":\"hash\",\"hashes\":2,"
    "\"fields\":[{\"field\":\"a\"},{\"field\":\"b\",\"words\":true}]},"
    "\"own\":{\"type\":\"event\",\"field\":\"v\"}},"
    "\"features\":{\"user\":{\"namespace\":\"users\","
    "\"transform\":\"decayed_mean\",\"source\":\"words\","
    "\"half_life\":\"30d\",\"normalise\":true},"
    "\"item\":{\"namespace\":\"items\",\"transform\":\"decayed_mean\","
    "\"source\":\"user\",\"half_life\":1000,"
    "\"prior\":{\"source\":\"own\",\"weight\":2},"
    "\"metadata\":{\"title\":\"p.title\"}}}}";


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


char *
test_replace(const char *from, const char *to)
{
    char        *text;
    size_t       before;
    const char  *at;

    at = strstr(test_base, from);
    assert_non_null(at);

    text = malloc(strlen(test_base) + strlen(to) + 1);
    assert_non_null(text);

    before = (size_t) (at - test_base);
    (void) sprintf(text, "%.*s%s%s", (int) before, test_base, to,
                   at + strlen(from));

    return text;
}
