
/*
 * Copyright (C) the vfs authors
 */


#include "test_util.h"

#include "vfs_catalog.h"

#include <math.h>

#include <openssl/evp.h>


/* A .npy file's header, padded as NumPy does, and its rows. */

typedef struct {
    char          bytes[512];
    size_t        len;
} test_npy_t;


typedef struct {
    const char   *path;
    const char   *bytes;
    size_t        len;
} test_file_t;


static const char  test_lines[] =
    "{\"id\":\"i1\",\"vector\":[0.5,-1,1024]}\n"
    "{\"title\":[{}],\"vector\":[1.00000005960464484,0,-0.0],\"id\":17850}\n"
    "{\"id\":\"i-3_\",\"vector\":[1e-3,2,3]}";


static test_npy_t
test_npy(const char *header, const float *rows, size_t n)
{
    size_t      pad;
    test_npy_t  npy;

    memset(&npy, 0, sizeof(npy));
    memcpy(npy.bytes, "\x93NUMPY\x01\x00", 8);

    pad = 64 - (10 + strlen(header) + 1) % 64;
    npy.bytes[8] = (char) (strlen(header) + pad + 1);
    memcpy(npy.bytes + 10, header, strlen(header));
    memset(npy.bytes + 10 + strlen(header), ' ', pad);
    npy.len = 10 + strlen(header) + pad;
    npy.bytes[npy.len++] = '\n';

    memcpy(npy.bytes + npy.len, rows, n * sizeof(float));
    npy.len += n * sizeof(float);

    return npy;
}


static void
test_found(const vfs_catalog_t *catalog, const char *id, const uint32_t *bits)
{
    float  vector[3];

    assert_int_equal(vfs_catalog_vector(catalog, id, strlen(id), vector),
                     VFS_OK);
    test_assert_bits(vector, bits, 3);
}


static void
test_refused(const char *file, size_t len, const char *ids,
    const char *message)
{
    char           *copy, *ids_copy;
    vfs_error_t     err;
    vfs_catalog_t  *catalog;

    copy = malloc(len + 1);
    ids_copy = ids == NULL ? NULL : strdup(ids);
    assert_non_null(copy);
    memcpy(copy, file, len);

    err.text[0] = '\0';
    catalog = vfs_catalog_create(3, copy, len, ids_copy,
                                 ids == NULL ? 0 : strlen(ids), &err);
    assert_null(catalog);

    if (message != NULL) {
        assert_string_equal(err.text, message);
    }

    free(copy);
    free(ids_copy);
}


static void
test_json_lines(void **unused)
{
    float           vector[3];
    vfs_error_t     err;
    vfs_catalog_t  *catalog;

    static const uint32_t  first[] = { 0x3f000000, 0xbf800000, 0x44800000 };
    static const uint32_t  second[] = { 0x3f800001, 0, 0x80000000 };
    static const uint32_t  third[] = { 0x3a83126f, 0x40000000, 0x40400000 };

    catalog = vfs_catalog_create(3, test_lines, strlen(test_lines), NULL, 0,
                                 &err);
    assert_non_null(catalog);
    assert_int_equal(vfs_catalog_count(catalog), 3);

    test_found(catalog, "i1", first);
    test_found(catalog, "17850", second);
    test_found(catalog, "i-3_", third);

    assert_int_equal(vfs_catalog_vector(catalog, "i", 1, vector),
                     VFS_DECLINED);
    assert_int_equal(vfs_catalog_vector(catalog, "", 0, vector),
                     VFS_DECLINED);

    vfs_catalog_free(catalog);
    vfs_catalog_free(NULL);

    /* an empty file is a catalog of nothing */

    catalog = vfs_catalog_create(3, "", 0, NULL, 0, &err);
    assert_non_null(catalog);
    assert_int_equal(vfs_catalog_vector(catalog, "i", 1, vector),
                     VFS_DECLINED);
    vfs_catalog_free(catalog);
}


#define TEST_LINE(n)                                                          \
    "line " n ": expected an object with \"id\" and \"vector\", a list of 3 " \
    "numbers from -1024 to 1024"

static void
test_json_lines_refused(void **unused)
{
    size_t    i;
    unsigned  n;

    static const struct {
        const char  *text;
        const char  *message;
    } cases[] = {
        { "\n", TEST_LINE("1") },
        { "[]", TEST_LINE("1") },
        { "{\"id\":\"a\",\"vector\":[1,2,3]}\n{\"id\":\"b\"}",
          TEST_LINE("2") },
        { "{\"id\":\"a\",\"vector\":[1,2,3]}\n\n", TEST_LINE("2") },
        { "{\"vector\":[1,2,3]}", TEST_LINE("1") },
        { "{\"id\":\"a\",\"vector\":[1,2]}", TEST_LINE("1") },
        { "{\"id\":\"a\",\"vector\":[1,2,3,4]}", TEST_LINE("1") },
        { "{\"id\":\"a\",\"vector\":[1,2,null]}", TEST_LINE("1") },
        { "{\"id\":\"a\",\"vector\":[1,2,1024.01]}", TEST_LINE("1") },
        { "{\"id\":\"a\",\"vector\":[1,2,1e99]}", TEST_LINE("1") },
        { "{\"id\":\"a\",\"vector\":\"1,2,3\"}", TEST_LINE("1") },
        { "{\"id\":\"a\",\"vector\":[1,2,3]}x", TEST_LINE("1") },
        { "{\"id\":\"a\",\"vector\":[1,2,3]} {}", TEST_LINE("1") },
        { "{\"id\":\"a\",\"id\":\"b\",\"vector\":[1,2,3]}", TEST_LINE("1") },
        { "{\"id\":\"a\",\"vector\":[1,2,3],\"vector\":[1,2,3]}",
          TEST_LINE("1") },
        { "{\"id\":null,\"vector\":[1,2,3]}", TEST_LINE("1") },
        { "{\"id\":\"a b\",\"vector\":[1,2,3]}",
          "line 1: expected an id of 1 to 128 characters of [A-Za-z0-9_-]" },
        { "{\"id\":\"\\u0061\",\"vector\":[1,2,3]}",
          "line 1: expected an id of 1 to 128 characters of [A-Za-z0-9_-]" },
        { "{\"id\":1.5,\"vector\":[1,2,3]}",
          "line 1: expected an id of 1 to 128 characters of [A-Za-z0-9_-]" },
        { "{\"id\":\"a\",\"vector\":[1,2,3]}\n"
          "{\"id\":\"a\",\"vector\":[1,2,3]}",
          "the id \"a\" stands there more than once" }
    };

    for (n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        test_refused(cases[n].text, strlen(cases[n].text), NULL,
                     cases[n].message);
    }

    /* cut anywhere but at a line's end */

    for (i = 1; i < strlen(test_lines); i++) {
        if (test_lines[i] != '\n' && test_lines[i - 1] != '\n') {
            test_refused(test_lines, i, NULL, NULL);
        }
    }
}


#define TEST_HEADER                                                           \
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"

static void
test_numpy(void **unused)
{
    float           rows[] = { 1, -2, 3, 0.5f, 0, -1024 };
    test_npy_t      npy;
    vfs_error_t     err;
    vfs_catalog_t  *catalog;

    static const uint32_t  first[] = { 0x3f800000, 0xc0000000, 0x40400000 };
    static const uint32_t  second[] = { 0x3f000000, 0, 0xc4800000 };

    npy = test_npy(TEST_HEADER, rows, 6);

    catalog = vfs_catalog_create(3, npy.bytes, npy.len, "i1\r\ni2\n", 7, &err);
    assert_non_null(catalog);
    assert_int_equal(vfs_catalog_count(catalog), 2);
    test_found(catalog, "i1", first);
    test_found(catalog, "i2", second);
    vfs_catalog_free(catalog);
}


#define TEST_NPY                                                              \
    "expected a .npy file of little-endian float32 in C order with the shape " \
    "(rows, 3)"

static void
test_numpy_refused(void **unused)
{
    float       rows[] = { 1, -2, 3, 0.5f, 0, -1024 };
    size_t      i;
    test_npy_t  npy;

    static const char *const  headers[] = {
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 1), }",
        "{'descr': '<f4', 'fortran_order': False}"
    };

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        npy = test_npy(headers[i], rows, 6);
        test_refused(npy.bytes, npy.len, "a\nb", TEST_NPY);
    }

    npy = test_npy(TEST_HEADER, rows, 6);

    for (i = 0; i < npy.len; i++) {
        test_refused(npy.bytes, i, "a\nb", NULL);
    }

    test_refused(npy.bytes, npy.len - 1, "a\nb",
                 "expected 2 rows of 12 bytes, got 23 bytes");
    test_refused(npy.bytes, npy.len + 1, "a\nb",
                 "expected 2 rows of 12 bytes, got 25 bytes");
    test_refused(npy.bytes, npy.len - 12, "a\nb",
                 "expected 2 rows of 12 bytes, got 12 bytes");

    test_refused(npy.bytes, npy.len, "a", "row 2: expected an id of 1 to 128 "
                 "characters of [A-Za-z0-9_-]");
    test_refused(npy.bytes, npy.len, "a\nb\nc\n",
                 "expected 2 ids, one a row, got more");
    test_refused(npy.bytes, npy.len, "a\na",
                 "the id \"a\" stands there more than once");

    rows[4] = NAN;
    npy = test_npy(TEST_HEADER, rows, 6);
    test_refused(npy.bytes, npy.len, "a\nb",
                 "row 2: expected numbers from -1024 to 1024");
}


/* Ids enough to make the table search beyond its first choice. */

static void
test_many(void **unused)
{
    char           *text, *p, id[16];
    float           vector[1];
    unsigned        i;
    vfs_error_t     err;
    vfs_catalog_t  *catalog;

    text = malloc(20000 * 40);
    assert_non_null(text);
    p = text;

    for (i = 0; i < 20000; i++) {
        p += sprintf(p, "{\"id\":%u,\"vector\":[%u]}\n", i, i % 1000);
    }

    catalog = vfs_catalog_create(1, text, (size_t) (p - text), NULL, 0, &err);
    assert_non_null(catalog);
    assert_int_equal(vfs_catalog_count(catalog), 20000);

    for (i = 0; i < 20000; i++) {
        (void) sprintf(id, "%u", i);
        assert_int_equal(vfs_catalog_vector(catalog, id, strlen(id), vector),
                         VFS_OK);
        assert_true(vector[0] == i % 1000);
    }

    assert_int_equal(vfs_catalog_vector(catalog, "20000", 5, vector),
                     VFS_DECLINED);

    vfs_catalog_free(catalog);
    free(text);
}


static int
test_map(void *data, const char *path, const char **bytes, size_t *len,
    vfs_error_t *err)
{
    const test_file_t  *file;

    for (file = data; file->path != NULL; file++) {
        if (strcmp(file->path, path) == 0) {
            *bytes = file->bytes;
            *len = file->len;
            return VFS_OK;
        }
    }

    vfs_error_set(err, "no such file");

    return VFS_ERROR;
}


static void
test_sha256(const char *bytes, size_t len, char *text)
{
    unsigned       i;
    unsigned char  digest[EVP_MAX_MD_SIZE];

    assert_int_equal(EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL),
                     1);

    for (i = 0; i < 32; i++) {
        (void) sprintf(text + 2 * i, "%02x", digest[i]);
    }
}


/* "catalog" holds the members of the source but for its type. */

static vfs_definition_t *
test_catalog_definition(const char *catalog)
{
    char  text[2048];

    (void) snprintf(text, sizeof(text),
                    "{\"name\":\"test\",\"dimension\":3,"
                    "\"events\":{\"topic\":\"t\",\"fields\":"
                    "{\"user\":\"u\",\"item\":\"i\"}},"
                    "\"sources\":{\"c\":{\"type\":\"catalog\",%s}},"
                    "\"features\":{\"user\":{\"namespace\":\"users\","
                    "\"transform\":\"latest\",\"source\":\"c\"}}}", catalog);

    return test_definition(text);
}


static vfs_event_t *
test_event(const vfs_definition_t *def, const char *text)
{
    vfs_error_t    err;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    event = vfs_event_decode(def, text, strlen(text), 0, &reason, &err);
    assert_non_null(event);

    return event;
}


static void
test_definition_source(void **unused)
{
    char               sha256[65], members[256];
    float              vector[3];
    vfs_error_t        err;
    vfs_event_t       *event;
    test_file_t        files[2];
    vfs_reason_e       reason;
    vfs_definition_t  *def;

    static const uint32_t  bits[] = { 0x3f000000, 0xbf800000, 0x44800000 };

    memset(files, 0, sizeof(files));
    files[0].path = "items.jsonl";
    files[0].bytes = test_lines;
    files[0].len = strlen(test_lines);

    test_sha256(test_lines, strlen(test_lines), sha256);
    (void) snprintf(members, sizeof(members), "\"id\":\"x.id\",\"file\":"
                    "\"items.jsonl\",\"sha256\":\"%s\"", sha256);

    def = test_catalog_definition(members);

    event = test_event(def, "{\"u\":1,\"i\":2,\"x\":{\"id\":\"i1\"}}");

    /* a program that forgot to open it learns of its own fault */

    assert_int_equal(vfs_source_vector(def, def->sources, event, vector,
                                       &reason, &err), VFS_DECLINED);
    assert_int_equal(reason, VFS_REASON_NONE);
    assert_string_equal(err.text, "sources.c: the catalog is not open");

    assert_int_equal(vfs_definition_open(def, test_map, files, &err), VFS_OK);
    assert_int_equal(vfs_source_vector(def, def->sources, event, vector,
                                       &reason, &err), VFS_OK);
    test_assert_bits(vector, bits, 3);
    vfs_event_free(event);

    event = test_event(def, "{\"u\":1,\"i\":2,\"x\":{\"id\":\"i9\"}}");
    assert_int_equal(vfs_source_vector(def, def->sources, event, vector,
                                       &reason, &err), VFS_DECLINED);
    assert_int_equal(reason, VFS_REASON_MISSING_FIELD);
    assert_string_equal(err.text,
                        "x.id: expected an id of the catalog c, got \"i9\"");
    vfs_event_free(event);

    event = test_event(def, "{\"u\":1,\"i\":2}");
    assert_int_equal(vfs_source_vector(def, def->sources, event, vector,
                                       &reason, &err), VFS_DECLINED);
    assert_int_equal(reason, VFS_REASON_MISSING_FIELD);
    assert_string_equal(err.text,
                        "x.id: expected an id, but it is missing");
    vfs_event_free(event);
    vfs_definition_free(def);
}


static void
test_open_refused(void **unused)
{
    char               sha256[65], members[512], message[512];
    vfs_error_t        err;
    test_file_t        files[3];
    vfs_definition_t  *def;

    memset(files, 0, sizeof(files));
    files[0].path = "a";
    files[0].bytes = "x";
    files[0].len = 1;
    files[1].path = "b";
    files[1].bytes = "i1";
    files[1].len = 2;

    test_sha256("x", 1, sha256);

    (void) snprintf(members, sizeof(members), "\"id\":\"i\",\"file\":"
                    "\"c\",\"sha256\":\"%s\"", sha256);
    def = test_catalog_definition(members);
    assert_int_equal(vfs_definition_open(def, test_map, files, &err),
                     VFS_ERROR);
    assert_string_equal(err.text, "sources.c.file: \"c\": no such file");
    vfs_definition_free(def);

    (void) snprintf(members, sizeof(members), "\"id\":\"i\",\"file\":"
                    "\"a\",\"sha256\":\"%s\"", sha256);
    def = test_catalog_definition(members);
    assert_int_equal(vfs_definition_open(def, test_map, files, &err),
                     VFS_ERROR);
    assert_string_equal(err.text, "sources.c: \"a\": " TEST_LINE("1"));
    vfs_definition_free(def);

    (void) snprintf(members, sizeof(members), "\"id\":\"i\",\"file\":"
                    "\"a\",\"sha256\":\"%s\",\"ids\":\"b\","
                    "\"ids_sha256\":\"%s\"", sha256, sha256);
    def = test_catalog_definition(members);
    assert_int_equal(vfs_definition_open(def, test_map, files, &err),
                     VFS_ERROR);
    (void) snprintf(message, sizeof(message), "sources.c.ids: expected a file "
                    "with the SHA-256 %s, \"b\" has ", sha256);
    assert_memory_equal(err.text, message, strlen(message));
    vfs_definition_free(def);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_json_lines_refused),
        cmocka_unit_test(test_numpy),
        cmocka_unit_test(test_numpy_refused),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_definition_source),
        cmocka_unit_test(test_open_refused)
    };

    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
