
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_HISTORY_H_INCLUDED_
#define _VFS_TRAIN_HISTORY_H_INCLUDED_


#include "vfs_definition.h"


/*
 * The raw events, from the topic or from files: records of numbered
 * partitions, each partition in its order.
 */

typedef struct {
    int32_t                 partition;
    int64_t                 offset;
    int64_t                 time_ms;    /* Kafka's; -1: none */
    const char             *key;        /* NULL: none */
    size_t                  key_len;
    const char             *value;      /* NULL: a tombstone */
    size_t                  len;
} vfs_raw_t;


/*
 * What is known of a partition.  Of files, begin and end are known when they
 * have been read.
 */

typedef struct {
    int32_t                 partition;
    int64_t                 begin;      /* the first offset still there */
    int64_t                 next;       /* where the next read goes on */
    int64_t                 end;        /* behind the last one */
    int64_t                 stored[VFS_ENTITIES];  /* before it all is in the
                                           index, as vfs_history_settle() has
                                           it; -1: that cannot be known */
    uint64_t                gaps;       /* offsets that were not there */
} vfs_partition_t;


typedef struct vfs_history_s  vfs_history_t;

/* VFS_ERROR ends the reading. */

typedef int (*vfs_raw_pt)(void *data, const vfs_raw_t *raw, vfs_error_t *err);


struct vfs_history_s {
    vfs_partition_t        *partitions; /* ascending */
    unsigned                npartitions;
    uint64_t                duplicates; /* records of files, passed over */
    uint64_t                broken;     /* lines of kcat -J, passed over */
    unsigned                files:1;
    unsigned                joined:1;   /* files without places are one
                                           partition, in their order */

    int                   (*refresh)(vfs_history_t *history, vfs_error_t *err);
    int                   (*read)(vfs_history_t *history, vfs_raw_pt handler,
                                  void *data, vfs_error_t *err);
    int                   (*settle)(vfs_history_t *history, int timeout_ms,
                                    vfs_error_t *err);
    void                  (*close)(vfs_history_t *history);
};


/*
 * The definition's topic.  "group" is the worker's; nothing is committed and
 * the group is not joined.  Properties of librdkafka come from the
 * environment.  NULL with a message.
 */

vfs_history_t *vfs_history_kafka(const vfs_definition_t *def,
    const char *brokers, const char *group, vfs_error_t *err);

/*
 * Files of one event a line, JSON or CSV, gzip or not.  A line of kcat -J
 * (members "partition", "offset", "ts", "key" and "payload") keeps its place;
 * other lines are the records 0, 1, ... of a partition that is the file's
 * place in the list.  A CSV file may begin with the definition's column names.
 * NULL with a message.
 */

vfs_history_t *vfs_history_files(const vfs_definition_t *def,
    char *const *paths, unsigned n, vfs_error_t *err);

void vfs_history_close(vfs_history_t *history);

/* One line on standard error if lines were passed over. */

void vfs_history_tell(const vfs_history_t *history);

/* Where the partitions end now. */

int vfs_history_refresh(vfs_history_t *history, vfs_error_t *err);

/* Reads from where the last reading ended to the end known; again from 0. */

int vfs_history_read(vfs_history_t *history, vfs_raw_pt handler, void *data,
    vfs_error_t *err);
void vfs_history_rewind(vfs_history_t *history);

/*
 * Waits until the worker has stored in the index all that there is now, and
 * sets "stored" of each partition.  VFS_DECLINED with a message: it has not,
 * or it cannot be known.  Then "stored" is for users what is committed, for
 * items, whose updates take another topic, nothing.
 */

int vfs_history_settle(vfs_history_t *history, int timeout_ms,
    vfs_error_t *err);

/* NULL if there is no such partition; or makes it. */

vfs_partition_t *vfs_history_partition(vfs_history_t *history,
    int32_t partition);
vfs_partition_t *vfs_history_add(vfs_history_t *history, int32_t partition);


#endif /* _VFS_TRAIN_HISTORY_H_INCLUDED_ */
