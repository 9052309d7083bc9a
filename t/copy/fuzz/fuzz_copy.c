
/*
 * Copyright (C) the vfs authors
 */


#include "fuzz.h"

#include "vfs_copy_answer.h"
#include "vfs_copy_records.h"


static void fuzz_records(const char *body, size_t len);
static void fuzz_again(const vfs_records_t *records, const vfs_ids_t *ids,
    size_t i);


/*
 * What an index answers, behind a byte for what it was asked: refused with
 * words, or taken.
 */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t        len;
    uint64_t      count;
    vfs_ids_t     ids;
    vfs_buf_t     token;
    const char   *body;
    vfs_error_t   err;
    vfs_stats_t   stats;

    if (size == 0) {
        return 0;
    }

    body = (const char *) data + 1;
    len = size - 1;
    err.text[0] = '\0';

    switch (data[0] % 4) {

    case 0:
        if (vfs_stats_read(&stats, body, len, &err) == VFS_OK) {
            vfs_stats_free(&stats);
            return 0;
        }

        fuzz_assert(err.text[0] != '\0');
        return 0;

    case 1:
        memset(&ids, 0, sizeof(vfs_ids_t));
        memset(&token, 0, sizeof(vfs_buf_t));

        if (vfs_page_read(body, len, &ids, &token, &err) == VFS_OK) {
            fuzz_assert(vfs_ids_count(&ids) <= VFS_PAGE);
            fuzz_assert(token.len <= VFS_MAX_TOKEN);

        } else {
            fuzz_assert(err.text[0] != '\0');
        }

        vfs_ids_free(&ids);
        vfs_buf_free(&token);
        return 0;

    case 2:
        if (vfs_upserted_read(body, len, &count, &err) != VFS_OK) {
            fuzz_assert(err.text[0] != '\0');
        }

        return 0;

    default:
        fuzz_records(body, len);
        return 0;
    }
}


static void
fuzz_records(const char *body, size_t len)
{
    size_t         i, n;
    vfs_ids_t      ids;
    vfs_error_t    err;
    vfs_records_t  records;

    memset(&ids, 0, sizeof(vfs_ids_t));
    memset(&records, 0, sizeof(vfs_records_t));
    err.text[0] = '\0';

    fuzz_assert(vfs_ids_add(&ids, "a", 1) == VFS_OK);
    fuzz_assert(vfs_ids_add(&ids, "\"\\", 2) == VFS_OK);
    fuzz_assert(vfs_ids_add(&ids, "user:1", 6) == VFS_OK);

    if (vfs_records_read(&records, body, len, &ids, &err) == VFS_OK) {
        n = 0;

        for (i = 0; i < records.n; i++) {

            if (records.records[i].found) {
                fuzz_again(&records, &ids, i);
                n++;
            }
        }

        fuzz_assert(n == records.found);

    } else {
        fuzz_assert(err.text[0] != '\0');
    }

    vfs_records_free(&records);
    vfs_ids_free(&ids);
}


/* A record that is stored and fetched again is the same. */

static void
fuzz_again(const vfs_records_t *records, const vfs_ids_t *ids, size_t i)
{
    size_t         len;
    unsigned       same;
    vfs_buf_t      body;
    const char    *id;
    vfs_error_t    err;
    vfs_records_t  again;

    memset(&body, 0, sizeof(vfs_buf_t));
    memset(&again, 0, sizeof(vfs_records_t));
    id = vfs_ids_get(ids, i, &len);

    fuzz_assert(vfs_buf_text(&body, "{\"vectors\":{") == VFS_OK
                && vfs_buf_string(&body, id, len) == VFS_OK
                && vfs_buf_text(&body, ":") == VFS_OK
                && vfs_records_write(records, i, id, len, &body) == VFS_OK
                && vfs_buf_text(&body, "}}") == VFS_OK);

    fuzz_assert(vfs_records_read(&again, body.data, body.len, ids, &err)
                == VFS_OK);
    fuzz_assert(vfs_records_same(records, &again, i, &same) == VFS_OK && same);

    vfs_records_free(&again);
    vfs_buf_free(&body);
}
