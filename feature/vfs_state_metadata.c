
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_state_private.h"

#include <stdlib.h>
#include <string.h>


static int vfs_state_metadata_wins(const vfs_metadata_value_t *candidate,
    const vfs_metadata_value_t *value);
static char *vfs_state_metadata_write(const vfs_feature_t *feature,
    vfs_metadata_value_t *values, size_t len);


const char *
vfs_state_metadata(const vfs_state_t *state)
{
    return state->metadata == NULL ? "" : state->metadata;
}


int
vfs_state_metadata_take(vfs_state_t *state,
    const vfs_metadata_value_t *candidates)
{
    int                    changed;
    char                  *text;
    size_t                 len;
    unsigned               i, n;
    vfs_metadata_value_t  *value, values[VFS_MAX_METADATA];

    n = state->feature->nmetadata;
    changed = 0;
    len = 0;

    for (i = 0; i < n; i++) {
        value = &state->values[i];
        values[i] = *value;

        if (vfs_state_metadata_wins(&candidates[i], value)) {
            values[i].stamp = candidates[i].stamp;

            if (candidates[i].len != value->len
                || memcmp(candidates[i].start, value->start, value->len) != 0)
            {
                values[i] = candidates[i];
                changed = 1;
            }
        }

        len += values[i].len + strlen(state->feature->metadata[i]) + 4;
    }

    if (changed) {
        text = vfs_state_metadata_write(state->feature, values, len);
        if (text == NULL) {
            return VFS_ERROR;
        }

        free(state->metadata);
        state->metadata = text;
    }

    memcpy(state->values, values, n * sizeof(vfs_metadata_value_t));

    return VFS_OK;
}


static int
vfs_state_metadata_wins(const vfs_metadata_value_t *candidate,
    const vfs_metadata_value_t *value)
{
    if (candidate->len == 0) {
        return 0;
    }

    return value->len == 0
           || vfs_stamp_newer(&candidate->stamp, &value->stamp);
}


/* The values are copied, and from then on stand in the result. */

static char *
vfs_state_metadata_write(const vfs_feature_t *feature,
    vfs_metadata_value_t *values, size_t len)
{
    char      *p, *text;
    unsigned   i;

    text = malloc(len + 1);
    if (text == NULL) {
        return NULL;
    }

    p = text;

    for (i = 0; i < feature->nmetadata; i++) {

        if (values[i].len == 0) {
            continue;
        }

        p = stpcpy(p, p == text ? "\"" : ",\"");
        p = stpcpy(p, feature->metadata[i]);
        p = stpcpy(p, "\":");

        memcpy(p, values[i].start, values[i].len);
        values[i].start = p;
        p += values[i].len;
    }

    *p = '\0';

    return text;
}
