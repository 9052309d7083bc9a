
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train.h"
#include "vfs_train_snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>


static int vfs_snapshot_parse(vfs_snapshot_options_t *options, int argc,
    char **argv, vfs_error_t *err);
static int vfs_snapshot_sense(vfs_snapshot_options_t *options,
    vfs_error_t *err);


static const char *const  vfs_snapshot_from[] = { "log", "events", NULL };


static const vfs_option_t  vfs_snapshot_table[] = {

    { .name = "as-of",
      .value = "TIME",
      .set = vfs_option_time,
      .offset = offsetof(vfs_snapshot_options_t, as_of_ms),
      .help = "ISO 8601 (UTC unless it has a zone), or ms since 1970" },

    { .name = "from",
      .value = "SOURCE",
      .set = vfs_option_word,
      .offset = offsetof(vfs_snapshot_options_t, from),
      .min = VFS_FROM_LOG,
      .words = vfs_snapshot_from,
      .help = "log: the feature log; events: recomputed from the\n"
              "raw events with VFS_DEFINITION, by event time; log" },

    { .name = NULL }
};


static const vfs_option_group_t  vfs_snapshot_groups[] = {
    { vfs_snapshot_table, 0 },
    { vfs_by_table, offsetof(vfs_snapshot_options_t, by) },
    { vfs_source_table, offsetof(vfs_snapshot_options_t, source) },
    { vfs_train_files_options, offsetof(vfs_snapshot_options_t, files) },
    { vfs_rows_table, offsetof(vfs_snapshot_options_t, rows) },
    { NULL, 0 }
};


static const vfs_options_t  vfs_snapshot_command = {
    .command = "snapshot",
    .synopsis = "--as-of TIME [OPTION]...",
    .about = "Prints all vectors as they stood right before a moment.",
    .groups = vfs_snapshot_groups
};


int
vfs_train_snapshot(int argc, char **argv)
{
    int                     rc;
    vfs_error_t             err;
    vfs_snapshot_counts_t   counts;
    vfs_snapshot_options_t  options;

    memset(&counts, 0, sizeof(vfs_snapshot_counts_t));

    rc = vfs_snapshot_parse(&options, argc, argv, &err);

    if (rc == VFS_DECLINED) {
        return VFS_TRAIN_OK;
    }

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-train: snapshot: %s\n", err.text);
        return VFS_TRAIN_USAGE;
    }

    rc = (options.from == VFS_FROM_EVENTS)
         ? vfs_snapshot_events(&options, &counts, &err)
         : vfs_snapshot_log(&options, &counts, &err);

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-train: snapshot: %s\n", err.text);
        return VFS_TRAIN_FAIL;
    }

    fprintf(stderr, "vfs-train: %" PRIu64 " vectors; %" PRIu64 " ids had none "
            "then\n", counts.vectors, counts.without);

    return VFS_TRAIN_OK;
}


int
vfs_snapshot_row(vfs_rows_t *rows, const char *id, size_t id_len,
    const vfs_version_t *version, vfs_error_t *err)
{
    int        n;
    char       json[VFS_VERSION_MAX_ID + 16];
    vfs_row_t  row;

    memset(&row, 0, sizeof(vfs_row_t));

    /* ids need no escaping */

    n = snprintf(json, sizeof(json), "\"id\":\"%.*s\"", (int) id_len, id);

    row.csv = id;
    row.csv_len = id_len;
    row.json = json;
    row.json_len = (size_t) n;
    row.id = id;
    row.id_len = id_len;
    row.version = version;

    return vfs_rows_add(rows, &row, err);
}


/* VFS_DECLINED: help was asked for and given. */

static int
vfs_snapshot_parse(vfs_snapshot_options_t *options, int argc, char **argv,
    vfs_error_t *err)
{
    int  rc, first;

    memset(options, 0, sizeof(vfs_snapshot_options_t));

    options->as_of_ms = -1;
    options->files.memory = VFS_TRAIN_MEMORY;

    rc = vfs_options_read(&vfs_snapshot_command, options, argc, argv, &first,
                          err);

    if (rc != VFS_OK) {
        return rc;
    }

    return vfs_snapshot_sense(options, err);
}


static int
vfs_snapshot_sense(vfs_snapshot_options_t *options, vfs_error_t *err)
{
    if (options->as_of_ms == -1) {
        vfs_error_set(err, "--as-of is missing, expected a time, for example "
                      "--as-of 2026-01-31T10:00:00Z");
        return VFS_ERROR;
    }

    if (vfs_rows_check(&options->rows, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (options->from == VFS_FROM_LOG && options->files.n != 0) {
        vfs_error_set(err, "--file is of raw events, not of the feature log");
        return VFS_ERROR;
    }

    if (options->files.n != 0) {
        options->from = VFS_FROM_EVENTS;
    }

    if (options->from != VFS_FROM_EVENTS) {

        if (options->by == VFS_BY_UNSAID) {
            options->by = VFS_BY_VISIBLE;
        }

        return vfs_source_settle(&options->source, err);
    }

    if (options->source.path != NULL || options->source.definition != NULL) {
        vfs_error_set(err, "--log and --definition are of the feature log, "
                      "not of raw events");
        return VFS_ERROR;
    }

    if (options->by == VFS_BY_VISIBLE) {
        vfs_error_set(err, "raw events do not tell when a vector was visible: "
                      "--by event-time, or --from log");
        return VFS_ERROR;
    }

    options->by = VFS_BY_EVENT;

    return VFS_OK;
}
