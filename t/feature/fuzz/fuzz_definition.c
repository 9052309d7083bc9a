
/*
 * Copyright (C) the vfs authors
 */


#include "fuzz.h"

#include "vfs_state.h"


/* Any bytes: refused with a message, or a definition within all limits. */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned           i;
    vfs_error_t        err;
    vfs_definition_t  *def;

    err.text[0] = '\0';
    def = vfs_definition_parse((const char *) data, size, &err);

    if (def == NULL) {
        fuzz_assert(err.text[0] != '\0');
        return 0;
    }

    fuzz_assert(strlen(def->hash) == VFS_DEFINITION_HASH);
    fuzz_assert(def->dimension >= 1 && def->dimension <= VFS_MAX_DIMENSION);
    fuzz_assert(def->nsources > 0);
    fuzz_assert(def->has_feature[VFS_ENTITY_USER]
                || def->has_feature[VFS_ENTITY_ITEM]);

    for (i = 0; i < def->nweights; i++) {
        fuzz_assert(def->weights[i].weight >= -VFS_MAX_WEIGHT
                    && def->weights[i].weight <= VFS_MAX_WEIGHT);
    }

    vfs_definition_free(def);

    return 0;
}
