
/*
 * Copyright (C) the vfs authors
 */


#ifndef _SIM_REPLAY_H_INCLUDED_
#define _SIM_REPLAY_H_INCLUDED_


#include "sim.h"


#define SIM_USERS  12
#define SIM_ITEMS  9


extern const char  sim_definition[];

/* Users by a model, items by their users and a model. */

extern const char  sim_model_definition[];


/* What the index must hold in the end: one state for each user and item. */

typedef struct {
    char          *name;
    vfs_entity_e   entity;
    vfs_state_t   *state;
} sim_state_t;


typedef struct {
    sim_state_t  *states;
    size_t        n;
    unsigned      dead;        /* events at fault */
    unsigned      refused;     /* of these: by the model */
    unsigned      tombstones;
    unsigned      item_tombstones;
} sim_replay_t;


/* Events of all kinds, some of them at fault. */

void sim_generate(sim_world_t *world, unsigned n);

/* The straightforward way: one event after the other, all in memory. */

void sim_replay(sim_world_t *world, sim_replay_t *replay);
void sim_replay_free(sim_replay_t *replay);
sim_state_t *sim_replay_state(sim_world_t *world, sim_replay_t *replay,
    vfs_entity_e entity, const char *name);

/* Every record is what the replay says, to the byte, and there is no other. */

void sim_assert_stored(sim_world_t *world);

/*
 * Below what is committed nothing is missing: each user's vector is of that
 * event or a later one, or gone; each dead letter is in Kafka.
 */

void sim_assert_committed(sim_world_t *world);

/*
 * Every version that was visible is in the feature log, to the bit, in the
 * order in which it became visible; or, where a worker crashed, the next
 * version says that one may lack.
 */

void sim_assert_logged(sim_world_t *world);

/* Whether there is a dead letter of that event. */

int sim_is_dead(sim_world_t *world, int partition, size_t offset);


/* A worker's life: on its own disk, with all partitions; until its world ends.
 */

void sim_begin(sim_worker_t *worker, sim_world_t *world);
void sim_join(sim_worker_t *worker);
void sim_end(sim_worker_t *worker);

/* So many steps, with a look at what is committed; with crashes in between. */

void sim_run(sim_worker_t *worker, int steps);
void sim_run_and_crash(sim_worker_t *worker, int steps);

/*
 * Partitions go back and forth between two workers, at last to the first one;
 * some of them crash, and sometimes a disk is lost besides.
 */

void sim_move(sim_worker_t *workers, sim_world_t *world);


#endif /* _SIM_REPLAY_H_INCLUDED_ */
