
/*
 * Copyright (C) the vfs authors
 */


#ifndef _SIM_H_INCLUDED_
#define _SIM_H_INCLUDED_


#include "vfs_ingest_flow.h"


/*
 * A world for vfs_flow_t: logs for Kafka, a table for the index, a clock that
 * is moved by hand, and a store on disk.  Everything that may fail does, as
 * often as "faults" says, in a way that depends on the seed alone.
 */

#define SIM_PARTITIONS  3
#define SIM_MAX_IDS     512
#define SIM_MAX_SENT    64

/* How texts end that the model refuses, and that it has no numbers for. */

#define SIM_REFUSED     "7"
#define SIM_NO_NUMBERS  "55"


typedef struct {
    char                   *key;
    char                   *value;      /* NULL: a tombstone */
    size_t                  len;
    int64_t                 time_ms;
    vfs_position_t          source;     /* of an update or a dead letter */
} sim_record_t;


typedef struct {
    sim_record_t           *records;
    size_t                  n;
    size_t                  size;
} sim_log_t;


typedef struct {
    char                   *name;       /* namespace, slash, id */
    char                   *text;       /* the record; NULL: deleted */
    int                     busy;       /* requests that hold it */
    int64_t                 age;        /* grows from version to version */
} sim_id_t;


/* In a thousand. */

typedef struct {
    unsigned                produce;    /* a message is not taken */
    unsigned                deliver;    /* a batch of messages is given up */
    unsigned                answer;     /* a request fails */
    unsigned                slow;       /* an answer takes seconds */
    unsigned                begin;      /* a request cannot be begun */
    unsigned                append;     /* an append to the feature log fails
                                         */
    unsigned                model;      /* a model fails */
    unsigned                reread;
} sim_faults_t;


typedef struct sim_world_s  sim_world_t;


typedef struct {
    sim_world_t            *world;
    vfs_flow_t              flow;
    vfs_flow_conf_t         conf;
    vfs_io_t                io;
    char                    dir[64];
    unsigned                up:1;
    unsigned                failed:1;   /* a message was given up */
    unsigned                paused:1;

    sim_log_t               queue;      /* messages on their way */
    vfs_topic_e            *queue_topics;
    size_t                  queue_size;

    vfs_request_t          *sent[SIM_MAX_SENT];
    unsigned                nsent;
    vfs_request_t          *logging[SIM_MAX_SENT];
    unsigned                nlogging;
    vfs_ask_t              *asked[SIM_MAX_SENT];
    unsigned                nasked;

    int64_t                 reading[VFS_ENTITIES][SIM_PARTITIONS];
    vfs_record_t           *batch;
    size_t                  nbatch;
} sim_worker_t;


struct sim_world_s {
    uint64_t                seed;
    int64_t                 now;
    sim_faults_t            faults;
    vfs_definition_t       *def;

    sim_log_t               logs[VFS_ENTITIES][SIM_PARTITIONS];
    sim_log_t               dead;
    sim_log_t               features;   /* the feature log */
    sim_log_t               visible;    /* what the index ever held, in order:
                                           records, or NULL once deleted */
    int64_t                 committed[VFS_ENTITIES][SIM_PARTITIONS];
    int64_t                 begin[VFS_ENTITIES][SIM_PARTITIONS];

    sim_id_t                ids[SIM_MAX_IDS];
    size_t                  nids;
    const char             *poisoned;   /* a record's id that is refused */
    unsigned                requests;
    unsigned                backwards;  /* a record went back in time */

    char                    recorded_dir[64];
    vfs_recorded_t         *recorded;   /* NULL: no model in the definition */
    vfs_answers_t           answers;
    unsigned                asks;
};


uint64_t sim_random(sim_world_t *world, uint64_t n);
int sim_chance(sim_world_t *world, unsigned thousandths);

void sim_log_add(sim_log_t *log, const char *key, size_t key_len,
    const char *value, size_t len, int64_t time_ms,
    const vfs_position_t *source);
void sim_log_free(sim_log_t *log);

unsigned sim_partition(const char *key, size_t len);

/* The record of "user-features/user:u1", or NULL. */

const char *sim_stored(sim_world_t *world, const char *name);

void sim_world_init(sim_world_t *world, const char *definition,
    uint64_t seed);
void sim_world_free(sim_world_t *world);

/* One event on the topic; value NULL: a tombstone. */

void sim_event(sim_world_t *world, const char *user, const char *value);

/* A worker with a state directory of its own, which outlives it. */

void sim_worker_open(sim_worker_t *worker, sim_world_t *world);
void sim_worker_forget(sim_worker_t *worker);
void sim_start(sim_worker_t *worker);
void sim_crash(sim_worker_t *worker);

/* All partitions, at what is committed. */

void sim_assign(sim_worker_t *worker);
void sim_revoke(sim_worker_t *worker);

/* One random thing happens. */

void sim_step(sim_worker_t *worker);

/* Steps without a fault until all is done. */

void sim_finish(sim_worker_t *worker);

void sim_commit(sim_worker_t *worker);


/* For the simulation's own files. */

void sim_set_io(sim_worker_t *worker);

/* The first "n" messages arrive, in order. */

void sim_deliver(sim_worker_t *worker, size_t n);

/* Any request that is on its way gets an answer, good or bad. */

void sim_answer(sim_worker_t *worker);

/* The same for the feature log, and for any append that is on its way. */

void sim_set_log(sim_worker_t *worker);
void sim_append_done(sim_worker_t *worker);

/*
 * The models of the definition, and what they answered: kept by the world, as
 * by a disk that workers share.
 */

void sim_model_open(sim_world_t *world);
void sim_model_close(sim_world_t *world);
void sim_model_io(sim_worker_t *worker);
void sim_model_answer(sim_worker_t *worker);


#endif /* _SIM_H_INCLUDED_ */
