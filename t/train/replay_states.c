
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_load.h"
#include "vfs_train_recorded.h"
#include "vfs_train_replay.h"
#include "vfs_train_states.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/*
 * Folds files of events by train/'s replay, for test_replay.py to compare with
 * the reference; BYTES is the memory for states, little of which is in use
 * before the rest goes to a file.
 *
 *   replay-states DEFINITION BYTES FILE...
 */

typedef struct {
    const vfs_definition_t  *def;
    vfs_states_t            *states;
    float                   *vector;
} replay_states_t;


static void replay_die(const char *what, const vfs_error_t *err);
static int replay_update(void *data, const vfs_replayed_t *replayed,
    vfs_error_t *err);
static int replay_print(void *data, const vfs_key_t *key,
    const vfs_state_t *state, vfs_error_t *err);


int
main(int argc, char **argv)
{
    size_t                        memory;
    vfs_error_t                   err;
    vfs_replay_t                 *replay;
    vfs_history_t                *history;
    replay_states_t               ctx;
    vfs_definition_t             *def;
    vfs_replay_handler_t          handler;
    const vfs_replay_counters_t  *counters;

    vfs_error_set(&err, "replay-states DEFINITION BYTES FILE...");

    if (argc < 4) {
        replay_die("usage", &err);
    }

    def = vfs_definition_load(argv[1], &err);

    if (def == NULL || vfs_train_recorded(def, &err) != VFS_OK) {
        replay_die(argv[1], &err);
    }

    memory = strtoull(argv[2], NULL, 10);
    memset(&handler, 0, sizeof(vfs_replay_handler_t));

    ctx.def = def;
    ctx.states = vfs_states_create(def, memory);
    ctx.vector = calloc(def->dimension, sizeof(float));

    handler.update = replay_update;
    handler.data = &ctx;

    history = vfs_history_files(def, argv + 3, (unsigned) argc - 3, &err);
    replay = vfs_replay_create(def, memory, &handler, &err);

    if (history == NULL || replay == NULL
        || vfs_replay_history(replay, history, &err) != VFS_OK
        || vfs_states_each(ctx.states, replay_print, &ctx, &err) != VFS_OK)
    {
        replay_die("replay", &err);
    }

    counters = vfs_replay_counters(replay);

    printf("counters %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
           counters->dead, counters->ignored, counters->tombstones,
           history->duplicates);

    vfs_replay_free(replay);
    vfs_history_close(history);
    vfs_states_free(ctx.states);
    free(ctx.vector);
    vfs_definition_free(def);

    return 0;
}


static void
replay_die(const char *what, const vfs_error_t *err)
{
    fprintf(stderr, "replay-states: %s: %s\n", what, err->text);
    exit(1);
}


static int
replay_update(void *data, const vfs_replayed_t *replayed, vfs_error_t *err)
{
    vfs_key_t         key;
    vfs_state_t      *state;
    replay_states_t  *ctx;

    ctx = data;

    vfs_key_set(&key, replayed->entity, 0, replayed->id,
                strlen(replayed->id));

    if (replayed->update == NULL) {
        return vfs_states_delete(ctx->states, &key, err);
    }

    state = vfs_states_get(ctx->states, &key, err);

    return (state != NULL && vfs_state_fold(state, replayed->update) == VFS_OK)
           ? VFS_OK : VFS_ERROR;
}


static int
replay_print(void *data, const vfs_key_t *key, const vfs_state_t *state,
    vfs_error_t *err)
{
    int               rc;
    char              watermark[1024];
    size_t            len;
    unsigned          i;
    uint32_t          bits;
    const char       *id;
    replay_states_t  *ctx;

    ctx = data;
    id = vfs_key_id(key, &len);
    rc = vfs_state_vector(state, ctx->vector);
    vfs_state_watermark(state, watermark, sizeof(watermark));

    printf("%s %.*s %" PRIu64 " %" PRId64 " %s ",
           vfs_entity_name(vfs_key_entity(key)), (int) len, id,
           vfs_state_count(state), vfs_state_time(state), watermark);

    for (i = 0; rc == VFS_OK && i < ctx->def->dimension; i++) {
        memcpy(&bits, &ctx->vector[i], sizeof(bits));
        printf("%08" PRIx32, bits);
    }

    printf("%s {%s}\n", (rc == VFS_OK) ? "" : "none",
           vfs_state_metadata(state));

    return VFS_OK;
}
