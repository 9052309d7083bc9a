
/*
 * Copyright (C) the vfs authors
 */


#include "sim_replay.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


static int sim_replay_vectors(sim_world_t *world, const vfs_event_t *event,
    float *source, float *prior);
static void sim_replay_event(sim_world_t *world, sim_replay_t *replay,
    int partition, size_t offset);


const char  sim_definition[] =
    "{\"name\":\"test\",\"dimension\":8,\"metric\":\"cosine\","
    "\"landmark\":\"2020-01-01T00:00:00Z\","
    "\"events\":{\"topic\":\"events\",\"fields\":{\"user\":\"u\","
    "\"item\":\"i\",\"type\":\"e\",\"time\":\"t\"},"
    "\"weights\":{\"do\":1,\"undo\":-1,\"none\":0}},"
    "\"sources\":{\"words\":{\"type\":\"hash\",\"hashes\":2,"
    "\"fields\":[{\"field\":\"i\"}]}},"
    "\"features\":{\"user\":{\"namespace\":\"user-features\","
    "\"transform\":\"decayed_mean\",\"source\":\"words\","
    "\"half_life\":\"30d\",\"normalise\":true,"
    "\"metadata\":{\"note\":\"n\"}},"
    "\"item\":{\"namespace\":\"item-features\","
    "\"transform\":\"decayed_mean\",\"source\":\"user\","
    "\"half_life\":\"30d\",\"normalise\":true}}}";


const char  sim_model_definition[] =
    "{\"name\":\"test\",\"dimension\":8,\"metric\":\"cosine\","
    "\"landmark\":\"2020-01-01T00:00:00Z\","
    "\"events\":{\"topic\":\"events\",\"fields\":{\"user\":\"u\","
    "\"item\":\"i\",\"type\":\"e\",\"time\":\"t\"},"
    "\"weights\":{\"do\":1,\"undo\":-1,\"none\":0}},"
    "\"sources\":{\"text\":{\"type\":\"model\",\"protocol\":\"tei\","
    "\"model\":\"m\",\"fields\":[\"i\",\"n\"],"
    "\"service\":{\"url\":\"http://model\",\"batch\":5,"
    "\"concurrency\":3}},"
    "\"own\":{\"type\":\"model\",\"protocol\":\"tei\",\"model\":\"m\","
    "\"fields\":[\"i\"],\"service\":{\"url\":\"http://model\",\"batch\":2,"
    "\"concurrency\":1}}},"
    "\"features\":{\"user\":{\"namespace\":\"user-features\","
    "\"transform\":\"decayed_mean\",\"source\":\"text\","
    "\"half_life\":\"30d\",\"normalise\":true,"
    "\"metadata\":{\"note\":\"n\"}},"
    "\"item\":{\"namespace\":\"item-features\","
    "\"transform\":\"decayed_mean\",\"source\":\"user\","
    "\"half_life\":\"30d\",\"normalise\":true,"
    "\"prior\":{\"source\":\"own\",\"weight\":2}}}}";


void
sim_generate(sim_world_t *world, unsigned n)
{
    char      value[256], user[16];
    unsigned  i;

    for (i = 0; i < n; i++) {
        (void) snprintf(user, sizeof(user), "u%" PRIu64,
                        sim_random(world, SIM_USERS));

        switch (sim_random(world, 40)) {

        case 0:
            sim_event(world, user, "{\"u\":\"not json");
            continue;

        case 1:
            (void) snprintf(value, sizeof(value),
                            "{\"u\":\"%s\",\"i\":\"a b\",\"e\":\"do\"}", user);
            sim_event(world, user, value);
            continue;

        case 2:
            sim_event(world, user, NULL);
            continue;

        case 3:

            /* younger than any event: whatever overtakes it is gone, too */

            sim_event(world, "item:i0", NULL);
            continue;
        }

        (void) snprintf(value, sizeof(value), "{\"u\":\"%s\",\"i\":\"i%"
                        PRIu64 "\",\"e\":\"%s\",\"t\":%" PRIu64
                        ",\"n\":\"%" PRIu64 "\"}", user,
                        sim_random(world, SIM_ITEMS),
                        sim_chance(world, 700)   ? "do"
                        : sim_chance(world, 900) ? "undo" : "none",
                        1699000000000 + sim_random(world, 3) * 86400000,
                        sim_random(world, 1000));
        sim_event(world, user, value);
    }
}


void
sim_replay(sim_world_t *world, sim_replay_t *replay)
{
    int     p;
    size_t  n;

    memset(replay, 0, sizeof(sim_replay_t));

    for (p = 0; p < SIM_PARTITIONS; p++) {

        for (n = 0; n < world->logs[VFS_ENTITY_USER][p].n; n++) {
            sim_replay_event(world, replay, p, n);
        }
    }
}


sim_state_t *
sim_replay_state(sim_world_t *world, sim_replay_t *replay,
    vfs_entity_e entity, const char *name)
{
    size_t        i;
    sim_state_t  *found;

    for (i = 0; i < replay->n; i++) {
        found = &replay->states[i];

        if (found->entity == entity && strcmp(found->name, name) == 0) {
            return found;
        }
    }

    replay->states = realloc(replay->states,
                             (replay->n + 1) * sizeof(sim_state_t));
    assert_non_null(replay->states);

    found = &replay->states[replay->n++];

    found->name = strdup(name);
    found->entity = entity;
    found->state = vfs_state_create(world->def,
                                    &world->def->features[entity]);

    assert_non_null(found->state);

    return found;
}


/* VFS_DECLINED: the model refuses what it is asked for this event. */

static int
sim_replay_vectors(sim_world_t *world, const vfs_event_t *event,
    float *source, float *prior)
{
    int             i, rc;
    float          *vectors[VFS_ENTITIES];
    vfs_error_t     err;
    vfs_reason_e    reason;
    vfs_source_t   *sources[VFS_ENTITIES];

    sources[0] = (vfs_source_t *) world->def->features[VFS_ENTITY_USER].source;
    sources[1] = (vfs_source_t *) world->def->features[VFS_ENTITY_ITEM].prior;
    vectors[0] = source;
    vectors[1] = prior;

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (sources[i] == NULL) {
            continue;
        }

        rc = vfs_source_vector(world->def, sources[i], event, vectors[i],
                               &reason, &err);

        if (rc != VFS_OK) {
            assert_int_equal(reason, VFS_REASON_MODEL_REFUSED);
            return VFS_DECLINED;
        }
    }

    return VFS_OK;
}


static void
sim_replay_event(sim_world_t *world, sim_replay_t *replay, int partition,
    size_t offset)
{
    int            rc;
    char          *metadata;
    float          source[8], prior[8], vector[8];
    sim_state_t   *user, *item;
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_update_t   update;
    vfs_reason_e   reason;
    sim_record_t  *record;

    record = &world->logs[VFS_ENTITY_USER][partition].records[offset];

    if (record->value == NULL && strcmp(record->key, "item:i0") == 0) {
        replay->item_tombstones++;
        item = sim_replay_state(world, replay, VFS_ENTITY_ITEM, "i0");
        memset(&update, 0, sizeof(vfs_update_t));
        update.position.partition = partition;
        update.position.offset = (int64_t) offset;
        update.time_ms = record->time_ms;
        update.deletes = 1;
        assert_int_equal(vfs_state_fold(item->state, &update), VFS_OK);
        return;
    }

    if (record->value == NULL) {
        replay->tombstones++;
        user = sim_replay_state(world, replay, VFS_ENTITY_USER, record->key);
        vfs_state_free(user->state);
        user->state = vfs_state_create(world->def,
                                       &world->def->features[VFS_ENTITY_USER]);
        return;
    }

    event = vfs_event_decode(world->def, record->value, record->len,
                             record->time_ms, &reason, &err);

    if (event == NULL) {
        replay->dead++;
        return;
    }

    if (vfs_event_weight(event) == 0) {
        vfs_event_free(event);
        return;
    }

    rc = sim_replay_vectors(world, event, source, prior);

    if (rc != VFS_OK) {
        replay->dead++;
        replay->refused++;
        vfs_event_free(event);
        return;
    }

    user = sim_replay_state(world, replay, VFS_ENTITY_USER,
                            vfs_event_user(event));

    metadata = vfs_event_metadata(world->def,
                                  &world->def->features[VFS_ENTITY_USER],
                                  event, &reason, &err);
    assert_non_null(metadata);

    memset(&update, 0, sizeof(vfs_update_t));

    update.position.partition = partition;
    update.position.offset = (int64_t) offset;
    update.time_ms = vfs_event_time(event);
    update.weight = vfs_event_weight(event);
    update.vector = source;
    update.metadata = metadata;
    update.metadata_len = strlen(metadata);

    assert_int_equal(vfs_state_fold(user->state, &update), VFS_OK);

    update.vector = vector;
    update.prior = (world->def->features[VFS_ENTITY_ITEM].prior != NULL)
                   ? prior : NULL;
    update.metadata = NULL;
    update.metadata_len = 0;

    if (vfs_state_vector(user->state, vector) != VFS_OK) {
        update.vector = NULL;
        update.weight = 0;
    }

    item = sim_replay_state(world, replay, VFS_ENTITY_ITEM,
                            vfs_event_item(event));

    assert_int_equal(vfs_state_fold(item->state, &update), VFS_OK);

    free(metadata);
    vfs_event_free(event);
}


void
sim_replay_free(sim_replay_t *replay)
{
    size_t  i;

    for (i = 0; i < replay->n; i++) {
        free(replay->states[i].name);
        vfs_state_free(replay->states[i].state);
    }

    free(replay->states);
}


void
sim_assert_stored(sim_world_t *world)
{
    char          name[128];
    float         vector[8];
    size_t        i, n, expected;
    vfs_body_t    body;
    const char   *text, *space;
    sim_state_t  *state;
    sim_replay_t  replay;

    sim_replay(world, &replay);

    assert_int_equal(vfs_body_init(&body, "x", 1 << 20), VFS_OK);

    expected = 0;

    for (i = 0; i < replay.n; i++) {
        state = &replay.states[i];

        if (world->poisoned != NULL
            && strcmp(state->name, world->poisoned) == 0)
        {
            continue;
        }

        space = world->def->features[state->entity].namespace_name;

        (void) snprintf(name, sizeof(name), "%s/%s:%s", space,
                        vfs_entity_name(state->entity), state->name);

        text = sim_stored(world, name);

        if (vfs_state_vector(state->state, vector) != VFS_OK) {
            assert_null(text);
            continue;
        }

        assert_non_null(text);
        expected++;

        assert_int_equal(vfs_body_begin(&body, VFS_UPSERT), VFS_OK);
        n = body.len;
        assert_int_equal(vfs_body_vector(&body, world->def, state->entity,
                                         state->name, strlen(state->name),
                                         vector, state->state), VFS_OK);

        assert_int_equal(body.len - n, strlen(text));
        assert_memory_equal(body.data + n, text, body.len - n);
    }

    for (i = 0, n = 0; i < world->nids; i++) {
        n += (world->ids[i].text != NULL);
    }

    assert_int_equal(n, expected);

    vfs_body_destroy(&body);
    sim_replay_free(&replay);
}


int
sim_is_dead(sim_world_t *world, int partition, size_t offset)
{
    size_t  i;

    for (i = 0; i < world->dead.n; i++) {

        if (world->dead.records[i].source.partition == partition
            && world->dead.records[i].source.offset == (int64_t) offset)
        {
            return 1;
        }
    }

    return 0;
}


void
sim_assert_committed(sim_world_t *world)
{
    int            p;
    char           name[128];
    float          source[8], prior[8];
    size_t         n;
    const char    *text;
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   reason;
    sim_record_t  *record;

    for (p = 0; p < SIM_PARTITIONS; p++) {

        for (n = 0;
             (int64_t) n < world->committed[VFS_ENTITY_USER][p];
             n++)
        {
            record = &world->logs[VFS_ENTITY_USER][p].records[n];

            if (record->value == NULL) {
                continue;
            }

            event = vfs_event_decode(world->def, record->value, record->len,
                                     record->time_ms, &reason, &err);

            if (event == NULL) {
                assert_true(sim_is_dead(world, p, n));
                continue;
            }

            if (vfs_event_weight(event) != 0
                && sim_replay_vectors(world, event, source, prior) != VFS_OK)
            {
                assert_true(sim_is_dead(world, p, n));
                vfs_event_free(event);
                continue;
            }

            (void) snprintf(name, sizeof(name), "user-features/user:%s",
                            vfs_event_user(event));
            text = sim_stored(world, name);

            if (text != NULL && vfs_event_weight(event) != 0) {
                text = strstr(text, "\"vfs_watermark\":\"");
                text = strchr(text + 17, ':');
                assert_true(atol(text + 1) >= (long) n);
            }

            vfs_event_free(event);
        }
    }
}
