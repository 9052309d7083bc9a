
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_snapshot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    vfs_picks_t             picks;      /* one for each id */
    vfs_journal_t           journal;
    int64_t                 as_of_ms;
    vfs_rows_t              rows;
} vfs_snapshot_log_t;


static int vfs_snapshot_entry(void *data, const vfs_entry_t *entry,
    vfs_error_t *err);
static int vfs_snapshot_write(vfs_snapshot_log_t *snapshot,
    vfs_snapshot_options_t *options, vfs_snapshot_counts_t *counts,
    vfs_error_t *err);
static void vfs_snapshot_count(const vfs_snapshot_log_t *snapshot,
    vfs_rows_conf_t *conf);
static void vfs_snapshot_tell(const vfs_snapshot_log_t *snapshot,
    vfs_by_e by);


int
vfs_snapshot_log(vfs_snapshot_options_t *options,
    vfs_snapshot_counts_t *counts, vfs_error_t *err)
{
    int                 rc;
    vfs_snapshot_log_t  snapshot;

    memset(&snapshot, 0, sizeof(vfs_snapshot_log_t));

    snapshot.as_of_ms = options->as_of_ms;

    rc = vfs_picks_init(&snapshot.picks, options->by, err);

    if (rc == VFS_OK) {
        rc = vfs_journal_read(&snapshot.journal, &options->source.conf,
                              vfs_snapshot_entry, &snapshot, err);
    }

    if (rc == VFS_OK) {
        rc = vfs_snapshot_write(&snapshot, options, counts, err);
    }

    if (rc == VFS_OK) {
        vfs_journal_tell(&snapshot.journal);
        vfs_snapshot_tell(&snapshot, options->by);
    }

    vfs_picks_free(&snapshot.picks);
    vfs_journal_free(&snapshot.journal);

    return rc;
}


static int
vfs_snapshot_entry(void *data, const vfs_entry_t *entry, vfs_error_t *err)
{
    uint32_t             id;
    vfs_snapshot_log_t  *snapshot;

    snapshot = data;

    id = vfs_picks_id(&snapshot->picks, entry->id, entry->id_len);

    if (id == UINT32_MAX) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    if (snapshot->picks.ids[id].npicks == 0) {
        snapshot->picks.ids[id].first = (uint32_t) snapshot->picks.npicks;

        if (vfs_picks_add(&snapshot->picks, id, snapshot->as_of_ms, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return vfs_picks_offer(&snapshot->picks, &snapshot->picks.ids[id], entry,
                           err);
}


static int
vfs_snapshot_write(vfs_snapshot_log_t *snapshot,
    vfs_snapshot_options_t *options, vfs_snapshot_counts_t *counts,
    vfs_error_t *err)
{
    int                   rc;
    size_t                i;
    vfs_version_t         version;
    const vfs_pick_t     *pick;
    const vfs_pick_id_t  *id;

    vfs_snapshot_count(snapshot, &options->rows);

    options->rows.columns = "id";
    options->rows.dimension = snapshot->journal.dimension;

    rc = vfs_rows_open(&snapshot->rows, &options->rows, err);

    for (i = 0; rc == VFS_OK && i < snapshot->picks.npicks; i++) {
        pick = &snapshot->picks.picks[i];
        id = &snapshot->picks.ids[pick->id];

        rc = vfs_picks_get(&snapshot->picks, pick, &version, err);

        if (rc == VFS_DECLINED
            || (rc == VFS_OK && version.dimension == 0))
        {
            counts->without++;
            rc = VFS_OK;
            continue;
        }

        if (rc == VFS_OK) {
            counts->vectors++;
            rc = vfs_snapshot_row(&snapshot->rows, id->name, id->len, &version,
                                  err);
        }
    }

    if (rc == VFS_OK) {
        rc = vfs_rows_done(&snapshot->rows, err);
    }

    vfs_rows_close(&snapshot->rows);

    return rc;
}


/* How many rows there will be, which .npy says first. */

static void
vfs_snapshot_count(const vfs_snapshot_log_t *snapshot, vfs_rows_conf_t *conf)
{
    size_t                i;
    const vfs_pick_t     *pick;
    const vfs_pick_id_t  *id;

    for (i = 0; i < snapshot->picks.npicks; i++) {
        pick = &snapshot->picks.picks[i];
        id = &snapshot->picks.ids[pick->id];

        if (pick->visible_ms == -1 || pick->gone) {
            continue;
        }

        conf->nrows++;

        if (id->len > conf->id_len) {
            conf->id_len = id->len;
        }
    }
}


static void
vfs_snapshot_tell(const vfs_snapshot_log_t *snapshot, vfs_by_e by)
{
    size_t    i;
    uint64_t  open;

    open = 0;

    for (i = 0; i < snapshot->picks.npicks; i++) {
        open += snapshot->picks.picks[i].open;
    }

    if (open != 0) {
        fprintf(stderr, "vfs-train: of %" PRIu64 " ids a newer version was on "
                "its way to the index\n", open);
    }

    if (by == VFS_BY_VISIBLE
        && snapshot->as_of_ms > snapshot->journal.until_ms)
    {
        fprintf(stderr, "vfs-train: the feature log does not reach the time "
                "asked for: it ends at %" PRId64 "\n",
                snapshot->journal.until_ms);
    }
}
