
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

#include <cmocka.h>


static int64_t sim_now(void *data);
static int64_t sim_time(void *data);
static double sim_uniform(void *data);
static int sim_produce(void *data, const vfs_message_t *message,
    vfs_error_t *err);
static int sim_unsent(void *data, vfs_error_t *err);
static void sim_forgive(void *data);
static int sim_request(void *data, vfs_request_t *request, vfs_error_t *err);
static void sim_cancel(void *data, vfs_request_t *request);
static int sim_verify(void *data, vfs_error_t *err);
static int sim_reread(void *data, const vfs_position_t *position,
    vfs_record_t *record, vfs_error_t *err);
static unsigned sim_apply(sim_world_t *world, const vfs_request_t *request,
    unsigned max);
static int sim_refuses(sim_world_t *world, const vfs_request_t *request);
static sim_id_t *sim_id(sim_world_t *world, const vfs_pending_t *entry);
static int64_t sim_age(const char *text);


void
sim_set_io(sim_worker_t *worker)
{
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

void
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

void
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
    answer.elapsed_us = (int64_t) sim_random(world, 50000);

    if (sim_chance(world, world->faults.slow)) {
        answer.elapsed_us += 2000000;
    }

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

        sim_log_add(&world->visible, id->name, strlen(id->name), id->text,
                    (id->text != NULL) ? strlen(id->text) : 0, world->now,
                    NULL);
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
