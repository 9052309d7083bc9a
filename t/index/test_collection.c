
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_collection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define TEST_IDS  500


static uint64_t  test_seed = 3;


static uint32_t
test_random(uint32_t n)
{
    test_seed = test_seed * 6364136223846793005ULL + 1442695040888963407ULL;

    return (uint32_t) ((test_seed >> 33) % n);
}


static vfs_str_t
test_id(char *buf, uint32_t i)
{
    vfs_str_t  id;

    id.data = buf;
    id.len = sprintf(buf, i % 3 == 0 ? "id-%u" : "%u", i);

    return id;
}


static void
test_put(vfs_collection_t *c, vfs_str_t id, float value)
{
    float        values[3];
    uint32_t     row;
    vfs_node_t  *node, *old;

    values[0] = value;
    values[1] = 1;
    values[2] = -value;

    old = vfs_collection_find(c, id);
    node = NULL;

    if (old == NULL) {
        row = vfs_row_take(c);
        node = vfs_node_create(id, row);
        assert_non_null(node);

    } else {
        row = old->row;
    }

    assert_int_equal(vfs_collection_reserve(c, 1), VFS_OK);
    vfs_collection_put(c, row, node, NULL, values);
}


static void
test_order(vfs_collection_t *c, const float *expected)
{
    char          buf[16];
    uint32_t      i, n, live, position;
    vfs_str_t     id;
    vfs_node_t  **order;

    order = vfs_collection_order(c, &n);
    assert_non_null(order);
    live = 0;

    for (i = 0; i < n; i++) {
        live += !order[i]->dead;

        if (i != 0) {
            assert_true(vfs_id_compare(vfs_node_id(order[i - 1]),
                                       vfs_node_id(order[i])) < 0);
        }
    }

    assert_int_equal(live, c->nrecords);

    for (i = 0; i < TEST_IDS; i++) {
        id = test_id(buf, i);
        position = vfs_order_from(order, n, id);

        if (expected[i] != 0) {
            assert_true(position < n);
            assert_int_equal(vfs_id_compare(vfs_node_id(order[position]), id),
                             0);
            assert_int_equal(vfs_order_after(order, n, id), position + 1);

        } else {
            assert_int_equal(vfs_order_after(order, n, id), position);
        }
    }

    (void) pthread_rwlock_unlock(&c->lock);
}


/* Random changes; now and then everything is compared with a plain array. */

static void
test_random_changes(void **state)
{
    char                buf[16];
    float               expected[TEST_IDS];
    uint32_t            i, n, round;
    vfs_str_t           id;
    vfs_node_t         *node;
    vfs_collection_t   *c;
    vfs_index_shape_t   shape;

    shape.dimension = 3;
    shape.metric = VFS_INDEX_COSINE;
    c = vfs_collection_create(1, &shape);
    assert_non_null(c);
    memset(expected, 0, sizeof(expected));

    for (round = 0; round < 40000; round++) {
        i = test_random(TEST_IDS);
        id = test_id(buf, i);

        /* phases of growth and of decay */

        if (test_random(10) < (round / 8000 % 2 ? 2 : 7)) {
            expected[i] = (float) (round + 1);
            test_put(c, id, expected[i]);

        } else {
            node = vfs_collection_find(c, id);
            assert_int_equal(node != NULL, expected[i] != 0);

            if (node != NULL) {
                vfs_collection_remove(c, node->row);
                expected[i] = 0;
            }
        }

        if (round % 997 != 0) {
            continue;
        }

        n = 0;

        for (i = 0; i < TEST_IDS; i++) {
            node = vfs_collection_find(c, test_id(buf, i));
            assert_int_equal(node != NULL, expected[i] != 0);

            if (node != NULL) {
                n++;
                assert_ptr_equal(c->nodes[node->row], node);
                assert_true(vfs_collection_values(c, node->row)[0]
                            == expected[i]);
                assert_true(vfs_collection_values(c, node->row)[2]
                            == -expected[i]);
                assert_true(vfs_collection_values(c, node->row)[3] == 0);
            }
        }

        assert_int_equal(c->nrecords, n);
        assert_true(c->nrows <= TEST_IDS);

        if (round / 997 % 2) {
            test_order(c, expected);
        }
    }

    vfs_collection_release(c);
}


/* The first list may come between a group's reservation and its changes. */

static void
test_a_list_may_come_before_what_is_reserved(void **state)
{
    char                buf[16];
    float               expected[TEST_IDS];
    uint32_t            i, n, at, rows[TEST_IDS];
    vfs_node_t         *nodes[TEST_IDS];
    vfs_collection_t   *c;
    vfs_index_shape_t   shape;

    static const float  values[] = { 1, 2, 3 };

    shape.dimension = 3;
    shape.metric = VFS_INDEX_COSINE;

    /* "at": after how many of the changes the list comes */

    for (at = 0; at < 40; at++) {
        c = vfs_collection_create(1, &shape);
        assert_non_null(c);
        memset(expected, 0, sizeof(expected));

        for (n = 0; n < 3; n++) {
            expected[n] = 1;
            test_put(c, test_id(buf, n), 1);
        }

        for (i = n; i < 40; i++) {
            rows[i] = vfs_row_take(c);
            nodes[i] = vfs_node_create(test_id(buf, i), rows[i]);
            assert_non_null(nodes[i]);
        }

        assert_int_equal(vfs_collection_reserve(c, 40 - n), VFS_OK);

        for (i = n; i < 40; i++) {

            if (i == n + at) {
                test_order(c, expected);
            }

            vfs_collection_put(c, rows[i], nodes[i], NULL, values);
            expected[i] = 1;
        }

        test_order(c, expected);
        vfs_collection_release(c);
    }
}


/* A change of metadata alone is staged with the values of its row. */

static void
test_values_stay_readable_when_room_is_made(void **state)
{
    char                buf[16];
    float               value;
    uint32_t            n, k, row;
    vfs_node_t         *node;
    vfs_record_t        records[64];
    vfs_collection_t   *c;
    vfs_index_shape_t   shape;

    shape.dimension = 3;
    shape.metric = VFS_INDEX_EUCLIDEAN;

    c = vfs_collection_create(1, &shape);
    assert_non_null(c);

    for (n = 0; n < 40000; n = n == 0 ? 1 : 2 * n) {

        for (k = c->nrecords; k < n; k++) {
            test_put(c, test_id(buf, k), (float) k);
        }

        for (k = 0; k < 64 && k < n; k++) {
            node = vfs_collection_find(c, test_id(buf, n - 1 - k));
            assert_non_null(node);
            vfs_collection_record(c, node, &records[k]);
        }

        for (row = c->next_row; row < n + n / 2; row++) {
            assert_int_equal(vfs_row_take(c), row);
        }

        assert_int_equal(vfs_collection_reserve(c, n), VFS_OK);
        assert_int_equal(vfs_collection_reserve(c, n), VFS_OK);

        while (row > n) {
            vfs_row_give(c, --row);
        }

        while (k != 0) {
            value = (float) (n - k);
            k--;
            assert_true(records[k].values[0] == value);

            node = vfs_collection_find(c, test_id(buf, n - 1 - k));
            vfs_collection_put(c, node->row, NULL, NULL, records[k].values);
            vfs_collection_record(c, node, &records[k]);
            assert_true(records[k].values[0] == value
                        && records[k].values[2] == -value);
        }

        vfs_rows_settle(&c->rows);
    }

    for (k = 0; k < c->nrecords; k++) {
        node = vfs_collection_find(c, test_id(buf, k));
        vfs_collection_record(c, node, &records[0]);
        assert_true(records[0].values[0] == (float) k);
    }

    vfs_collection_release(c);
}


static void
test_a_row_given_back_is_taken_again(void **state)
{
    vfs_collection_t   *c;
    vfs_index_shape_t   shape;

    shape.dimension = 3;
    shape.metric = VFS_INDEX_DOTPRODUCT;
    c = vfs_collection_create(1, &shape);
    assert_non_null(c);

    assert_int_equal(vfs_row_take(c), 0);
    assert_int_equal(vfs_row_take(c), 1);
    vfs_row_give(c, 1);
    vfs_row_give(c, 0);
    assert_int_equal(vfs_row_take(c), 0);
    assert_int_equal(vfs_row_take(c), 1);
    assert_int_equal(c->nrows, 0);

    vfs_collection_release(c);
}


static void
test_records_survive_their_encoding(void **state)
{
    char             data[256] __attribute__((aligned(8)));
    size_t           i, size;
    vfs_record_t     record, decoded;

    static const float     values[] = { 1, -0.5f, 3e38f };
    static const float     weights[] = { 2, 4 };
    static const uint32_t  indices[] = { 7, 4000000000u };

    memset(&record, 0, sizeof(record));
    record.id.data = "some-id";
    record.id.len = 7;
    record.values = values;
    record.nvalues = 3;
    record.indices = indices;
    record.weights = weights;
    record.nsparse = 2;
    record.metadata.data = "meta";
    record.metadata.len = 4;

    size = vfs_record_size(&record);
    assert_true(size <= sizeof(data));
    vfs_record_encode(&record, data);

    assert_int_equal(vfs_record_decode(data, size, &decoded), VFS_OK);
    assert_int_equal(vfs_id_compare(decoded.id, record.id), 0);
    assert_memory_equal(decoded.values, values, sizeof(values));
    assert_memory_equal(decoded.indices, indices, sizeof(indices));
    assert_memory_equal(decoded.weights, weights, sizeof(weights));
    assert_int_equal(vfs_id_compare(decoded.metadata, record.metadata), 0);

    /* a flipped bit anywhere, or another length, is seen */

    for (i = 0; i < size * 8; i++) {
        data[i / 8] ^= (char) (1 << i % 8);
        assert_int_equal(vfs_record_decode(data, size, &decoded), VFS_ERROR);
        data[i / 8] ^= (char) (1 << i % 8);
    }

    for (i = 0; i < size; i++) {
        assert_int_equal(vfs_record_decode(data, i, &decoded), VFS_ERROR);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_random_changes),
        cmocka_unit_test(test_a_list_may_come_before_what_is_reserved),
        cmocka_unit_test(test_values_stay_readable_when_room_is_made),
        cmocka_unit_test(test_a_row_given_back_is_taken_again),
        cmocka_unit_test(test_records_survive_their_encoding),
    };

    return cmocka_run_group_tests_name("index collection", tests, NULL, NULL);
}
