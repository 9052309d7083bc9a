
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>


#define TEST_ENTRIES  200
#define TEST_LEN      3000


static char                  test_dir[] = "/tmp/vfs-recorded-XXXXXX";
static char                  test_path[64];
static unsigned char         test_data[TEST_LEN];
static vfs_recorded_entry_t  test_entries[TEST_ENTRIES];


static vfs_recorded_t *
test_open(unsigned read_only)
{
    vfs_error_t           err;
    vfs_recorded_t       *recorded;
    vfs_recorded_conf_t   conf;

    memset(&conf, 0, sizeof(vfs_recorded_conf_t));

    conf.dir = test_path;
    conf.map_size = read_only ? 0 : 65536;
    conf.read_only = read_only;

    err.text[0] = '\0';
    recorded = vfs_recorded_open(&conf, &err);
    assert_string_equal(err.text, "");

    return recorded;
}


static void
test_holds(vfs_recorded_t *recorded, const vfs_recorded_entry_t *entry,
    const unsigned char *expected, size_t len)
{
    size_t                n;
    vfs_error_t           err;
    const unsigned char  *data;

    assert_int_equal(vfs_recorded_get(recorded, entry->key, &data, &n, &err),
                     VFS_OK);
    assert_int_equal(n, len);
    assert_memory_equal(data, expected, len);

    vfs_recorded_release(recorded);
}


static void
test_lacks(vfs_recorded_t *recorded, const vfs_recorded_entry_t *entry)
{
    size_t                n;
    vfs_error_t           err;
    const unsigned char  *data;

    assert_int_equal(vfs_recorded_get(recorded, entry->key, &data, &n, &err),
                     VFS_DECLINED);

    vfs_recorded_release(recorded);
}


/* The first record of a key stays, and the rest of its batch is written. */

static void
test_a_record_is_final(void **unused)
{
    vfs_error_t           err;
    vfs_recorded_t       *recorded;
    vfs_recorded_entry_t  again[2];

    static const unsigned char  other[] = "other";

    recorded = test_open(0);

    test_lacks(recorded, &test_entries[0]);
    assert_int_equal(vfs_recorded_put(recorded, test_entries, 1, &err),
                     VFS_OK);
    test_holds(recorded, &test_entries[0], test_data, TEST_LEN);

    memcpy(again, test_entries, sizeof(again));
    again[0].data = other;
    again[0].len = 5;
    again[1].data = other;
    again[1].len = 5;

    assert_int_equal(vfs_recorded_put(recorded, again, 2, &err), VFS_OK);
    test_holds(recorded, &test_entries[0], test_data, TEST_LEN);
    test_holds(recorded, &test_entries[1], other, 5);

    vfs_recorded_close(recorded);

    /* and is there after a new start */

    recorded = test_open(1);
    test_holds(recorded, &test_entries[0], test_data, TEST_LEN);
    test_lacks(recorded, &test_entries[2]);
    vfs_recorded_close(recorded);
}


/* 600 KB into a map of 64 KB; a reader that was there before sees them. */

static void
test_it_grows_under_others(void **unused)
{
    int              i, status, ready[2], go[2];
    char             c;
    pid_t            pid;
    vfs_error_t      err;
    vfs_recorded_t  *recorded;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);

    pid = fork();
    assert_int_not_equal(pid, -1);

    if (pid == 0) {

        /* of the other process nothing but its exit status is heard */

        recorded = test_open(1);
        test_lacks(recorded, &test_entries[TEST_ENTRIES - 1]);

        if (write(ready[1], "r", 1) != 1 || read(go[0], &c, 1) != 1) {
            _exit(1);
        }

        test_holds(recorded, &test_entries[TEST_ENTRIES - 1], test_data,
                   TEST_LEN);
        vfs_recorded_close(recorded);
        _exit(42);
    }

    assert_int_equal(read(ready[0], &c, 1), 1);

    recorded = test_open(0);

    for (i = 2; i < TEST_ENTRIES; i++) {
        assert_int_equal(vfs_recorded_put(recorded, &test_entries[i], 1,
                                          &err), VFS_OK);
    }

    for (i = 2; i < TEST_ENTRIES; i++) {
        test_holds(recorded, &test_entries[i], test_data, TEST_LEN);
    }

    vfs_recorded_close(recorded);

    assert_int_equal(write(go[1], "g", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);

    for (i = 0; i < 2; i++) {
        (void) close(ready[i]);
        (void) close(go[i]);
    }
}


static void
test_what_is_not_there(void **unused)
{
    vfs_error_t           err;
    vfs_recorded_conf_t   conf;

    memset(&conf, 0, sizeof(vfs_recorded_conf_t));
    conf.dir = "/nonexistent/recorded";
    conf.read_only = 1;

    assert_null(vfs_recorded_open(&conf, &err));
    assert_non_null(strstr(err.text, "cannot open the recorded answers in "
                           "\"/nonexistent/recorded\""));

    conf.read_only = 0;
    conf.dir = "/dev/null/recorded";
    assert_null(vfs_recorded_open(&conf, &err));
    assert_non_null(strstr(err.text, "cannot create the directory"));
}


static int
test_setup(void **unused)
{
    int  i;

    if (mkdtemp(test_dir) == NULL) {
        return -1;
    }

    /* made with the directory above it */

    (void) snprintf(test_path, sizeof(test_path), "%s/a/recorded", test_dir);

    for (i = 0; i < TEST_LEN; i++) {
        test_data[i] = (unsigned char) (i * 7);
    }

    for (i = 0; i < TEST_ENTRIES; i++) {
        memset(test_entries[i].key, i, VFS_RECORDED_KEY_LEN);
        test_entries[i].data = test_data;
        test_entries[i].len = TEST_LEN;
    }

    return 0;
}


static int
test_teardown(void **unused)
{
    char    path[128];
    size_t  i;

    static const char *const  names[] = {
        "/a/recorded/data.mdb", "/a/recorded/lock.mdb", "/a/recorded", "/a", ""
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void) snprintf(path, sizeof(path), "%s%s", test_dir, names[i]);
        (void) remove(path);
    }

    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_a_record_is_final),
        cmocka_unit_test(test_it_grows_under_others),
        cmocka_unit_test(test_what_is_not_there),
    };

    return cmocka_run_group_tests_name("recorded", tests, test_setup,
                                       test_teardown);
}
