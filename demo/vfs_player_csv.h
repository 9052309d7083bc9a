
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_PLAYER_CSV_H_INCLUDED_
#define _VFS_PLAYER_CSV_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>
#include <stdio.h>


/*
 * Records of comma-separated values (RFC 4180): a field in double quotes may
 * hold commas, line ends and doubled quotes.  Blank lines are no records.
 */

#define VFS_PLAYER_CSV_FIELDS  64
#define VFS_PLAYER_CSV_RECORD  (256 * 1024)


typedef struct {
    size_t                  start;     /* in data */
    size_t                  len;
} vfs_player_csv_field_t;


typedef struct {
    FILE                   *in;
    char                    data[VFS_PLAYER_CSV_RECORD];
    size_t                  len;
    vfs_player_csv_field_t  fields[VFS_PLAYER_CSV_FIELDS];
    unsigned                nfields;
} vfs_player_csv_t;


/*
 * Reads one record.  VFS_DECLINED at the end of the file; VFS_ERROR with a
 * message if the record is malformed (too long, too many fields, a quote that
 * is never closed), the next call then goes on behind it; a file that cannot
 * be read ends, with ferror(csv->in) set.
 */

int vfs_player_csv_read(vfs_player_csv_t *csv, vfs_error_t *err);

/* The bytes of a field; empty if the record has none of that number. */

const char *vfs_player_csv_field(const vfs_player_csv_t *csv, unsigned n,
    size_t *len);


#endif /* _VFS_PLAYER_CSV_H_INCLUDED_ */
