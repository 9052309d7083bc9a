
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_ROWS_H_INCLUDED_
#define _VFS_TRAIN_ROWS_H_INCLUDED_


#include "vfs_train_options.h"
#include "vfs_version.h"

#include <stdio.h>


/*
 * Rows of vectors as JSON lines, as CSV, or as NumPy's .npy: NAME.npy with the
 * values (<f4; NaN where there is no vector), NAME.ids.npy with the ids (<U)
 * and NAME.csv with all other columns (numpy.lib.format, version 1.0).  A file
 * gets its name when it is complete.
 */

typedef enum {
    VFS_ROWS_JSON = 0,
    VFS_ROWS_CSV,
    VFS_ROWS_NPY
} vfs_rows_format_e;


typedef struct {
    vfs_rows_format_e       format;
    const char             *path;       /* NULL: standard output */
    const char             *columns;    /* the names of the leading ones, CSV
                                         */
    unsigned                labelled:1; /* with status and age */
    unsigned                dimension;
    uint64_t                nrows;      /* these two for .npy */
    size_t                  id_len;     /* the longest */
} vfs_rows_conf_t;


typedef struct {
    const char             *csv;        /* the leading columns' values */
    size_t                  csv_len;
    const char             *json;       /* the same, inside of an object */
    size_t                  json_len;
    const char             *id;
    size_t                  id_len;
    const char             *status;
    int64_t                 age_ms;
    const vfs_version_t    *version;    /* NULL: none */
} vfs_row_t;


typedef struct {
    char                   *path;
    char                   *part;       /* its name until it is complete */
    FILE                   *fp;
} vfs_rows_file_t;


typedef struct {
    const vfs_rows_conf_t  *conf;
    vfs_rows_file_t         text;       /* JSON or CSV */
    vfs_rows_file_t         values;
    vfs_rows_file_t         ids;
    float                  *vector;
    unsigned char          *absent;     /* NaNs */
    uint64_t                n;
} vfs_rows_t;


/* --format and --output, members of vfs_rows_conf_t. */

extern const vfs_option_t  vfs_rows_table[];

/* VFS_ERROR with a message if these do not go together. */

int vfs_rows_check(const vfs_rows_conf_t *conf, vfs_error_t *err);

int vfs_rows_open(vfs_rows_t *rows, const vfs_rows_conf_t *conf,
    vfs_error_t *err);
int vfs_rows_add(vfs_rows_t *rows, const vfs_row_t *row, vfs_error_t *err);

/* Completes the files. */

int vfs_rows_done(vfs_rows_t *rows, vfs_error_t *err);

/* Removes what is not complete. */

void vfs_rows_close(vfs_rows_t *rows);


/* For the rows' own files. */

int vfs_rows_npy_begin(vfs_rows_t *rows, vfs_error_t *err);
void vfs_rows_npy_add(vfs_rows_t *rows, const vfs_row_t *row);


#endif /* _VFS_TRAIN_ROWS_H_INCLUDED_ */
