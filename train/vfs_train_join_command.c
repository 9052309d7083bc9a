
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train.h"
#include "vfs_train_join.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>


static int vfs_join_parse(vfs_join_options_t *options, int argc, char **argv,
    vfs_error_t *err);
static int vfs_join_option(vfs_join_options_t *options, int opt,
    vfs_error_t *err);
static void vfs_join_tell(const vfs_join_t *join);
static void vfs_join_line(uint64_t n, const char *text);
static void vfs_join_usage(FILE *fp);


static const struct option  vfs_join_long[] = {
    { "labels", required_argument, NULL, 'l' },
    { "id", required_argument, NULL, 'i' },
    { "time", required_argument, NULL, 't' },
    { "entity", required_argument, NULL, 'e' },
    { "by", required_argument, NULL, 'b' },
    { "log", required_argument, NULL, 'L' },
    { "definition", required_argument, NULL, 'd' },
    { "format", required_argument, NULL, 'f' },
    { "output", required_argument, NULL, 'o' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 }
};


int
vfs_train_join(int argc, char **argv)
{
    int          rc;
    vfs_join_t   join;
    vfs_error_t  err;

    memset(&join, 0, sizeof(vfs_join_t));
    join.picks.fd = -1;

    rc = vfs_join_parse(&join.options, argc, argv, &err);

    if (rc == VFS_DECLINED) {
        return VFS_TRAIN_OK;
    }

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-train: join: %s\n", err.text);
        return VFS_TRAIN_USAGE;
    }

    rc = vfs_join_run(&join, &err);

    if (rc == VFS_OK) {
        vfs_join_tell(&join);

    } else {
        fprintf(stderr, "vfs-train: join: %s\n", err.text);
    }

    vfs_join_free(&join);

    return (rc == VFS_OK) ? VFS_TRAIN_OK : VFS_TRAIN_FAIL;
}


/* VFS_DECLINED: help was asked for and given. */

static int
vfs_join_parse(vfs_join_options_t *options, int argc, char **argv,
    vfs_error_t *err)
{
    int  rc, opt;

    options->labels.id = "id";
    options->labels.time = "time";
    options->labels.entity = VFS_ENTITY_USER;

    while ((opt = getopt_long(argc, argv, "", vfs_join_long, NULL)) != -1) {

        rc = vfs_join_option(options, opt, err);

        if (rc != VFS_OK) {
            return rc;
        }
    }

    if (optind != argc) {
        vfs_error_set(err, "unexpected \"%.64s\", see --help", argv[optind]);
        return VFS_ERROR;
    }

    if (options->labels.path == NULL) {
        vfs_error_set(err, "--labels is missing, expected a file, for example "
                      "--labels labels.csv");
        return VFS_ERROR;
    }

    if (options->rows.format == VFS_ROWS_NPY && options->rows.path == NULL) {
        vfs_error_set(err, "--format npy needs --output: it writes several "
                      "files");
        return VFS_ERROR;
    }

    return vfs_source_settle(&options->source, err);
}


static int
vfs_join_option(vfs_join_options_t *options, int opt, vfs_error_t *err)
{
    switch (opt) {

    case 'l':
        options->labels.path = optarg;
        break;

    case 'i':
        options->labels.id = optarg;
        break;

    case 't':
        options->labels.time = optarg;
        break;

    case 'e':

        if (strcmp(optarg, "item") == 0) {
            options->labels.entity = VFS_ENTITY_ITEM;

        } else if (strcmp(optarg, "user") != 0) {
            vfs_error_set(err, "--entity: expected user or item, got \"%.64s\"",
                          optarg);
            return VFS_ERROR;
        }

        break;

    case 'b':
        return vfs_by_parse(optarg, &options->by, err);

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

    case 'h':
        vfs_join_usage(stdout);
        return VFS_DECLINED;

    default:
        vfs_error_set(err, "see vfs-train join --help");
        return VFS_ERROR;
    }

    return VFS_OK;
}


/* A line for each thing that not every row has. */

static void
vfs_join_tell(const vfs_join_t *join)
{
    const vfs_join_counts_t  *counts;

    counts = &join->counts;

    vfs_journal_tell(&join->journal);

    vfs_join_line(counts->duplicates, "labels have the id and the time of "
                  "another one");
    vfs_join_line(counts->without_id, "labels have no id (status none)");
    vfs_join_line(counts->unknown, "labels are of ids that the feature log "
                  "does not name");
    vfs_join_line(counts->before, "labels are before the first version of the "
                  "feature log (status none)");
    vfs_join_line(counts->of[VFS_JOIN_NONE], "labels have no version before "
                  "them (status none)");
    vfs_join_line(counts->of[VFS_JOIN_DELETED], "labels are of times when the "
                  "record was deleted (status deleted)");
    vfs_join_line(counts->of[VFS_JOIN_OPEN], "labels are of times when a newer "
                  "version was on its way to the index (status open)");
    vfs_join_line(counts->of[VFS_JOIN_GAP], "labels are of times of which the "
                  "feature log lacks records (status gap)");
    vfs_join_line(counts->of[VFS_JOIN_FUTURE], "labels are of times that the "
                  "feature log does not reach (status future)");

    fprintf(stderr, "vfs-train: %" PRIu64 " labels, %" PRIu64 " with the "
            "vector of their time, from %" PRIu64 " versions\n", counts->rows,
            counts->of[VFS_JOIN_OK], join->journal.versions);
}


static void
vfs_join_line(uint64_t n, const char *text)
{
    if (n != 0) {
        fprintf(stderr, "vfs-train: %" PRIu64 " %s\n", n, text);
    }
}


static void
vfs_join_usage(FILE *fp)
{
    fprintf(fp,
        "usage: vfs-train join --labels FILE [OPTION]...\n"
        "\n"
        "Gives each label the newest vector that was visible before its time.\n"
        "\n"
        "  --labels FILE      CSV with column names, or JSON lines; gzip or "
        "not\n"
        "  --id COLUMN        where the id is, id\n"
        "  --time COLUMN      where the time is (ISO 8601 or ms since 1970), "
        "time\n"
        "  --entity ENTITY    of ids such as u1: user or item, user\n"
        "  --by TIME          visible, or event-time: the newest version "
        "without\n"
        "                     an event of the label's time or later\n"
        "  --log FILE         a file of vfs-train export; else the topic\n"
        "                     <VFS_GROUP>-features at KAFKA_BROKERS\n"
        "  --definition HASH  only versions of this definition\n"
        "  --format FORMAT    json, csv or npy, json\n"
        "  --output FILE      standard output; for npy NAME of NAME.npy,\n"
        "                     NAME.ids.npy and NAME.csv\n");
}
