
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_log.h"

#include <fcntl.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>


static int   saved_stderr;
static int   fds[2];
static char  text[16384];


static int
test_setup(void **state)
{
    saved_stderr = dup(STDERR_FILENO);

    if (saved_stderr == -1 || pipe2(fds, O_NONBLOCK) == -1
        || dup2(fds[1], STDERR_FILENO) == -1)
    {
        return -1;
    }

    vfs_log_init("vfs-test", VFS_LOG_INFO);

    return 0;
}


static int
test_teardown(void **state)
{
    (void) dup2(saved_stderr, STDERR_FILENO);
    (void) close(saved_stderr);
    (void) close(fds[0]);
    (void) close(fds[1]);

    return 0;
}


static size_t
test_read(void)
{
    ssize_t  n;

    n = read(fds[0], text, sizeof(text) - 1);
    n = (n > 0) ? n : 0;
    text[n] = '\0';

    return (size_t) n;
}


static void
test_line_is_logfmt(void **state)
{
    regex_t  re;

    vfs_log(VFS_LOG_WARN, "partition_lost", "topic=%s partition=%d", "t", 3);

    assert_true(test_read() > 0);

    assert_int_equal(regcomp(&re,
        "^time=20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
        "\\.[0-9]{3}Z level=warn program=vfs-test event=partition_lost "
        "topic=t partition=3\n$", REG_EXTENDED|REG_NOSUB), 0);
    assert_int_equal(regexec(&re, text, 0, NULL, 0), 0);

    regfree(&re);
}


static void
test_levels_below_are_dropped(void **state)
{
    vfs_log(VFS_LOG_DEBUG, "detail", "a=1");
    assert_int_equal(test_read(), 0);

    vfs_log_init("vfs-test", VFS_LOG_DEBUG);
    vfs_log(VFS_LOG_DEBUG, "detail", "a=1");
    assert_true(test_read() > 0);
}


static void
test_no_pairs_leaves_no_trailing_space(void **state)
{
    vfs_log(VFS_LOG_INFO, "started", "%s", "");

    assert_true(test_read() > 0);
    assert_non_null(strstr(text, "event=started\n"));
}


static void
test_long_line_is_cut_and_ends(void **state)
{
    char    value[8192];
    size_t  len;

    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';

    vfs_log(VFS_LOG_ERROR, "long", "v=%s", value);

    len = test_read();

    assert_true(len > 1000 && len <= 4096);
    assert_int_equal(text[len - 1], '\n');
    assert_ptr_equal(strchr(text, '\n'), text + len - 1);
}


static void
test_level_words(void **state)
{
    vfs_log_level_e  level;

    assert_int_equal(vfs_log_level_parse("error", &level), VFS_OK);
    assert_int_equal(level, VFS_LOG_ERROR);
    assert_int_equal(vfs_log_level_parse("debug", &level), VFS_OK);
    assert_int_equal(level, VFS_LOG_DEBUG);
    assert_int_equal(vfs_log_level_parse("Info", &level), VFS_ERROR);
    assert_int_equal(vfs_log_level_parse("", &level), VFS_ERROR);
}


static void
test_quote(void **state)
{
    char  buf[64];

    assert_string_equal(vfs_log_quote(buf, sizeof(buf), "a b", 3),
                        "\"a b\"");
    assert_string_equal(vfs_log_quote(buf, sizeof(buf), "\"\\\n\0\x7f", 5),
                        "\"\\\"\\\\\\x0A\\x00\\x7F\"");
    assert_string_equal(vfs_log_quote(buf, sizeof(buf), "", 0), "\"\"");
}


static void
test_quote_is_cut_whole(void **state)
{
    char    buf[64];
    size_t  size, len;

    /* no size writes past it or leaves half an escape */

    for (size = 4; size < 20; size++) {
        memset(buf, '#', sizeof(buf));

        (void) vfs_log_quote(buf, size, "\"\n\"\n", 4);

        len = strlen(buf);

        assert_true(len < size);
        assert_int_equal(buf[0], '"');
        assert_int_equal(buf[len - 1], '"');
        assert_int_equal(buf[size], '#');
        assert_true(len == 2 || len == 4 || len == 8 || len == 10
                    || len == 14);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(test_line_is_logfmt, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_levels_below_are_dropped,
                                        test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_no_pairs_leaves_no_trailing_space,
                                        test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_long_line_is_cut_and_ends,
                                        test_setup, test_teardown),
        cmocka_unit_test(test_level_words),
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_quote_is_cut_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
