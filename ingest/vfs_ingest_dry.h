
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_DRY_H_INCLUDED_
#define _VFS_INGEST_DRY_H_INCLUDED_


#include "vfs_ingest_settings.h"


/* All states are kept in memory, a few kilobytes each. */

#define VFS_DRY_MAX  100000


/*
 * vfs-ingest --dry-run "max": folds that many of the oldest events, those of
 * the first partition first, and prints the records that the index would be
 * sent, a JSON object a line.  What is wrong with an event goes to standard
 * error.  Kafka is only read, the index is not asked.  VFS_ERROR with a
 * message.
 */

int vfs_dry_run(const vfs_ingest_settings_t *settings, uint64_t max,
    volatile int *signals, vfs_error_t *err);


#endif /* _VFS_INGEST_DRY_H_INCLUDED_ */
