
/*
 * Copyright (C) the vfs authors
 */


#include "fuzz.h"

#include "vfs_ingest_model_answer.h"
#include "vfs_state.h"

#include <math.h>


#define FUZZ_DIMENSION  2
#define FUZZ_TEXTS      3


static const char *const  fuzz_models[] = {
    "\"protocol\":\"openai\"",
    "\"protocol\":\"tei\"",
    "\"protocol\":\"kserve\",\"input\":\"i\"",
    "\"protocol\":\"kserve\",\"input\":\"i\",\"output\":\"o\""
};

#define FUZZ_MODELS  (sizeof(fuzz_models) / sizeof(fuzz_models[0]))


static vfs_definition_t *fuzz_definition(size_t model);


/*
 * An answer, behind a byte for the model and the number of texts: refused with
 * words, or vectors that can be recorded.
 */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    float                 vectors[(FUZZ_TEXTS + 1) * FUZZ_DIMENSION];
    unsigned              i;
    vfs_error_t           err;
    vfs_definition_t     *def;
    vfs_model_answer_t    answer;
    vfs_model_answer_e    result;

    if (size == 0) {
        return 0;
    }

    def = fuzz_definition(data[0] % FUZZ_MODELS);

    memset(&answer, 0, sizeof(vfs_model_answer_t));
    answer.count = 1 + data[0] / FUZZ_MODELS % FUZZ_TEXTS;
    answer.status = 200;
    answer.body = (const char *) data + 1;
    answer.len = size - 1;

    for (i = 0; i < answer.count * FUZZ_DIMENSION; i++) {
        vectors[i] = NAN;
    }

    err.text[0] = '\0';
    result = vfs_model_answer_read(def, &def->sources[0], &answer, vectors,
                                   &err);

    if (result != VFS_MODEL_ANSWERED) {
        fuzz_assert(err.text[0] != '\0');
        return 0;
    }

    /* each of them was read */

    for (i = 0; i < answer.count * FUZZ_DIMENSION; i++) {
        fuzz_assert(fabsf(vectors[i]) <= VFS_MAX_COMPONENT);
    }

    return 0;
}


static vfs_definition_t *
fuzz_definition(size_t model)
{
    char         text[512];
    vfs_error_t  err;

    static vfs_definition_t  *defs[FUZZ_MODELS];

    if (defs[model] == NULL) {
        (void) snprintf(text, sizeof(text),
                        "{\"name\":\"f\",\"dimension\":2,\"events\":"
                        "{\"topic\":\"t\",\"fields\":{\"user\":\"u\","
                        "\"item\":\"i\"}},\"sources\":{\"m\":{\"type\":"
                        "\"model\",\"model\":\"m\",%s,\"fields\":[\"a\"],"
                        "\"service\":{\"url\":\"http://h\"}}},\"features\":"
                        "{\"user\":{\"namespace\":\"n\",\"transform\":"
                        "\"latest\",\"source\":\"m\"}}}", fuzz_models[model]);

        defs[model] = vfs_definition_parse(text, strlen(text), &err);
        fuzz_assert(defs[model] != NULL);
    }

    return defs[model];
}
