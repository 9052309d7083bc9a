
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_journal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


#define VFS_JOURNAL_PARTS  100000


static vfs_journal_part_t *vfs_journal_part(vfs_journal_t *journal,
    int32_t partition, vfs_error_t *err);
static int vfs_journal_again(const vfs_journal_part_t *part,
    const vfs_entry_t *entry, vfs_error_t *err);
static void vfs_journal_gap(vfs_journal_t *journal,
    const vfs_journal_part_t *part, const vfs_entry_t *entry);
static int vfs_journal_definition(vfs_journal_t *journal,
    const vfs_version_t *version, vfs_error_t *err);
static int vfs_journal_mixed(const vfs_journal_t *journal, vfs_error_t *err);


int
vfs_journal_read(vfs_journal_t *journal, const vfs_journal_conf_t *conf,
    vfs_entry_pt handler, void *data, vfs_error_t *err)
{
    int  rc;

    memset(journal, 0, sizeof(vfs_journal_t));

    journal->conf = conf;
    journal->first_ms = -1;
    journal->last_ms = -1;
    journal->first_event_ms = -1;

    vfs_progress_begin(&journal->progress, "vfs-train", "feature log");

    rc = (conf->path != NULL)
         ? vfs_journal_file(journal, handler, data, err)
         : vfs_journal_kafka(journal, handler, data, err);

    vfs_progress_end(&journal->progress);

    if (rc != VFS_OK) {
        return VFS_ERROR;
    }

    return vfs_journal_mixed(journal, err);
}


void
vfs_journal_free(vfs_journal_t *journal)
{
    free(journal->parts);
    journal->parts = NULL;
    journal->nparts = 0;
}


int
vfs_journal_entry(vfs_journal_t *journal, vfs_entry_t *entry,
    vfs_entry_pt handler, void *data, vfs_error_t *err)
{
    int                  rc;
    vfs_error_t          why;
    vfs_journal_part_t  *part;

    part = vfs_journal_part(journal, entry->partition, err);

    if (part == NULL) {
        return VFS_ERROR;
    }

    /* a file may repeat what another one before it holds */

    if (entry->offset < part->next) {
        return vfs_journal_again(part, entry, err);
    }

    if (entry->id == NULL || entry->id_len == 0
        || entry->id_len > VFS_VERSION_MAX_ID || entry->data == NULL)
    {
        vfs_error_set(&why, "no id, or no value");
        rc = VFS_ERROR;

    } else {
        rc = vfs_journal_version(entry->data, entry->len, &entry->version,
                                 &why);
    }

    if (rc != VFS_OK) {
        vfs_error_set(err, "feature log, partition %" PRId32 ", offset %"
                      PRId64 ": %.200s", entry->partition, entry->offset,
                      why.text);
        return VFS_ERROR;
    }

    vfs_journal_gap(journal, part, entry);

    part->next = entry->offset + 1;

    if (entry->version.visible_ms > part->newest_ms) {
        part->newest_ms = entry->version.visible_ms;
    }

    rc = vfs_journal_definition(journal, &entry->version, err);

    if (rc != VFS_OK) {
        return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
    }

    journal->versions++;

    if (journal->first_ms == -1
        || entry->version.visible_ms < journal->first_ms)
    {
        journal->first_ms = entry->version.visible_ms;
    }

    if (journal->first_event_ms == -1
        || entry->version.event_ms < journal->first_event_ms)
    {
        journal->first_event_ms = entry->version.event_ms;
    }

    if (entry->version.visible_ms > journal->last_ms) {
        journal->last_ms = entry->version.visible_ms;
    }

    return handler(data, entry, err);
}


int
vfs_journal_emptied(vfs_journal_t *journal, int32_t partition,
    vfs_error_t *err)
{
    vfs_journal_part_t  *part;

    part = vfs_journal_part(journal, partition, err);

    if (part == NULL) {
        return VFS_ERROR;
    }

    part->cut = 1;
    journal->cut++;

    return VFS_OK;
}


int
vfs_journal_version(const unsigned char *data, size_t len,
    vfs_version_t *version, vfs_error_t *err)
{
    if (vfs_version_decode(data, len, version, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (version->dimension == 0 && version->event_ms == 0) {
        version->event_ms = version->visible_ms;
    }

    return VFS_OK;
}


static vfs_journal_part_t *
vfs_journal_part(vfs_journal_t *journal, int32_t partition, vfs_error_t *err)
{
    unsigned             n;
    vfs_journal_part_t  *parts;

    if (partition < 0 || partition >= VFS_JOURNAL_PARTS) {
        vfs_error_set(err, "feature log: partition %" PRId32 " is out of "
                      "range", partition);
        return NULL;
    }

    n = (unsigned) partition + 1;

    if (n > journal->nparts) {
        parts = realloc(journal->parts, n * sizeof(vfs_journal_part_t));

        if (parts == NULL) {
            vfs_error_set(err, "out of memory");
            return NULL;
        }

        memset(parts + journal->nparts, 0,
               (n - journal->nparts) * sizeof(vfs_journal_part_t));

        journal->parts = parts;

        while (journal->nparts < n) {
            journal->parts[journal->nparts++].next = -1;
        }
    }

    return &journal->parts[partition];
}


/*
 * A record that was read before is no newer than all that was.  Of a topic that
 * was made anew, the first records are.
 */

static int
vfs_journal_again(const vfs_journal_part_t *part, const vfs_entry_t *entry,
    vfs_error_t *err)
{
    vfs_error_t    why;
    vfs_version_t  version;

    if (entry->data == NULL
        || vfs_version_decode(entry->data, entry->len, &version, &why)
           != VFS_OK
        || version.visible_ms <= part->newest_ms)
    {
        return VFS_OK;
    }

    vfs_error_set(err, "feature log, partition %" PRId32 ": offset %" PRId64
                  " comes again with a newer version: these are exports of "
                  "different topics", entry->partition, entry->offset);

    return VFS_ERROR;
}


static void
vfs_journal_gap(vfs_journal_t *journal, const vfs_journal_part_t *part,
    const vfs_entry_t *entry)
{
    vfs_gap_t  *gap;

    if (part->next == -1) {

        if (entry->offset != 0) {
            journal->parts[entry->partition].cut = 1;
            journal->cut++;
        }

        return;
    }

    if (entry->offset == part->next) {
        return;
    }

    journal->missing += (uint64_t) (entry->offset - part->next);

    /* past the last place, the last gap grows over all that follows */

    if (journal->ngaps == VFS_JOURNAL_GAPS) {
        gap = &journal->gaps[journal->ngaps - 1];
        gap->partition = -1;
        gap->offset = INT64_MAX;

        if (part->newest_ms < gap->since_ms) {
            gap->since_ms = part->newest_ms;
        }

        return;
    }

    gap = &journal->gaps[journal->ngaps++];

    gap->partition = entry->partition;
    gap->offset = entry->offset;
    gap->since_ms = part->newest_ms;
}


/* VFS_DECLINED: it is of another definition than was asked for. */

static int
vfs_journal_definition(vfs_journal_t *journal, const vfs_version_t *version,
    vfs_error_t *err)
{
    unsigned  i;

    for (i = 0; i < journal->ndefinitions; i++) {

        if (strcmp(journal->definitions[i], version->definition) == 0) {
            break;
        }
    }

    if (i == VFS_JOURNAL_DEFINITIONS) {
        vfs_error_set(err, "the feature log holds more than %d definitions",
                      VFS_JOURNAL_DEFINITIONS);
        return VFS_ERROR;
    }

    if (i == journal->ndefinitions) {
        journal->ndefinitions++;
        memcpy(journal->definitions[i], version->definition,
               sizeof(version->definition));
    }

    journal->counts[i]++;

    if (journal->conf->definition != NULL
        && strcmp(journal->conf->definition, version->definition) != 0)
    {
        journal->passed++;
        return VFS_DECLINED;
    }

    if (version->dimension == 0) {
        return VFS_OK;
    }

    if (journal->dimension == 0) {
        journal->dimension = version->dimension;
    }

    if (journal->dimension != version->dimension
        && journal->ndefinitions == 1)
    {
        vfs_error_set(err, "the feature log holds vectors of %u and of %u "
                      "dimensions of one definition", journal->dimension,
                      version->dimension);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_journal_mixed(const vfs_journal_t *journal, vfs_error_t *err)
{
    char      text[256];
    size_t    len;
    unsigned  i;

    if (journal->conf->all
        || (journal->conf->definition == NULL && journal->ndefinitions < 2)
        || (journal->conf->definition != NULL
            && (journal->versions != 0 || journal->passed == 0)))
    {
        return VFS_OK;
    }

    len = 0;

    for (i = 0; i < journal->ndefinitions && len < sizeof(text); i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len,
                                 "%s%s (%" PRIu64 " versions)", i ? ", " : "",
                                 journal->definitions[i], journal->counts[i]);
    }

    if (journal->conf->definition != NULL) {
        vfs_error_set(err, "--definition: the feature log has no version of "
                      "%s, it holds %s", journal->conf->definition, text);

    } else {
        vfs_error_set(err, "the feature log holds versions of %u definitions, "
                      "choose one with --definition: %s",
                      journal->ndefinitions, text);
    }

    return VFS_ERROR;
}


void
vfs_journal_tell(const vfs_journal_t *journal)
{
    if (journal->versions == 0) {
        fprintf(stderr, "vfs-train: the feature log holds no version\n");
    }

    if (journal->passed != 0) {
        fprintf(stderr, "vfs-train: %" PRIu64 " versions of other definitions "
                "than %s are passed over\n", journal->passed,
                journal->conf->definition);
    }

    if (journal->missing != 0) {
        fprintf(stderr, "vfs-train: the feature log has gaps: %" PRIu64
                " records in %u places are not there\n", journal->missing,
                journal->ngaps);
    }

    if (journal->cut != 0) {
        fprintf(stderr, "vfs-train: the begin of the feature log is gone in "
                "%u partitions\n", journal->cut);
    }
}
