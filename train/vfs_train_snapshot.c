
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train.h"
#include "vfs_train_labels.h"
#include "vfs_train_snapshot.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>


static int vfs_snapshot_parse(vfs_snapshot_options_t *options, int argc,
    char **argv, vfs_error_t *err);
static int vfs_snapshot_option(vfs_snapshot_options_t *options, int opt,
    vfs_error_t *err);
static int vfs_snapshot_sense(vfs_snapshot_options_t *options,
    vfs_error_t *err);
static void vfs_snapshot_usage(FILE *fp);


static const struct option  vfs_snapshot_long[] = {
    { "as-of", required_argument, NULL, 'a' },
    { "by", required_argument, NULL, 'b' },
    { "from", required_argument, NULL, 'F' },
    { "file", required_argument, NULL, 'e' },
    { "log", required_argument, NULL, 'L' },
    { "definition", required_argument, NULL, 'd' },
    { "format", required_argument, NULL, 'f' },
    { "output", required_argument, NULL, 'o' },
    { "memory", required_argument, NULL, 'm' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 }
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

    rc = options.events ? vfs_snapshot_events(&options, &counts, &err)
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
    int  rc, opt;

    memset(options, 0, sizeof(vfs_snapshot_options_t));

    options->memory = VFS_TRAIN_MEMORY;
    options->by = VFS_BY_VISIBLE;

    while ((opt = getopt_long(argc, argv, "", vfs_snapshot_long, NULL)) != -1)
    {
        rc = vfs_snapshot_option(options, opt, err);

        if (rc != VFS_OK) {
            return rc;
        }
    }

    if (optind != argc) {
        vfs_error_set(err, "unexpected \"%.64s\", see --help", argv[optind]);
        return VFS_ERROR;
    }

    return vfs_snapshot_sense(options, err);
}


static int
vfs_snapshot_option(vfs_snapshot_options_t *options, int opt, vfs_error_t *err)
{
    switch (opt) {

    case 'a':

        if (vfs_labels_time(optarg, strlen(optarg), &options->as_of_ms)
            != VFS_OK)
        {
            vfs_error_set(err, "--as-of: expected a time such as "
                          "2026-01-31T10:00:00Z, or ms since 1970, got "
                          "\"%.64s\"", optarg);
            return VFS_ERROR;
        }

        options->dated = 1;
        break;

    case 'b':
        options->by_given = 1;
        return vfs_by_parse(optarg, &options->by, err);

    case 'F':

        if (strcmp(optarg, "events") == 0) {
            options->events = 1;

        } else if (strcmp(optarg, "log") != 0) {
            vfs_error_set(err, "--from: expected log or events, got \"%.64s\"",
                          optarg);
            return VFS_ERROR;
        }

        break;

    case 'e':
        options->events = 1;
        return vfs_train_files_add(&options->files, optarg, err);

    case 'L':
        options->source.path = optarg;
        break;

    case 'd':
        options->source.definition = optarg;
        break;

    case 'f':

        if (vfs_rows_format(optarg, &options->rows.format) != VFS_OK) {
            vfs_error_set(err, "--format: expected json, csv or npy, got "
                          "\"%.64s\"", optarg);
            return VFS_ERROR;
        }

        break;

    case 'o':
        options->rows.path = optarg;
        break;

    case 'm':
        return vfs_train_integer("--memory", optarg, 16, 1048576,
                                 &options->memory, err);

    case 'h':
        vfs_snapshot_usage(stdout);
        return VFS_DECLINED;

    default:
        vfs_error_set(err, "see vfs-train snapshot --help");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_snapshot_sense(vfs_snapshot_options_t *options, vfs_error_t *err)
{
    if (!options->dated) {
        vfs_error_set(err, "--as-of is missing, expected a time, for example "
                      "--as-of 2026-01-31T10:00:00Z");
        return VFS_ERROR;
    }

    if (options->rows.format == VFS_ROWS_NPY && options->rows.path == NULL) {
        vfs_error_set(err, "--format npy needs --output: it writes several "
                      "files");
        return VFS_ERROR;
    }

    if (!options->events) {
        return vfs_source_settle(&options->source, err);
    }

    if (options->source.path != NULL || options->source.definition != NULL) {
        vfs_error_set(err, "--log and --definition are of the feature log, "
                      "not of raw events");
        return VFS_ERROR;
    }

    if (options->by_given && options->by == VFS_BY_VISIBLE) {
        vfs_error_set(err, "raw events do not tell when a vector was visible: "
                      "--by event-time, or --from log");
        return VFS_ERROR;
    }

    options->by = VFS_BY_EVENT;

    return VFS_OK;
}


static void
vfs_snapshot_usage(FILE *fp)
{
    fprintf(fp,
        "usage: vfs-train snapshot --as-of TIME [OPTION]...\n"
        "\n"
        "Prints all vectors as they stood right before a moment.\n"
        "\n"
        "  --as-of TIME       ISO 8601, or ms since 1970\n"
        "  --by TIME          visible, or event-time\n"
        "  --from SOURCE      log: the topic <VFS_GROUP>-features at\n"
        "                     KAFKA_BROKERS; events: recomputed from the raw\n"
        "                     events with VFS_DEFINITION, by event time; log\n"
        "  --log FILE         a file of vfs-train export\n"
        "  --file FILE        raw events: JSON lines or CSV, gzip or not; may\n"
        "                     be given several times\n"
        "  --definition HASH  only versions of this definition\n"
        "  --format FORMAT    json, csv or npy, json\n"
        "  --output FILE      standard output; for npy NAME of NAME.npy,\n"
        "                     NAME.ids.npy and NAME.csv\n"
        "  --memory MB        for states; more goes to TMPDIR, 512\n");
}
