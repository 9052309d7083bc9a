
/*
 * Copyright (C) the vfs authors
 */


#include "sim_replay.h"
#include "vfs_float.h"
#include "vfs_version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define SIM_DIMENSIONS  16


static int sim_append(void *data, vfs_request_t *request, vfs_error_t *err);
static void sim_disown(void *data, vfs_request_t *request);
static void sim_arrive(sim_worker_t *worker, vfs_request_t *request,
    unsigned n);
static void sim_assert_deletion(sim_world_t *world,
    const unsigned char *bytes, size_t len);
static int sim_is_admitted(sim_world_t *world, const char *name, size_t from);
static size_t sim_find(sim_world_t *world, const char *name, const char *text,
    size_t from);
static int sim_is_logged(const sim_record_t *record, const char *text);
static int sim_same_values(const vfs_version_t *version, const char *text);


void
sim_set_log(sim_worker_t *worker)
{
    worker->io.append = sim_append;
    worker->io.disown = sim_disown;
}


static int
sim_append(void *data, vfs_request_t *request, vfs_error_t *err)
{
    sim_worker_t  *worker;

    worker = data;

    assert_int_equal(request->versions.count, request->count);

    if (sim_chance(worker->world, worker->world->faults.append)) {
        vfs_error_set(err, "the queue is full");
        return VFS_ERROR;
    }

    assert_true(worker->nlogging < SIM_MAX_SENT);
    worker->logging[worker->nlogging++] = request;

    return VFS_OK;
}


/* Any part of it may arrive all the same. */

static void
sim_disown(void *data, vfs_request_t *request)
{
    unsigned       i;
    sim_worker_t  *worker;

    worker = data;

    for (i = 0; worker->logging[i] != request; i++) {
        assert_true(i < worker->nlogging);
    }

    worker->logging[i] = worker->logging[--worker->nlogging];

    sim_arrive(worker, request,
               (unsigned) sim_random(worker->world, request->count + 1));
}


void
sim_append_done(sim_worker_t *worker)
{
    unsigned        i;
    sim_world_t    *world;
    vfs_request_t  *request;

    world = worker->world;

    if (worker->nlogging == 0) {
        return;
    }

    i = (unsigned) sim_random(world, worker->nlogging);
    request = worker->logging[i];
    worker->logging[i] = worker->logging[--worker->nlogging];

    if (sim_chance(world, world->faults.append)) {
        sim_arrive(worker, request,
                   (unsigned) sim_random(world, request->count + 1));
        vfs_lane_logged(request->lane, request, VFS_ERROR);
        return;
    }

    sim_arrive(worker, request, request->count);
    vfs_lane_logged(request->lane, request, VFS_OK);
}


static void
sim_arrive(sim_worker_t *worker, vfs_request_t *request, unsigned n)
{
    char                  name[256];
    size_t                len, id_len;
    unsigned              i;
    const char           *id;
    vfs_entity_e          entity;
    const unsigned char  *bytes;

    for (i = 0; i < n; i++) {
        entity = vfs_key_entity(&request->entries[i]->node.key);
        id = vfs_key_id(&request->entries[i]->node.key, &id_len);

        (void) snprintf(name, sizeof(name), "%s/%s:%.*s",
                        worker->world->def->features[entity].namespace_name,
                        vfs_entity_name(entity), (int) id_len, id);

        bytes = vfs_versions_get(&request->versions, i, &len);

        sim_assert_deletion(worker->world, bytes, len);

        sim_log_add(&worker->world->features, name, strlen(name),
                    (const char *) bytes, len, worker->world->now, NULL);
    }
}


/* It has a time, and that of the tombstone where one ended the state. */

static void
sim_assert_deletion(sim_world_t *world, const unsigned char *bytes, size_t len)
{
    char           watermark[256];
    vfs_error_t    err;
    sim_record_t  *record;
    vfs_version_t  version;
    unsigned long  partition, offset;

    assert_int_equal(vfs_version_decode(bytes, len, &version, &err), VFS_OK);

    if (version.dimension != 0) {
        return;
    }

    assert_true(version.event_ms > 0);

    (void) snprintf(watermark, sizeof(watermark), "%.*s",
                    (int) version.watermark_len, version.watermark);

    if (strchr(watermark, ',') != NULL) {
        return;
    }

    assert_int_equal(sscanf(watermark, "%lu:%lu", &partition, &offset), 2);

    record = &world->logs[VFS_ENTITY_USER][partition].records[offset];

    if (record->value == NULL) {
        assert_int_equal(version.event_ms, record->time_ms);
    }
}


void
sim_assert_logged(sim_world_t *world)
{
    size_t         i, k, from, *next;
    sim_record_t  *record;

    /* for each id, how far its versions are found */

    next = calloc(world->nids + 1, sizeof(size_t));
    assert_non_null(next);

    for (i = 0; i < world->visible.n; i++) {
        record = &world->visible.records[i];

        for (k = 0; strcmp(world->ids[k].name, record->key) != 0; k++) {
            assert_true(k < world->nids);
        }

        from = next[k];
        next[k] = sim_find(world, record->key, record->value, from);

        if (next[k] == world->features.n) {
            next[k] = from;

            if (sim_is_admitted(world, record->key, from)) {
                continue;
            }

            fail_msg("a version of %s that was visible is not in the log: %s",
                     record->key, (record->value != NULL) ? record->value
                                                          : "none");
        }
    }

    free(next);
}


/* Whether a version of the id that comes later says that one may lack. */

static int
sim_is_admitted(sim_world_t *world, const char *name, size_t from)
{
    vfs_error_t    err;
    sim_record_t  *record;
    vfs_version_t  version;

    for ( /* void */ ; from < world->features.n; from++) {
        record = &world->features.records[from];

        if (strcmp(record->key, name) == 0
            && vfs_version_decode((const unsigned char *) record->value,
                                  record->len, &version, &err)
               == VFS_OK
            && version.sent_ms == 0)
        {
            return 1;
        }
    }

    return 0;
}


static size_t
sim_find(sim_world_t *world, const char *name, const char *text, size_t from)
{
    sim_record_t  *record;

    for ( /* void */ ; from < world->features.n; from++) {
        record = &world->features.records[from];

        if (strcmp(record->key, name) == 0 && sim_is_logged(record, text)) {
            break;
        }
    }

    return from;
}


static int
sim_is_logged(const sim_record_t *record, const char *text)
{
    char           watermark[256];
    vfs_error_t    err;
    vfs_version_t  version;

    if (vfs_version_decode((const unsigned char *) record->value, record->len,
                           &version, &err)
        != VFS_OK)
    {
        fail_msg("%s", err.text);
    }

    assert_true(version.visible_ms >= version.sent_ms);
    assert_true(version.visible_ms > 0);

    if (text == NULL) {
        return version.dimension == 0;
    }

    (void) snprintf(watermark, sizeof(watermark),
                    "\"vfs_watermark\":\"%.*s\"", (int) version.watermark_len,
                    version.watermark);

    return strstr(text, watermark) != NULL && sim_same_values(&version, text);
}


static int
sim_same_values(const vfs_version_t *version, const char *text)
{
    float        value, values[SIM_DIMENSIONS];
    unsigned     i;
    const char  *p, *last;

    assert_true(version->dimension <= SIM_DIMENSIONS);

    vfs_version_values(version, values);

    last = text + strlen(text);
    p = strstr(text, "\"values\":[") + 10;

    for (i = 0; i < version->dimension; i++) {
        p = vfs_float_read(p, last, &value);

        if (p == NULL || memcmp(&value, &values[i], sizeof(float)) != 0) {
            return 0;
        }

        p++;
    }

    return version->dimension != 0 && p[-1] == ']';
}
