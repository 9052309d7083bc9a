
/*
 * Copyright (C) the vfs authors
 */


/*
 * Prints the bits of everything that must not depend on compiler, options or
 * processor: see t/feature/variants.
 */

#include "vfs_decay.h"
#include "vfs_exp2.h"
#include "vfs_float.h"
#include "vfs_model.h"
#include "vfs_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>


#define BITS_DIMENSION  37
#define BITS_EVENTS     4000


static uint64_t  bits_seed = 2026;


static const char  bits_definition[] =
    "{\"name\":\"bits\",\"dimension\":37,"
    "\"landmark\":\"2020-01-01T00:00:00Z\","
    "\"events\":{\"topic\":\"t\",\"fields\":{\"user\":\"u\",\"item\":\"i\","
    "\"time\":\"t\"}},"
    "\"sources\":{\"h\":{\"type\":\"hash\",\"hashes\":3,\"fields\":["
    "{\"field\":\"w\",\"words\":true,\"weight\":3},{\"field\":\"n\"}]},"
    "\"m\":{\"type\":\"model\",\"protocol\":\"tei\",\"model\":\"m\","
    "\"fields\":[\"w\",\"n\"],\"service\":{\"url\":\"http://m\"}}},"
    "\"features\":{\"user\":{\"namespace\":\"users\","
    "\"transform\":\"decayed_mean\",\"source\":\"h\",\"half_life\":\"10h\","
    "\"normalise\":true},"
    "\"item\":{\"namespace\":\"items\",\"transform\":\"decayed_mean\","
    "\"source\":\"user\",\"half_life\":\"777777s\","
    "\"prior\":{\"source\":\"m\",\"weight\":0.3}}}}";


static uint64_t
bits_random(void)
{
    bits_seed = bits_seed * 6364136223846793005 + 1442695040888963407;

    return bits_seed >> 20;
}


static double
bits_unit(void)
{
    return (double) (bits_random() % 2000001) / 1e6 - 1;
}


static void
bits_print(const char *what, const void *data, size_t len)
{
    (void) printf("%s %016llx\n", what,
                  (unsigned long long) XXH64(data, len, 0));
}


static void
bits_exp2(void)
{
    size_t         i;
    static double  values[20000];

    for (i = 0; i < 20000; i++) {
        values[i] = vfs_exp2((double) i / 20000);
    }

    bits_print("exp2", values, sizeof(values));
}


static void
bits_numbers(void)
{
    char      text[40 * 2000], *p;
    float     f;
    double    d;
    size_t    i;

    p = text;

    for (i = 0; i < 1000; i++) {
        d = bits_unit() * (double) (bits_random() % 1000000) / 7;
        p = vfs_double_canonical(p, d);
        f = (float) d;
        p = vfs_float_print(p, f);
    }

    bits_print("numbers", text, (size_t) (p - text));
}


/* A model whose answers are made of their keys. */

static int
bits_answer(void *data, const unsigned char *key, const unsigned char **record,
    size_t *len, vfs_error_t *err)
{
    float     vector[BITS_DIMENSION];
    unsigned  i;

    static unsigned char  answer[2 + BITS_DIMENSION * sizeof(float)];

    for (i = 0; i < BITS_DIMENSION; i++) {
        vector[i] = (float) (key[i % VFS_MODEL_KEY_LEN] - 128) / 300;
    }

    *len = vfs_model_record(data, vector, answer);
    *record = answer;

    return VFS_OK;
}


static void
bits_source(const vfs_definition_t *def, unsigned i, unsigned source,
    float *vector)
{
    int            n;
    char           text[512];
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    n = snprintf(text, sizeof(text), "{\"u\":\"u%u\",\"i\":%u,\"t\":%u,"
                 "\"w\":\"word%u Word%u, w%u\",\"n\":%u.25e3}", i % 9, i % 11,
                 i, i % 13, i % 17, i % 19, i % 23);

    event = vfs_event_decode(def, text, (size_t) n, 0, &reason, &err);

    if (event == NULL
        || vfs_source_vector(def, &def->sources[source], event, vector, &reason,
                             &err) != VFS_OK)
    {
        (void) fprintf(stderr, "%s: %s\n", text, err.text);
        exit(1);
    }

    vfs_event_free(event);
}


static void
bits_check(int rc)
{
    if (rc != VFS_OK) {
        (void) fprintf(stderr, "unexpected return code %d\n", rc);
        exit(1);
    }
}


static void
bits_state(const vfs_definition_t *def, const vfs_feature_t *feature)
{
    int             rc;
    float           source[BITS_DIMENSION], own[BITS_DIMENSION];
    float           out[BITS_DIMENSION];
    size_t          len;
    unsigned        i;
    vfs_state_t    *state;
    vfs_update_t    update;
    unsigned char  *data;

    state = vfs_state_create(def, feature);
    if (state == NULL) {
        exit(1);
    }

    memset(&update, 0, sizeof(vfs_update_t));

    for (i = 0; i < BITS_EVENTS; i++) {
        bits_source(def, i, 0, source);
        bits_source(def, i, 1, own);

        update.position.offset = i;
        update.time_ms = def->landmark_ms - 100000000
                         + (int64_t) (bits_random() % 9000000000);
        update.weight = bits_unit() * 20 + 21;
        update.vector = source;
        update.prior = i % 3 == 0 ? own : NULL;

        if (i % 5 == 0) {
            update.weight = -update.weight;
        }

        bits_check(vfs_state_fold(state, &update));

        if (i % 97 != 0) {
            continue;
        }

        rc = vfs_state_vector(state, out);

        if (rc == VFS_OK) {
            bits_print("vector", out, sizeof(out));
        }
    }

    bits_check(vfs_state_encode(state, &data, &len));
    bits_print("state", data, len);

    free(data);
    vfs_state_free(state);
}


int
main(void)
{
    vfs_error_t        err;
    vfs_answers_t      answers;
    vfs_definition_t  *def;

    def = vfs_definition_parse(bits_definition, strlen(bits_definition),
                               &err);
    if (def == NULL) {
        (void) fprintf(stderr, "%s\n", err.text);
        return 1;
    }

    answers.data = def;
    answers.get = bits_answer;
    def->answers = &answers;

    (void) printf("definition %s\n", def->hash);

    bits_exp2();
    bits_numbers();
    bits_state(def, &def->features[VFS_ENTITY_USER]);
    bits_state(def, &def->features[VFS_ENTITY_ITEM]);

    vfs_definition_free(def);

    return 0;
}
