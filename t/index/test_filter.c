
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_buf.h"
#include "vfs_index_filter.h"
#include "vfs_index_metadata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define TEST_FIELDS  4
#define TEST_WORDS   5


/*
 * A small world in which all that filters compare occurs often: four fields,
 * each absent, a number from 0 to 4, a boolean, a word, or a list of words.
 */

typedef enum {
    TEST_ABSENT = 0,
    TEST_NUMBER,
    TEST_BOOL,
    TEST_WORD,
    TEST_LIST,
    TEST_KINDS
} test_kind_e;


typedef struct {
    test_kind_e  kind;
    unsigned     number;       /* the word's number; the list's bits */
} test_value_t;


typedef enum {
    TEST_EQ = 0,
    TEST_NE,
    TEST_GT,
    TEST_GTE,
    TEST_LT,
    TEST_LTE,
    TEST_IN,
    TEST_NIN,
    TEST_EXISTS,
    TEST_OPS
} test_op_e;


static const char  *test_names[] = { "a", "b", "a b", "" };
static const char  *test_words[] = { "", "x", "X", "xy", "\xc3\xa9" };
static const char  *test_ops[] = { "$eq", "$ne", "$gt", "$gte", "$lt",
                                   "$lte", "$in", "$nin", "$exists" };

static uint64_t  test_seed = 7;


static unsigned
test_random(unsigned n)
{
    test_seed = test_seed * 6364136223846793005ULL + 1442695040888963407ULL;

    return (unsigned) ((test_seed >> 33) % n);
}


static void
test_word(vfs_buf_t *buf, unsigned word)
{
    vfs_buf_string(buf, test_words[word], strlen(test_words[word]));
}


static void
test_value(vfs_buf_t *buf, const test_value_t *value)
{
    unsigned     i;
    const char  *comma;

    switch (value->kind) {

    case TEST_NUMBER:
        vfs_buf_print(buf, "%u.0", value->number);
        break;

    case TEST_BOOL:
        vfs_buf_text(buf, value->number % 2 ? "true" : "false");
        break;

    case TEST_WORD:
        test_word(buf, value->number);
        break;

    default:
        vfs_buf_text(buf, "[");
        comma = "";

        for (i = 0; i < TEST_WORDS; i++) {
            if (value->number >> i & 1) {
                vfs_buf_text(buf, comma);
                test_word(buf, i);
                comma = ",";
            }
        }

        vfs_buf_text(buf, "]");
        break;
    }
}


static void
test_metadata(vfs_buf_t *buf, test_value_t *fields)
{
    unsigned     i;
    const char  *comma;

    vfs_buf_text(buf, "{");
    comma = "";

    for (i = 0; i < TEST_FIELDS; i++) {
        fields[i].kind = (test_kind_e) test_random(TEST_KINDS);
        fields[i].number = test_random(fields[i].kind == TEST_LIST
                                       ? 1 << TEST_WORDS : TEST_WORDS);

        if (fields[i].kind != TEST_ABSENT) {
            vfs_buf_text(buf, comma);
            vfs_buf_string(buf, test_names[i], strlen(test_names[i]));
            vfs_buf_text(buf, ":");
            test_value(buf, &fields[i]);
            comma = ",";
        }
    }

    vfs_buf_text(buf, "}");
}


static int
test_equals(const test_value_t *field, const test_value_t *value)
{
    if (field->kind == TEST_LIST) {
        return value->kind == TEST_WORD
               && (field->number >> value->number & 1) != 0;
    }

    if (field->kind != value->kind) {
        return 0;
    }

    return field->kind == TEST_BOOL
           ? field->number % 2 == value->number % 2
           : field->number == value->number;
}


/* Writes one condition and says whether the fields meet it. */

static int
test_condition(vfs_buf_t *buf, const test_value_t *field)
{
    int           met;
    unsigned      i, n;
    test_op_e     op;
    test_value_t  value;

    op = (test_op_e) test_random(TEST_OPS);
    vfs_buf_print(buf, "\"%s\":", test_ops[op]);

    switch (op) {

    case TEST_IN:
    case TEST_NIN:
        met = 0;
        n = test_random(4);
        vfs_buf_text(buf, "[");

        for (i = 0; i < n; i++) {
            value.kind = test_random(2) ? TEST_NUMBER : TEST_WORD;
            value.number = test_random(TEST_WORDS);
            met |= test_equals(field, &value);
            vfs_buf_text(buf, i == 0 ? "" : ",");
            test_value(buf, &value);
        }

        vfs_buf_text(buf, "]");

        return op == TEST_IN ? met : !met && field->kind != TEST_ABSENT;

    case TEST_EXISTS:
        value.kind = TEST_BOOL;
        value.number = test_random(2);
        test_value(buf, &value);

        return (field->kind != TEST_ABSENT) == value.number;

    case TEST_EQ:
    case TEST_NE:
        value.kind = (test_kind_e) (TEST_NUMBER + test_random(3));
        value.number = test_random(TEST_WORDS);
        test_value(buf, &value);
        met = test_equals(field, &value);

        return op == TEST_EQ ? met : !met && field->kind != TEST_ABSENT;

    default:
        value.kind = TEST_NUMBER;
        value.number = test_random(TEST_WORDS);
        test_value(buf, &value);

        return field->kind == TEST_NUMBER
               && ((op == TEST_GT && field->number > value.number)
                   || (op == TEST_GTE && field->number >= value.number)
                   || (op == TEST_LT && field->number < value.number)
                   || (op == TEST_LTE && field->number <= value.number));
    }
}


/* Writes a filter and says whether the fields meet it. */

static int
test_filter(vfs_buf_t *buf, const test_value_t *fields, unsigned depth)
{
    int       met, branch;
    unsigned  i, j, n, conditions, field, any;

    met = 1;
    n = 1 + test_random(2);
    vfs_buf_text(buf, "{");

    for (i = 0; i < n; i++) {
        vfs_buf_text(buf, i == 0 ? "" : ",");

        if (depth == 0 || test_random(3) == 0) {
            field = test_random(TEST_FIELDS);
            conditions = 1 + test_random(2);
            vfs_buf_string(buf, test_names[field], strlen(test_names[field]));
            vfs_buf_text(buf, ":{");

            for (j = 0; j < conditions; j++) {
                vfs_buf_text(buf, j == 0 ? "" : ",");
                met &= test_condition(buf, &fields[field]);
            }

            vfs_buf_text(buf, "}");
            continue;
        }

        any = test_random(2);
        branch = !any;
        vfs_buf_text(buf, any ? "\"$or\":[" : "\"$and\":[");
        conditions = 1 + test_random(3);

        for (j = 0; j < conditions; j++) {
            vfs_buf_text(buf, j == 0 ? "" : ",");

            if (any) {
                branch |= test_filter(buf, fields, depth - 1);

            } else {
                branch &= test_filter(buf, fields, depth - 1);
            }
        }

        met &= branch;
        vfs_buf_text(buf, "]");
    }

    vfs_buf_text(buf, "}");

    return met;
}


static void
test_open(vfs_reader_t *reader, vfs_arena_t *arena, vfs_fault_t *fault,
    const char *text, size_t len)
{
    assert_int_equal(vfs_reader_open(reader, arena, fault, text, len), VFS_OK);
    assert_int_equal(vfs_reader_member(reader), VFS_OK);
}


static void
test_filters_agree_with_a_naive_evaluator(void **state)
{
    int            met, rc;
    unsigned       round, matches;
    vfs_buf_t      metadata_text, filter_text;
    vfs_str_t      metadata;
    vfs_arena_t    arena;
    vfs_fault_t    fault;
    vfs_filter_t  *filter;
    vfs_reader_t   reader;
    test_value_t   fields[TEST_FIELDS];

    vfs_arena_init(&arena);
    vfs_buf_init(&metadata_text, 1 << 20);
    vfs_buf_init(&filter_text, 1 << 20);
    matches = 0;

    for (round = 0; round < 20000; round++) {
        metadata_text.len = 0;
        vfs_buf_text(&metadata_text, "{\"m\":");
        test_metadata(&metadata_text, fields);
        vfs_buf_text(&metadata_text, "}");

        test_open(&reader, &arena, &fault, metadata_text.data,
                  metadata_text.len);
        assert_int_equal(vfs_metadata_read(&reader, &metadata), VFS_OK);
        assert_int_equal(vfs_metadata_check(metadata), VFS_OK);

        filter_text.len = 0;
        vfs_buf_text(&filter_text, "{\"f\":");
        met = test_filter(&filter_text, fields, 3);
        vfs_buf_text(&filter_text, "}");

        test_open(&reader, &arena, &fault, filter_text.data, filter_text.len);
        assert_int_equal(vfs_filter_read(&reader, &filter), VFS_OK);
        assert_non_null(filter);

        rc = vfs_filter_match(filter, metadata);

        if (rc != met) {
            fail_msg("%.*s of %.*s: %d, expected %d", (int) filter_text.len,
                     filter_text.data, (int) metadata_text.len,
                     metadata_text.data, rc, met);
        }

        matches += rc != 0;
        vfs_arena_free(&arena);
    }

    assert_in_range(matches, 1000, 19000);

    vfs_buf_free(&metadata_text);
    vfs_buf_free(&filter_text);
}


static void
test_metadata_prints_what_it_read(void **state)
{
    vfs_buf_t     buf;
    vfs_str_t     metadata, patch, merged;
    vfs_arena_t   arena;
    vfs_fault_t   fault;
    vfs_reader_t  reader;

    static const char  text[] =
        "{\"m\":{\"s\":\"a\\\"\\u00e9\",\"n\":-1.5e-7,\"t\":true,\"f\":false,"
        "\"l\":[\"\",\"x\"],\"e\":[]}}";
    static const char  change[] = "{\"m\":{\"n\":2020,\"z\":[\"y\"]}}";
    static const char  expected[] =
        "{\"s\":\"a\\\"\xc3\xa9\",\"t\":true,\"f\":false,\"l\":[\"\",\"x\"],"
        "\"e\":[],\"n\":2020,\"z\":[\"y\"]}";

    vfs_arena_init(&arena);
    vfs_buf_init(&buf, 4096);

    test_open(&reader, &arena, &fault, text, strlen(text));
    assert_int_equal(vfs_metadata_read(&reader, &metadata), VFS_OK);
    vfs_metadata_print(&buf, metadata);
    assert_int_equal(buf.len, strlen("{\"s\":\"a\\\"\xc3\xa9\",\"n\":-1.5e-7,"
                                     "\"t\":true,\"f\":false,\"l\":[\"\",\"x\""
                                     "],\"e\":[]}"));

    test_open(&reader, &arena, &fault, change, strlen(change));
    assert_int_equal(vfs_metadata_read(&reader, &patch), VFS_OK);
    assert_int_equal(vfs_metadata_merge(&arena, metadata, patch, &merged,
                                        &fault), VFS_OK);

    buf.len = 0;
    vfs_metadata_print(&buf, merged);
    assert_int_equal(buf.len, strlen(expected));
    assert_memory_equal(buf.data, expected, buf.len);

    vfs_buf_free(&buf);
    vfs_arena_free(&arena);
}


/* Bytes from a damaged disk: each is either refused or read within bounds. */

static void
test_damaged_metadata_is_seen(void **state)
{
    char                 *copy;
    size_t                i, offset;
    vfs_str_t             metadata, damaged;
    vfs_arena_t           arena;
    vfs_fault_t           fault;
    vfs_reader_t          reader;
    vfs_metadata_field_t  field;

    static const char  text[] = "{\"m\":{\"a\":\"bc\",\"l\":[\"d\",\"ef\"],"
                                "\"n\":1,\"t\":true}}";

    vfs_arena_init(&arena);
    test_open(&reader, &arena, &fault, text, strlen(text));
    assert_int_equal(vfs_metadata_read(&reader, &metadata), VFS_OK);

    for (i = 1; i < metadata.len; i++) {
        copy = malloc(metadata.len - i);
        assert_non_null(copy);
        memcpy(copy, metadata.data, metadata.len - i);
        damaged.data = copy;
        damaged.len = metadata.len - i;

        if (vfs_metadata_check(damaged) == VFS_OK) {
            offset = 0;

            while (vfs_metadata_next(damaged, &offset, &field) == VFS_OK) {
                /* whole fields were cut off */
            }

            assert_int_equal(offset, damaged.len);
        }

        free(copy);
    }

    vfs_arena_free(&arena);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_filters_agree_with_a_naive_evaluator),
        cmocka_unit_test(test_metadata_prints_what_it_read),
        cmocka_unit_test(test_damaged_metadata_is_seen),
    };

    return cmocka_run_group_tests_name("index filter", tests, NULL, NULL);
}
