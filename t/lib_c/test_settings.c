
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>


static void test_write(const char *path, const char *text);


static int
test_teardown(void **state)
{
    (void) unsetenv("VFS_TEST");
    (void) unsetenv("VFS_TEST_FILE");

    return 0;
}


static void
test_string_unset_and_empty_take_the_default(void **state)
{
    const char  *value;

    assert_int_equal(vfs_setting_string("VFS_TEST", "x", &value), VFS_OK);
    assert_string_equal(value, "x");

    (void) setenv("VFS_TEST", "", 1);
    assert_int_equal(vfs_setting_string("VFS_TEST", "x", &value), VFS_OK);
    assert_string_equal(value, "x");

    (void) setenv("VFS_TEST", "y", 1);
    assert_int_equal(vfs_setting_string("VFS_TEST", "x", &value), VFS_OK);
    assert_string_equal(value, "y");
}


static void
test_integer(void **state)
{
    size_t       i;
    int64_t      value;
    vfs_error_t  err;

    static const char *const  bad[] = {
        "0", "65536", "12x", " 12", "+1", "0x10", "1e3", "-", "--1",
        "99999999999999999999"
    };

    assert_int_equal(vfs_setting_integer("VFS_TEST", 7, 1, 65535, &value,
                                         &err), VFS_OK);
    assert_int_equal(value, 7);

    (void) setenv("VFS_TEST", "65535", 1);
    assert_int_equal(vfs_setting_integer("VFS_TEST", 7, 1, 65535, &value,
                                         &err), VFS_OK);
    assert_int_equal(value, 65535);

    (void) setenv("VFS_TEST", "-3", 1);
    assert_int_equal(vfs_setting_integer("VFS_TEST", 7, -5, 5, &value, &err),
                     VFS_OK);
    assert_int_equal(value, -3);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void) setenv("VFS_TEST", bad[i], 1);
        assert_int_equal(vfs_setting_integer("VFS_TEST", 7, 1, 65535, &value,
                                             &err), VFS_ERROR);
        assert_non_null(strstr(err.text, "VFS_TEST is \""));
        assert_non_null(strstr(err.text, "1 to 65535"));
    }
}


static void
test_url_accepts(void **state)
{
    char        *value;
    size_t       i;
    vfs_error_t  err;

    static const char *const  good[][2] = {
        { "http://127.0.0.1:5080", "http://127.0.0.1:5080" },
        { "http://127.0.0.1:5080/", "http://127.0.0.1:5080" },
        { "https://a-1.svc.example.io//", "https://a-1.svc.example.io" },
        { "http://localhost:5080/i/x-1/", "http://localhost:5080/i/x-1" },
        { "http://[::1]:5080", "http://[::1]:5080" },
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        (void) setenv("VFS_TEST", good[i][0], 1);
        assert_int_equal(vfs_setting_url("VFS_TEST", "http://x", &value, &err),
                         VFS_OK);
        assert_string_equal(value, good[i][1]);
        free(value);
    }
}


static void
test_url_refuses(void **state)
{
    char        *value;
    size_t       i;
    vfs_error_t  err;

    static const char *const  bad[][2] = {
        { "127.0.0.1:5080", "neither" },
        { "ftp://a", "neither" },
        { "http://", "host" },
        { "http:///x", "host" },
        { "http://:80", "host" },
        { "http://a b", "host" },
        { "http://[::1", "host" },
        { "http://a:0", "port" },
        { "http://a:65536", "port" },
        { "http://a:", "port" },
        { "http://a:80x/", "port" },
        { "http://u:secretword@a", "user name" },
        { "http://a/?q", "query" },
        { "http://a/#f", "fragment" },
        { "http://a/x\"y", "percent" },
        { "http://a/x;y", "percent" },
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void) setenv("VFS_TEST", bad[i][0], 1);
        assert_int_equal(vfs_setting_url("VFS_TEST", "http://x", &value, &err),
                         VFS_ERROR);
        assert_non_null(strstr(err.text, "VFS_TEST "));
        assert_non_null(strstr(err.text, bad[i][1]));
        assert_null(strstr(err.text, "secretword"));
    }
}


static void
test_secret(void **state)
{
    char        *value, path[] = "/tmp/vfs-settings-XXXXXX";
    int          fd;
    vfs_error_t  err;

    assert_int_equal(vfs_setting_secret("VFS_TEST", &value, &err), VFS_OK);
    assert_null(value);

    (void) setenv("VFS_TEST", "k3y", 1);
    assert_int_equal(vfs_setting_secret("VFS_TEST", &value, &err), VFS_OK);
    assert_string_equal(value, "k3y");
    free(value);

    (void) setenv("VFS_TEST", "k3y\r\nX-Other: 1", 1);
    assert_int_equal(vfs_setting_secret("VFS_TEST", &value, &err), VFS_ERROR);
    assert_null(strstr(err.text, "k3y"));
    assert_null(value);

    (void) setenv("VFS_TEST_FILE", "/nonexistent", 1);
    assert_int_equal(vfs_setting_secret("VFS_TEST", &value, &err), VFS_ERROR);
    assert_non_null(strstr(err.text, "both"));

    (void) unsetenv("VFS_TEST");
    assert_int_equal(vfs_setting_secret("VFS_TEST", &value, &err), VFS_ERROR);
    assert_non_null(strstr(err.text, "VFS_TEST_FILE"));

    fd = mkstemp(path);
    assert_true(fd >= 0);
    (void) close(fd);

    (void) setenv("VFS_TEST_FILE", path, 1);
    assert_int_equal(vfs_setting_secret("VFS_TEST", &value, &err), VFS_ERROR);
    assert_non_null(strstr(err.text, "empty"));

    test_write(path, "from-file\nsecond line\n");
    assert_int_equal(vfs_setting_secret("VFS_TEST", &value, &err), VFS_OK);
    assert_string_equal(value, "from-file");
    free(value);

    (void) unlink(path);
}


static void
test_write(const char *path, const char *text)
{
    FILE  *fp;

    fp = fopen(path, "w");
    assert_non_null(fp);
    assert_true(fputs(text, fp) >= 0);
    assert_int_equal(fclose(fp), 0);
}


static void
test_address(void **state)
{
    char        *host;
    size_t       i;
    uint16_t     port;
    vfs_error_t  err;

    static const char *const  bad[] = {
        "", "host", "host:", "host:-1", "host:65536", "host:1x", "[::1]",
        "::1:80", "a b:80", "[::1:80"
    };

    assert_int_equal(vfs_parse_address("127.0.0.1:5080", &host, &port, &err),
                     VFS_OK);
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 5080);
    free(host);

    assert_int_equal(vfs_parse_address("[::1]:0", &host, &port, &err), VFS_OK);
    assert_string_equal(host, "::1");
    assert_int_equal(port, 0);
    free(host);

    assert_int_equal(vfs_parse_address(":80", &host, &port, &err), VFS_OK);
    assert_string_equal(host, "");
    assert_int_equal(port, 80);
    free(host);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(vfs_parse_address(bad[i], &host, &port, &err),
                         VFS_ERROR);
        assert_non_null(strstr(err.text, "expected host:port"));
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_teardown(test_string_unset_and_empty_take_the_default,
                                  test_teardown),
        cmocka_unit_test_teardown(test_integer, test_teardown),
        cmocka_unit_test_teardown(test_url_accepts, test_teardown),
        cmocka_unit_test_teardown(test_url_refuses, test_teardown),
        cmocka_unit_test_teardown(test_secret, test_teardown),
        cmocka_unit_test(test_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
