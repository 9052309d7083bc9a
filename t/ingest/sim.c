
/*
 * Copyright (C) the vfs authors
 */


#include "sim.h"
#include "vfs_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>


#define SIM_STEPS  200000


static int64_t sim_now(void *data);
static int64_t sim_time(void *data);
static double sim_uniform(void *data);
static int sim_produce(void *data, const vfs_message_t *message,
    vfs_error_t *err);
static int sim_unsent(void *data, vfs_error_t *err);
static void sim_forgive(void *data);
static void sim_deliver(sim_worker_t *worker, size_t n);
static int sim_request(void *data, vfs_request_t *request, vfs_error_t *err);
static void sim_cancel(void *data, vfs_request_t *request);
static int sim_verify(void *data, vfs_error_t *err);
static int sim_reread(void *data, const vfs_position_t *position,
    vfs_record_t *record, vfs_error_t *err);
static void sim_answer(sim_worker_t *worker);
static unsigned sim_apply(sim_world_t *world, const vfs_request_t *request,
    unsigned max);
static int sim_refuses(sim_world_t *world, const vfs_request_t *request);
static sim_id_t *sim_id(sim_world_t *world, const vfs_pending_t *entry);
static int64_t sim_age(const char *text);
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

    for (n = 0; n < world->nids; n++) {
        free(world->ids[n].name);
        free(world->ids[n].text);
    }

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

    worker->io.data = worker;
    worker->io.now = sim_now;
    worker->io.time = sim_time;
    worker->io.random = sim_uniform;
    worker->io.produce = sim_produce;
    worker->io.unsent = sim_unsent;
    worker->io.forgive = sim_forgive;
    worker->io.request = sim_request;
    worker->io.cancel = sim_cancel;
    worker->io.verify = sim_verify;
    worker->io.reread = sim_reread;
}


/* Its disk is lost. */

void
sim_worker_forget(sim_worker_t *worker)
{
    size_t  i;
    char    path[128];

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
    worker->flow.store = vfs_store_open(&conf, &err);

    if (worker->flow.store == NULL
        || vfs_flow_init(&worker->flow, &err) != VFS_OK)
    {
        fail_msg("%s", err.text);
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

    store = worker->flow.store;
    vfs_flow_destroy(&worker->flow);
    vfs_store_close(store);

    worker->up = 0;
    worker->nbatch = 0;
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
                == VFS_OK
                && offset > world->committed[i][p])
            {
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

            if (worker->nbatch == 0 && !vfs_flow_full(&worker->flow)) {
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
        sim_answer(worker);
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


static int64_t
sim_now(void *data)
{
    sim_worker_t  *worker;

    worker = data;

    return worker->world->now;
}


static int64_t
sim_time(void *data)
{
    sim_worker_t  *worker;

    worker = data;

    return 1700000000000LL + worker->world->now;
}


static double
sim_uniform(void *data)
{
    sim_worker_t  *worker;

    worker = data;

    return (double) sim_random(worker->world, 1000000) / 1000000;
}


static int
sim_produce(void *data, const vfs_message_t *message, vfs_error_t *err)
{
    size_t           i;
    sim_worker_t    *worker;
    vfs_position_t   source;

    worker = data;

    if (sim_chance(worker->world, worker->world->faults.produce)) {
        vfs_error_set(err, "the queue is full");
        return VFS_ERROR;
    }

    if (worker->queue.n == worker->queue_size) {
        worker->queue_size = worker->queue_size * 2 + 64;
        worker->queue_topics = realloc(worker->queue_topics,
                                       worker->queue_size
                                       * sizeof(vfs_topic_e));
        assert_non_null(worker->queue_topics);
    }

    worker->queue_topics[worker->queue.n] = message->topic;

    memset(&source, 0, sizeof(vfs_position_t));

    for (i = 0; i < message->nheaders; i++) {

        if (strcmp(message->headers[i].name, "__connect.errors.partition")
            == 0)
        {
            source.partition = atoi(message->headers[i].value);
        }

        if (strcmp(message->headers[i].name, "__connect.errors.offset") == 0) {
            source.offset = atol(message->headers[i].value);
        }
    }

    sim_log_add(&worker->queue, message->key, message->key_len,
                message->value, message->len, 1700000000000LL, &source);

    return VFS_OK;
}


static int
sim_unsent(void *data, vfs_error_t *err)
{
    sim_worker_t  *worker;

    worker = data;

    sim_deliver(worker, sim_random(worker->world, worker->queue.n + 1));

    if (worker->queue.n != 0
        && sim_chance(worker->world, worker->world->faults.deliver))
    {
        sim_log_free(&worker->queue);
        worker->queue_size = 0;
        free(worker->queue_topics);
        worker->queue_topics = NULL;
        worker->failed = 1;
    }

    if (worker->failed) {
        vfs_error_set(err, "a message was given up");
        return VFS_ERROR;
    }

    return (int) worker->queue.n;
}


static void
sim_forgive(void *data)
{
    sim_worker_t  *worker;

    worker = data;

    worker->failed = 0;
}


/* The first "n" messages arrive, in order. */

static void
sim_deliver(sim_worker_t *worker, size_t n)
{
    size_t         i, len;
    sim_log_t     *log;
    sim_world_t   *world;
    sim_record_t  *record;

    world = worker->world;

    for (i = 0; i < n; i++) {
        record = &worker->queue.records[i];
        len = strlen(record->key);

        log = (worker->queue_topics[i] == VFS_TOPIC_DEAD)
              ? &world->dead
              : &world->logs[VFS_ENTITY_ITEM][sim_partition(record->key,
                                                                len)];

        sim_log_add(log, record->key, len, record->value, record->len,
                    record->time_ms, &record->source);

        free(record->key);
        free(record->value);
    }

    worker->queue.n -= n;

    if (n != 0) {
        memmove(worker->queue.records, worker->queue.records + n,
                worker->queue.n * sizeof(sim_record_t));
        memmove(worker->queue_topics, worker->queue_topics + n,
                worker->queue.n * sizeof(vfs_topic_e));
    }
}


static int
sim_request(void *data, vfs_request_t *request, vfs_error_t *err)
{
    unsigned       i;
    sim_worker_t  *worker;

    worker = data;

    assert_true(request->count > 0);
    assert_true(request->count <= worker->conf.lane.max_records);
    assert_true(request->count == 1
                || request->body.len <= worker->conf.lane.max_bytes);

    if (sim_chance(worker->world, worker->world->faults.begin)) {
        vfs_error_set(err, "no descriptor");
        return VFS_ERROR;
    }

    assert_true(worker->nsent < SIM_MAX_SENT);
    worker->sent[worker->nsent++] = request;
    worker->world->requests++;

    /* no id is in two requests */

    for (i = 0; i < request->count; i++) {
        assert_int_equal(sim_id(worker->world, request->entries[i])->busy++,
                         0);
    }

    return VFS_OK;
}


static void
sim_cancel(void *data, vfs_request_t *request)
{
    unsigned       i;
    sim_worker_t  *worker;

    worker = data;

    for (i = 0; worker->sent[i] != request; i++) {
        assert_true(i < worker->nsent);
    }

    worker->sent[i] = worker->sent[--worker->nsent];

    for (i = 0; i < request->count; i++) {
        sim_id(worker->world, request->entries[i])->busy--;
    }

    /* it may have arrived all the same */

    if (sim_chance(worker->world, 500)
        && !sim_refuses(worker->world, request))
    {
        (void) sim_apply(worker->world, request, request->count);
    }
}


static int
sim_verify(void *data, vfs_error_t *err)
{
    return VFS_OK;
}


static int
sim_reread(void *data, const vfs_position_t *position, vfs_record_t *record,
    vfs_error_t *err)
{
    sim_worker_t  *worker;
    sim_record_t  *from;

    worker = data;

    if (sim_chance(worker->world, worker->world->faults.reread)) {
        vfs_error_set(err, "no broker");
        return VFS_ERROR;
    }

    from = &worker->world->logs[VFS_ENTITY_USER][position->partition]
                .records[position->offset];

    memset(record, 0, sizeof(vfs_record_t));

    record->partition = position->partition;
    record->offset = position->offset;
    record->key = from->key;
    record->key_len = strlen(from->key);
    record->value = from->value;
    record->len = from->len;

    return VFS_OK;
}


/* Any request that is on its way gets an answer, good or bad. */

static void
sim_answer(sim_worker_t *worker)
{
    char            body[64];
    unsigned        i, applied;
    sim_world_t    *world;
    vfs_answer_t    answer;
    vfs_request_t  *request;

    world = worker->world;

    if (worker->nsent == 0) {
        return;
    }

    i = (unsigned) sim_random(world, worker->nsent);
    request = worker->sent[i];
    worker->sent[i] = worker->sent[--worker->nsent];

    memset(&answer, 0, sizeof(vfs_answer_t));

    answer.operation = request->operation;
    answer.count = request->count;
    answer.retry_after_ms = -1;
    answer.elapsed_ms = (int64_t) sim_random(world, 50);
    answer.status = 200;

    applied = request->count;

    if (sim_refuses(world, request)) {
        answer.status = 400;
        applied = 0;

    } else if (sim_chance(world, world->faults.answer)) {

        switch (sim_random(world, 5)) {

        case 0:
            answer.status = 429;
            answer.retry_after_ms = (int64_t) sim_random(world, 30);
            applied = 0;
            break;

        case 1: /* and yet it was done */
            answer.status = 500;
            break;

        case 2:
            answer.status = 503;
            applied = 0;
            break;

        case 3: /* the connection broke, before or after */
            answer.status = 0;
            answer.failure = "reset";
            applied = (unsigned) sim_random(world, 2) * request->count;
            break;

        default: /* a part was done, and the answer says so */
            applied = (unsigned) sim_random(world, request->count);

            if (request->operation == VFS_DELETE) {
                answer.status = 504;
            }

            break;
        }
    }

    applied = sim_apply(world, request, applied);

    for (i = 0; i < request->count; i++) {
        sim_id(world, request->entries[i])->busy--;
    }

    (void) snprintf(body, sizeof(body), "{\"upsertedCount\":%u}", applied);

    answer.body = body;
    answer.len = strlen(body);

    vfs_lane_answer(request->lane, request, &answer);
}


static unsigned
sim_apply(sim_world_t *world, const vfs_request_t *request, unsigned max)
{
    int64_t           age;
    unsigned          i;
    sim_id_t         *id;
    vfs_json_t        json;
    vfs_json_token_t  token, span;

    vfs_json_init(&json, request->body.data, request->body.len);

    /* {"vectors":[ or {"ids":[ */

    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_OBJECT);
    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_NAME);
    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_ARRAY);

    for (i = 0; i < request->count; i++) {
        (void) vfs_json_next(&json, &token);
        assert_int_equal(vfs_json_skip(&json, &token, &span), 0);

        if (i >= max) {
            continue;
        }

        id = sim_id(world, request->entries[i]);

        free(id->text);
        id->text = NULL;

        if (request->operation == VFS_UPSERT) {
            id->text = strndup(span.start, span.len);

            age = sim_age(id->text);
            world->backwards += (age < id->age);
            id->age = age;
        }
    }

    assert_int_equal(vfs_json_next(&json, &token), VFS_JSON_ARRAY_END);

    return max;
}


static int
sim_refuses(sim_world_t *world, const vfs_request_t *request)
{
    size_t       len;
    unsigned     i;
    const char  *id;

    if (world->poisoned == NULL || request->operation != VFS_UPSERT) {
        return 0;
    }

    for (i = 0; i < request->count; i++) {
        id = vfs_key_id(&request->entries[i]->node.key, &len);

        if (len == strlen(world->poisoned)
            && memcmp(id, world->poisoned, len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static sim_id_t *
sim_id(sim_world_t *world, const vfs_pending_t *entry)
{
    char          name[256];
    size_t        i, len;
    const char   *id;
    vfs_entity_e  entity;

    entity = vfs_key_entity(&entry->node.key);
    id = vfs_key_id(&entry->node.key, &len);

    (void) snprintf(name, sizeof(name), "%s/%s:%.*s",
                    world->def->features[entity].namespace_name,
                    vfs_entity_name(entity), (int) len, id);

    for (i = 0; i < world->nids; i++) {

        if (strcmp(world->ids[i].name, name) == 0) {
            return &world->ids[i];
        }
    }

    assert_true(world->nids < SIM_MAX_IDS);

    memset(&world->ids[i], 0, sizeof(sim_id_t));
    world->ids[i].name = strdup(name);
    world->nids++;

    return &world->ids[i];
}


/* Of a user the offset of the last event, of an item the number of events. */

static int64_t
sim_age(const char *text)
{
    const char  *p;

    if (strncmp(text, "{\"id\":\"user:", 12) == 0) {
        p = strstr(text, "\"vfs_watermark\":\"");
        assert_non_null(p);

        return atol(strchr(p + 17, ':') + 1);
    }

    p = strstr(text, "\"vfs_count\":");
    assert_non_null(p);

    return atol(p + 12);
}
