
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_labels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int vfs_labels_split(const vfs_labels_t *labels, char *to,
    vfs_field_t *fields, unsigned *n, vfs_error_t *err);
static int vfs_labels_column(const vfs_labels_t *labels, const char *name,
    const char *option, unsigned *column, vfs_error_t *err);


int
vfs_labels_header(vfs_labels_t *labels, vfs_error_t *err)
{
    unsigned            i, j;
    const vfs_field_t  *name;

    labels->header = malloc(labels->lines.len + 1);
    labels->header_line = strdup(labels->lines.text);

    if (labels->header == NULL || labels->header_line == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    if (vfs_labels_split(labels, labels->header, labels->names,
                         &labels->nnames, err)
        != VFS_OK)
    {
        return VFS_ERROR;
    }

    for (i = 0; i < labels->nnames; i++) {

        name = &labels->names[i];

        if (vfs_labels_reserved(labels, name->text, name->len)) {
            return vfs_labels_fault(labels, "that is a name of the output's",
                                    name->text, name->len, err);
        }

        for (j = 0; j < i; j++) {

            if (labels->names[j].len == name->len
                && memcmp(labels->names[j].text, name->text, name->len) == 0)
            {
                return vfs_labels_fault(labels, "a column's name comes twice",
                                        name->text, name->len, err);
            }
        }
    }

    if (vfs_labels_column(labels, labels->conf->id, "--id",
                          &labels->id_column, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_labels_column(labels, labels->conf->time, "--time",
                             &labels->time_column, err);
}


static int
vfs_labels_column(const vfs_labels_t *labels, const char *name,
    const char *option, unsigned *column, vfs_error_t *err)
{
    unsigned  i;

    for (i = 0; i < labels->nnames; i++) {

        if (labels->names[i].len == strlen(name)
            && memcmp(labels->names[i].text, name, labels->names[i].len) == 0)
        {
            *column = i;
            return VFS_OK;
        }
    }

    vfs_error_set(err, "\"%.200s\" has no column \"%.64s\", name it with %s",
                  labels->conf->path, name, option);

    return VFS_ERROR;
}


int
vfs_labels_csv(vfs_labels_t *labels, vfs_error_t *err)
{
    char               *values;
    unsigned            n;
    const vfs_field_t  *field;

    values = realloc(labels->values, labels->lines.len + 1);

    if (values == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    labels->values = values;

    if (vfs_labels_split(labels, values, labels->fields, &n, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (n != labels->nnames) {
        vfs_error_set(err, "\"%.200s\", line %" PRIu64 ": expected %u columns, "
                      "got %u", labels->conf->path, labels->lines.number,
                      labels->nnames, n);
        return VFS_ERROR;
    }

    field = &labels->fields[labels->time_column];

    if (vfs_labels_time(field->text, field->len, &labels->time_ms) != VFS_OK) {
        return vfs_labels_fault(labels, "expected a time in ISO 8601 or ms "
                                "since 1970", field->text, field->len, err);
    }

    field = &labels->fields[labels->id_column];

    return vfs_labels_id(labels, field->text, field->len, err);
}


/* One record of RFC 4180; its values are copied to "to", without quotes. */

static int
vfs_labels_split(const vfs_labels_t *labels, char *to, vfs_field_t *fields,
    unsigned *n, vfs_error_t *err)
{
    int          quoted;
    const char  *p, *last;

    p = labels->lines.text;
    last = p + labels->lines.len;
    *n = 0;

    for ( ;; ) {

        if (*n == VFS_LABELS_COLUMNS) {
            vfs_error_set(err, "\"%.200s\", line %" PRIu64 ": more than %d "
                          "columns", labels->conf->path, labels->lines.number,
                          VFS_LABELS_COLUMNS);
            return VFS_ERROR;
        }

        fields[*n].text = to;
        quoted = (p < last && *p == '"');
        p += quoted;

        for ( /* void */ ; p < last && (quoted || *p != ','); p++) {

            if (*p != '"') {
                *to++ = *p;
                continue;
            }

            if (!quoted) {
                return vfs_labels_fault(labels, "a quote within a value",
                                        labels->lines.text, labels->lines.len,
                                        err);
            }

            if (p + 1 < last && p[1] == '"') {
                *to++ = *p++;
                continue;
            }

            quoted = 0;

            if (p + 1 < last && p[1] != ',') {
                return vfs_labels_fault(labels, "text behind a quoted value",
                                        labels->lines.text, labels->lines.len,
                                        err);
            }
        }

        fields[*n].len = (size_t) (to - fields[*n].text);
        (*n)++;

        if (p >= last) {
            return VFS_OK;
        }

        p++;
    }
}
