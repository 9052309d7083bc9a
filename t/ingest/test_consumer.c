
/*
 * Copyright (C) the vfs authors
 */


/*
 * The consumer against librdkafka's broker in memory.  The library's questions
 * before partitions are read are replaced by ones that can be told to fail.
 */

#include "vfs_ingest_consumer.h"
#include "vfs_log.h"

#include <dlfcn.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <librdkafka/rdkafka_mock.h>


#define TEST_TOPIC    "events"
#define TEST_RECORDS  1000
#define TEST_BATCH    10
#define TEST_SECONDS  30

#define TEST_REAL(function)                                                   \
    ((__typeof__(&function)) dlsym(RTLD_NEXT, #function))


typedef struct {
    rd_kafka_t               *broker;
    rd_kafka_mock_cluster_t  *cluster;
    char                      brokers[128];
    vfs_ingest_settings_t     settings;
    vfs_consumer_conf_t       conf;
    vfs_consumer_t           *consumer;
    int64_t                   until;
} test_world_t;


static unsigned             test_asked;     /* for partitions, so often */
static unsigned             test_fails;     /* the next ones of these */
static rd_kafka_resp_err_t  test_metadata;  /* in this way */
static rd_kafka_resp_err_t  test_committed;


rd_kafka_resp_err_t
rd_kafka_metadata(rd_kafka_t *rk, int all, rd_kafka_topic_t *topic,
    const struct rd_kafka_metadata **found, int timeout_ms)
{
    rd_kafka_resp_err_t  code;

    code = TEST_REAL(rd_kafka_metadata)(rk, all, topic, found, timeout_ms);
    test_asked++;

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && test_fails != 0) {
        test_fails--;
        (*found)->topics[0].err = test_metadata;
    }

    return code;
}


rd_kafka_resp_err_t
rd_kafka_committed(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *parts,
    int timeout_ms)
{
    rd_kafka_resp_err_t  code;

    code = TEST_REAL(rd_kafka_committed)(rk, parts, timeout_ms);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        parts->elems[0].err = test_committed;
    }

    return code;
}


static int64_t
test_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static int
test_assign(void *data, vfs_entity_e entity, int32_t partition,
    const vfs_assignment_t *assignment, int64_t *start, vfs_error_t *err)
{
    *start = assignment->begin;

    return VFS_OK;
}


static void
test_revoke(void *data, int lost)
{
    /* void */
}


static int
test_offset(void *data, vfs_entity_e entity, int32_t partition,
    int64_t *offset)
{
    return VFS_DECLINED;
}


/* What is waited for in vain ends in time. */

static int
test_stopping(void *data)
{
    test_world_t  *world;

    world = data;

    return test_now() > world->until;
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

    test_fails = 0;
    test_asked = 0;
    test_committed = RD_KAFKA_RESP_ERR_NO_ERROR;

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

    world->until = test_now() + TEST_SECONDS * 1000;

    world->settings.brokers = world->brokers;
    world->settings.group = "test";

    world->conf.settings = &world->settings;
    world->conf.topics[VFS_ENTITY_USER] = TEST_TOPIC;
    world->conf.mark = "mark";
    world->conf.data = world;
    world->conf.assign = test_assign;
    world->conf.revoke = test_revoke;
    world->conf.offset = test_offset;
    world->conf.position = test_offset;
    world->conf.stopping = test_stopping;

    world->consumer = vfs_consumer_create(&world->conf, &err);
    assert_non_null(world->consumer);

    assert_int_equal(vfs_consumer_subscribe(world->consumer, &err), VFS_OK);

    return 0;
}


static int
test_teardown(void **state)
{
    test_world_t  *world;

    world = *state;

    vfs_consumer_destroy(world->consumer);
    rd_kafka_mock_cluster_destroy(world->cluster);
    rd_kafka_destroy(world->broker);
    free(world);

    return 0;
}


static void
test_produce(test_world_t *world)
{
    int               i;
    rd_kafka_t       *rk;
    rd_kafka_conf_t  *conf;

    conf = rd_kafka_conf_new();
    assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers",
                                       world->brokers, NULL, 0),
                     RD_KAFKA_CONF_OK);

    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
    assert_non_null(rk);

    for (i = 0; i < TEST_RECORDS; i++) {
        assert_int_equal(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(TEST_TOPIC),
                                           RD_KAFKA_V_VALUE("{}", 2),
                                           RD_KAFKA_V_END),
                         RD_KAFKA_RESP_ERR_NO_ERROR);
    }

    assert_int_equal(rd_kafka_flush(rk, TEST_SECONDS * 1000),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(rk);
}


/* Reads once the consumer says that there is something. */

static int
test_read(test_world_t *world, size_t *n, vfs_error_t *err)
{
    struct pollfd         pfd;
    const vfs_record_t   *records;

    pfd.fd = vfs_consumer_fd(world->consumer);
    pfd.events = POLLIN;

    assert_int_equal(poll(&pfd, 1, TEST_SECONDS * 1000), 1);

    return vfs_consumer_read(world->consumer, TEST_BATCH, 1024 * 1024,
                             &records, n, err);
}


/* The client signals only what comes when its queue is empty. */

static void
test_it_is_ready_as_long_as_there_is_more(void **state)
{
    size_t         n, total;
    vfs_error_t    err;
    test_world_t  *world;

    world = *state;

    test_produce(world);

    for (total = 0; total < TEST_RECORDS; total += n) {
        assert_true(test_now() < world->until);
        assert_int_equal(test_read(world, &n, &err), VFS_OK);
    }

    assert_int_equal(total, TEST_RECORDS);
}


static void
test_until_it_fails(test_world_t *world, const char *expected)
{
    size_t       n;
    vfs_error_t  err;

    while (test_read(world, &n, &err) == VFS_OK) {
        assert_int_equal(n, 0);
        assert_true(test_now() < world->until);
    }

    assert_string_equal(err.text, expected);
    assert_true(test_now() < world->until);
}


static void
test_partitions_that_may_not_be_seen(void **state)
{
    test_world_t  *world;

    world = *state;

    test_fails = -1;
    test_metadata = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;

    test_until_it_fails(world, "Kafka does not tell the number of partitions: "
                        "Broker: Topic authorization failed");
    assert_int_equal(test_asked, 1);
}


static void
test_offsets_that_may_not_be_seen(void **state)
{
    test_world_t  *world;

    world = *state;

    test_produce(world);

    test_committed = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;

    test_until_it_fails(world, "Kafka does not tell committed offsets: "
                        "Broker: Topic authorization failed");
}


/* What goes by waiting is waited for, and the log says what it is. */

static void
test_partitions_that_are_told_later(void **state)
{
    int            saved, fds[2];
    char           text[4096];
    size_t         n;
    ssize_t        len;
    vfs_error_t    err;
    test_world_t  *world;

    world = *state;

    test_produce(world);

    test_fails = 2;
    test_metadata = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;

    saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(fds), 0);
    assert_true(dup2(fds[1], STDERR_FILENO) != -1);
    vfs_log_init("test", VFS_LOG_WARN);

    do {
        n = 0;
    } while (test_read(world, &n, &err) == VFS_OK
             && n == 0
             && test_now() < world->until);

    vfs_log_init("test", VFS_LOG_ERROR);
    (void) dup2(saved, STDERR_FILENO);
    (void) close(saved);
    (void) close(fds[1]);

    len = read(fds[0], text, sizeof(text) - 1);
    (void) close(fds[0]);

    assert_true(len > 0);
    text[len] = '\0';

    assert_non_null(strstr(text, "event=kafka_unavailable question=\"the "
                           "number of partitions\" "
                           "code=LEADER_NOT_AVAILABLE"));
    assert_int_equal(test_asked, 3);
    assert_true(n > 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(
            test_it_is_ready_as_long_as_there_is_more, test_setup,
            test_teardown),
        cmocka_unit_test_setup_teardown(test_partitions_that_may_not_be_seen,
                                        test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_offsets_that_may_not_be_seen,
                                        test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_partitions_that_are_told_later,
                                        test_setup, test_teardown),
    };

    vfs_log_init("test", VFS_LOG_ERROR);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
