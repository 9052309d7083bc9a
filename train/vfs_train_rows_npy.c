
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>


#define VFS_NPY_HEADER  128


static void vfs_rows_npy_header(FILE *fp, const char *descr,
    const char *shape);


int
vfs_rows_npy_begin(vfs_rows_t *rows, vfs_error_t *err)
{
    char      text[64], descr[32];
    unsigned  i;

    rows->absent = malloc(4 * (rows->conf->dimension + 1));

    if (rows->absent == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    for (i = 0; i < rows->conf->dimension; i++) {
        rows->vector[i] = NAN;
    }

    vfs_version_bytes(rows->vector, rows->conf->dimension, rows->absent);

    (void) snprintf(text, sizeof(text), "(%" PRIu64 ", %u)", rows->conf->nrows,
                    rows->conf->dimension);
    vfs_rows_npy_header(rows->values.fp, "<f4", text);

    (void) snprintf(text, sizeof(text), "(%" PRIu64 ",)", rows->conf->nrows);
    (void) snprintf(descr, sizeof(descr), "<U%zu",
                    (rows->conf->id_len != 0) ? rows->conf->id_len : 1);
    vfs_rows_npy_header(rows->ids.fp, descr, text);

    return VFS_OK;
}


/* The header ends in a line end and on a multiple of 64 bytes. */

static void
vfs_rows_npy_header(FILE *fp, const char *descr, const char *shape)
{
    int   len;
    char  text[VFS_NPY_HEADER + 1];

    len = snprintf(text, sizeof(text), "{'descr': '%s', 'fortran_order': "
                   "False, 'shape': %s, }", descr, shape);

    fwrite("\x93NUMPY\x01\x00", 1, 8, fp);
    fputc(VFS_NPY_HEADER - 10, fp);
    fputc(0, fp);
    fprintf(fp, "%s%*s\n", text, VFS_NPY_HEADER - 10 - 1 - len, "");
}


void
vfs_rows_npy_add(vfs_rows_t *rows, const vfs_row_t *row)
{
    size_t                i, width;
    const unsigned char  *values;

    values = (row->version != NULL && row->version->dimension != 0)
             ? row->version->values : rows->absent;

    fwrite(values, 4, rows->conf->dimension, rows->values.fp);

    width = (rows->conf->id_len != 0) ? rows->conf->id_len : 1;

    for (i = 0; i < width; i++) {
        fputc((i < row->id_len) ? row->id[i] : 0, rows->ids.fp);
        fwrite("\0\0", 1, 3, rows->ids.fp);
    }
}
