
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


void
vfs_history_close(vfs_history_t *history)
{
    if (history != NULL) {
        free(history->partitions);
        history->partitions = NULL;
        history->close(history);
    }
}


void
vfs_history_tell(const vfs_history_t *history)
{
    if (history->broken != 0) {
        fprintf(stderr, "vfs-train: %" PRIu64 " lines of kcat -J are no valid "
                "JSON and were passed over: their records are lacking\n",
                history->broken);
    }
}


int
vfs_history_refresh(vfs_history_t *history, vfs_error_t *err)
{
    return history->refresh(history, err);
}


int
vfs_history_read(vfs_history_t *history, vfs_raw_pt handler, void *data,
    vfs_error_t *err)
{
    return history->read(history, handler, data, err);
}


void
vfs_history_rewind(vfs_history_t *history)
{
    unsigned  i;

    history->duplicates = 0;
    history->broken = 0;

    for (i = 0; i < history->npartitions; i++) {
        history->partitions[i].next = history->partitions[i].begin;
        history->partitions[i].gaps = 0;
    }
}


int
vfs_history_settle(vfs_history_t *history, int timeout_ms, vfs_error_t *err)
{
    return history->settle(history, timeout_ms, err);
}


vfs_partition_t *
vfs_history_partition(vfs_history_t *history, int32_t partition)
{
    unsigned  i;

    for (i = 0; i < history->npartitions; i++) {

        if (history->partitions[i].partition == partition) {
            return &history->partitions[i];
        }
    }

    return NULL;
}


vfs_partition_t *
vfs_history_add(vfs_history_t *history, int32_t partition)
{
    unsigned          i;
    vfs_partition_t  *more;

    more = realloc(history->partitions,
                   (history->npartitions + 1) * sizeof(vfs_partition_t));

    if (more == NULL) {
        return NULL;
    }

    history->partitions = more;

    for (i = history->npartitions; i > 0; i--) {

        if (more[i - 1].partition < partition) {
            break;
        }

        more[i] = more[i - 1];
    }

    memset(&more[i], 0, sizeof(vfs_partition_t));

    more[i].partition = partition;
    more[i].stored[VFS_ENTITY_USER] = -1;
    more[i].stored[VFS_ENTITY_ITEM] = -1;
    history->npartitions++;

    return &more[i];
}
