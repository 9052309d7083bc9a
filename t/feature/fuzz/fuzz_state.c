
/*
 * Copyright (C) the vfs authors
 */


/*
 * The first byte says what the rest is the inside of: a user's state, an
 * item's, or an update.  The header, which holds the definition's hash, is put
 * before it here, so that an input outlives a change of the definition below.
 */

#include "fuzz.h"

#include "vfs_bytes.h"
#include "vfs_state.h"

#include <math.h>


static const char  fuzz_text[] =
    "{\"name\":\"fuzz\",\"dimension\":3,"
    "\"events\":{\"topic\":\"t\",\"fields\":{\"user\":\"u\","
    "\"item\":\"i\"}},"
    "\"sources\":{\"v\":{\"type\":\"event\",\"field\":\"v\"}},"
    "\"features\":{\"user\":{\"namespace\":\"users\","
    "\"transform\":\"latest\",\"source\":\"v\"},"
    "\"item\":{\"namespace\":\"items\",\"transform\":\"decayed_mean\","
    "\"half_life\":\"1d\",\"source\":\"user\","
    "\"prior\":{\"source\":\"v\",\"weight\":1},"
    "\"metadata\":{\"a\":\"a\",\"b\":\"b\"}}}}";


static vfs_definition_t *fuzz_definition(void);
static void fuzz_state(const vfs_definition_t *def, vfs_entity_e entity,
    const unsigned char *data, size_t len);
static void fuzz_update(const vfs_definition_t *def,
    const unsigned char *data, size_t len);
static void fuzz_vector(const vfs_state_t *state);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                   len;
    unsigned char           *bytes;
    const vfs_definition_t  *def;

    if (size == 0) {
        return 0;
    }

    def = fuzz_definition();
    len = VFS_HEADER_LEN + size - 1;

    bytes = malloc(len);
    fuzz_assert(bytes != NULL);

    (void) vfs_put_header(bytes, data[0] % 3 == 2 ? 'U' : 'S', def);
    memcpy(bytes + VFS_HEADER_LEN, data + 1, size - 1);

    if (data[0] % 3 == 2) {
        fuzz_update(def, bytes, len);

    } else {
        fuzz_state(def, data[0] % 3 == 0 ? VFS_ENTITY_USER : VFS_ENTITY_ITEM,
                   bytes, len);
    }

    free(bytes);

    return 0;
}


static vfs_definition_t *
fuzz_definition(void)
{
    vfs_error_t               err;
    static vfs_definition_t  *def;

    if (def == NULL) {
        def = vfs_definition_parse(fuzz_text, strlen(fuzz_text), &err);
        fuzz_assert(def != NULL);
    }

    return def;
}


/* Refused, or written again to the same bytes, and merging with it works. */

static void
fuzz_state(const vfs_definition_t *def, vfs_entity_e entity,
    const unsigned char *data, size_t len)
{
    size_t                again_len;
    vfs_error_t           err;
    vfs_state_t          *state, *sum;
    unsigned char        *again;
    const vfs_feature_t  *feature;

    feature = &def->features[entity];

    err.text[0] = '\0';
    state = vfs_state_decode(def, feature, data, len, &err);

    if (state == NULL) {
        fuzz_assert(err.text[0] != '\0');
        return;
    }

    fuzz_assert(vfs_state_encode(state, &again, &again_len) == VFS_OK);
    fuzz_assert(again_len == len && memcmp(again, data, len) == 0);

    sum = vfs_state_create(def, feature);
    fuzz_assert(sum != NULL);
    fuzz_assert(vfs_state_merge(sum, state) == VFS_OK);
    (void) vfs_state_merge(sum, state);

    fuzz_vector(state);
    fuzz_vector(sum);

    free(again);
    vfs_state_free(sum);
    vfs_state_free(state);
}


static void
fuzz_update(const vfs_definition_t *def, const unsigned char *data, size_t len)
{
    float           vectors[6];
    size_t          again_len;
    vfs_error_t     err;
    vfs_state_t    *state;
    vfs_update_t    update;
    unsigned char  *again;

    if (vfs_update_decode(def, data, len, vectors, &update, &err) != VFS_OK) {
        return;
    }

    fuzz_assert(vfs_update_encode(def, &update, &again, &again_len) == VFS_OK);
    fuzz_assert(again_len == len && memcmp(again, data, len) == 0);

    state = vfs_state_create(def, &def->features[VFS_ENTITY_ITEM]);
    fuzz_assert(state != NULL);
    fuzz_assert(vfs_state_fold(state, &update) == VFS_OK);
    fuzz_vector(state);

    free(again);
    vfs_state_free(state);
}


static void
fuzz_vector(const vfs_state_t *state)
{
    float     out[3];
    unsigned  i;

    if (vfs_state_vector(state, out) != VFS_OK) {
        return;
    }

    for (i = 0; i < 3; i++) {
        fuzz_assert(fabsf(out[i]) <= VFS_MAX_COMPONENT);
    }
}
