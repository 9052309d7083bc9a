
/*
 * Copyright (C) the vfs authors
 */


#include "fuzz.h"

#include "vfs_model.h"
#include "vfs_state.h"

#include <math.h>


static const char  fuzz_events[] =
    "{\"name\":\"fuzz\",\"dimension\":4,"
    "\"events\":{\"topic\":\"t\",\"fields\":{\"user\":\"u\",\"item\":\"i\","
    "\"type\":\"e\",\"time\":\"a.t\"},\"csv\":[\"u\",\"i\",\"e\",\"w\"],"
    "\"weights\":{\"buy\":5,\"hate\":-1,\"see\":0},\"default_weight\":2},"
    "\"sources\":{\"h\":{\"type\":\"hash\",\"hashes\":2,\"fields\":["
    "{\"field\":\"w\",\"words\":true,\"weight\":3},{\"field\":\"a.n\"}]},"
    "\"v\":{\"type\":\"event\",\"field\":\"v\"}},"
    "\"features\":{\"user\":{\"namespace\":\"users\","
    "\"transform\":\"decayed_mean\",\"source\":\"h\",\"half_life\":\"1d\","
    "\"metadata\":{\"w\":\"w\",\"n\":\"a.n\",\"v\":\"v\"}},"
    "\"item\":{\"namespace\":\"items\",\"transform\":\"latest\","
    "\"source\":\"v\",\"normalise\":true,\"metadata\":{\"x\":\"a.t\"}}}}";


static const char  fuzz_model[] =
    "{\"name\":\"fuzz\",\"dimension\":4,"
    "\"events\":{\"topic\":\"t\",\"fields\":{\"user\":\"u\",\"item\":\"i\"}},"
    "\"sources\":{\"m\":{\"type\":\"model\",\"protocol\":\"tei\","
    "\"model\":\"m\",\"fields\":[\"w\",\"a.n\",\"v\"],"
    "\"service\":{\"url\":\"http://h\"}}},"
    "\"features\":{\"user\":{\"namespace\":\"users\","
    "\"transform\":\"latest\",\"source\":\"m\"}}}";


static vfs_definition_t *fuzz_definition(const char *text,
    vfs_definition_t **def);
static void fuzz_text(const vfs_event_t *event);
static void fuzz_feature(const vfs_definition_t *def,
    const vfs_feature_t *feature, const vfs_event_t *event);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vfs_error_t        err;
    vfs_event_t       *event;
    vfs_reason_e       reason;
    vfs_definition_t  *def;

    static vfs_definition_t  *parsed;

    def = fuzz_definition(fuzz_events, &parsed);

    err.text[0] = '\0';
    event = vfs_event_decode(def, (const char *) data, size, -1, &reason,
                             &err);

    if (event == NULL) {
        fuzz_assert(reason != VFS_REASON_NONE && err.text[0] != '\0');
        return 0;
    }

    fuzz_assert(vfs_id_valid(vfs_event_user(event),
                             strlen(vfs_event_user(event))));
    fuzz_assert(vfs_id_valid(vfs_event_item(event),
                             strlen(vfs_event_item(event))));
    fuzz_assert(vfs_event_time(event) >= 0
                && vfs_event_time(event) <= VFS_MAX_TIME_MS);

    fuzz_feature(def, &def->features[VFS_ENTITY_USER], event);
    fuzz_feature(def, &def->features[VFS_ENTITY_ITEM], event);

    fuzz_text(event);

    vfs_event_free(event);

    return 0;
}


static vfs_definition_t *
fuzz_definition(const char *text, vfs_definition_t **def)
{
    vfs_error_t  err;

    if (*def == NULL) {
        *def = vfs_definition_parse(text, strlen(text), &err);
        fuzz_assert(*def != NULL);
    }

    return *def;
}


/* What a model would be asked: UTF-8 of a bounded length, or a fault. */

static void
fuzz_text(const vfs_event_t *event)
{
    char              *text;
    size_t             len;
    vfs_error_t        err;
    vfs_reason_e       reason;
    unsigned char      key[VFS_MODEL_KEY_LEN];
    vfs_definition_t  *def;

    static vfs_definition_t  *parsed;

    def = fuzz_definition(fuzz_model, &parsed);

    err.text[0] = '\0';
    text = vfs_model_text(&def->sources[0], event, &len, &reason, &err);

    if (text == NULL) {
        fuzz_assert(reason != VFS_REASON_NONE && err.text[0] != '\0');
        return;
    }

    fuzz_assert(len > 0 && len <= VFS_MAX_MODEL_TEXT);
    fuzz_assert(vfs_model_key(def, &def->sources[0], text, len, key)
                == VFS_OK);

    free(text);
}


/* Whatever an event gives can be folded in. */

static void
fuzz_feature(const vfs_definition_t *def, const vfs_feature_t *feature,
    const vfs_event_t *event)
{
    char          *metadata;
    float          vector[4], out[4];
    unsigned       i;
    vfs_error_t    err;
    vfs_state_t   *state;
    vfs_reason_e   reason;
    vfs_update_t   update;

    memset(&update, 0, sizeof(vfs_update_t));
    update.time_ms = vfs_event_time(event);
    update.weight = vfs_event_weight(event);

    if (update.weight != 0) {

        if (vfs_source_vector(def, feature->source, event, vector, &reason,
                              &err) != VFS_OK)
        {
            fuzz_assert(reason != VFS_REASON_NONE);
            return;
        }

        for (i = 0; i < 4; i++) {
            fuzz_assert(fabsf(vector[i]) <= VFS_MAX_COMPONENT);
        }

        update.vector = vector;
    }

    metadata = vfs_event_metadata(def, feature, event, &reason, &err);

    if (metadata == NULL) {
        fuzz_assert(reason != VFS_REASON_NONE);
        return;
    }

    update.metadata = metadata;
    update.metadata_len = strlen(metadata);

    state = vfs_state_create(def, feature);
    fuzz_assert(state != NULL);
    fuzz_assert(vfs_state_fold(state, &update) == VFS_OK);
    fuzz_assert(strcmp(vfs_state_metadata(state), metadata) == 0);

    if (vfs_state_vector(state, out) == VFS_OK) {
        for (i = 0; i < 4; i++) {
            fuzz_assert(fabsf(out[i]) <= VFS_MAX_COMPONENT);
        }
    }

    vfs_state_free(state);
    free(metadata);
}
