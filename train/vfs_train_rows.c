
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_float.h"
#include "vfs_train_rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


#define VFS_ROWS_BUFFER  1048576


static int vfs_rows_open_text(vfs_rows_t *rows, vfs_error_t *err);
static int vfs_rows_open_npy(vfs_rows_t *rows, vfs_error_t *err);
static int vfs_rows_file(vfs_rows_file_t *file, const char *path,
    const char *suffix, vfs_error_t *err);
static int vfs_rows_finish(vfs_rows_file_t *file, vfs_error_t *err);
static void vfs_rows_drop(vfs_rows_file_t *file);
static void vfs_rows_header(vfs_rows_t *rows);
static void vfs_rows_csv(vfs_rows_t *rows, const vfs_row_t *row);
static void vfs_rows_json(vfs_rows_t *rows, const vfs_row_t *row);
static void vfs_rows_vector(vfs_rows_t *rows, const vfs_version_t *version);


static const char *const  vfs_rows_formats[] = { "json", "csv", "npy", NULL };


const vfs_option_t  vfs_rows_table[] = {

    { .name = "format",
      .value = "FORMAT",
      .set = vfs_option_word,
      .offset = offsetof(vfs_rows_conf_t, format),
      .words = vfs_rows_formats,
      .help = "json, csv or npy, json" },

    { .name = "output",
      .value = "FILE",
      .set = vfs_option_text,
      .offset = offsetof(vfs_rows_conf_t, path),
      .help = "standard output; for npy NAME of NAME.npy,\n"
              "NAME.ids.npy and NAME.csv" },

    { .name = NULL }
};


int
vfs_rows_check(const vfs_rows_conf_t *conf, vfs_error_t *err)
{
    if (conf->format == VFS_ROWS_NPY && conf->path == NULL) {
        vfs_error_set(err, "--format npy needs --output: it writes several "
                      "files");
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_rows_open(vfs_rows_t *rows, const vfs_rows_conf_t *conf, vfs_error_t *err)
{
    int  rc;

    memset(rows, 0, sizeof(vfs_rows_t));

    rows->conf = conf;
    rows->vector = malloc((conf->dimension + 1) * sizeof(float));

    if (rows->vector == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    rc = (conf->format == VFS_ROWS_NPY) ? vfs_rows_open_npy(rows, err)
                                        : vfs_rows_open_text(rows, err);

    if (rc == VFS_OK && conf->format != VFS_ROWS_JSON) {
        vfs_rows_header(rows);
    }

    return rc;
}


static int
vfs_rows_open_text(vfs_rows_t *rows, vfs_error_t *err)
{
    if (rows->conf->path == NULL) {
        rows->text.fp = stdout;
        return VFS_OK;
    }

    return vfs_rows_file(&rows->text, rows->conf->path, "", err);
}


static int
vfs_rows_open_npy(vfs_rows_t *rows, vfs_error_t *err)
{
    int     rc;
    char   *name;
    size_t  len;

    name = strdup(rows->conf->path);

    if (name == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    len = strlen(name);

    if (len > 4 && strcmp(name + len - 4, ".npy") == 0) {
        name[len - 4] = '\0';
    }

    rc = vfs_rows_file(&rows->values, name, ".npy", err);

    if (rc == VFS_OK) {
        rc = vfs_rows_file(&rows->ids, name, ".ids.npy", err);
    }

    if (rc == VFS_OK) {
        rc = vfs_rows_file(&rows->text, name, ".csv", err);
    }

    free(name);

    return (rc == VFS_OK) ? vfs_rows_npy_begin(rows, err) : VFS_ERROR;
}


static int
vfs_rows_file(vfs_rows_file_t *file, const char *path, const char *suffix,
    vfs_error_t *err)
{
    if (asprintf(&file->path, "%s%s", path, suffix) == -1) {
        file->path = NULL;
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    if (asprintf(&file->part, "%s.part", file->path) == -1) {
        file->part = NULL;
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    file->fp = fopen(file->part, "we");

    if (file->fp == NULL) {
        vfs_error_set(err, "cannot write \"%.256s\": %s", file->part,
                      strerror(errno));
        return VFS_ERROR;
    }

    (void) setvbuf(file->fp, NULL, _IOFBF, VFS_ROWS_BUFFER);

    return VFS_OK;
}


int
vfs_rows_done(vfs_rows_t *rows, vfs_error_t *err)
{
    if (vfs_rows_finish(&rows->values, err) != VFS_OK
        || vfs_rows_finish(&rows->ids, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    return vfs_rows_finish(&rows->text, err);
}


static int
vfs_rows_finish(vfs_rows_file_t *file, vfs_error_t *err)
{
    int  failed;

    if (file->fp == NULL) {
        return VFS_OK;
    }

    failed = ferror(file->fp) || fflush(file->fp) != 0;

    if (file->part != NULL) {
        failed = (fclose(file->fp) != 0) || failed;
        file->fp = NULL;
        failed = failed || rename(file->part, file->path) != 0;
    }

    if (failed) {
        vfs_error_set(err, "cannot write \"%.256s\": %s",
                      (file->path != NULL) ? file->path : "standard output",
                      strerror(errno));
        return VFS_ERROR;
    }

    free(file->part);
    file->part = NULL;

    return VFS_OK;
}


void
vfs_rows_close(vfs_rows_t *rows)
{
    vfs_rows_drop(&rows->values);
    vfs_rows_drop(&rows->ids);
    vfs_rows_drop(&rows->text);

    free(rows->vector);
    free(rows->absent);
    memset(rows, 0, sizeof(vfs_rows_t));
}


static void
vfs_rows_drop(vfs_rows_file_t *file)
{
    if (file->part != NULL) {

        if (file->fp != NULL) {
            (void) fclose(file->fp);
        }

        (void) remove(file->part);
    }

    free(file->part);
    free(file->path);
}


static void
vfs_rows_header(vfs_rows_t *rows)
{
    unsigned  i;

    fputs(rows->conf->columns, rows->text.fp);

    if (rows->conf->labelled) {
        fputs(",vfs_status,vfs_age_ms", rows->text.fp);
    }

    fputs(",vfs_visible_time,vfs_event_time,vfs_watermark,vfs_definition,"
          "vfs_count", rows->text.fp);

    if (rows->conf->format == VFS_ROWS_CSV) {

        for (i = 0; i < rows->conf->dimension; i++) {
            fprintf(rows->text.fp, ",v%u", i);
        }
    }

    fputc('\n', rows->text.fp);
}


int
vfs_rows_add(vfs_rows_t *rows, const vfs_row_t *row, vfs_error_t *err)
{
    if (row->version != NULL && row->version->dimension != 0
        && row->version->dimension != rows->conf->dimension)
    {
        vfs_error_set(err, "%.*s: a vector of %u dimensions among those of %u",
                      (int) row->id_len, row->id, row->version->dimension,
                      rows->conf->dimension);
        return VFS_ERROR;
    }

    if (rows->conf->format == VFS_ROWS_JSON) {
        vfs_rows_json(rows, row);

    } else {
        vfs_rows_csv(rows, row);
    }

    if (rows->conf->format == VFS_ROWS_NPY) {
        vfs_rows_npy_add(rows, row);
    }

    rows->n++;

    if (ferror(rows->text.fp)) {
        vfs_error_set(err, "cannot write: %s", strerror(errno));
        return VFS_ERROR;
    }

    return VFS_OK;
}


static void
vfs_rows_csv(vfs_rows_t *rows, const vfs_row_t *row)
{
    FILE                 *fp;
    unsigned              i;
    const vfs_version_t  *version;

    fp = rows->text.fp;
    version = row->version;

    fwrite(row->csv, 1, row->csv_len, fp);

    if (rows->conf->labelled) {
        fprintf(fp, ",%s,", row->status);

        if (version != NULL) {
            fprintf(fp, "%" PRId64, row->age_ms);
        }
    }

    if (version == NULL) {
        fputs(",,,,,", fp);

    } else {
        fputc(',', fp);

        if (version->visible_ms != 0) {
            fprintf(fp, "%" PRId64, version->visible_ms);
        }

        /* watermarks of several partitions hold commas */

        fprintf(fp, ",%" PRId64 ",\"%.*s\",%s,%" PRIu64, version->event_ms,
                (int) version->watermark_len, version->watermark,
                version->definition, version->count);
    }

    if (rows->conf->format == VFS_ROWS_CSV) {

        if (version != NULL && version->dimension != 0) {
            fputc(',', fp);
            vfs_rows_vector(rows, version);

        } else {

            for (i = 0; i < rows->conf->dimension; i++) {
                fputc(',', fp);
            }
        }
    }

    fputc('\n', fp);
}


static void
vfs_rows_json(vfs_rows_t *rows, const vfs_row_t *row)
{
    FILE                 *fp;
    const vfs_version_t  *version;

    fp = rows->text.fp;
    version = row->version;

    fputc('{', fp);
    fwrite(row->json, 1, row->json_len, fp);

    if (row->json_len != 0) {
        fputc(',', fp);
    }

    if (rows->conf->labelled) {
        fprintf(fp, "\"vfs_status\":\"%s\",", row->status);

        if (version != NULL) {
            fprintf(fp, "\"vfs_age_ms\":%" PRId64 ",", row->age_ms);
        }
    }

    if (version != NULL) {

        if (version->visible_ms != 0) {
            fprintf(fp, "\"vfs_visible_time\":%" PRId64 ",",
                    version->visible_ms);
        }

        fprintf(fp, "\"vfs_event_time\":%" PRId64 ",\"vfs_watermark\":\"%.*s\""
                ",\"vfs_definition\":\"%s\",\"vfs_count\":%" PRIu64 ",",
                version->event_ms, (int) version->watermark_len,
                version->watermark, version->definition, version->count);
    }

    if (version == NULL || version->dimension == 0) {
        fputs("\"values\":null}\n", fp);
        return;
    }

    fputs("\"values\":[", fp);
    vfs_rows_vector(rows, version);
    fputs("]}\n", fp);
}


static void
vfs_rows_vector(vfs_rows_t *rows, const vfs_version_t *version)
{
    char      text[VFS_FLOAT_LEN + 1], *p;
    unsigned  i;

    vfs_version_values(version, rows->vector);

    for (i = 0; i < version->dimension; i++) {
        p = text;

        if (i != 0) {
            *p++ = ',';
        }

        p = vfs_float_print(p, rows->vector[i]);

        fwrite(text, 1, (size_t) (p - text), rows->text.fp);
    }
}
