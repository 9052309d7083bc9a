
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_json.h"
#include "vfs_train_join.h"

#include <stdlib.h>
#include <string.h>


static size_t vfs_lead_json(char *buf, const vfs_labels_t *labels);
static char *vfs_lead_string(char *p, const vfs_field_t *field);
static size_t vfs_lead_csv(char *buf, const vfs_labels_t *labels);


int
vfs_lead_write(char **buf, size_t *size, const vfs_labels_t *labels, int json,
    vfs_row_t *row)
{
    char      *p;
    size_t     need;
    unsigned   i;

    if (json && labels->json) {
        row->json = labels->fields[0].text;
        row->json_len = labels->fields[0].len;
        return VFS_OK;
    }

    if (!json && !labels->json) {
        row->csv = labels->lines.text;
        row->csv_len = labels->lines.len;
        return VFS_OK;
    }

    /* each byte may be escaped, each column has quotes, colon and comma */

    need = 6 * labels->lines.len + 8;

    for (i = 0; i < labels->nnames; i++) {
        need += 6 * labels->names[i].len + 8;
    }

    if (need > *size) {
        p = realloc(*buf, need);

        if (p == NULL) {
            return VFS_ERROR;
        }

        *buf = p;
        *size = need;
    }

    if (json) {
        row->json = *buf;
        row->json_len = vfs_lead_json(*buf, labels);

    } else {
        row->csv = *buf;
        row->csv_len = vfs_lead_csv(*buf, labels);
    }

    return VFS_OK;
}


/* All values of a CSV file are strings. */

static size_t
vfs_lead_json(char *buf, const vfs_labels_t *labels)
{
    char      *p;
    unsigned   i;

    p = buf;

    for (i = 0; i < labels->nnames; i++) {

        if (i != 0) {
            *p++ = ',';
        }

        p = vfs_lead_string(p, &labels->names[i]);
        *p++ = ':';
        p = vfs_lead_string(p, &labels->fields[i]);
    }

    return (size_t) (p - buf);
}


static char *
vfs_lead_string(char *p, const vfs_field_t *field)
{
    *p++ = '"';
    p = vfs_json_escape(p, field->text, field->len);
    *p++ = '"';

    return p;
}


/* The object as one quoted column. */

static size_t
vfs_lead_csv(char *buf, const vfs_labels_t *labels)
{
    char    *p;
    size_t   i;

    p = buf;
    *p++ = '"';

    for (i = 0; i < labels->lines.len; i++) {

        if (labels->lines.text[i] == '"') {
            *p++ = '"';
        }

        *p++ = labels->lines.text[i];
    }

    *p++ = '"';

    return (size_t) (p - buf);
}
