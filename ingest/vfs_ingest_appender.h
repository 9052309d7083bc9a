
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_APPENDER_H_INCLUDED_
#define _VFS_INGEST_APPENDER_H_INCLUDED_


#include "vfs_ingest_kafka.h"
#include "vfs_ingest_lane.h"


/*
 * Versions on their way to the feature log, by an idempotent producer of its
 * own that never gives up: item updates do not wait behind them.
 */

typedef struct vfs_appender_s  vfs_appender_t;


/* NULL with a message. */

vfs_appender_t *vfs_appender_create(const vfs_ingest_settings_t *settings,
    const char *topic, vfs_error_t *err);
void vfs_appender_destroy(vfs_appender_t *appender);

/* Becomes readable when vfs_appender_run() may have something to do. */

int vfs_appender_fd(const vfs_appender_t *appender);

/* As append() and disown() in vfs_io_t. */

int vfs_appender_send(vfs_appender_t *appender, vfs_request_t *request,
    vfs_error_t *err);
void vfs_appender_disown(vfs_appender_t *appender, vfs_request_t *request);

/* Calls vfs_lane_logged() for what is over. */

void vfs_appender_run(vfs_appender_t *appender);

/* Whether Kafka refuses for a reason that only a person can mend. */

const vfs_error_t *vfs_appender_stop(const vfs_appender_t *appender);


#endif /* _VFS_INGEST_APPENDER_H_INCLUDED_ */
