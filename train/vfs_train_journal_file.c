
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_gzip.h"
#include "vfs_train_journal.h"
#include "vfs_train_lines.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>


#define VFS_JOURNAL_MAX_LEN  16777216
#define VFS_JOURNAL_TICK     4096


/* What is read of a file. */

typedef struct {
    vfs_lines_t             file;
    uint64_t                records;    /* of the part at hand */
    uint64_t                all;
    unsigned                parts;      /* exports, one behind the other */
    XXH64_state_t          *hash;       /* of the part's records */
    size_t                  size;       /* of the buffer */
    unsigned char          *buf;
} vfs_journal_reader_t;


static int vfs_journal_records(vfs_journal_t *journal,
    vfs_journal_reader_t *in, vfs_entry_pt handler, void *data,
    vfs_error_t *err);
static int vfs_journal_head(vfs_journal_reader_t *in, vfs_entry_t *entry,
    vfs_error_t *err);
static int vfs_journal_end(const vfs_journal_reader_t *in, uint64_t records,
    uint64_t hash, vfs_error_t *err);
static int vfs_journal_magic(vfs_journal_reader_t *in, vfs_error_t *err);
static int vfs_journal_get(vfs_journal_reader_t *in, unsigned char *buf,
    size_t len, vfs_error_t *err);


int
vfs_journal_file(vfs_journal_t *journal, vfs_entry_pt handler, void *data,
    vfs_error_t *err)
{
    int                   rc;
    vfs_journal_reader_t  in;

    memset(&in, 0, sizeof(vfs_journal_reader_t));

    in.hash = XXH64_createState();

    if (in.hash == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    rc = vfs_lines_open(&in.file, journal->conf->path, err);

    if (rc == VFS_OK) {
        rc = vfs_journal_records(journal, &in, handler, data, err);
    }

    /* what came after the last version is not in the file */

    journal->until_ms = journal->last_ms;

    vfs_lines_close(&in.file);
    (void) XXH64_freeState(in.hash);
    free(in.buf);

    return rc;
}


static int
vfs_journal_records(vfs_journal_t *journal, vfs_journal_reader_t *in,
    vfs_entry_pt handler, void *data, vfs_error_t *err)
{
    int          rc;
    vfs_entry_t  entry;

    rc = vfs_journal_magic(in, err);

    while (rc == VFS_OK) {
        rc = vfs_journal_head(in, &entry, err);

        if (rc == VFS_DECLINED) {
            rc = vfs_journal_magic(in, err);
            continue;
        }

        if (rc == VFS_OK) {
            rc = vfs_journal_entry(journal, &entry, handler, data, err);
        }

        if (in->all % VFS_JOURNAL_TICK == 0) {
            vfs_progress_show(&journal->progress, vfs_lines_done(&in->file),
                              in->file.size);
        }
    }

    return (rc == VFS_DECLINED) ? VFS_OK : rc;
}


/* VFS_DECLINED: it was the end's. */

static int
vfs_journal_head(vfs_journal_reader_t *in, vfs_entry_t *entry,
    vfs_error_t *err)
{
    size_t          len;
    uint32_t        partition, key_len, value_len;
    uint64_t        offset;
    unsigned char   head[VFS_JOURNAL_HEAD], *buf;

    if (vfs_journal_get(in, head, sizeof(head), err) != VFS_OK) {
        return VFS_ERROR;
    }

    memcpy(&partition, head, 4);
    memcpy(&offset, head + 4, 8);
    memcpy(&key_len, head + 12, 4);
    memcpy(&value_len, head + 16, 4);

    partition = le32toh(partition);
    offset = le64toh(offset);
    key_len = le32toh(key_len);
    value_len = le32toh(value_len);

    if (partition == VFS_JOURNAL_END) {
        return vfs_journal_end(in, offset,
                               (uint64_t) value_len << 32 | key_len, err);
    }

    if (partition > INT32_MAX || offset > INT64_MAX
        || key_len > VFS_VERSION_MAX_ID || value_len > VFS_JOURNAL_MAX_LEN)
    {
        vfs_error_set(err, "\"%.256s\", after record %" PRIu64 ": damaged",
                      in->file.path, in->all);
        return VFS_ERROR;
    }

    len = (size_t) key_len + value_len;

    if (len > in->size) {
        buf = realloc(in->buf, len);

        if (buf == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }

        in->buf = buf;
        in->size = len;
    }

    if (vfs_journal_get(in, in->buf, len, err) != VFS_OK) {
        return VFS_ERROR;
    }

    (void) XXH64_update(in->hash, head, sizeof(head));
    (void) XXH64_update(in->hash, in->buf, len);

    in->records++;
    in->all++;

    memset(entry, 0, sizeof(vfs_entry_t));

    entry->partition = (int32_t) partition;
    entry->offset = (int64_t) offset;
    entry->id = (const char *) in->buf;
    entry->id_len = key_len;
    entry->data = in->buf + key_len;
    entry->len = value_len;

    return VFS_OK;
}


/* VFS_DECLINED: all is there, and as it was written. */

static int
vfs_journal_end(const vfs_journal_reader_t *in, uint64_t records,
    uint64_t hash, vfs_error_t *err)
{
    if (records != in->records) {
        vfs_error_set(err, "\"%.256s\", after record %" PRIu64 ": %" PRIu64
                      " records were written, %" PRIu64 " are there",
                      in->file.path, in->all, records, in->records);
        return VFS_ERROR;
    }

    if (hash != 0 && hash != XXH64_digest(in->hash)) {
        vfs_error_set(err, "\"%.256s\", up to record %" PRIu64 ": damaged, the "
                      "records are not those that were written",
                      in->file.path, in->all);
        return VFS_ERROR;
    }

    return VFS_DECLINED;
}


/* VFS_DECLINED: the file ends, and not in the middle of anything. */

static int
vfs_journal_magic(vfs_journal_reader_t *in, vfs_error_t *err)
{
    int   n;
    char  magic[VFS_JOURNAL_MAGIC_LEN];

    n = gzread(in->file.gz, magic, sizeof(magic));

    if (n == 0 && in->parts != 0 && !vfs_lines_broken(in->file.gz)) {
        return (vfs_gzip_whole(in->file.gz, in->file.path, "record", in->all,
                               err)
                == VFS_OK) ? VFS_DECLINED : VFS_ERROR;
    }

    if (n != (int) sizeof(magic)
        || memcmp(magic, VFS_JOURNAL_MAGIC, sizeof(magic)) != 0)
    {
        vfs_error_set(err, "\"%.256s\" is not a file that vfs-train export "
                      "wrote", in->file.path);
        return VFS_ERROR;
    }

    in->records = 0;
    in->parts++;
    (void) XXH64_reset(in->hash, 0);

    return VFS_OK;
}


static int
vfs_journal_get(vfs_journal_reader_t *in, unsigned char *buf, size_t len,
    vfs_error_t *err)
{
    int  n;

    n = gzread(in->file.gz, buf, (unsigned) len);

    if (n >= 0 && (size_t) n == len) {
        return VFS_OK;
    }

    if (!vfs_lines_broken(in->file.gz)) {
        vfs_error_set(err, "\"%.256s\", after record %" PRIu64 ": the file is "
                      "cut short", in->file.path, in->all);

    } else {
        vfs_lines_fault(in->file.gz, in->file.path, "record", in->all, err);
    }

    return VFS_ERROR;
}
