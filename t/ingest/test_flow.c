
/*
 * Copyright (C) the vfs authors
 */


#include "sim.h"
#include "vfs_log.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define TEST_EVENTS  400
#define TEST_USERS   12
#define TEST_ITEMS   9
#define TEST_SEEDS   40


static const char  test_definition[] =
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


/* What the index must hold in the end: one state for each user and item. */

typedef struct {
    char          *name;
    vfs_entity_e   entity;
    vfs_state_t   *state;
} test_state_t;


typedef struct {
    test_state_t  *states;
    size_t         n;
    unsigned       dead;        /* events at fault */
    unsigned       tombstones;
} test_replay_t;


static void test_generate(sim_world_t *world, unsigned n);
static void test_replay(sim_world_t *world, test_replay_t *replay);
static void test_replay_event(sim_world_t *world, test_replay_t *replay,
    int partition, size_t offset);
static void test_replay_free(test_replay_t *replay);
static void test_assert_stored(sim_world_t *world);
static void test_assert_committed(sim_world_t *world);
static int test_is_dead(sim_world_t *world, int partition, size_t offset);


static void
test_generate(sim_world_t *world, unsigned n)
{
    char      value[256], user[16];
    unsigned  i;

    for (i = 0; i < n; i++) {
        (void) snprintf(user, sizeof(user), "u%" PRIu64,
                        sim_random(world, TEST_USERS));

        switch (sim_random(world, 40)) {

        case 0:
            sim_event(world, user, "{\"u\":\"not json");
            continue;

        case 1:
            (void) snprintf(value, sizeof(value), "{\"u\":\"%s\",\"i\":"
                                                  "\"a b\",\"e\":\"do\",\"t\":1700000000000}",
                            user);
            sim_event(world, user, value);
            continue;

        case 2:
            sim_event(world, user, NULL);
            continue;
        }

        (void) snprintf(value, sizeof(value), "{\"u\":\"%s\",\"i\":\"i%"
                        PRIu64 "\",\"e\":\"%s\",\"t\":%" PRIu64
                        ",\"n\":\"%" PRIu64 "\"}", user,
                        sim_random(world, TEST_ITEMS),
                        sim_chance(world, 700)   ? "do"
                        : sim_chance(world, 900) ? "undo" : "none",
                        1700000000000 + sim_random(world, 3) * 86400000,
                        sim_random(world, 1000));
        sim_event(world, user, value);
    }
}


/* The straightforward way: one event after the other, all in memory. */

static void
test_replay(sim_world_t *world, test_replay_t *replay)
{
    int     p;
    size_t  n;

    memset(replay, 0, sizeof(test_replay_t));

    for (p = 0; p < SIM_PARTITIONS; p++) {

        for (n = 0; n < world->logs[VFS_ENTITY_USER][p].n; n++) {
            test_replay_event(world, replay, p, n);
        }
    }
}


static test_state_t *
test_replay_state(sim_world_t *world, test_replay_t *replay,
    vfs_entity_e entity, const char *name)
{
    size_t         i;
    test_state_t  *found;

    for (i = 0; i < replay->n; i++) {
        found = &replay->states[i];

        if (found->entity == entity && strcmp(found->name, name) == 0) {
            return found;
        }
    }

    replay->states = realloc(replay->states,
                             (replay->n + 1) * sizeof(test_state_t));
    assert_non_null(replay->states);

    found = &replay->states[replay->n++];

    found->name = strdup(name);
    found->entity = entity;
    found->state = vfs_state_create(world->def,
                                    &world->def->features[entity]);

    assert_non_null(found->state);

    return found;
}


static void
test_replay_event(sim_world_t *world, test_replay_t *replay, int partition,
    size_t offset)
{
    float          source[8], vector[8];
    char          *metadata;
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_update_t   update;
    vfs_reason_e   reason;
    sim_record_t  *record;
    test_state_t  *user, *item;

    record = &world->logs[VFS_ENTITY_USER][partition].records[offset];

    if (record->value == NULL) {
        replay->tombstones++;
        user = test_replay_state(world, replay, VFS_ENTITY_USER, record->key);
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

    user = test_replay_state(world, replay, VFS_ENTITY_USER,
                             vfs_event_user(event));

    assert_int_equal(vfs_source_vector(world->def, &world->def->sources[0],
                                       event, source, &reason, &err), VFS_OK);

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
    update.metadata = NULL;
    update.metadata_len = 0;

    if (vfs_state_vector(user->state, vector) != VFS_OK) {
        update.vector = NULL;
        update.weight = 0;
    }

    item = test_replay_state(world, replay, VFS_ENTITY_ITEM,
                             vfs_event_item(event));

    assert_int_equal(vfs_state_fold(item->state, &update), VFS_OK);

    free(metadata);
    vfs_event_free(event);
}


static void
test_replay_free(test_replay_t *replay)
{
    size_t  i;

    for (i = 0; i < replay->n; i++) {
        free(replay->states[i].name);
        vfs_state_free(replay->states[i].state);
    }

    free(replay->states);
}


/* Every record is what the replay says, to the byte, and there is no other. */

static void
test_assert_stored(sim_world_t *world)
{
    char            name[128];
    float           vector[8];
    size_t          i, n, expected;
    vfs_body_t      body;
    const char     *text, *space;
    test_state_t   *state;
    test_replay_t   replay;

    test_replay(world, &replay);

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
    test_replay_free(&replay);
}


static int
test_is_dead(sim_world_t *world, int partition, size_t offset)
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


/*
 * Below what is committed nothing is missing: each user's vector is of that
 * event or a later one, or gone; each item update and dead letter is in Kafka.
 */

static void
test_assert_committed(sim_world_t *world)
{
    int            p;
    size_t         n;
    char           name[128];
    vfs_error_t    err;
    const char    *text;
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
                assert_true(test_is_dead(world, p, n));
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


static void
test_everything_arrives(void **state)
{
    uint64_t      seed;
    sim_world_t   world;
    sim_worker_t  worker;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, test_definition, seed);
        test_generate(&world, TEST_EVENTS);

        sim_worker_open(&worker, &world);
        sim_start(&worker);
        sim_assign(&worker);
        sim_finish(&worker);

        test_assert_stored(&world);
        test_assert_committed(&world);
        assert_int_equal(world.backwards, 0);

        sim_crash(&worker);
        sim_worker_forget(&worker);
        sim_world_free(&world);
    }
}


static void
test_faults_lose_and_double_nothing(void **state)
{
    int            step;
    uint64_t       seed;
    sim_world_t    world;
    sim_worker_t   worker;
    test_replay_t  replay;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, test_definition, seed);
        test_generate(&world, TEST_EVENTS);

        world.faults.produce = 5;
        world.faults.deliver = 20;
        world.faults.answer = 300;
        world.faults.begin = 50;

        sim_worker_open(&worker, &world);
        sim_start(&worker);
        sim_assign(&worker);

        for (step = 0; step < 3000; step++) {
            sim_step(&worker);

            if (step % 100 == 0) {
                test_assert_committed(&world);
            }
        }

        sim_finish(&worker);

        test_assert_stored(&world);
        test_assert_committed(&world);
        assert_int_equal(world.backwards, 0);

        /* counted once, however often it was tried */

        test_replay(&world, &replay);
        assert_int_equal(worker.flow.counters.events, TEST_EVENTS);
        assert_int_equal(worker.flow.counters.dead_letters, replay.dead);
        assert_int_equal(worker.flow.counters.item_updates,
                         worker.flow.counters.folded - replay.tombstones);
        test_replay_free(&replay);

        sim_crash(&worker);
        sim_worker_forget(&worker);
        sim_world_free(&world);
    }
}


static void
test_crashes_lose_and_double_nothing(void **state)
{
    int           step;
    uint64_t      seed;
    sim_world_t   world;
    sim_worker_t  worker;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, test_definition, seed);
        test_generate(&world, TEST_EVENTS);

        world.faults.deliver = 10;
        world.faults.answer = 100;

        sim_worker_open(&worker, &world);
        sim_start(&worker);
        sim_assign(&worker);

        for (step = 0; step < 4000; step++) {
            sim_step(&worker);

            if (sim_chance(&world, 20)) {
                sim_crash(&worker);
                test_assert_committed(&world);
                sim_start(&worker);
                sim_assign(&worker);
            }
        }

        sim_finish(&worker);

        test_assert_stored(&world);
        test_assert_committed(&world);
        assert_int_equal(world.backwards, 0);

        sim_crash(&worker);
        sim_worker_forget(&worker);
        sim_world_free(&world);
    }
}


/* Partitions go back and forth; sometimes a disk is lost besides. */

static void
test_partitions_move_between_workers(void **state)
{
    int            i, turn, step;
    uint64_t       seed;
    sim_world_t    world;
    sim_worker_t   workers[2], *worker;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, test_definition, seed);
        test_generate(&world, TEST_EVENTS);

        world.faults.deliver = 10;
        world.faults.answer = 100;

        for (i = 0; i < 2; i++) {
            sim_worker_open(&workers[i], &world);
            sim_start(&workers[i]);
        }

        for (turn = 0; turn < 12; turn++) {
            worker = &workers[turn % 2];

            sim_assign(worker);

            for (step = 0; step < 300; step++) {
                sim_step(worker);
            }

            if (sim_chance(&world, 500)) {
                sim_commit(worker);
            }

            test_assert_committed(&world);

            if (sim_chance(&world, 300)) {
                sim_crash(worker);

                if (sim_chance(&world, 500)) {
                    sim_worker_forget(worker);
                }

                sim_start(worker);

            } else {
                sim_revoke(worker);
            }
        }

        sim_assign(&workers[0]);
        sim_finish(&workers[0]);

        test_assert_stored(&world);
        test_assert_committed(&world);

        for (i = 0; i < 2; i++) {
            sim_crash(&workers[i]);
            sim_worker_forget(&workers[i]);
        }

        sim_world_free(&world);
    }
}


/* Where a user has a vector, the event that completed it is a dead letter. */

static void
test_assert_last_is_dead(sim_world_t *world, const char *user)
{
    long           offset;
    char           watermark[64];
    float          vector[8];
    test_state_t  *state;
    test_replay_t  replay;

    test_replay(world, &replay);

    state = test_replay_state(world, &replay, VFS_ENTITY_USER, user);

    if (vfs_state_vector(state->state, vector) == VFS_OK) {
        (void) vfs_state_watermark(state->state, watermark,
                                   sizeof(watermark));

        offset = atol(strchr(watermark, ':') + 1);

        assert_true(test_is_dead(world, (int) sim_partition(user,
                                                            strlen(user)),
                                 (size_t) offset));
    }

    test_replay_free(&replay);
}


static void
test_a_refused_record_is_isolated(void **state)
{
    int           step;
    uint64_t      seed;
    sim_world_t   world;
    sim_worker_t  worker;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, test_definition, seed);
        test_generate(&world, TEST_EVENTS);

        world.poisoned = "u3";
        world.faults.answer = 50;
        world.faults.reread = 100;

        sim_worker_open(&worker, &world);
        sim_start(&worker);
        sim_assign(&worker);

        for (step = 0; step < 3000; step++) {
            sim_step(&worker);

            if (sim_chance(&world, 3)) {
                sim_crash(&worker);
                sim_start(&worker);
                sim_assign(&worker);
            }
        }

        sim_finish(&worker);

        test_assert_stored(&world);
        assert_null(sim_stored(&world, "user-features/user:u3"));

        test_assert_last_is_dead(&world, "u3");

        sim_crash(&worker);
        sim_worker_forget(&worker);
        sim_world_free(&world);
    }
}


static size_t
test_updates(sim_world_t *world)
{
    int     p;
    size_t  n;

    for (p = 0, n = 0; p < SIM_PARTITIONS; p++) {
        n += world->logs[VFS_ENTITY_ITEM][p].n;
    }

    return n;
}


/* Who lost the disk folds all again, and does nothing of what is done. */

static void
test_a_rebuild_repeats_no_effect(void **state)
{
    size_t        updates, dead;
    unsigned      requests;
    sim_world_t   world;
    sim_worker_t  worker;

    sim_world_init(&world, test_definition, 11);
    test_generate(&world, TEST_EVENTS);

    sim_worker_open(&worker, &world);
    sim_start(&worker);
    sim_assign(&worker);
    sim_finish(&worker);

    updates = test_updates(&world);
    dead = world.dead.n;
    requests = world.requests;

    sim_crash(&worker);
    sim_worker_forget(&worker);
    sim_start(&worker);
    sim_assign(&worker);
    sim_finish(&worker);

    assert_int_equal(world.requests, requests);
    assert_int_equal(test_updates(&world), updates);
    assert_int_equal(world.dead.n, dead);

    /* and goes on where the others were */

    test_generate(&world, 50);
    sim_finish(&worker);
    test_assert_stored(&world);

    sim_crash(&worker);
    sim_worker_forget(&worker);
    sim_world_free(&world);
}


/* What its former owner may be sending late is written once more. */

static void
test_a_new_owner_sends_recent_vectors_again(void **state)
{
    size_t        i, updates, dead;
    sim_world_t   world;
    sim_worker_t  worker;

    sim_world_init(&world, test_definition, 11);
    test_generate(&world, TEST_EVENTS);

    sim_worker_open(&worker, &world);
    sim_start(&worker);
    sim_assign(&worker);
    sim_finish(&worker);

    updates = test_updates(&world);
    dead = world.dead.n;

    for (i = 0; i < world.nids; i++) {
        free(world.ids[i].text);
        world.ids[i].text = NULL;
    }

    sim_crash(&worker);
    sim_worker_forget(&worker);
    worker.conf.resend_ms = world.now + 60000;
    sim_start(&worker);
    sim_assign(&worker);
    sim_finish(&worker);

    test_assert_stored(&world);
    assert_int_equal(test_updates(&world), updates);
    assert_int_equal(world.dead.n, dead);

    sim_crash(&worker);
    sim_worker_forget(&worker);
    sim_world_free(&world);
}


static void
test_retention_shortens_the_history(void **state)
{
    int           p;
    sim_world_t   world;
    sim_worker_t  worker;

    sim_world_init(&world, test_definition, 7);
    test_generate(&world, TEST_EVENTS);

    sim_worker_open(&worker, &world);
    sim_start(&worker);
    sim_assign(&worker);

    for (p = 0; p < 200; p++) {
        sim_step(&worker);
    }

    sim_revoke(&worker);

    for (p = 0; p < SIM_PARTITIONS; p++) {
        world.begin[VFS_ENTITY_USER][p] =
            (int64_t) world.logs[VFS_ENTITY_USER][p].n - 5;
    }

    sim_assign(&worker);

    for (p = 0; p < SIM_PARTITIONS; p++) {
        assert_true(worker.reading[VFS_ENTITY_USER][p]
                    >= world.begin[VFS_ENTITY_USER][p]);
    }

    sim_finish(&worker);

    sim_crash(&worker);
    sim_worker_forget(&worker);
    sim_world_free(&world);
}


static void
test_a_topic_made_again_is_noticed(void **state)
{
    int64_t           start;
    vfs_error_t       err;
    sim_world_t       world;
    sim_worker_t      worker;
    vfs_assignment_t  assignment;

    sim_world_init(&world, test_definition, 7);
    test_generate(&world, TEST_EVENTS);

    sim_worker_open(&worker, &world);
    sim_start(&worker);
    sim_assign(&worker);
    sim_finish(&worker);
    sim_revoke(&worker);

    assignment.begin = 0;
    assignment.end = 3;
    assignment.committed = -1;

    assert_int_equal(vfs_flow_assign(&worker.flow, VFS_ENTITY_USER, 0,
                                     &assignment, &start, &err),
                     VFS_DECLINED);
    assert_non_null(strstr(err.text, "deleted and made again"));

    sim_crash(&worker);
    sim_worker_forget(&worker);
    sim_world_free(&world);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_everything_arrives),
        cmocka_unit_test(test_faults_lose_and_double_nothing),
        cmocka_unit_test(test_crashes_lose_and_double_nothing),
        cmocka_unit_test(test_partitions_move_between_workers),
        cmocka_unit_test(test_a_refused_record_is_isolated),
        cmocka_unit_test(test_a_rebuild_repeats_no_effect),
        cmocka_unit_test(test_a_new_owner_sends_recent_vectors_again),
        cmocka_unit_test(test_retention_shortens_the_history),
        cmocka_unit_test(test_a_topic_made_again_is_noticed),
    };

    vfs_log_init("test", VFS_LOG_ERROR);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
