
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_event.h"
#include "vfs_train_labels.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>


int
vfs_labels_open(vfs_labels_t *labels, const vfs_labels_conf_t *conf,
    vfs_error_t *err)
{
    int           rc;
    const char   *p;
    struct stat   st;

    memset(labels, 0, sizeof(vfs_labels_t));

    labels->conf = conf;

    if (stat(conf->path, &st) == 0 && !S_ISREG(st.st_mode)
        && !S_ISDIR(st.st_mode))
    {
        vfs_error_set(err, "\"%.256s\" is a pipe or device, expected a file: "
                      "labels are read twice", conf->path);
        return VFS_ERROR;
    }

    if (vfs_lines_open(&labels->lines, conf->path, err) != VFS_OK) {
        return VFS_ERROR;
    }

    rc = vfs_lines_next(&labels->lines, 0, err);

    if (rc == VFS_DECLINED) {
        vfs_error_set(err, "\"%.256s\" is empty, expected labels: CSV with a "
                      "line of column names, or JSON lines", conf->path);
    }

    if (rc != VFS_OK) {
        return VFS_ERROR;
    }

    for (p = labels->lines.text; isspace((unsigned char) *p); p++) {
        /* void */
    }

    if (*p == '{') {
        labels->json = 1;
        labels->ready = 1;
        return VFS_OK;
    }

    return vfs_labels_header(labels, err);
}


void
vfs_labels_close(vfs_labels_t *labels)
{
    vfs_lines_close(&labels->lines);

    free(labels->header);
    free(labels->header_line);
    free(labels->values);
    labels->header = NULL;
    labels->header_line = NULL;
    labels->values = NULL;
}


int
vfs_labels_next(vfs_labels_t *labels, vfs_error_t *err)
{
    int  rc;

    if (!labels->ready) {
        rc = vfs_lines_next(&labels->lines, !labels->json, err);

        if (rc != VFS_OK) {
            return rc;
        }
    }

    labels->ready = 0;
    labels->id_len = 0;

    return labels->json ? vfs_labels_json(labels, err)
                        : vfs_labels_csv(labels, err);
}


int
vfs_labels_time(const char *text, size_t len, int64_t *ms)
{
    size_t  i;

    for (i = 0; i < len && isdigit((unsigned char) text[i]); i++) {
        /* void */
    }

    if (i != len || len == 0) {
        return vfs_time_parse(text, len, ms);
    }

    if (len > 15) {
        return VFS_ERROR;
    }

    for (i = 0, *ms = 0; i < len; i++) {
        *ms = *ms * 10 + (text[i] - '0');
    }

    return (*ms <= VFS_MAX_TIME_MS) ? VFS_OK : VFS_ERROR;
}


/* As it is stored: "u1" becomes "user:u1".  An empty one is none. */

int
vfs_labels_id(vfs_labels_t *labels, const char *text, size_t len,
    vfs_error_t *err)
{
    int          i, n;
    size_t       prefix;
    const char  *name, *colon;

    if (len == 0) {
        return VFS_OK;
    }

    name = vfs_entity_name(labels->conf->entity);
    colon = memchr(text, ':', len);

    for (i = 0; colon != NULL && i < VFS_ENTITIES; i++) {
        prefix = strlen(vfs_entity_name((vfs_entity_e) i));

        if ((size_t) (colon - text) == prefix
            && memcmp(text, vfs_entity_name((vfs_entity_e) i), prefix) == 0)
        {
            name = vfs_entity_name((vfs_entity_e) i);
            text += prefix + 1;
            len -= prefix + 1;
            break;
        }
    }

    if (!vfs_id_valid(text, len)) {
        return vfs_labels_fault(labels, "expected an id of 1 to 128 letters, "
                                "digits, \"_\" and \"-\"", text, len, err);
    }

    n = snprintf(labels->id, sizeof(labels->id), "%s:%.*s", name, (int) len,
                 text);

    labels->id_len = (size_t) n;

    return VFS_OK;
}


int
vfs_labels_fault(const vfs_labels_t *labels, const char *what,
    const char *text, size_t len, vfs_error_t *err)
{
    vfs_error_set(err, "\"%.200s\", line %" PRIu64 ": %s, got \"%.*s\"",
                  labels->conf->path, labels->lines.number, what,
                  (int) (len < 64 ? len : 64), text);

    return VFS_ERROR;
}


/* Names that the output gives to its own columns. */

int
vfs_labels_reserved(const vfs_labels_t *labels, const char *name, size_t len)
{
    size_t  i;

    if ((len >= 4 && memcmp(name, "vfs_", 4) == 0)
        || (len == 6 && memcmp(name, "values", 6) == 0))
    {
        return 1;
    }

    if (!labels->conf->numbered || len < 2 || name[0] != 'v') {
        return 0;
    }

    for (i = 1; i < len && isdigit((unsigned char) name[i]); i++) {
        /* void */
    }

    return i == len;
}
