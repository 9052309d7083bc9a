
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"
#include "vfs_version.h"


/*
 * The bytes are spelt out, so that a change of the format does not go unseen:
 * logs are kept for years.
 */

static const float  test_floats[3] = { 1, -0.5f, 0 };

static const unsigned char  test_expected[] = {
    'V', 1,
    0xd7, 0xed, 0x2f, 0xf2, 0xa9, 0xab, 0xcc, 0xe4,
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x00,
    0x10, 0, 0, 0, 0, 0, 0, 0,
    0x20, 0, 0, 0, 0, 0, 0, 0,
    0x03, 0, 0, 0, 0, 0, 0, 0,
    5, 0, 0, 0,
    3, 0, 0, 0,
    '0', ':', '5', '9', '5',
    0, 0, 0x80, 0x3f,
    0, 0, 0, 0xbf,
    0, 0, 0, 0
};


static void
test_version(vfs_version_t *version, unsigned char *values)
{
    memset(version, 0, sizeof(vfs_version_t));
    strcpy(version->definition, "d7ed2ff2a9abcce4");

    version->event_ms = 0x07060504030201;
    version->count = 3;
    version->watermark = "0:595";
    version->watermark_len = 5;
    version->dimension = 3;
    version->values = values;

    vfs_version_bytes(test_floats, 3, values);
}


static void
test_bytes_are_as_documented(void **state)
{
    unsigned char  data[sizeof(test_expected)], values[12];
    vfs_version_t  version;

    test_version(&version, values);

    assert_int_equal(vfs_version_len(&version), sizeof(test_expected));
    assert_ptr_equal(vfs_version_encode(data, &version),
                     data + sizeof(test_expected));

    vfs_version_stamp(data, 0x10, 0x20);

    assert_memory_equal(data, test_expected, sizeof(test_expected));
}


static void
test_decode_gives_what_was_encoded(void **state)
{
    float          floats[3];
    vfs_error_t    err;
    vfs_version_t  version;

    assert_int_equal(vfs_version_decode(test_expected, sizeof(test_expected),
                                        &version, &err),
                     VFS_OK);

    assert_string_equal(version.definition, "d7ed2ff2a9abcce4");
    assert_int_equal(version.event_ms, 0x07060504030201);
    assert_int_equal(version.sent_ms, 0x10);
    assert_int_equal(version.visible_ms, 0x20);
    assert_int_equal(version.count, 3);
    assert_int_equal(version.watermark_len, 5);
    assert_memory_equal(version.watermark, "0:595", 5);
    assert_int_equal(version.dimension, 3);

    vfs_version_values(&version, floats);
    assert_memory_equal(floats, test_floats, sizeof(floats));
}


static void
test_a_deletion_has_no_values(void **state)
{
    vfs_error_t    err;
    vfs_version_t  version, again;
    unsigned char  data[sizeof(test_expected)], values[12];

    test_version(&version, values);

    version.dimension = 0;
    version.values = NULL;

    (void) vfs_version_encode(data, &version);

    assert_int_equal(vfs_version_decode(data, vfs_version_len(&version),
                                        &again, &err),
                     VFS_OK);
    assert_int_equal(again.dimension, 0);
}


/* Exact copies, so that a sanitizer sees a read beyond the end. */

static int
test_decode_copy(const unsigned char *data, size_t len)
{
    int             rc;
    vfs_error_t     err;
    vfs_version_t   version;
    unsigned char  *copy;

    copy = malloc(len + (len == 0));
    assert_non_null(copy);
    memcpy(copy, data, len);

    rc = vfs_version_decode(copy, len, &version, &err);

    free(copy);

    return rc;
}


static void
test_anything_else_is_refused(void **state)
{
    size_t         i, len;
    unsigned char  data[sizeof(test_expected) + 1];

    len = sizeof(test_expected);

    memcpy(data, test_expected, len);
    data[len] = 0;

    for (i = 0; i < len; i++) {
        assert_int_equal(test_decode_copy(data, i), VFS_ERROR);
    }

    assert_int_equal(test_decode_copy(data, len + 1), VFS_ERROR);

    /* kind, format, lengths, a negative time, a watermark of other bytes */

    static const size_t  places[] = { 0, 1, 17, 25, 33, 42, 45, 46, 49, 51 };

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        memcpy(data, test_expected, len);
        data[places[i]] ^= 0x80;

        assert_int_equal(test_decode_copy(data, len), VFS_ERROR);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_bytes_are_as_documented),
        cmocka_unit_test(test_decode_gives_what_was_encoded),
        cmocka_unit_test(test_a_deletion_has_no_values),
        cmocka_unit_test(test_anything_else_is_refused)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
