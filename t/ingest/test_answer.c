
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


static vfs_error_t  err;


static vfs_answer_e
test_read(vfs_operation_e operation, int status, const char *body)
{
    vfs_answer_t  answer;

    memset(&answer, 0, sizeof(vfs_answer_t));

    answer.operation = operation;
    answer.count = 3;
    answer.status = status;
    answer.body = body;
    answer.len = strlen(body);
    answer.retry_after_ms = -1;
    answer.failure = "refused";

    err.text[0] = '\0';

    return vfs_answer_read(&answer, &err);
}


static void
test_statuses(void **state)
{
    size_t  i;

    static const struct {
        int           status;
        vfs_answer_e  expected;
    } cases[] = {
        { 0, VFS_ANSWER_RETRY },
        { 201, VFS_ANSWER_RETRY },
        { 302, VFS_ANSWER_STOP },
        { 400, VFS_ANSWER_REFUSED },
        { 401, VFS_ANSWER_STOP },
        { 403, VFS_ANSWER_STOP },
        { 404, VFS_ANSWER_STOP },
        { 408, VFS_ANSWER_RETRY },
        { 413, VFS_ANSWER_REFUSED },
        { 422, VFS_ANSWER_REFUSED },
        { 429, VFS_ANSWER_RETRY },
        { 500, VFS_ANSWER_RETRY },
        { 502, VFS_ANSWER_RETRY },
        { 503, VFS_ANSWER_RETRY },
        { 504, VFS_ANSWER_RETRY },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(test_read(VFS_UPSERT, cases[i].status, ""),
                         cases[i].expected);
        assert_true(err.text[0] != '\0');
    }
}


static void
test_a_stored_count_is_believed_only_if_whole(void **state)
{
    size_t  i;

    static const char *const  short_ones[] = {
        "{\"upsertedCount\":2}", "{\"upsertedCount\":4}",
        "{\"upsertedCount\":\"3\"}", "{}", "", "{\"a\":{\"upsertedCount\":3}}",
        "<html>3</html>", "{\"upsertedCount\":3"
    };

    assert_int_equal(test_read(VFS_UPSERT, 200, "{\"upsertedCount\":3}"),
                     VFS_ANSWER_STORED);
    assert_int_equal(test_read(VFS_UPSERT, 200,
                               "{\"x\":[{\"y\":1}], \"upsertedCount\" : 3}"),
                     VFS_ANSWER_STORED);

    for (i = 0; i < 7; i++) {
        assert_int_equal(test_read(VFS_UPSERT, 200, short_ones[i]),
                         VFS_ANSWER_RETRY);
    }
}


static void
test_deleting_what_is_not_there_succeeds(void **state)
{
    assert_int_equal(test_read(VFS_DELETE, 200, "{}"), VFS_ANSWER_STORED);
    assert_int_equal(test_read(VFS_DELETE, 404,
                               "{\"code\":5,\"message\":\"Namespace not "
                               "found\",\"details\":[]}"),
                     VFS_ANSWER_STORED);
    assert_int_equal(test_read(VFS_DELETE, 404, "{\"code\":4}"),
                     VFS_ANSWER_STOP);
    assert_int_equal(test_read(VFS_DELETE, 404, "not found"),
                     VFS_ANSWER_STOP);
    assert_int_equal(test_read(VFS_UPSERT, 404, "{\"code\":5}"),
                     VFS_ANSWER_STOP);
}


static void
test_the_index_is_quoted(void **state)
{
    (void) test_read(VFS_UPSERT, 400, "{\"code\":3,\"message\":\"bad \\\"x\\\""
                     "\",\"details\":[]}");
    assert_string_equal(err.text, "status 400: bad \"x\"");

    (void) test_read(VFS_UPSERT, 404, "{\"error\":{\"code\":\"NOT_FOUND\","
                     "\"message\":\"gone\"},\"status\":404}");
    assert_string_equal(err.text, "status 404: gone");

    (void) test_read(VFS_UPSERT, 401, "Unauthorized\nsecond line");
    assert_string_equal(err.text, "status 401: Unauthorized");

    (void) test_read(VFS_UPSERT, 0, "");
    assert_string_equal(err.text, "no answer: refused");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_a_stored_count_is_believed_only_if_whole),
        cmocka_unit_test(test_deleting_what_is_not_there_succeeds),
        cmocka_unit_test(test_the_index_is_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
