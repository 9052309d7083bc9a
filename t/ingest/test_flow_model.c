
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


#define TEST_EVENTS  300
#define TEST_SEEDS   30


static void
test_end(sim_world_t *world, sim_worker_t *worker)
{
    sim_finish(worker);

    assert_null(vfs_flow_stop(&worker->flow));
    sim_assert_stored(world);
    sim_assert_committed(world);
}


/*
 * Texts that the model refuses, or has no numbers for, are dead letters; all
 * else is folded from what is recorded, each event once.
 */

static void
test_faults_lose_and_double_nothing(void **state)
{
    uint64_t       seed;
    unsigned       refused;
    sim_world_t    world;
    sim_worker_t   worker;
    sim_replay_t   replay;

    refused = 0;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, sim_model_definition, seed);
        sim_generate(&world, TEST_EVENTS);

        world.faults.produce = 5;
        world.faults.deliver = 20;
        world.faults.answer = 200;
        world.faults.begin = 50;
        world.faults.model = 300;

        sim_begin(&worker, &world);
        sim_run(&worker, 3000);

        test_end(&world, &worker);
        assert_int_equal(world.backwards, 0);

        sim_replay(&world, &replay);
        assert_int_equal(worker.flow.counters.fold.events, TEST_EVENTS);
        assert_int_equal(vfs_sum(worker.flow.counters.fold.dead_letters,
                                 VFS_REASONS), replay.dead);
        assert_int_equal(worker.flow.counters.fold.dead_letters
                             [VFS_REASON_MODEL_REFUSED], replay.refused);
        refused += replay.refused;
        sim_replay_free(&replay);

        sim_end(&worker);
    }

    assert_true(refused > TEST_SEEDS);
}


static void
test_crashes_read_the_same_answers(void **state)
{
    uint64_t      seed;
    sim_world_t   world;
    sim_worker_t  worker;

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, sim_model_definition, seed);
        sim_generate(&world, TEST_EVENTS);

        world.faults.deliver = 10;
        world.faults.answer = 100;
        world.faults.model = 100;

        sim_begin(&worker, &world);
        sim_run_and_crash(&worker, 4000);

        test_end(&world, &worker);
        assert_int_equal(world.backwards, 0);
        sim_end(&worker);
    }
}


static void
test_partitions_move_between_workers(void **state)
{
    uint64_t       seed;
    sim_world_t    world;
    sim_worker_t   workers[2];

    for (seed = 1; seed <= TEST_SEEDS; seed++) {
        sim_world_init(&world, sim_model_definition, seed);
        sim_generate(&world, TEST_EVENTS);

        world.faults.deliver = 10;
        world.faults.answer = 100;
        world.faults.model = 100;

        sim_move(workers, &world);
        test_end(&world, &workers[0]);

        sim_crash(&workers[1]);
        sim_worker_forget(&workers[1]);
        sim_end(&workers[0]);
    }
}


/* Who lost the states folds all again, and asks nothing again. */

static void
test_a_rebuild_asks_nothing(void **state)
{
    unsigned      asks;
    sim_world_t   world;
    sim_worker_t  worker;

    sim_world_init(&world, sim_model_definition, 11);
    sim_generate(&world, TEST_EVENTS);

    sim_begin(&worker, &world);
    test_end(&world, &worker);

    asks = world.asks;
    assert_true(asks > 0);

    sim_crash(&worker);
    sim_worker_forget(&worker);
    worker.conf.resend_ms = world.now + 60000;
    sim_join(&worker);
    test_end(&world, &worker);

    assert_int_equal(world.asks, asks);

    sim_end(&worker);
}


/* One answer with this status and body to what is asked first. */

static void
test_answer(sim_worker_t *worker, int status, const char *body)
{
    vfs_ask_t           *ask;
    vfs_model_answer_t   answer;

    assert_true(worker->nasked > 0);

    ask = worker->asked[--worker->nasked];

    memset(&answer, 0, sizeof(vfs_model_answer_t));
    answer.count = ask->count;
    answer.status = status;
    answer.body = body;
    answer.len = (body != NULL) ? strlen(body) : 0;
    answer.retry_after_ms = -1;

    vfs_asker_answer(ask, &answer);
}


/* Folds one event of a user by themselves, up to what is asked. */

static void
test_fold(sim_worker_t *worker, vfs_record_t *record)
{
    vfs_error_t  err;

    static const char  value[] =
        "{\"u\":\"u1\",\"i\":\"i1\",\"e\":\"do\",\"n\":\"0\"}";

    memset(record, 0, sizeof(vfs_record_t));

    record->partition = (int32_t) sim_partition("u1", 2);
    record->time_ms = 1700000000000LL;
    record->key = "u1";
    record->key_len = 2;
    record->value = value;
    record->len = sizeof(value) - 1;

    assert_int_equal(vfs_flow_fold(&worker->flow, record, 1, &err),
                     VFS_DECLINED);
}


static void
test_a_wrong_setting_stops(void **state)
{
    size_t         i;
    sim_world_t    world;
    vfs_record_t   record;
    sim_worker_t   worker;

    static const struct {
        int          status;
        const char  *body;
        const char  *expected;
    } cases[] = {
        { 401, NULL, "answers with status 401" },
        { 404, NULL, "answers with status 404" },
        { 301, NULL, "answers with status 301" },
        { 200, "[[1,2,3]]", "vectors of 3 components, the definition has the "
          "dimension 8" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sim_world_init(&world, sim_model_definition, 1);
        sim_begin(&worker, &world);

        test_fold(&worker, &record);
        assert_null(vfs_flow_stop(&worker.flow));
        test_answer(&worker, cases[i].status, cases[i].body);

        assert_non_null(vfs_flow_stop(&worker.flow));
        assert_non_null(strstr(vfs_flow_stop(&worker.flow)->text,
                               cases[i].expected));

        sim_end(&worker);
    }
}


/* A model that refuses all does not make every event a dead letter. */

static void
test_a_model_that_refuses_all_stops(void **state)
{
    vfs_error_t    err;
    sim_world_t    world;
    vfs_record_t   record;
    sim_worker_t   worker;

    sim_world_init(&world, sim_model_definition, 1);
    sim_begin(&worker, &world);

    test_fold(&worker, &record);
    assert_int_equal(worker.nasked, 2);

    /* the text, then the probe */

    test_answer(&worker, 400, NULL);
    assert_null(vfs_flow_stop(&worker.flow));
    assert_int_equal(vfs_flow_fold(&worker.flow, &record, 1, &err),
                     VFS_DECLINED);
    assert_int_equal(worker.nasked, 2);
    assert_true(worker.asked[1]->probing);
    assert_non_null(strstr(worker.asked[1]->body, "[\"vfs\"]"));

    test_answer(&worker, 400, NULL);
    assert_non_null(vfs_flow_stop(&worker.flow));

    sim_end(&worker);
}


/* A key that had been good is given time. */

static void
test_a_key_in_rotation_is_waited_for(void **state)
{
    vfs_error_t    err;
    sim_world_t    world;
    vfs_record_t   record;
    sim_worker_t   worker;

    static const char  good[] = "[[1,0,0,0,0,0,0,0]]";
    static const char  value[] =
        "{\"u\":\"u1\",\"i\":\"i1\",\"e\":\"do\",\"n\":\"1\"}";

    sim_world_init(&world, sim_model_definition, 1);
    sim_begin(&worker, &world);

    test_fold(&worker, &record);
    test_answer(&worker, 200, good);
    test_answer(&worker, 200, good);
    assert_int_equal(vfs_flow_fold(&worker.flow, &record, 1, &err), VFS_OK);

    while (worker.flow.folded) {
        (void) vfs_flow_write(&worker.flow, &err);
    }

    /* the next text, of an item whose own is recorded */

    record.offset = 1;
    record.value = value;

    assert_int_equal(vfs_flow_fold(&worker.flow, &record, 1, &err),
                     VFS_DECLINED);
    assert_int_equal(worker.nasked, 1);
    test_answer(&worker, 401, NULL);
    assert_null(vfs_flow_stop(&worker.flow));

    world.now += worker.conf.asker.grace_ms - 1;
    assert_int_equal(vfs_flow_fold(&worker.flow, &record, 1, &err),
                     VFS_DECLINED);
    test_answer(&worker, 401, NULL);
    assert_null(vfs_flow_stop(&worker.flow));

    world.now += 200;
    assert_int_equal(vfs_flow_fold(&worker.flow, &record, 1, &err),
                     VFS_DECLINED);
    test_answer(&worker, 401, NULL);
    assert_non_null(vfs_flow_stop(&worker.flow));

    sim_end(&worker);
}


/* Retry-After is waited for, the jitter on top of it. */

static void
test_a_limit_is_honoured(void **state)
{
    int64_t               wait;
    vfs_ask_t            *ask;
    vfs_error_t           err;
    sim_world_t           world;
    vfs_record_t          record;
    sim_worker_t          worker;
    vfs_model_answer_t    answer;

    sim_world_init(&world, sim_model_definition, 1);
    sim_begin(&worker, &world);

    test_fold(&worker, &record);
    assert_int_equal(vfs_flow_wakeup(&worker.flow), -1);

    memset(&answer, 0, sizeof(vfs_model_answer_t));

    while (worker.nasked != 0) {
        ask = worker.asked[--worker.nasked];
        answer.count = ask->count;
        answer.status = 429;
        answer.retry_after_ms = 5000;
        vfs_asker_answer(ask, &answer);
    }

    wait = vfs_flow_wakeup(&worker.flow);
    assert_in_range(wait, 5000, 5010);

    world.now += 4999;
    assert_int_equal(vfs_flow_fold(&worker.flow, &record, 1, &err),
                     VFS_DECLINED);
    assert_int_equal(worker.nasked, 0);

    world.now += 11;
    assert_int_equal(vfs_flow_fold(&worker.flow, &record, 1, &err),
                     VFS_DECLINED);
    assert_int_equal(worker.nasked, 2);

    /* what is refused for a moment after it had worked is not the end */

    test_answer(&worker, 200, "[[1,0,0,0,0,0,0,0]]");
    assert_int_equal(vfs_flow_asking(&worker.flow), 1);

    sim_end(&worker);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_faults_lose_and_double_nothing),
        cmocka_unit_test(test_crashes_read_the_same_answers),
        cmocka_unit_test(test_partitions_move_between_workers),
        cmocka_unit_test(test_a_rebuild_asks_nothing),
        cmocka_unit_test(test_a_wrong_setting_stops),
        cmocka_unit_test(test_a_model_that_refuses_all_stops),
        cmocka_unit_test(test_a_key_in_rotation_is_waited_for),
        cmocka_unit_test(test_a_limit_is_honoured),
    };

    vfs_log_init("test", VFS_LOG_ERROR);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
