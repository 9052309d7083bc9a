
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train.h"
#include "vfs_train_source.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>
#include <zlib.h>


/* The feature log as one file, for years. */

typedef struct {
    vfs_source_options_t    source;
    const char             *path;
    char                   *part;       /* its name until it is complete */
    gzFile                  gz;
    uint64_t                records;
    XXH64_state_t          *hash;       /* of all records */
    vfs_journal_t           journal;
} vfs_export_t;


static int vfs_export_parse(vfs_export_t *export, int argc, char **argv,
    vfs_error_t *err);
static int vfs_export_run(vfs_export_t *export, vfs_error_t *err);
static int vfs_export_open(vfs_export_t *export, vfs_error_t *err);
static int vfs_export_close(vfs_export_t *export, vfs_error_t *err);
static int vfs_export_entry(void *data, const vfs_entry_t *entry,
    vfs_error_t *err);
static int vfs_export_write(vfs_export_t *export, const void *data, size_t len,
    vfs_error_t *err);
static int vfs_export_head(vfs_export_t *export, uint32_t partition,
    uint64_t offset, size_t key_len, size_t len, vfs_error_t *err);


static const vfs_option_t  vfs_export_table[] = {

    { .name = "output",
      .value = "FILE",
      .set = vfs_option_text,
      .offset = offsetof(vfs_export_t, path),
      .help = "with gzip if its name ends in .gz" },

    { .name = "log",
      .value = "FILE",
      .set = vfs_option_text,
      .offset = offsetof(vfs_export_t, source.path),
      .help = "an older export; else the topic\n"
              "<VFS_GROUP>-features at KAFKA_BROKERS" },

    { .name = NULL }
};


static const vfs_option_group_t  vfs_export_groups[] = {
    { vfs_export_table, 0 },
    { NULL, 0 }
};


static const vfs_options_t  vfs_export_options = {
    .command = "export",
    .synopsis = "--output FILE [--log FILE]",
    .about = "Writes the feature log to a file, for snapshot and join and for "
             "years.",
    .groups = vfs_export_groups
};


int
vfs_train_export(int argc, char **argv)
{
    int           rc;
    vfs_error_t   err;
    vfs_export_t  export;

    memset(&export, 0, sizeof(vfs_export_t));

    rc = vfs_export_parse(&export, argc, argv, &err);

    if (rc == VFS_DECLINED) {
        return VFS_TRAIN_OK;
    }

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-train: export: %s\n", err.text);
        return VFS_TRAIN_USAGE;
    }

    rc = vfs_export_run(&export, &err);

    if (rc == VFS_OK) {
        vfs_journal_tell(&export.journal);
        fprintf(stderr, "vfs-train: %" PRIu64 " versions\n", export.records);

    } else {
        fprintf(stderr, "vfs-train: export: %s\n", err.text);
    }

    vfs_journal_free(&export.journal);

    return (rc == VFS_OK) ? VFS_TRAIN_OK : VFS_TRAIN_FAIL;
}


/* VFS_DECLINED: help was asked for and given. */

static int
vfs_export_parse(vfs_export_t *export, int argc, char **argv, vfs_error_t *err)
{
    int  rc, first;

    rc = vfs_options_read(&vfs_export_options, export, argc, argv, &first,
                          err);

    if (rc != VFS_OK) {
        return rc;
    }

    if (export->path == NULL) {
        vfs_error_set(err, "--output is missing, expected a file, for example "
                      "--output features.vfslog.gz");
        return VFS_ERROR;
    }

    return vfs_source_settle(&export->source, err);
}


static int
vfs_export_run(vfs_export_t *export, vfs_error_t *err)
{
    int          rc;
    uint64_t     hash;
    vfs_error_t  why;

    rc = vfs_export_open(export, err);

    if (rc == VFS_OK) {
        export->source.conf.all = 1;

        rc = vfs_journal_read(&export->journal, &export->source.conf,
                              vfs_export_entry, export, err);
    }

    if (rc == VFS_OK) {
        hash = XXH64_digest(export->hash);

        rc = vfs_export_head(export, VFS_JOURNAL_END, export->records,
                             (uint32_t) hash, (uint32_t) (hash >> 32), err);
    }

    if (export->gz != NULL && vfs_export_close(export, &why) != VFS_OK
        && rc == VFS_OK)
    {
        *err = why;
        rc = VFS_ERROR;
    }

    if (rc == VFS_OK && rename(export->part, export->path) == -1) {
        vfs_error_set(err, "cannot rename \"%.256s\": %s", export->part,
                      strerror(errno));
        rc = VFS_ERROR;
    }

    if (rc != VFS_OK && export->part != NULL) {
        (void) remove(export->part);
    }

    free(export->part);
    (void) XXH64_freeState(export->hash);

    return rc;
}


static int
vfs_export_open(vfs_export_t *export, vfs_error_t *err)
{
    size_t  len;

    if (asprintf(&export->part, "%s.part", export->path) == -1) {
        export->part = NULL;
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    len = strlen(export->path);

    /* floats hardly compress: the fastest level, or none at all */

    export->gz = gzopen(export->part, (len > 3 && strcmp(export->path + len
                                                         - 3, ".gz") == 0)
                                      ? "wbe1" : "wbeT");

    if (export->gz == NULL) {
        vfs_error_set(err, "cannot write \"%.256s\": %s", export->part,
                      strerror(errno));
        return VFS_ERROR;
    }

    (void) gzbuffer(export->gz, 262144);

    export->hash = XXH64_createState();

    if (export->hash == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    (void) XXH64_reset(export->hash, 0);

    if (vfs_export_write(export, VFS_JOURNAL_MAGIC, VFS_JOURNAL_MAGIC_LEN,
                         err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    /* it is of what follows */

    (void) XXH64_reset(export->hash, 0);

    return VFS_OK;
}


static int
vfs_export_close(vfs_export_t *export, vfs_error_t *err)
{
    if (gzclose(export->gz) != Z_OK) {
        vfs_error_set(err, "cannot write \"%.256s\": %s", export->part,
                      strerror(errno));
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_export_entry(void *data, const vfs_entry_t *entry, vfs_error_t *err)
{
    vfs_export_t  *export;

    export = data;
    export->records++;

    if (vfs_export_head(export, (uint32_t) entry->partition,
                        (uint64_t) entry->offset, entry->id_len, entry->len,
                        err) != VFS_OK
        || vfs_export_write(export, entry->id, entry->id_len, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_export_write(export, entry->data, entry->len, err);
}


static int
vfs_export_head(vfs_export_t *export, uint32_t partition, uint64_t offset,
    size_t key_len, size_t len, vfs_error_t *err)
{
    uint32_t       small;
    unsigned char  head[VFS_JOURNAL_HEAD];

    small = htole32(partition);
    memcpy(head, &small, 4);

    offset = htole64(offset);
    memcpy(head + 4, &offset, 8);

    small = htole32((uint32_t) key_len);
    memcpy(head + 12, &small, 4);

    small = htole32((uint32_t) len);
    memcpy(head + 16, &small, 4);

    return vfs_export_write(export, head, sizeof(head), err);
}


static int
vfs_export_write(vfs_export_t *export, const void *data, size_t len,
    vfs_error_t *err)
{
    (void) XXH64_update(export->hash, data, len);

    if (len == 0 || gzwrite(export->gz, data, (unsigned) len) == (int) len) {
        return VFS_OK;
    }

    vfs_error_set(err, "cannot write \"%.256s\": %s", export->part,
                  strerror(errno));

    return VFS_ERROR;
}
