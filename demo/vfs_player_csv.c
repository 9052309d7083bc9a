
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_player_csv.h"


typedef enum {
    csv_field_start = 0,
    csv_plain,
    csv_quoted,
    csv_quote_in_quoted
} vfs_player_csv_state_e;


static int vfs_player_csv_parse(vfs_player_csv_t *csv, vfs_error_t *err);
static int vfs_player_csv_add(vfs_player_csv_t *csv, int ch, vfs_error_t *err);
static int vfs_player_csv_next_field(vfs_player_csv_t *csv, vfs_error_t *err);
static void vfs_player_csv_skip_line(vfs_player_csv_t *csv);


int
vfs_player_csv_read(vfs_player_csv_t *csv, vfs_error_t *err)
{
    int  rc;

    do {
        csv->len = 0;
        csv->nfields = 0;

        rc = vfs_player_csv_parse(csv, err);

        if (rc != VFS_OK) {
            return rc;
        }

    } while (csv->nfields == 1 && csv->len == 0);

    return VFS_OK;
}


static int
vfs_player_csv_parse(vfs_player_csv_t *csv, vfs_error_t *err)
{
    int                     ch;
    vfs_player_csv_state_e  state;

    ch = getc_unlocked(csv->in);

    if (ch == EOF) {
        return VFS_DECLINED;
    }

    if (vfs_player_csv_next_field(csv, err) != VFS_OK) {
        return VFS_ERROR;
    }

    for (state = csv_field_start; /* void */ ; ch = getc_unlocked(csv->in)) {

        if (ch == EOF) {

            if (state == csv_quoted) {
                vfs_error_set(err, "a quoted field is never closed");
                return VFS_ERROR;
            }

            return VFS_OK;
        }

        if (state == csv_quoted) {

            if (ch == '"') {
                state = csv_quote_in_quoted;
                continue;
            }

        } else if (ch == '\n') {
            return VFS_OK;

        } else if (ch == '\r') {
            continue;

        } else if (ch == ',') {

            if (vfs_player_csv_next_field(csv, err) != VFS_OK) {
                vfs_player_csv_skip_line(csv);
                return VFS_ERROR;
            }

            state = csv_field_start;
            continue;

        } else if (ch == '"' && state != csv_plain) {

            /* opens the field, or is the second of a doubled quote */

            if (state == csv_field_start) {
                state = csv_quoted;
                continue;
            }

            state = csv_quoted;

        } else {
            state = csv_plain;
        }

        if (vfs_player_csv_add(csv, ch, err) != VFS_OK) {
            vfs_player_csv_skip_line(csv);
            return VFS_ERROR;
        }
    }
}


static int
vfs_player_csv_add(vfs_player_csv_t *csv, int ch, vfs_error_t *err)
{
    if (csv->len == VFS_PLAYER_CSV_RECORD) {
        vfs_error_set(err, "a record is longer than %d bytes",
                      VFS_PLAYER_CSV_RECORD);
        return VFS_ERROR;
    }

    csv->data[csv->len++] = (char) ch;
    csv->fields[csv->nfields - 1].len++;

    return VFS_OK;
}


static int
vfs_player_csv_next_field(vfs_player_csv_t *csv, vfs_error_t *err)
{
    if (csv->nfields == VFS_PLAYER_CSV_FIELDS) {
        vfs_error_set(err, "a record has more than %d fields",
                      VFS_PLAYER_CSV_FIELDS);
        return VFS_ERROR;
    }

    csv->fields[csv->nfields].start = csv->len;
    csv->fields[csv->nfields].len = 0;
    csv->nfields++;

    return VFS_OK;
}


static void
vfs_player_csv_skip_line(vfs_player_csv_t *csv)
{
    int  ch;

    do {
        ch = getc_unlocked(csv->in);
    } while (ch != '\n' && ch != EOF);
}


const char *
vfs_player_csv_field(const vfs_player_csv_t *csv, unsigned n, size_t *len)
{
    if (n >= csv->nfields) {
        *len = 0;
        return "";
    }

    *len = csv->fields[n].len;

    return csv->data + csv->fields[n].start;
}
