
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


static int vfs_verify_ids(vfs_verify_t *verify, vfs_error_t *err);
static int vfs_verify_seen(vfs_verify_t *verify, vfs_error_t *err);
static int vfs_verify_settle(vfs_verify_t *verify, vfs_error_t *err);
static int vfs_verify_judge(vfs_verify_t *verify, vfs_error_t *err);
static void vfs_verify_gaps(const vfs_verify_t *verify);


int
vfs_verify_open(vfs_verify_t *verify, const vfs_verify_options_t *options,
    vfs_error_t *err)
{
    vfs_replay_handler_t  handler;

    memset(verify, 0, sizeof(vfs_verify_t));

    verify->options = options;
    verify->details = options->details;
    verify->started_ms = vfs_verify_now();

    if (vfs_train_open(&options->files, &verify->def, &verify->history, err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    verify->vector = calloc(verify->def->dimension, sizeof(float));

    if (verify->vector == NULL
        || vfs_track_init(&verify->track, verify->def, verify->history,
                          options->sample)
           != VFS_OK)
    {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    verify->track.keep = options->watch;

    memset(&handler, 0, sizeof(vfs_replay_handler_t));

    handler.wanted = vfs_track_wanted;
    handler.update = vfs_track_on_update;
    handler.data = &verify->track;

    verify->replay = vfs_replay_create(verify->def,
                                       (size_t) options->files.memory << 20,
                                       &handler, err);

    if (verify->replay == NULL) {
        return VFS_ERROR;
    }

    verify->gateway = vfs_web_create(NULL, err);

    if (verify->gateway == NULL) {
        return VFS_ERROR;
    }

    if (options->index != NULL) {
        verify->index = vfs_web_create(options->api_key, err);

        if (verify->index == NULL) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


void
vfs_verify_close(vfs_verify_t *verify)
{
    if (verify->vector != NULL) {
        vfs_track_destroy(&verify->track);
    }

    vfs_replay_free(verify->replay);
    vfs_web_free(verify->gateway);
    vfs_web_free(verify->index);
    vfs_history_close(verify->history);
    vfs_definition_free(verify->def);
    free(verify->vector);
}


int
vfs_verify_round(vfs_verify_t *verify, vfs_error_t *err)
{
    /* what is stored is known before the question, not after the answer */

    if (vfs_verify_settle(verify, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (verify->rounds == 0 && vfs_verify_ids(verify, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (vfs_gateway_fetch(verify->gateway, verify->options->gateway,
                          &verify->track, err)
        != VFS_OK
        || vfs_track_advance(&verify->track, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    /* the answers may hold what came since */

    if (vfs_history_refresh(verify->history, err) != VFS_OK
        || vfs_replay_history(verify->replay, verify->history, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (verify->rounds == 0) {
        vfs_verify_gaps(verify);
    }

    verify->rounds++;

    return vfs_verify_judge(verify, err);
}


static int
vfs_verify_settle(vfs_verify_t *verify, vfs_error_t *err)
{
    int          rc;
    vfs_error_t  why;

    rc = vfs_history_settle(verify->history,
                            (int) verify->options->settle * 1000, &why);

    if (rc == VFS_ERROR) {
        *err = why;
        return VFS_ERROR;
    }

    verify->settled = (rc == VFS_OK);

    if (rc == VFS_DECLINED && !verify->history->files) {
        fprintf(stderr, "vfs-train: verify: %s: what is not served may "
                "be on its way\n", why.text);
    }

    return VFS_OK;
}


static int
vfs_verify_ids(vfs_verify_t *verify, vfs_error_t *err)
{
    unsigned       i;
    const char    *id;
    vfs_entity_e   entity;

    for (i = 0; i < verify->options->nids; i++) {

        if (vfs_train_id(verify->options->ids[i], &entity, &id, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        if (!verify->def->has_feature[entity]) {
            vfs_error_set(err, "%.150s: the definition has no feature of %ss",
                          verify->options->ids[i], vfs_entity_name(entity));
            return VFS_ERROR;
        }

        if (vfs_track_name(&verify->track, entity, id, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return (verify->options->sample == 0) ? VFS_OK
                                          : vfs_verify_seen(verify, err);
}


/* The ids of the history, and of the index: it may hold one too many. */

static int
vfs_verify_seen(vfs_verify_t *verify, vfs_error_t *err)
{
    int                    rc;
    vfs_replay_t          *replay;
    vfs_replay_handler_t   handler;

    memset(&handler, 0, sizeof(vfs_replay_handler_t));

    handler.update = vfs_track_on_id;
    handler.data = &verify->track;
    handler.ids = 1;

    replay = vfs_replay_create(verify->def, 0, &handler, err);

    if (replay == NULL) {
        return VFS_ERROR;
    }

    rc = vfs_replay_history(replay, verify->history, err);

    vfs_replay_free(replay);

    if (rc != VFS_OK) {
        return VFS_ERROR;
    }

    vfs_history_rewind(verify->history);

    return (verify->index == NULL) ? VFS_OK
           : vfs_gateway_list(verify->index, verify->options->index,
                                                      &verify->track, err);
}


static void
vfs_verify_gaps(const vfs_verify_t *verify)
{
    unsigned                i;
    const vfs_partition_t  *partition;

    for (i = 0; i < verify->history->npartitions; i++) {
        partition = &verify->history->partitions[i];

        if (partition->begin > 0) {
            fprintf(stderr, "vfs-train: verify: the history of partition %"
                    PRId32 " begins at offset %" PRId64 ": vectors with older "
                    "events cannot be compared; give the older events as "
                    "--file\n", partition->partition, partition->begin);
        }

        if (partition->gaps > 0) {
            fprintf(stderr, "vfs-train: verify: the history of partition %"
                    PRId32 " lacks %" PRIu64 " offsets behind its begin\n",
                    partition->partition, partition->gaps);
        }
    }

    vfs_history_tell(verify->history);

    if (verify->history->duplicates > 0) {
        fprintf(stderr, "vfs-train: verify: %" PRIu64 " records came twice "
                "and were passed over\n", verify->history->duplicates);
    }
}


static int
vfs_verify_judge(vfs_verify_t *verify, vfs_error_t *err)
{
    int              rc;
    char             text[VFS_DIFFERENCE_LEN];
    size_t           n;
    vfs_tracked_t   *tracked, **different;
    vfs_verdict_e    verdict;

    memset(&verify->round, 0, sizeof(vfs_verify_counts_t));

    different = calloc((size_t) verify->details + 1, sizeof(vfs_tracked_t *));

    if (different == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    n = 0;
    rc = VFS_OK;

    TAILQ_FOREACH(tracked, &verify->track.list, link)
    {

        if (!tracked->asked) {
            continue;
        }

        rc = vfs_judge(&verify->track, tracked, verify->vector, &verdict, text,
                       err);

        if (rc != VFS_OK) {
            break;
        }

        verify->round.verdicts[verdict]++;
        verify->total.verdicts[verdict]++;

        if (verdict == VFS_VERDICT_EQUAL
            || (verdict >= VFS_VERDICT_WAITING && !tracked->named))
        {
            continue;
        }

        printf("%s %s: %s: %s\n", vfs_entity_name(vfs_tracked_entity(tracked)),
               tracked->id, vfs_verdict_name(verdict), text);

        if (verdict == VFS_VERDICT_DIFFERENT && tracked->state != NULL
            && !tracked->is_stale && !tracked->detailed
            && n < (size_t) verify->details)
        {
            tracked->detailed = 1;
            different[n++] = tracked;
        }
    }

    if (rc == VFS_OK && n > 0) {
        verify->details -= (int64_t) n;
        rc = vfs_verify_details(verify, different, n, err);
    }

    free(different);

    return rc;
}


uint64_t
vfs_verify_compared(const vfs_verify_counts_t *counts)
{
    return counts->verdicts[VFS_VERDICT_EQUAL]
           + vfs_verify_mismatches(counts);
}


uint64_t
vfs_verify_mismatches(const vfs_verify_counts_t *counts)
{
    return counts->verdicts[VFS_VERDICT_DIFFERENT]
           + counts->verdicts[VFS_VERDICT_MISSING]
           + counts->verdicts[VFS_VERDICT_EXTRA];
}


int64_t
vfs_verify_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
