
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_metrics.h"
#include "vfs_index_query.h"

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


/* So many that a pool scans them, and fewer than the greatest topK. */

#define TEST_KEPT   5000
#define TEST_COMES  100


typedef struct {
    vfs_service_t      service;
    vfs_request_t      r;
    vfs_query_t        query;
    vfs_collection_t  *c;
    sem_t              finished;
    int                rc;
} test_world_t;


static void test_put(vfs_collection_t *c, const char *prefix, uint32_t i,
    float value);


/* In the place of the HTTP server's: records come before the scan does. */

void
vfs_request_suspend(vfs_request_t *r)
{
    uint32_t       i;
    test_world_t  *world;

    world = r->connection;

    for (i = 0; i < TEST_COMES; i++) {
        test_put(world->c, "new", i, 2);
    }
}


void
vfs_request_finish(vfs_request_t *r, int rc)
{
    test_world_t  *world;

    world = r->connection;
    world->rc = rc;
    (void) sem_post(&world->finished);
}


static void
test_put(vfs_collection_t *c, const char *prefix, uint32_t i, float value)
{
    char         name[32];
    uint32_t     row;
    vfs_str_t    id;
    vfs_node_t  *node;

    id.data = name;
    id.len = (size_t) sprintf(name, "%s%u", prefix, i);

    row = vfs_row_take(c);
    node = vfs_node_create(id, row);
    assert_non_null(node);

    (void) pthread_rwlock_wrlock(&c->lock);
    assert_int_equal(vfs_collection_reserve(c, 1), VFS_OK);
    vfs_collection_put(c, row, node, NULL, &value);
    (void) pthread_rwlock_unlock(&c->lock);
}


static void
test_setup(test_world_t *world, const vfs_index_shape_t *shape)
{
    uint32_t     row, i;
    vfs_error_t  err;

    static const float  one = 1;

    memset(world, 0, sizeof(test_world_t));
    assert_int_equal(sem_init(&world->finished, 0, 0), 0);

    world->service.kernel = vfs_kernel_best();
    world->service.metrics = vfs_metrics_create(1);
    world->service.pool = vfs_pool_start(2, &err);
    assert_non_null(world->service.metrics);
    assert_non_null(world->service.pool);

    world->r.connection = world;
    world->r.service = &world->service;
    vfs_arena_init(&world->r.arena);
    vfs_buf_init(&world->r.reply, VFS_REPLY_MAX);

    world->query.ns.data = "";
    world->query.query.values = &one;
    world->query.query.nvalues = 1;
    world->query.top_k = 10000;

    world->c = vfs_collection_create(1, shape);
    assert_non_null(world->c);

    /* the rows of some that are gone are free among those of the others */

    for (i = 0; i < TEST_COMES; i++) {
        test_put(world->c, "gone", i, 1);
    }

    for (i = 0; i < TEST_KEPT; i++) {
        test_put(world->c, "kept", i, 1);
    }

    for (row = 0; row < TEST_COMES; row++) {
        vfs_collection_remove(world->c, row);
    }
}


static void
test_teardown(test_world_t *world)
{
    vfs_pool_stop(world->service.pool);
    vfs_collection_release(world->c);
    free(world->service.metrics);
    vfs_buf_free(&world->r.reply);
    vfs_arena_free(&world->r.arena);
    (void) sem_destroy(&world->finished);
}


/* A query for more than there is finds all that is there all the time. */

static void
test_records_come_before_the_scan(void **state)
{
    char               *reply, *at, text[32];
    uint32_t            i, n;
    test_world_t        world;
    vfs_index_shape_t   shape;

    shape.dimension = 1;
    shape.metric = VFS_INDEX_DOTPRODUCT;

    test_setup(&world, &shape);
    vfs_collection_acquire(world.c);

    assert_int_equal(vfs_query_run(&world.r, &world.query, &shape, world.c),
                     VFS_AGAIN);
    assert_int_equal(sem_wait(&world.finished), 0);
    assert_int_equal(world.rc, VFS_OK);

    reply = strndup(world.r.reply.data, world.r.reply.len);
    assert_non_null(reply);

    for (i = 0; i < TEST_KEPT; i++) {
        (void) snprintf(text, sizeof(text), "\"kept%u\"", i);
        assert_non_null(strstr(reply, text));
    }

    n = 0;

    for (at = reply; (at = strstr(at, "{\"id\":")) != NULL; at++) {
        n++;
    }

    assert_int_equal(n, TEST_KEPT + TEST_COMES);

    free(reply);
    test_teardown(&world);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_records_come_before_the_scan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
