
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_document.h"
#include "vfs_float.h"
#include "vfs_train_judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    char                    definition[64];     /* "" if there is none */
    double                  count;
} vfs_served_t;


static int vfs_judge_absent(const vfs_track_t *track,
    const vfs_tracked_t *tracked, float *vector, vfs_verdict_e *verdict,
    char *text, vfs_error_t *err);
static int vfs_judge_expected(const vfs_track_t *track,
    const vfs_tracked_t *tracked, vfs_state_t **state, int *waiting,
    vfs_error_t *err);
static vfs_state_t *vfs_judge_copy(const vfs_track_t *track,
    const vfs_feature_t *feature, const vfs_state_t *state, vfs_error_t *err);
static int vfs_judge_served(const vfs_answer_t *answer, vfs_served_t *served,
    vfs_error_t *err);
static int vfs_judge_cut(const vfs_track_t *track,
    const vfs_tracked_t *tracked, const vfs_served_t *served, char *text);


static const char *const  vfs_verdict_names[] = {
    "equal",
    "different",
    "missing",
    "extra",
    "not comparable",
    "waiting",
    "absent"
};


const char *
vfs_verdict_name(vfs_verdict_e verdict)
{
    return vfs_verdict_names[verdict];
}


int
vfs_judge(const vfs_track_t *track, const vfs_tracked_t *tracked,
    float *vector, vfs_verdict_e *verdict, char *text, vfs_error_t *err)
{
    int           rc;
    vfs_served_t  served;

    text[0] = '\0';

    if (!tracked->answer.found) {
        return vfs_judge_absent(track, tracked, vector, verdict, text, err);
    }

    if (vfs_judge_served(&tracked->answer, &served, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (served.definition[0] != '\0'
        && strcmp(served.definition, track->def->hash) != 0)
    {
        *verdict = VFS_VERDICT_DIFFERENT;
        (void) snprintf(text, VFS_DIFFERENCE_LEN, "served by the definition "
                        "%s, the one at hand is %s", served.definition,
                        track->def->hash);
        return VFS_OK;
    }

    if (tracked->state == NULL) {
        *verdict = VFS_VERDICT_EXTRA;
        (void) snprintf(text, VFS_DIFFERENCE_LEN, "the history has no event "
                        "of it up to the answer's watermark");
        rc = VFS_DECLINED;

    } else {
        *verdict = VFS_VERDICT_DIFFERENT;
        rc = vfs_answer_compare(&tracked->answer, track->def, tracked->state,
                                vector, text, err);
    }

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (rc == VFS_DECLINED) {

        if (vfs_judge_cut(track, tracked, &served, text)) {
            *verdict = VFS_VERDICT_CUT;
        }

        return VFS_OK;
    }

    if (tracked->is_stale) {
        (void) snprintf(text, VFS_DIFFERENCE_LEN, "as of its watermark it is "
                        "equal, but the event %" PRId32 ":%" PRId64 " is "
                        "committed and not in it", tracked->stale.partition,
                        tracked->stale.offset);
        return VFS_OK;
    }

    *verdict = VFS_VERDICT_EQUAL;

    return VFS_OK;
}


static int
vfs_judge_absent(const vfs_track_t *track, const vfs_tracked_t *tracked,
    float *vector, vfs_verdict_e *verdict, char *text, vfs_error_t *err)
{
    int           waiting;
    vfs_state_t  *state;

    if (vfs_judge_expected(track, tracked, &state, &waiting, err) != VFS_OK) {
        return VFS_ERROR;
    }

    *verdict = VFS_VERDICT_EQUAL;

    if (state == NULL && !waiting) {
        *verdict = VFS_VERDICT_ABSENT;
        (void) snprintf(text, VFS_DIFFERENCE_LEN, "neither served nor in the "
                        "history");

    } else if ((state == NULL || tracked->ended) && waiting) {
        *verdict = VFS_VERDICT_WAITING;
        (void) snprintf(text, VFS_DIFFERENCE_LEN, "not served, and it is not "
                        "known whether its events are stored yet");

    } else if (state != NULL && vfs_state_vector(state, vector) == VFS_OK) {
        *verdict = VFS_VERDICT_MISSING;
        (void) snprintf(text, VFS_DIFFERENCE_LEN, "not served, though the "
                        "history has %" PRIu64 " events of it",
                        vfs_state_count(state));
    }

    vfs_state_free(state);

    return VFS_OK;
}


/*
 * The state of all that is stored, or of all, where that is not known.
 * *waiting: there is more, not known as stored.
 */

static int
vfs_judge_expected(const vfs_track_t *track, const vfs_tracked_t *tracked,
    vfs_state_t **state, int *waiting, vfs_error_t *err)
{
    vfs_noted_t          *noted;
    const vfs_feature_t  *feature;

    feature = &track->def->features[vfs_tracked_entity(tracked)];
    *state = NULL;
    *waiting = tracked->waiting;

    if (tracked->state != NULL) {
        *state = vfs_judge_copy(track, feature, tracked->state, err);

        if (*state == NULL) {
            return VFS_ERROR;
        }
    }

    TAILQ_FOREACH(noted, &tracked->later.list, link)
    {

        if (vfs_track_unstored(track, tracked, &noted->position)) {
            *waiting = 1;

            /* perhaps that is why it is not served */

            if (noted->tombstone || noted->update.deletes) {
                vfs_state_free(*state);
                *state = NULL;
                break;
            }

            continue;
        }

        if (vfs_updates_fold(state, track->def, feature,
                             noted->tombstone ? NULL : &noted->update, err)
            != VFS_OK)
        {
            vfs_state_free(*state);
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static vfs_state_t *
vfs_judge_copy(const vfs_track_t *track, const vfs_feature_t *feature,
    const vfs_state_t *state, vfs_error_t *err)
{
    size_t          len;
    vfs_state_t    *copy;
    unsigned char  *data;

    if (vfs_state_encode(state, &data, &len) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    copy = vfs_state_decode(track->def, feature, data, len, err);

    free(data);

    return copy;
}


static int
vfs_judge_served(const vfs_answer_t *answer, vfs_served_t *served,
    vfs_error_t *err)
{
    int                rc;
    ptrdiff_t          n;
    const char        *last;
    vfs_document_t     doc;
    const vfs_node_t  *value;

    memset(served, 0, sizeof(vfs_served_t));

    if (answer->metadata == NULL) {
        return VFS_OK;
    }

    memset(&doc, 0, sizeof(vfs_document_t));

    rc = vfs_document_parse(&doc, answer->metadata, strlen(answer->metadata),
                            err);

    if (rc == VFS_OK
        && vfs_node_member(doc.nodes, "vfs_definition", &value) == VFS_OK
        && value->token.type == VFS_JSON_STRING)
    {
        n = vfs_json_unescape(&value->token, served->definition,
                              sizeof(served->definition) - 1);
        served->definition[(n == -1) ? 0 : n] = '\0';
    }

    if (rc == VFS_OK
        && vfs_node_member(doc.nodes, "vfs_count", &value) == VFS_OK
        && value->token.type == VFS_JSON_NUMBER)
    {
        last = value->token.start + value->token.len;
        (void) vfs_double_read(value->token.start, last, &served->count);
    }

    vfs_document_free(&doc);

    return rc;
}


/*
 * Whether a difference may come from events that are gone.  Where records have
 * expired, an item's users may lack some though the item lacks none; where
 * offsets are missing in between (compaction, but transactions too), the count
 * tells.
 */

static int
vfs_judge_cut(const vfs_track_t *track, const vfs_tracked_t *tracked,
    const vfs_served_t *served, char *text)
{
    int                     shorter, item;
    char                    why[VFS_DIFFERENCE_LEN];
    unsigned                i;
    const vfs_partition_t  *partition;

    shorter = (tracked->state == NULL
               || (double) vfs_state_count(tracked->state) < served->count);
    item = (vfs_tracked_entity(tracked) == VFS_ENTITY_ITEM);

    for (i = 0; i < track->history->npartitions; i++) {
        partition = &track->history->partitions[i];

        if (!item
            && vfs_answer_mark(&tracked->answer, partition->partition) == NULL)
        {
            continue;
        }

        if ((partition->begin > 0 && (item || shorter))
            || (partition->gaps > 0 && shorter))
        {
            (void) snprintf(why, sizeof(why), "partition %" PRId32 " begins "
                            "at offset %" PRId64 " and lacks %" PRIu64
                            " records behind it; ", partition->partition,
                            partition->begin, partition->gaps);
            (void) snprintf(why + strlen(why), sizeof(why) - strlen(why),
                            "%.256s", text);
            (void) memcpy(text, why, sizeof(why));
            return 1;
        }
    }

    return 0;
}
