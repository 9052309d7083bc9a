
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_answer.h"
#include "vfs_copy_printable.h"
#include "vfs_copy_records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>


/* Reads a record "a" of these members. */

static void
test_read(vfs_records_t *records, const char *members)
{
    char         body[1024];
    vfs_ids_t    ids;
    vfs_error_t  err;

    memset(&ids, 0, sizeof(vfs_ids_t));
    memset(records, 0, sizeof(vfs_records_t));

    assert_int_equal(vfs_ids_add(&ids, "a", 1), VFS_OK);
    (void) snprintf(body, sizeof(body), "{\"vectors\":{\"a\":{%s}}}", members);
    assert_int_equal(vfs_records_read(records, body, strlen(body), &ids, &err),
                     VFS_OK);
    assert_int_equal(records->found, 1);

    vfs_ids_free(&ids);
}


static unsigned
test_same(const char *one, const char *two)
{
    unsigned       same;
    vfs_records_t  a, b;

    test_read(&a, one);
    test_read(&b, two);
    assert_int_equal(vfs_records_same(&a, &b, 0, &same), VFS_OK);

    vfs_records_free(&a);
    vfs_records_free(&b);

    return same;
}


static void
test_values_are_compared_as_bits(void **state)
{
    assert_true(test_same("\"values\":[1,0.1]",
                          "\"values\":[1.0,0.1000000014901161]"));
    assert_true(test_same("\"values\":[]", ""));
    assert_false(test_same("\"values\":[0.1]", "\"values\":[0.10000001]"));
    assert_false(test_same("\"values\":[0]", "\"values\":[-0]"));
    assert_false(test_same("\"values\":[1,2]", "\"values\":[1]"));
    assert_false(test_same("\"values\":[1,2]", "\"values\":[2,1]"));
}


static void
test_sparse_values_are_pairs(void **state)
{
    assert_true(test_same("\"sparseValues\":{\"indices\":[7,1],\"values\":"
                          "[0.5,2]}",
                          "\"sparseValues\":{\"values\":[2.0,0.5],\"indices\":"
                          "[1,7]}"));
    assert_true(test_same("\"sparseValues\":{\"indices\":[],\"values\":[]}",
                          "\"sparseValues\":null"));
    assert_false(test_same("\"sparseValues\":{\"indices\":[7],\"values\":"
                           "[0.5]}",
                           "\"sparseValues\":{\"indices\":[8],\"values\":"
                           "[0.5]}"));
    assert_false(test_same("\"sparseValues\":{\"indices\":[7],\"values\":"
                           "[0.5]}",
                           "\"sparseValues\":{\"indices\":[7],\"values\":"
                           "[0.25]}"));
    assert_false(test_same("\"sparseValues\":{\"indices\":[7],\"values\":"
                           "[0.5]}", ""));
}


static void
test_metadata_is_compared_by_meaning(void **state)
{
    assert_true(test_same("\"metadata\":{\"a\":1,\"b\":[\"x\",\"\\u00e9\"]}",
                          "\"metadata\":{ \"b\" : [\"x\",\"\xc3\xa9\"],"
                          "\"a\":1.0e0}"));
    assert_true(test_same("\"metadata\":{}", "\"metadata\":null"));
    assert_true(test_same("\"metadata\":{\"a\":9007199254740993}",
                          "\"metadata\":{\"a\":9007199254740992}"));
    assert_false(test_same("\"metadata\":{\"a\":1}", ""));
    assert_false(test_same("\"metadata\":{\"a\":1}",
                           "\"metadata\":{\"a\":\"1\"}"));
    assert_false(test_same("\"metadata\":{\"a\":1}",
                           "\"metadata\":{\"a\":true}"));
    assert_false(test_same("\"metadata\":{\"a\":0.1}",
                           "\"metadata\":{\"a\":0.10000000000000002}"));
    assert_false(test_same("\"metadata\":{\"a\":[\"x\",\"y\"]}",
                           "\"metadata\":{\"a\":[\"y\",\"x\"]}"));
    assert_false(test_same("\"metadata\":{\"a\":1e999}",
                           "\"metadata\":{\"a\":2e999}"));
}


static void
test_a_record_is_written_as_it_is_stored(void **state)
{
    vfs_buf_t      out;
    vfs_records_t  records;

    memset(&out, 0, sizeof(vfs_buf_t));
    test_read(&records, "\"values\":[1.50, -0,1e-2],\"metadata\":{ \"a\":1.0},"
                        "\"sparseValues\":{\"indices\":[9,4294967295,0],"
                        "\"values\":[1,2,3]}");

    assert_int_equal(vfs_records_write(&records, 0, "a\"", 2, &out), VFS_OK);
    assert_int_equal(vfs_buf_add(&out, "", 1), VFS_OK);
    assert_string_equal(out.data,
                        "{\"id\":\"a\\\"\",\"values\":[1.5,-0,0.01],"
                        "\"sparseValues\":{\"indices\":[0,9,4294967295],"
                        "\"values\":[3,1,2]},\"metadata\":{ \"a\":1.0}}");

    vfs_buf_free(&out);
    vfs_records_free(&records);
}


static void
test_a_missing_record_is_like_no_other(void **state)
{
    unsigned       same;
    vfs_ids_t      ids;
    vfs_error_t    err;
    vfs_records_t  a;

    memset(&ids, 0, sizeof(vfs_ids_t));
    memset(&a, 0, sizeof(vfs_records_t));

    assert_int_equal(vfs_ids_add(&ids, "a", 1), VFS_OK);
    assert_int_equal(vfs_records_read(&a, "{}", 2, &ids, &err), VFS_OK);
    assert_int_equal(a.found, 0);
    assert_int_equal(vfs_records_same(&a, &a, 0, &same), VFS_OK);
    assert_false(same);

    vfs_records_free(&a);
    vfs_ids_free(&ids);
}


static void
test_ids_leave_in_their_order(void **state)
{
    char         text[32];
    size_t       i, first, len;
    vfs_ids_t    ids;
    const char  *id;

    memset(&ids, 0, sizeof(vfs_ids_t));
    first = 0;

    for (i = 0; i < 10000; i++) {
        (void) snprintf(text, sizeof(text), "%zu", i);
        assert_int_equal(vfs_ids_add(&ids, text, strlen(text)), VFS_OK);

        if (i % 3 != 0) {
            vfs_ids_drop(&ids, 1);
            first++;
        }
    }

    assert_int_equal(vfs_ids_count(&ids), 10000 - first);

    for (i = first; i < 10000; i++) {
        (void) snprintf(text, sizeof(text), "%zu", i);
        id = vfs_ids_get(&ids, i - first, &len);
        assert_string_equal(id, text);
        assert_int_equal(len, strlen(text));
    }

    vfs_ids_drop(&ids, 10000 - first);
    assert_int_equal(vfs_ids_count(&ids), 0);
    vfs_ids_free(&ids);
}


static void
test_namespaces_are_sorted_with_their_counts(void **state)
{
    size_t       len;
    vfs_error_t  err;
    vfs_stats_t  stats;

    static const char  body[] =
        "{\"dimension\":3,\"namespaces\":{\"b\":{\"vectorCount\":\"2\"},"
        "\"\":{},\"a\":{\"vectorCount\":1}}}";

    assert_int_equal(vfs_stats_read(&stats, body, sizeof(body) - 1, &err),
                     VFS_OK);
    assert_int_equal(stats.dimension, 3);
    assert_int_equal(vfs_ids_count(&stats.names), 3);
    assert_string_equal(vfs_ids_get(&stats.names, 0, &len), "");
    assert_string_equal(vfs_ids_get(&stats.names, 2, &len), "b");
    assert_int_equal(stats.counts[0], 0);
    assert_int_equal(stats.counts[1], 1);
    assert_int_equal(stats.counts[2], 2);
    assert_int_equal(vfs_stats_find(&stats, "b"), 2);
    assert_int_equal(vfs_stats_find(&stats, "c"), -1);

    vfs_stats_free(&stats);
}


static void
test_text_for_urls_and_for_people(void **state)
{
    char       text[16];
    vfs_buf_t  buf;

    memset(&buf, 0, sizeof(vfs_buf_t));

    assert_int_equal(vfs_buf_query(&buf, "aZ0-._~ &=\xc3\xa9", 12), VFS_OK);
    assert_int_equal(buf.len, vfs_query_len("aZ0-._~ &=\xc3\xa9", 12));
    assert_int_equal(vfs_buf_add(&buf, "", 1), VFS_OK);
    assert_string_equal(buf.data, "aZ0-._~%20%26%3D%C3%A9");
    vfs_buf_free(&buf);

    assert_string_equal(vfs_printable(text, sizeof(text), "a\x1b[0m\n", 6),
                        "a?[0m?");
    assert_string_equal(vfs_printable(text, sizeof(text),
                                      "0123456789abcdef", 16),
                        "0123456789ab...");
    assert_string_equal(vfs_printable(text, sizeof(text),
                                      "0123456789abcde", 15),
                        "0123456789abcde");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_values_are_compared_as_bits),
        cmocka_unit_test(test_sparse_values_are_pairs),
        cmocka_unit_test(test_metadata_is_compared_by_meaning),
        cmocka_unit_test(test_a_record_is_written_as_it_is_stored),
        cmocka_unit_test(test_a_missing_record_is_like_no_other),
        cmocka_unit_test(test_ids_leave_in_their_order),
        cmocka_unit_test(test_namespaces_are_sorted_with_their_counts),
        cmocka_unit_test(test_text_for_urls_and_for_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
