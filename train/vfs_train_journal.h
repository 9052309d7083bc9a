
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_JOURNAL_H_INCLUDED_
#define _VFS_TRAIN_JOURNAL_H_INCLUDED_


#include "vfs_progress.h"
#include "vfs_version.h"

#include <stdio.h>


/*
 * The feature log, from its topic or from a file that "vfs-train export"
 * wrote: each partition in its order, once from begin to end.
 */

#define VFS_JOURNAL_DEFINITIONS  16
#define VFS_JOURNAL_GAPS         256


typedef struct {
    int32_t                 partition;
    int64_t                 offset;
    const char             *id;         /* "user:u1" */
    size_t                  id_len;
    const unsigned char    *data;       /* the version's bytes */
    size_t                  len;
    vfs_version_t           version;
} vfs_entry_t;


/* Records of a partition that are not there, between two that are. */

typedef struct {
    int32_t                 partition;
    int64_t                 offset;     /* of the first behind them */
    int64_t                 since_ms;   /* newest visible time before them */
} vfs_gap_t;


typedef struct {
    int64_t                 next;       /* offset; -1: none was read */
    int64_t                 newest_ms;
    unsigned                cut:1;      /* its first records are gone */
} vfs_journal_part_t;


typedef struct {
    const char             *path;       /* a file; NULL: the topic */
    const char             *brokers;
    const char             *topic;
    const char             *definition; /* only its versions; NULL: there has
                                           to be but one, or ... */
    unsigned                all:1;      /* ... those of all are read */
} vfs_journal_conf_t;


typedef struct {
    const vfs_journal_conf_t  *conf;
    vfs_journal_part_t     *parts;
    unsigned                nparts;
    vfs_gap_t               gaps[VFS_JOURNAL_GAPS];
    unsigned                ngaps;
    uint64_t                missing;    /* records in all gaps */
    unsigned                cut;        /* partitions without their begin */
    uint64_t                versions;
    uint64_t                passed;     /* of another definition */
    unsigned                dimension;  /* 0: none known */
    int64_t                 first_ms;   /* oldest visible time; -1: none */
    int64_t                 last_ms;    /* newest */
    int64_t                 first_event_ms;     /* oldest event time; -1 */
    int64_t                 until_ms;   /* what became visible by then is in
                                           it */

    unsigned                ndefinitions;
    char                    definitions[VFS_JOURNAL_DEFINITIONS]
                                       [VFS_DEFINITION_HASH + 1];
    uint64_t                counts[VFS_JOURNAL_DEFINITIONS];
    vfs_progress_t          progress;
} vfs_journal_t;


/* VFS_ERROR ends the reading. */

typedef int (*vfs_entry_pt)(void *data, const vfs_entry_t *entry,
    vfs_error_t *err);


/*
 * Reads all that is there.  VFS_ERROR with a message: it cannot be read, is
 * damaged or cut short, or holds versions of several definitions and none was
 * chosen.
 */

int vfs_journal_read(vfs_journal_t *journal, const vfs_journal_conf_t *conf,
    vfs_entry_pt handler, void *data, vfs_error_t *err);
void vfs_journal_free(vfs_journal_t *journal);

/* One line on standard error for each thing that a reader has to know. */

void vfs_journal_tell(const vfs_journal_t *journal);


/* For the journal's own files. */

int vfs_journal_kafka(vfs_journal_t *journal, vfs_entry_pt handler, void *data,
    vfs_error_t *err);
int vfs_journal_file(vfs_journal_t *journal, vfs_entry_pt handler, void *data,
    vfs_error_t *err);

/* Takes in one record: entry->version is set here. */

int vfs_journal_entry(vfs_journal_t *journal, vfs_entry_t *entry,
    vfs_entry_pt handler, void *data, vfs_error_t *err);


/* Of a partition with nothing left, though there was something. */

int vfs_journal_emptied(vfs_journal_t *journal, int32_t partition,
    vfs_error_t *err);

/*
 * Decodes a version.  A deletion without the time of an event, as logs hold
 * them, has that at which it became visible.
 */

int vfs_journal_version(const unsigned char *data, size_t len,
    vfs_version_t *version, vfs_error_t *err);


/*
 * The file's form: VFS_JOURNAL_MAGIC, then for each record its partition (u32),
 * offset (u64), the lengths of key and value (u32 each), key and value; at the
 * end a record of partition 2^32 - 1 whose offset is the number of records and
 * whose lengths are the two halves, low one first, of the XXH64 (seed 0) of all
 * that is between; 0: there is none.  Files may stand one behind the other.
 * All little-endian.
 */

#define VFS_JOURNAL_MAGIC      "VFSLOG 1"
#define VFS_JOURNAL_MAGIC_LEN  8
#define VFS_JOURNAL_HEAD       20
#define VFS_JOURNAL_END        0xffffffffU


#endif /* _VFS_TRAIN_JOURNAL_H_INCLUDED_ */
