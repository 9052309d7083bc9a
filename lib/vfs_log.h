
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_LOG_H_INCLUDED_
#define _VFS_LOG_H_INCLUDED_


#include "vfs_error.h"


typedef enum {
    VFS_LOG_ERROR = 0,
    VFS_LOG_WARN,
    VFS_LOG_INFO,
    VFS_LOG_DEBUG
} vfs_log_level_e;


/*
 * Structured lines on standard error, one per event of note, in logfmt:
 *
 *   time=2026-01-31T10:00:00.123Z level=info program=vfs-ingest
 *   event=partition_assigned topic=user_interactions partition=3
 *
 * (one line).  "event" is a fixed snake_case word; "fmt" prints further
 * key=value pairs.  A value that may hold spaces or quotes is wrapped by the
 * caller in vfs_log_quote().  No payloads, no keys.  Safe from any thread: a
 * line is written with a single write(2).
 */

void vfs_log_init(const char *program, vfs_log_level_e level);
int vfs_log_enabled(vfs_log_level_e level);
void vfs_log(vfs_log_level_e level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "error", "warn", "info" or "debug"; VFS_ERROR for another word. */

int vfs_log_level_parse(const char *word, vfs_log_level_e *level);

/*
 * Copies "text" into "buf" as a double-quoted logfmt value: quotes and
 * backslashes escaped, control bytes as \xHH, cut to "size" bytes including
 * the terminating zero (at least 4).  Returns "buf".
 */

char *vfs_log_quote(char *buf, size_t size, const char *text, size_t len);


#endif /* _VFS_LOG_H_INCLUDED_ */
