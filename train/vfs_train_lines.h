
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_LINES_H_INCLUDED_
#define _VFS_TRAIN_LINES_H_INCLUDED_


#include "vfs_error.h"

#include <stdint.h>
#include <zlib.h>


/* Records of a text file, gzip or not, one after the other. */

typedef struct {
    const char             *path;
    gzFile                  gz;
    uint64_t                number;     /* of the line that was read last */
    uint64_t                size;       /* of the file, in bytes */
    char                   *text;       /* the record, without its line end */
    size_t                  len;
    size_t                  room;
} vfs_lines_t;


int vfs_lines_open(vfs_lines_t *lines, const char *path, vfs_error_t *err);
void vfs_lines_close(vfs_lines_t *lines);

/*
 * The next record; empty lines are passed over.  "csv": a quoted field may
 * hold line ends.  VFS_DECLINED: the end.  VFS_ERROR with a message that names
 * the line: it cannot be read, is too long, holds a NUL, or the gzip data are
 * cut short or followed by something else.
 */

int vfs_lines_next(vfs_lines_t *lines, int csv, vfs_error_t *err);

/*
 * Whether a CSV record ends within quotes, which only a field's begin opens.
 * "quoted": whether it did at "start", from where on it is looked at.
 */

int vfs_lines_quoted(const char *text, size_t start, size_t len, int quoted);

/* The length of a byte order mark at the begin. */

size_t vfs_lines_mark(const char *text, size_t len);

/* How many bytes of the file are read. */

uint64_t vfs_lines_done(const vfs_lines_t *lines);

/* Whether reading failed, and not only ended. */

int vfs_lines_broken(gzFile gz);

/* The message for a gzip error, after "number" of what "unit" names. */

void vfs_lines_fault(gzFile gz, const char *path, const char *unit,
    uint64_t number, vfs_error_t *err);


#endif /* _VFS_TRAIN_LINES_H_INCLUDED_ */
