
/*
 * Copyright (C) the vfs authors
 */


#include "sim_replay.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>


#define SIM_TURNS       12
#define SIM_TURN_STEPS  300


void
sim_join(sim_worker_t *worker)
{
    sim_start(worker);
    sim_assign(worker);
}


void
sim_begin(sim_worker_t *worker, sim_world_t *world)
{
    sim_worker_open(worker, world);
    sim_join(worker);
}


void
sim_end(sim_worker_t *worker)
{
    sim_crash(worker);
    sim_worker_forget(worker);
    sim_world_free(worker->world);
}


void
sim_run(sim_worker_t *worker, int steps)
{
    int  step;

    for (step = 0; step < steps; step++) {
        sim_step(worker);

        if (step % 100 == 0) {
            sim_assert_committed(worker->world);
        }
    }
}


void
sim_run_and_crash(sim_worker_t *worker, int steps)
{
    int  step;

    for (step = 0; step < steps; step++) {
        sim_step(worker);

        if (sim_chance(worker->world, 20)) {
            sim_crash(worker);
            sim_assert_committed(worker->world);
            sim_join(worker);
        }
    }
}


void
sim_move(sim_worker_t *workers, sim_world_t *world)
{
    int            i, turn, step;
    sim_worker_t  *worker;

    for (i = 0; i < 2; i++) {
        sim_worker_open(&workers[i], world);
        sim_start(&workers[i]);
    }

    for (turn = 0; turn < SIM_TURNS; turn++) {
        worker = &workers[turn % 2];

        sim_assign(worker);

        for (step = 0; step < SIM_TURN_STEPS; step++) {
            sim_step(worker);
        }

        if (sim_chance(world, 500)) {
            sim_commit(worker);
        }

        sim_assert_committed(world);

        if (sim_chance(world, 300)) {
            sim_crash(worker);

            if (sim_chance(world, 500)) {
                sim_worker_forget(worker);
            }

            sim_start(worker);

        } else {
            sim_revoke(worker);
            assert_int_equal(worker->nasked, 0);
        }
    }

    sim_assign(&workers[0]);
}
