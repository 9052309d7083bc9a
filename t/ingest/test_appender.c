
/*
 * Copyright (C) the vfs authors
 */


/*
 * The appender against librdkafka's broker in memory.  The library's functions
 * that serve reports are replaced by ones that can be made to serve none: a
 * thread of the client that hangs, in a look-up of a name for example.
 */

#include "sim_replay.h"
#include "vfs_ingest_appender.h"
#include "vfs_log.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <librdkafka/rdkafka_mock.h>


#define TEST_TOPIC    "features"
#define TEST_SECONDS  30
#define TEST_RECORDS  3

#define TEST_REAL(function)                                                   \
    ((__typeof__(&function)) dlsym(RTLD_NEXT, #function))


typedef struct {
    rd_kafka_t               *broker;
    rd_kafka_mock_cluster_t  *cluster;
    char                      brokers[128];
    vfs_ingest_settings_t     settings;
    vfs_definition_t         *def;
    vfs_io_t                  io;
    vfs_lane_conf_t           conf;
    vfs_pending_set_t         pending;
    vfs_lane_t                lane;
    vfs_appender_t           *appender;
} test_world_t;


static int          test_hangs;
static unsigned     test_clients;       /* made so far */
static rd_kafka_t  *test_client;        /* the newest of them */


rd_kafka_t *
rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *text,
    size_t size)
{
    test_client = TEST_REAL(rd_kafka_new)(type, conf, text, size);
    test_clients++;

    return test_client;
}


int
rd_kafka_poll(rd_kafka_t *rk, int timeout_ms)
{
    return test_hangs ? 0 : TEST_REAL(rd_kafka_poll)(rk, timeout_ms);
}


rd_kafka_resp_err_t
rd_kafka_flush(rd_kafka_t *rk, int timeout_ms)
{
    return test_hangs ? RD_KAFKA_RESP_ERR__TIMED_OUT
                      : TEST_REAL(rd_kafka_flush)(rk, timeout_ms);
}


rd_kafka_resp_err_t
rd_kafka_purge(rd_kafka_t *rk, int flags)
{
    return test_hangs ? RD_KAFKA_RESP_ERR__TIMED_OUT
                      : TEST_REAL(rd_kafka_purge)(rk, flags);
}


static int64_t
test_now(void *data)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static int
test_append(void *data, vfs_request_t *request, vfs_error_t *err)
{
    test_world_t  *world;

    world = data;

    return vfs_appender_send(world->appender, request, err);
}


static void
test_disown(void *data, vfs_request_t *request)
{
    test_world_t  *world;

    world = data;

    vfs_appender_disown(world->appender, request);
}


static int
test_setup(void **state)
{
    vfs_error_t       err;
    test_world_t     *world;
    rd_kafka_conf_t  *conf;

    world = calloc(1, sizeof(test_world_t));
    assert_non_null(world);
    *state = world;

    test_hangs = 0;
    conf = rd_kafka_conf_new();
    (void) rd_kafka_conf_set(conf, "log_level", "3", NULL, 0);
    world->broker = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
    assert_non_null(world->broker);
    world->cluster = rd_kafka_mock_cluster_new(world->broker, 1);
    assert_int_equal(rd_kafka_mock_topic_create(world->cluster, TEST_TOPIC, 1,
                                                1),
                     RD_KAFKA_RESP_ERR_NO_ERROR);

    (void) snprintf(world->brokers, sizeof(world->brokers), "%s",
                    rd_kafka_mock_cluster_bootstraps(world->cluster));

    world->settings.brokers = world->brokers;
    world->def = vfs_definition_parse(sim_definition, strlen(sim_definition),
                                      &err);
    assert_non_null(world->def);

    world->io.data = world;
    world->io.now = test_now;
    world->io.append = test_append;
    world->io.disown = test_disown;

    world->conf.max_records = TEST_RECORDS;
    world->conf.max_bytes = 10000;
    world->conf.max_in_flight = 4;
    world->conf.backoff_ms = 1;

    assert_int_equal(vfs_pending_init(&world->pending), VFS_OK);

    world->lane.conf = &world->conf;
    world->lane.def = world->def;
    world->lane.io = &world->io;
    world->lane.pending = &world->pending;

    assert_int_equal(vfs_lane_init(&world->lane, VFS_ENTITY_USER), VFS_OK);

    world->appender = vfs_appender_create(&world->settings, TEST_TOPIC, &err);
    assert_non_null(world->appender);

    return 0;
}


static int
test_teardown(void **state)
{
    test_world_t  *world;

    world = *state;

    vfs_lane_destroy(&world->lane);
    vfs_appender_destroy(world->appender);
    vfs_pending_destroy(&world->pending);
    vfs_definition_free(world->def);
    rd_kafka_mock_cluster_destroy(world->cluster);
    rd_kafka_destroy(world->broker);
    free(world);

    return 0;
}


/* A request that the index has stored goes to the log. */

static void
test_stored(test_world_t *world, vfs_progress_t *progress, int64_t first)
{
    int             i;
    char            id[16];
    vfs_key_t       key;
    vfs_change_t    change;
    vfs_request_t  *request;
    vfs_version_t   version;

    request = vfs_lane_request(&world->lane, VFS_UPSERT);
    assert_non_null(request);

    vfs_versions_clear(&request->versions);
    memset(&version, 0, sizeof(vfs_version_t));
    version.watermark = "0:1";
    version.watermark_len = 3;

    for (i = 0; i < TEST_RECORDS; i++) {
        (void) snprintf(id, sizeof(id), "u%d", (int) first + i);
        vfs_key_set(&key, VFS_ENTITY_USER, 0, id, strlen(id));

        memset(&change, 0, sizeof(vfs_change_t));
        change.first = first + i;

        assert_int_equal(vfs_pending_add(&world->pending, progress, &key,
                                         &change), VFS_OK);

        request->entries[i] = vfs_pending_take(&world->pending,
                                               VFS_ENTITY_USER);
        assert_non_null(request->entries[i]);
        vfs_pending_send(request->entries[i]);

        assert_int_equal(vfs_versions_add(&request->versions, &version),
                         VFS_OK);
    }

    request->count = TEST_RECORDS;

    vfs_lane_log(&world->lane, request, 1);
}


static size_t
test_count(const vfs_requests_t *requests)
{
    size_t          n;
    vfs_request_t  *request;

    n = 0;

    TAILQ_FOREACH(request, requests, link)
    {
        n++;
    }

    return n;
}


/* Serves appender and lane until the log has all. */

static void
test_until_logged(test_world_t *world)
{
    int64_t          until;
    struct timespec  pause;

    until = test_now(NULL) + TEST_SECONDS * 1000;

    while (world->lane.nlogging != 0) {
        assert_true(test_now(NULL) < until);

        vfs_appender_run(world->appender);
        vfs_lane_log_again(&world->lane, test_now(NULL));

        pause.tv_sec = 0;
        pause.tv_nsec = 1000000;
        (void) nanosleep(&pause, NULL);
    }

    assert_int_equal(world->pending.map.count, 0);
}


static void
test_what_is_stored_is_logged(void **state)
{
    test_world_t    *world;
    vfs_progress_t   progress;

    world = *state;

    vfs_progress_init(&progress);
    test_stored(world, &progress, 0);
    test_stored(world, &progress, 100);
    test_until_logged(world);

    assert_int_equal(vfs_progress_offset(&progress, 200), 200);
    assert_null(vfs_appender_stop(world->appender));
}


static void
test_fatal(void)
{
    assert_int_equal(rd_kafka_test_fatal_error(test_client,
                         RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                         "a test"),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
}


static void
test_a_fatal_error_is_survived(void **state)
{
    unsigned         clients;
    test_world_t    *world;
    vfs_progress_t   progress;

    world = *state;

    (void) rd_kafka_mock_broker_set_down(world->cluster, 1);

    vfs_progress_init(&progress);
    test_stored(world, &progress, 0);
    test_stored(world, &progress, 100);

    clients = test_clients;
    test_fatal();
    vfs_appender_run(world->appender);

    assert_int_equal(test_count(&world->lane.logging), 0);
    assert_int_equal(test_count(&world->lane.unlogged), 2);

    (void) rd_kafka_mock_broker_set_up(world->cluster, 1);

    test_until_logged(world);

    assert_int_equal(test_clients, clients + 1);
    assert_null(vfs_appender_stop(world->appender));
}


/* A client that is closed with reports outstanding gives them no more. */

static void
test_lost_reports_are_failures(void **state)
{
    test_world_t    *world;
    vfs_progress_t   progress;

    world = *state;

    (void) rd_kafka_mock_broker_set_down(world->cluster, 1);

    vfs_progress_init(&progress);
    test_stored(world, &progress, 0);
    test_stored(world, &progress, 100);

    test_hangs = 1;
    test_fatal();
    vfs_appender_run(world->appender);

    assert_int_equal(test_count(&world->lane.logging), 0);
    assert_int_equal(test_count(&world->lane.unlogged), 2);
    assert_int_equal(world->lane.nlogging, 2);
    assert_int_equal(world->pending.map.count, 2 * TEST_RECORDS);

    test_hangs = 0;
    (void) rd_kafka_mock_broker_set_up(world->cluster, 1);

    test_until_logged(world);

    assert_int_equal(vfs_progress_offset(&progress, 200), 200);
}


/* What was revoked is no one's, whether it is reported or not. */

static void
test_what_is_disowned_is_forgotten(void **state)
{
    test_world_t    *world;
    vfs_progress_t   progress;

    world = *state;

    (void) rd_kafka_mock_broker_set_down(world->cluster, 1);

    vfs_progress_init(&progress);
    test_stored(world, &progress, 0);

    vfs_lane_clear(&world->lane);
    vfs_pending_clear(&world->pending);

    test_hangs = 1;
    test_fatal();
    vfs_appender_run(world->appender);

    assert_int_equal(test_count(&world->lane.logging), 0);
    assert_int_equal(test_count(&world->lane.unlogged), 0);
    assert_int_equal(world->lane.nlogging, 0);

    test_hangs = 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_stored_is_logged,
                                        test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_a_fatal_error_is_survived,
                                        test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_lost_reports_are_failures,
                                        test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_disowned_is_forgotten,
                                        test_setup, test_teardown),
    };

    vfs_log_init("test", VFS_LOG_ERROR);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
