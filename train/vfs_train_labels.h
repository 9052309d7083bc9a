
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_LABELS_H_INCLUDED_
#define _VFS_TRAIN_LABELS_H_INCLUDED_


#include "vfs_train_lines.h"
#include "vfs_version.h"


/*
 * Labels: CSV with a line of column names, or JSON lines; gzip or not.  One
 * column is the id of a user or item, one the time; the others are passed on.
 */

#define VFS_LABELS_COLUMNS  1024


typedef struct {
    const char             *path;
    const char             *id;         /* names of columns */
    const char             *time;
    vfs_entity_e            entity;     /* of ids without one */
    unsigned                numbered:1; /* the output has columns v0, v1, ...
                                         */
} vfs_labels_conf_t;


typedef struct {
    const char             *text;
    size_t                  len;
} vfs_field_t;


typedef struct {
    const vfs_labels_conf_t  *conf;
    vfs_lines_t             lines;
    unsigned                json:1;
    unsigned                ready:1;    /* the first record is read */

    vfs_field_t             names[VFS_LABELS_COLUMNS];
    unsigned                nnames;
    char                   *header;     /* what the names point into */
    char                   *header_line;
    unsigned                id_column;
    unsigned                time_column;

    /* the row at hand; valid until the next */

    vfs_field_t             fields[VFS_LABELS_COLUMNS];
    char                   *values;     /* what the fields point into */
    char                    id[VFS_VERSION_MAX_ID + 1];
    size_t                  id_len;     /* 0: the row has none */
    int64_t                 time_ms;
} vfs_labels_t;


int vfs_labels_open(vfs_labels_t *labels, const vfs_labels_conf_t *conf,
    vfs_error_t *err);
void vfs_labels_close(vfs_labels_t *labels);

/* VFS_DECLINED: the end.  A fault's message names the line. */

int vfs_labels_next(vfs_labels_t *labels, vfs_error_t *err);

/* ISO 8601, or a row of digits: ms since 1970. */

int vfs_labels_time(const char *text, size_t len, int64_t *ms);


/* For the labels' own files. */

int vfs_labels_header(vfs_labels_t *labels, vfs_error_t *err);
int vfs_labels_csv(vfs_labels_t *labels, vfs_error_t *err);
int vfs_labels_json(vfs_labels_t *labels, vfs_error_t *err);
int vfs_labels_id(vfs_labels_t *labels, const char *text, size_t len,
    vfs_error_t *err);
int vfs_labels_fault(const vfs_labels_t *labels, const char *what,
    const char *text, size_t len, vfs_error_t *err);
int vfs_labels_reserved(const vfs_labels_t *labels, const char *name,
    size_t len);


#endif /* _VFS_TRAIN_LABELS_H_INCLUDED_ */
