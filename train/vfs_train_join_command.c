
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train.h"
#include "vfs_train_join.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>


static int vfs_join_parse(vfs_join_options_t *options, int argc, char **argv,
    vfs_error_t *err);
static void vfs_join_tell(const vfs_join_t *join);
static void vfs_join_line(uint64_t n, const char *text);


static const char *const  vfs_join_entities[] = { "user", "item", NULL };


static const vfs_option_t  vfs_join_table[] = {

    { .name = "labels",
      .value = "FILE",
      .set = vfs_option_text,
      .offset = offsetof(vfs_join_options_t, labels.path),
      .help = "CSV with column names, or JSON lines; gzip or not" },

    { .name = "id",
      .value = "COLUMN",
      .set = vfs_option_text,
      .offset = offsetof(vfs_join_options_t, labels.id),
      .help = "where the id is, id" },

    { .name = "time",
      .value = "COLUMN",
      .set = vfs_option_text,
      .offset = offsetof(vfs_join_options_t, labels.time),
      .help = "where the time is, time: ISO 8601 (UTC unless it\n"
              "has a zone), or ms since 1970" },

    { .name = "entity",
      .value = "ENTITY",
      .set = vfs_option_word,
      .offset = offsetof(vfs_join_options_t, labels.entity),
      .min = VFS_ENTITY_USER,
      .words = vfs_join_entities,
      .help = "of ids such as u1: user or item, user" },

    { .name = "max-age",
      .value = "AGE",
      .set = vfs_option_age,
      .offset = offsetof(vfs_join_options_t, max_age_ms),
      .help = "no vector of a greater vfs_age_ms, for example 90s,\n"
              "15m, 12h or 30d; without a bound" },

    { .name = "strict",
      .set = vfs_option_flag,
      .offset = offsetof(vfs_join_options_t, strict),
      .help = "end with status 1 and write nothing if a row would\n"
              "be open, gap or future" },

    { .name = NULL }
};


static const vfs_option_group_t  vfs_join_groups[] = {
    { vfs_join_table, 0 },
    { vfs_by_table, offsetof(vfs_join_options_t, by) },
    { vfs_source_table, offsetof(vfs_join_options_t, source) },
    { vfs_rows_table, offsetof(vfs_join_options_t, rows) },
    { NULL, 0 }
};


static const vfs_options_t  vfs_join_command = {
    .command = "join",
    .synopsis = "--labels FILE [OPTION]...",
    .about = "Gives each label the newest vector that was visible before its "
             "time.",
    .groups = vfs_join_groups
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
    int  rc, first;

    options->labels.id = "id";
    options->labels.time = "time";
    options->labels.entity = VFS_ENTITY_USER;
    options->by = VFS_BY_VISIBLE;

    rc = vfs_options_read(&vfs_join_command, options, argc, argv, &first, err);

    if (rc != VFS_OK) {
        return rc;
    }

    if (options->labels.path == NULL) {
        vfs_error_set(err, "--labels is missing, expected a file, for example "
                      "--labels labels.csv");
        return VFS_ERROR;
    }

    if (vfs_rows_check(&options->rows, err) != VFS_OK) {
        return VFS_ERROR;
    }

    options->labels.numbered = (options->rows.format == VFS_ROWS_CSV);

    return vfs_source_settle(&options->source, err);
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
    vfs_join_line(counts->ancient, "labels are of times before March 1973: are "
                  "these seconds? Expected are ms since 1970");
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
    vfs_join_line(counts->of[VFS_JOIN_STALE], "labels have an older vector "
                  "than --max-age (status stale)");

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
