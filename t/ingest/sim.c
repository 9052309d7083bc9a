
/*
 * Copyright (C) the vfs authors
 */


#include "sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>


#define SIM_STEPS  200000


static void sim_read(sim_worker_t *worker);


uint64_t
sim_random(sim_world_t *world, uint64_t n)
{
    uint64_t  z;

    world->seed += 0x9e3779b97f4a7c15;

    z = world->seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return (z ^ (z >> 31)) % n;
}


int
sim_chance(sim_world_t *world, unsigned thousandths)
{
    return sim_random(world, 1000) < thousandths;
}


void
sim_log_add(sim_log_t *log, const char *key, size_t key_len,
    const char *value, size_t len, int64_t time_ms,
    const vfs_position_t *source)
{
    sim_record_t  *record;

    if (log->n == log->size) {
        log->size = log->size * 2 + 64;
        log->records = realloc(log->records,
                               log->size * sizeof(sim_record_t));
        assert_non_null(log->records);
    }

    record = &log->records[log->n++];

    memset(record, 0, sizeof(sim_record_t));

    record->key = strndup(key, key_len);
    record->time_ms = time_ms;

    if (value != NULL) {
        record->value = malloc(len + 1);
        assert_non_null(record->value);
        memcpy(record->value, value, len);
        record->value[len] = '\0';
        record->len = len;
    }

    if (source != NULL) {
        record->source = *source;
    }
}


void
sim_log_free(sim_log_t *log)
{
    size_t  i;

    for (i = 0; i < log->n; i++) {
        free(log->records[i].key);
        free(log->records[i].value);
    }

    free(log->records);
    memset(log, 0, sizeof(sim_log_t));
}


unsigned
sim_partition(const char *key, size_t len)
{
    unsigned  sum;

    for (sum = 0; len != 0; len--) {
        sum = sum * 31 + (unsigned char) key[len - 1];
    }

    return sum % SIM_PARTITIONS;
}


void
sim_world_init(sim_world_t *world, const char *definition, uint64_t seed)
{
    int          i, p;
    vfs_error_t  err;

    memset(world, 0, sizeof(sim_world_t));

    world->seed = seed;
    world->now = 1000000;
    world->def = vfs_definition_parse(definition, strlen(definition), &err);

    if (world->def == NULL) {
        fail_msg("%s", err.text);
    }

    sim_model_open(world);

    for (i = 0; i < VFS_ENTITIES; i++) {

        for (p = 0; p < SIM_PARTITIONS; p++) {
            world->committed[i][p] = -1;
        }
    }
}


void
sim_world_free(sim_world_t *world)
{
    int     i, p;
    size_t  n;

    for (i = 0; i < VFS_ENTITIES; i++) {

        for (p = 0; p < SIM_PARTITIONS; p++) {
            sim_log_free(&world->logs[i][p]);
        }
    }

    sim_log_free(&world->dead);
    sim_log_free(&world->features);
    sim_log_free(&world->visible);

    for (n = 0; n < world->nids; n++) {
        free(world->ids[n].name);
        free(world->ids[n].text);
    }

    sim_model_close(world);
    vfs_definition_free(world->def);
}


void
sim_event(sim_world_t *world, const char *user, const char *value)
{
    sim_log_add(&world->logs[VFS_ENTITY_USER][sim_partition(user,
                                                            strlen(user))],
                user, strlen(user), value,
                (value != NULL) ? strlen(value) : 0, 1700000000000LL, NULL);
}


const char *
sim_stored(sim_world_t *world, const char *name)
{
    size_t  i;

    for (i = 0; i < world->nids; i++) {

        if (strcmp(world->ids[i].name, name) == 0) {
            return world->ids[i].text;
        }
    }

    return NULL;
}


void
sim_worker_open(sim_worker_t *worker, sim_world_t *world)
{
    vfs_flow_conf_t  *conf;

    memset(worker, 0, sizeof(sim_worker_t));

    worker->world = world;

    (void) snprintf(worker->dir, sizeof(worker->dir), "/tmp/vfs-flow-XXXXXX");
    assert_non_null(mkdtemp(worker->dir));

    conf = &worker->conf;

    conf->topics[VFS_ENTITY_USER] = "events";
    conf->topics[VFS_ENTITY_ITEM] = "updates";
    conf->group = "test";
    conf->max_pending = 64;
    conf->cached_states = 2;
    conf->resend_ms = 0;
    conf->lane.max_records = 7;
    conf->lane.max_bytes = 1000;
    conf->lane.max_in_flight = 4;
    conf->lane.linger_ms = 3;
    conf->lane.backoff_ms = 10;
    conf->lane.max_backoff_ms = 100;
    conf->lane.grace_ms = 1000;

    sim_set_io(worker);
    sim_set_log(worker);
    sim_model_io(worker);
}


/* Its disk is lost. */

void
sim_worker_forget(sim_worker_t *worker)
{
    char    path[128];
    size_t  i;

    static const char *const  files[] = {
        "data.mdb", "lock.mdb", "worker.lock"
    };

    for (i = 0; i < 3; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", worker->dir, files[i]);
        (void) unlink(path);
    }

    (void) rmdir(worker->dir);
}


void
sim_start(sim_worker_t *worker)
{
    vfs_error_t       err;
    vfs_store_conf_t  conf;

    memset(&conf, 0, sizeof(vfs_store_conf_t));

    /* small enough to grow several times */

    conf.dir = worker->dir;
    conf.map_size = 65536;
    conf.nosync = 1;

    memset(&worker->flow, 0, sizeof(vfs_flow_t));

    worker->flow.def = worker->world->def;
    worker->flow.conf = &worker->conf;
    worker->flow.io = &worker->io;
    worker->flow.recorded = worker->world->recorded;
    worker->flow.store = vfs_store_open(&conf, &err);

    if (worker->flow.store == NULL
        || vfs_flow_init(&worker->flow, &err) != VFS_OK)
    {
        fail_msg("%s", err.text);
    }

    if (worker->world->recorded != NULL) {
        worker->world->def->answers = &worker->flow.asker.answers;
    }

    worker->up = 1;
}


void
sim_crash(sim_worker_t *worker)
{
    vfs_store_t  *store;

    if (!worker->up) {
        return;
    }

    /* of what was on its way to Kafka any part may have arrived */

    sim_deliver(worker, sim_random(worker->world, worker->queue.n + 1));
    sim_log_free(&worker->queue);

    if (worker->world->recorded != NULL) {
        worker->world->def->answers = &worker->world->answers;
    }

    store = worker->flow.store;
    vfs_flow_destroy(&worker->flow);
    vfs_store_close(store);

    worker->up = 0;
    worker->nbatch = 0;
    worker->paused = 0;
    worker->failed = 0;

    free(worker->batch);
    worker->batch = NULL;
    free(worker->queue_topics);
    worker->queue_topics = NULL;
    worker->queue_size = 0;
}


void
sim_assign(sim_worker_t *worker)
{
    int                i, p;
    sim_world_t       *world;
    vfs_error_t        err;
    vfs_assignment_t   assignment;

    world = worker->world;

    for (i = 0; i < VFS_ENTITIES; i++) {

        for (p = 0; p < SIM_PARTITIONS; p++) {
            assignment.begin = world->begin[i][p];
            assignment.end = (int64_t) world->logs[i][p].n;
            assignment.committed = world->committed[i][p];
            assignment.others = world->committed[i][p] >= 0;

            if (vfs_flow_assign(&worker->flow, (vfs_entity_e) i, p,
                                &assignment, &worker->reading[i][p], &err)
                != VFS_OK)
            {
                fail_msg("%s", err.text);
            }
        }
    }
}


void
sim_revoke(sim_worker_t *worker)
{
    vfs_flow_revoke(&worker->flow);
    worker->nbatch = 0;
    worker->paused = 0;
}


void
sim_commit(sim_worker_t *worker)
{
    int           i, p;
    int64_t       offset;
    sim_world_t  *world;

    world = worker->world;

    for (i = 0; i < VFS_ENTITIES; i++) {

        for (p = 0; p < SIM_PARTITIONS; p++) {

            if (vfs_flow_offset(&worker->flow, (vfs_entity_e) i, p, &offset)
                == VFS_OK)
            {
                /* who starts there would send old vectors once more */

                assert_true(offset >= world->committed[i][p]);
                world->committed[i][p] = offset;
            }
        }
    }
}


/* What one thing was asked is now and then asked again right after. */

void
sim_step(sim_worker_t *worker)
{
    vfs_error_t  err;

    worker->world->now += (int64_t) sim_random(worker->world, 4);

    switch (sim_random(worker->world, 6)) {

    case 0:
    case 1:
        if (!worker->flow.folded) {

            worker->paused = worker->paused
                             ? !vfs_flow_relieved(&worker->flow)
                             : vfs_flow_full(&worker->flow);

            if (worker->nbatch == 0 && !worker->paused) {
                sim_read(worker);
            }

            if (worker->nbatch != 0 || vfs_flow_has_work(&worker->flow)) {
                (void) vfs_flow_fold(&worker->flow, worker->batch,
                                     worker->nbatch, &err);
            }
        }

        break;

    case 2:
        if (worker->flow.folded
            && vfs_flow_write(&worker->flow, &err) == VFS_OK)
        {
            worker->nbatch = 0;
        }

        break;

    case 3:
        (void) vfs_flow_send(&worker->flow, &err);
        break;

    case 4:
        sim_append_done(worker);

        if (worker->nasked != 0 && sim_chance(worker->world, 500)) {
            sim_model_answer(worker);

        } else {
            sim_answer(worker);
        }

        break;

    default:
        sim_commit(worker);
        break;
    }
}


void
sim_finish(sim_worker_t *worker)
{
    int  i, p, step, behind;

    memset(&worker->world->faults, 0, sizeof(sim_faults_t));

    for (step = 0; step < SIM_STEPS; step++) {
        sim_step(worker);

        behind = !vfs_flow_drained(&worker->flow) || worker->nbatch != 0;

        for (i = 0; i < VFS_ENTITIES; i++) {

            for (p = 0; p < SIM_PARTITIONS; p++) {

                if (worker->reading[i][p]
                    < (int64_t) worker->world->logs[i][p].n)
                {
                    behind = 1;
                }
            }
        }

        if (!behind) {
            sim_commit(worker);
            return;
        }
    }

    fail_msg("not done after %d steps", SIM_STEPS);
}


static void
sim_read(sim_worker_t *worker)
{
    int            i, p;
    size_t         n, left;
    sim_log_t     *log;
    vfs_record_t  *record;
    sim_record_t  *from;

    left = 1 + sim_random(worker->world, 12);

    free(worker->batch);
    worker->batch = calloc(left, sizeof(vfs_record_t));
    assert_non_null(worker->batch);

    i = (int) sim_random(worker->world, VFS_ENTITIES);
    p = (int) sim_random(worker->world, SIM_PARTITIONS);
    log = &worker->world->logs[i][p];

    /* Kafka may give a record that was given before */

    if (worker->reading[i][p] > worker->world->begin[i][p]
        && sim_chance(worker->world, 50))
    {
        worker->reading[i][p]--;
    }

    for (n = 0; n < left && worker->reading[i][p] < (int64_t) log->n; n++) {
        from = &log->records[worker->reading[i][p]];
        record = &worker->batch[n];

        record->entity = (vfs_entity_e) i;
        record->partition = p;
        record->offset = worker->reading[i][p]++;
        record->time_ms = from->time_ms;
        record->event_ms = from->time_ms;
        record->key = from->key;
        record->key_len = strlen(from->key);
        record->value = from->value;
        record->len = from->len;

        if (i == VFS_ENTITY_ITEM) {
            record->definition = worker->world->def->hash;
            record->definition_len = VFS_DEFINITION_HASH;
        }
    }

    worker->nbatch = n;
}
