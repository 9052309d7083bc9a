
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_join.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


/* In seconds since 1970 all times until the year 5138 are below it. */

#define VFS_JOIN_ANCIENT  100000000000LL


static int vfs_join_labels(vfs_join_t *join, vfs_error_t *err);
static void vfs_join_duplicates(vfs_join_t *join);
static int vfs_join_entry(void *data, const vfs_entry_t *entry,
    vfs_error_t *err);
static int vfs_join_order(vfs_join_t *join, vfs_error_t *err);
static int vfs_join_strict(vfs_join_t *join, vfs_error_t *err);
static int vfs_join_rows(vfs_join_t *join, vfs_error_t *err);
static int vfs_join_row(vfs_join_t *join, vfs_labels_t *labels, uint64_t n,
    vfs_error_t *err);
static vfs_join_status_e vfs_join_status(vfs_join_t *join,
    const vfs_pick_t *pick, const vfs_row_t *row);
static vfs_join_status_e vfs_join_doubt(const vfs_join_t *join,
    const vfs_pick_t *pick);
static int vfs_join_gap(const vfs_join_t *join, const vfs_pick_t *pick);
static int vfs_join_lead(vfs_join_t *join, const vfs_labels_t *labels,
    vfs_row_t *row, vfs_error_t *err);


static const char *const  vfs_join_words[] = {
    "ok", "none", "deleted", "open", "gap", "future", "stale"
};


int
vfs_join_run(vfs_join_t *join, vfs_error_t *err)
{
    int  rc;

    if (vfs_picks_init(&join->picks, join->options.by, err) != VFS_OK
        || vfs_join_labels(join, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    vfs_picks_sort(&join->picks);
    vfs_join_duplicates(join);

    rc = vfs_journal_read(&join->journal, &join->options.source.conf,
                          vfs_join_entry, join, err);

    if (rc != VFS_OK) {
        return VFS_ERROR;
    }

    vfs_picks_settle(&join->picks);

    if (vfs_join_strict(join, err) != VFS_OK
        || vfs_join_order(join, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_join_rows(join, err);
}


void
vfs_join_free(vfs_join_t *join)
{
    vfs_picks_free(&join->picks);
    vfs_journal_free(&join->journal);

    free(join->order);
    free(join->lead);
}


/* The first reading: ids and times alone. */

static int
vfs_join_labels(vfs_join_t *join, vfs_error_t *err)
{
    int            rc;
    uint32_t       id;
    vfs_labels_t  *labels;

    labels = &join->labels;

    vfs_progress_begin(&join->progress, "vfs-train", "labels");

    rc = vfs_labels_open(labels, &join->options.labels, err);

    while (rc == VFS_OK) {
        rc = vfs_labels_next(labels, err);

        if (rc != VFS_OK) {
            break;
        }

        /* a row without an id is that of an id without a name */

        id = vfs_picks_id(&join->picks, labels->id, labels->id_len);

        if (id == UINT32_MAX) {
            vfs_error_set(err, "out of memory");
            rc = VFS_ERROR;
            break;
        }

        if (labels->id_len > join->longest) {
            join->longest = labels->id_len;
        }

        join->counts.without_id += (labels->id_len == 0);
        join->counts.ancient += (labels->time_ms < VFS_JOIN_ANCIENT);

        rc = vfs_picks_add(&join->picks, id, labels->time_ms, err);

        vfs_progress_show(&join->progress, vfs_lines_done(&labels->lines),
                          labels->lines.size);
    }

    vfs_progress_end(&join->progress);
    vfs_labels_close(labels);

    return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
}


static void
vfs_join_duplicates(vfs_join_t *join)
{
    size_t             i;
    const vfs_pick_t  *pick;

    for (i = 1; i < join->picks.npicks; i++) {
        pick = &join->picks.picks[i];

        join->counts.duplicates += (pick->id == pick[-1].id
                                    && pick->time_ms == pick[-1].time_ms
                                    && join->picks.ids[pick->id].len != 0);
    }
}


static int
vfs_join_entry(void *data, const vfs_entry_t *entry, vfs_error_t *err)
{
    vfs_join_t     *join;
    vfs_pick_id_t  *id;

    join = data;

    id = vfs_picks_find(&join->picks, entry->id, entry->id_len);

    return (id != NULL) ? vfs_picks_offer(&join->picks, id, entry, err)
                        : VFS_OK;
}


static int
vfs_join_strict(vfs_join_t *join, vfs_error_t *err)
{
    size_t    i;
    uint64_t  of[VFS_JOIN_STATUSES];

    if (!join->options.strict) {
        return VFS_OK;
    }

    memset(of, 0, sizeof(of));

    for (i = 0; i < join->picks.npicks; i++) {
        of[vfs_join_doubt(join, &join->picks.picks[i])]++;
    }

    if (of[VFS_JOIN_OPEN] + of[VFS_JOIN_GAP] + of[VFS_JOIN_FUTURE] == 0) {
        return VFS_OK;
    }

    vfs_error_set(err, "--strict: of %zu labels %" PRIu64 " are open, %" PRIu64
                  " gap, %" PRIu64 " future", join->picks.npicks,
                  of[VFS_JOIN_OPEN], of[VFS_JOIN_GAP], of[VFS_JOIN_FUTURE]);

    return VFS_ERROR;
}


static int
vfs_join_order(vfs_join_t *join, vfs_error_t *err)
{
    size_t  i;

    join->order = malloc((join->picks.npicks + 1) * sizeof(uint32_t));

    if (join->order == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    for (i = 0; i < join->picks.npicks; i++) {
        join->order[join->picks.picks[i].row] = (uint32_t) i;
    }

    return VFS_OK;
}


/* The second reading: each row with what was found for it. */

static int
vfs_join_rows(vfs_join_t *join, vfs_error_t *err)
{
    int               rc;
    uint64_t          n;
    vfs_labels_t     *labels;
    vfs_rows_conf_t  *conf;

    labels = &join->labels;
    conf = &join->options.rows;

    if (vfs_labels_open(labels, &join->options.labels, err) != VFS_OK) {
        vfs_labels_close(labels);
        return VFS_ERROR;
    }

    conf->columns = labels->json ? "label" : labels->header_line;
    conf->labelled = 1;
    conf->dimension = join->journal.dimension;
    conf->nrows = join->picks.npicks;
    conf->id_len = join->longest;

    vfs_progress_begin(&join->progress, "vfs-train", "rows");

    rc = vfs_rows_open(&join->rows, conf, err);

    for (n = 0; rc == VFS_OK; n++) {
        rc = vfs_labels_next(labels, err);

        if (rc == VFS_OK) {
            rc = vfs_join_row(join, labels, n, err);
        }

        vfs_progress_show(&join->progress, n, join->picks.npicks);
    }

    vfs_progress_end(&join->progress);

    if (rc == VFS_DECLINED && join->rows.n != join->picks.npicks) {
        vfs_error_set(err, "\"%.256s\" changed while it was read",
                      labels->conf->path);
        rc = VFS_ERROR;
    }

    if (rc == VFS_DECLINED) {
        rc = vfs_rows_done(&join->rows, err);
    }

    vfs_rows_close(&join->rows);
    vfs_labels_close(labels);

    return rc;
}


static int
vfs_join_row(vfs_join_t *join, vfs_labels_t *labels, uint64_t n,
    vfs_error_t *err)
{
    int                 rc;
    vfs_row_t           row;
    vfs_version_t       version;
    const vfs_pick_t   *pick;
    vfs_join_status_e   status;

    if (n >= join->picks.npicks
        || join->picks.picks[join->order[n]].time_ms != labels->time_ms)
    {
        vfs_error_set(err, "\"%.256s\" changed while it was read",
                      labels->conf->path);
        return VFS_ERROR;
    }

    memset(&row, 0, sizeof(vfs_row_t));

    pick = &join->picks.picks[join->order[n]];

    rc = vfs_picks_get(&join->picks, pick, &version, err);

    if (rc == VFS_ERROR || vfs_join_lead(join, labels, &row, err) != VFS_OK) {
        return VFS_ERROR;
    }

    row.id = labels->id;
    row.id_len = labels->id_len;

    if (rc == VFS_OK) {
        row.version = &version;
        row.age_ms = labels->time_ms - ((join->options.by == VFS_BY_VISIBLE)
                                        ? version.visible_ms
                                        : version.event_ms);
    }

    status = vfs_join_status(join, pick, &row);

    if (row.version != NULL && join->options.max_age_ms != 0
        && row.age_ms > join->options.max_age_ms)
    {
        version.dimension = 0;
    }

    join->counts.rows++;
    join->counts.of[status]++;

    row.status = vfs_join_words[status];

    return vfs_rows_add(&join->rows, &row, err);
}


static vfs_join_status_e
vfs_join_status(vfs_join_t *join, const vfs_pick_t *pick,
    const vfs_row_t *row)
{
    vfs_join_status_e     doubt;
    const vfs_pick_id_t  *id;

    id = &join->picks.ids[pick->id];

    if (id->len != 0 && id->partition == -1) {
        join->counts.unknown++;
    }

    doubt = vfs_join_doubt(join, pick);

    if (doubt != VFS_JOIN_OK) {
        return doubt;
    }

    if (row->version == NULL) {
        join->counts.before +=
            (pick->time_ms <= ((join->options.by == VFS_BY_VISIBLE)
                               ? join->journal.first_ms
                               : join->journal.first_event_ms));
        return VFS_JOIN_NONE;
    }

    if (row->version->dimension == 0) {
        return VFS_JOIN_DELETED;
    }

    return (join->options.max_age_ms != 0
            && row->age_ms > join->options.max_age_ms) ? VFS_JOIN_STALE
                                                       : VFS_JOIN_OK;
}


/* Whether what was found may not be the newest: VFS_JOIN_OK: it is. */

static vfs_join_status_e
vfs_join_doubt(const vfs_join_t *join, const vfs_pick_t *pick)
{
    if (join->picks.ids[pick->id].len != 0 && vfs_join_gap(join, pick)) {
        return VFS_JOIN_GAP;
    }

    if (pick->time_ms > join->journal.until_ms) {
        return VFS_JOIN_FUTURE;
    }

    return pick->open ? VFS_JOIN_OPEN : VFS_JOIN_OK;
}


/* Whether what is not in the log may have been newer than what was found. */

static int
vfs_join_gap(const vfs_join_t *join, const vfs_pick_t *pick)
{
    int32_t           partition;
    unsigned          i;
    const vfs_gap_t  *gap;

    partition = join->picks.ids[pick->id].partition;

    if (pick->visible_ms == -1 && join->journal.cut != 0
        && (partition == -1 || join->journal.parts[partition].cut))
    {
        return 1;
    }

    for (i = 0; i < join->journal.ngaps; i++) {
        gap = &join->journal.gaps[i];

        if (gap->partition != -1 && partition != -1
            && gap->partition != partition)
        {
            continue;
        }

        if ((pick->visible_ms == -1 || pick->offset < gap->offset)
            && (join->options.by == VFS_BY_EVENT
                || pick->time_ms > gap->since_ms))
        {
            return 1;
        }
    }

    return 0;
}


/* The label's own columns, as CSV and as JSON. */

static int
vfs_join_lead(vfs_join_t *join, const vfs_labels_t *labels, vfs_row_t *row,
    vfs_error_t *err)
{
    if (vfs_lead_write(&join->lead, &join->lead_size, labels,
                       join->options.rows.format == VFS_ROWS_JSON, row)
        == VFS_OK)
    {
        return VFS_OK;
    }

    vfs_error_set(err, "out of memory");

    return VFS_ERROR;
}
