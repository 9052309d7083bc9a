
/*
 * Copyright (C) the vfs authors
 */


#include "sim_replay.h"
#include "vfs_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define TEST_EVENTS  400
#define TEST_SEEDS   40


static void
test_everything_arrives(void **state)
{
    uint64_t      seed;
    sim_world_t   world;
    sim_worker_t  worker;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, sim_definition, seed);
        sim_generate(&world, TEST_EVENTS);

        sim_begin(&worker, &world);
        sim_finish(&worker);

        sim_assert_stored(&world);
        sim_assert_committed(&world);
        sim_assert_logged(&world);
        assert_int_equal(world.backwards, 0);

        sim_end(&worker);
    }
}


static void
test_faults_lose_and_double_nothing(void **state)
{
    uint64_t      seed;
    sim_world_t   world;
    sim_worker_t  worker;
    sim_replay_t  replay;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, sim_definition, seed);
        sim_generate(&world, TEST_EVENTS);

        world.faults.produce = 5;
        world.faults.deliver = 20;
        world.faults.answer = 300;
        world.faults.slow = 100;
        world.faults.begin = 50;
        world.faults.append = 50;

        sim_begin(&worker, &world);
        sim_run(&worker, 3000);
        sim_finish(&worker);

        sim_assert_stored(&world);
        sim_assert_committed(&world);
        sim_assert_logged(&world);
        assert_int_equal(world.backwards, 0);

        /* counted once, however often it was tried */

        sim_replay(&world, &replay);
        assert_int_equal(worker.flow.counters.fold.events, TEST_EVENTS);
        assert_int_equal(vfs_sum(worker.flow.counters.fold.dead_letters,
                                 VFS_REASONS), replay.dead);
        assert_int_equal(worker.flow.counters.fold.item_updates,
                         worker.flow.counters.fold.folded - replay.tombstones);
        assert_true(replay.item_tombstones > 0);
        sim_replay_free(&replay);

        sim_end(&worker);
    }
}


static void
test_crashes_lose_and_double_nothing(void **state)
{
    uint64_t      seed;
    sim_world_t   world;
    sim_worker_t  worker;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, sim_definition, seed);
        sim_generate(&world, TEST_EVENTS);

        world.faults.deliver = 10;
        world.faults.append = 50;
        world.faults.answer = 100;

        sim_begin(&worker, &world);
        sim_run_and_crash(&worker, 4000);
        sim_finish(&worker);

        sim_assert_stored(&world);
        sim_assert_committed(&world);
        sim_assert_logged(&world);
        assert_int_equal(world.backwards, 0);

        sim_end(&worker);
    }
}


/* Partitions go back and forth; sometimes a disk is lost besides. */

static void
test_partitions_move_between_workers(void **state)
{
    int            i;
    uint64_t       seed;
    sim_world_t    world;
    sim_worker_t   workers[2];

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, sim_definition, seed);
        sim_generate(&world, TEST_EVENTS);

        world.faults.deliver = 10;
        world.faults.append = 50;
        world.faults.answer = 100;

        sim_move(workers, &world);
        sim_finish(&workers[0]);

        sim_assert_stored(&world);
        sim_assert_committed(&world);
        sim_assert_logged(&world);

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
    long          offset;
    char          watermark[64];
    float         vector[8];
    sim_state_t  *state;
    sim_replay_t  replay;

    sim_replay(world, &replay);

    state = sim_replay_state(world, &replay, VFS_ENTITY_USER, user);

    if (vfs_state_vector(state->state, vector) == VFS_OK) {
        (void) vfs_state_watermark(state->state, watermark,
                                   sizeof(watermark));

        offset = atol(strchr(watermark, ':') + 1);

        assert_true(sim_is_dead(world, (int) sim_partition(user,
                                                            strlen(user)),
                                (size_t) offset));
    }

    sim_replay_free(&replay);
}


static void
test_a_refused_record_is_isolated(void **state)
{
    int           step;
    uint64_t      seed;
    sim_world_t   world;
    sim_worker_t  worker;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, sim_definition, seed);
        sim_generate(&world, TEST_EVENTS);

        world.poisoned = "u3";
        world.faults.answer = 50;
        world.faults.reread = 100;

        sim_begin(&worker, &world);

        for (step = 0; step < 3000; step++) {
            sim_step(&worker);

            if (sim_chance(&world, 3)) {
                sim_crash(&worker);
                sim_join(&worker);
            }
        }

        sim_finish(&worker);

        sim_assert_stored(&world);
        assert_null(sim_stored(&world, "user-features/user:u3"));

        test_assert_last_is_dead(&world, "u3");

        sim_end(&worker);
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

    sim_world_init(&world, sim_definition, 11);
    sim_generate(&world, TEST_EVENTS);

    sim_begin(&worker, &world);
    sim_finish(&worker);

    updates = test_updates(&world);
    dead = world.dead.n;
    requests = world.requests;

    sim_crash(&worker);
    sim_worker_forget(&worker);
    sim_join(&worker);
    sim_finish(&worker);

    assert_int_equal(world.requests, requests);
    assert_int_equal(test_updates(&world), updates);
    assert_int_equal(world.dead.n, dead);

    /* and goes on where the others were */

    sim_generate(&world, 50);
    sim_finish(&worker);
    sim_assert_stored(&world);

    sim_end(&worker);
}


/* What its former owner may be sending late is written once more. */

static void
test_a_new_owner_sends_recent_vectors_again(void **state)
{
    size_t        i, updates, dead;
    sim_world_t   world;
    sim_worker_t  worker;

    sim_world_init(&world, sim_definition, 11);
    sim_generate(&world, TEST_EVENTS);

    sim_begin(&worker, &world);
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
    sim_join(&worker);
    sim_finish(&worker);

    sim_assert_stored(&world);
    assert_int_equal(test_updates(&world), updates);
    assert_int_equal(world.dead.n, dead);

    sim_end(&worker);
}


/*
 * Ids that are kept back until their partition is rebuilt wait for reading,
 * which therefore never waits for them.
 */

static void
test_reading_goes_on_while_ids_are_kept_back(void **state)
{
    int           i, p;
    uint64_t      seed;
    sim_world_t   world;
    sim_worker_t  worker;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, sim_definition, seed);
        sim_generate(&world, TEST_EVENTS);

        sim_worker_open(&worker, &world);
        worker.conf.max_pending = 8;
        sim_join(&worker);
        sim_finish(&worker);

        sim_crash(&worker);
        sim_worker_forget(&worker);

        /* all of the first partition, nothing of the others */

        for (i = 0; i < VFS_ENTITIES; i++) {

            for (p = 1; p < SIM_PARTITIONS; p++) {
                world.committed[i][p] = -1;
            }
        }

        worker.conf.resend_ms = world.now + 60000;
        sim_join(&worker);
        sim_finish(&worker);

        sim_assert_stored(&world);

        sim_end(&worker);
    }
}


static void
test_retention_shortens_the_history(void **state)
{
    int           p;
    sim_world_t   world;
    sim_worker_t  worker;

    sim_world_init(&world, sim_definition, 7);
    sim_generate(&world, TEST_EVENTS);

    sim_begin(&worker, &world);

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

    sim_end(&worker);
}


static void
test_a_topic_made_again_is_noticed(void **state)
{
    int64_t           start;
    vfs_error_t       err;
    sim_world_t       world;
    sim_worker_t      worker;
    vfs_assignment_t  assignment;

    sim_world_init(&world, sim_definition, 7);
    sim_generate(&world, TEST_EVENTS);

    sim_begin(&worker, &world);
    sim_finish(&worker);
    sim_revoke(&worker);

    assignment.begin = 0;
    assignment.end = 3;
    assignment.committed = -1;
    assignment.others = 0;

    assert_int_equal(vfs_flow_assign(&worker.flow, VFS_ENTITY_USER, 0,
                                     &assignment, &start, &err),
                     VFS_DECLINED);
    assert_non_null(strstr(err.text, "deleted and made again"));

    sim_end(&worker);
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
        cmocka_unit_test(test_reading_goes_on_while_ids_are_kept_back),
        cmocka_unit_test(test_retention_shortens_the_history),
        cmocka_unit_test(test_a_topic_made_again_is_noticed),
    };

    vfs_log_init("test", VFS_LOG_ERROR);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
