
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_json.h"
#include "vfs_train_labels.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


#define VFS_LABELS_TEXT  256


static int vfs_labels_member(vfs_labels_t *labels,
    const vfs_json_token_t *name, const vfs_json_token_t *value, int *timed,
    vfs_error_t *err);
static int vfs_labels_text(vfs_labels_t *labels, const vfs_json_token_t *value,
    char *buf, size_t *len, vfs_error_t *err);


/* fields[0] becomes the inside of the object. */

int
vfs_labels_json(vfs_labels_t *labels, vfs_error_t *err)
{
    int               timed;
    const char       *start;
    vfs_json_t        json;
    vfs_json_type_e   type;
    vfs_json_token_t  name, value, span;

    timed = 0;

    vfs_json_init(&json, labels->lines.text, labels->lines.len);

    if (vfs_json_next(&json, &name) != VFS_JSON_OBJECT) {
        goto failed;
    }

    start = json.pos;

    while ((type = vfs_json_next(&json, &name)) == VFS_JSON_NAME) {

        if (vfs_json_next(&json, &value) == VFS_JSON_INVALID) {
            goto failed;
        }

        if (vfs_labels_member(labels, &name, &value, &timed, err) != VFS_OK) {
            return VFS_ERROR;
        }

        if (vfs_json_skip(&json, &value, &span) != 0) {
            goto failed;
        }
    }

    labels->fields[0].text = start;
    labels->fields[0].len = (size_t) (json.pos - start) - 1;

    if (type != VFS_JSON_OBJECT_END
        || vfs_json_next(&json, &name) != VFS_JSON_END)
    {
        goto failed;
    }

    if (!timed) {
        vfs_error_set(err, "\"%.200s\", line %" PRIu64 ": no member \"%.64s\", "
                      "name it with --time", labels->conf->path,
                      labels->lines.number, labels->conf->time);
        return VFS_ERROR;
    }

    return VFS_OK;

failed:

    return vfs_labels_fault(labels, "expected one JSON object",
                            labels->lines.text, labels->lines.len, err);
}


static int
vfs_labels_member(vfs_labels_t *labels, const vfs_json_token_t *name,
    const vfs_json_token_t *value, int *timed, vfs_error_t *err)
{
    char    text[VFS_LABELS_TEXT];
    size_t  len;

    if (vfs_labels_reserved(labels, name->start, name->len)) {
        return vfs_labels_fault(labels, "that is a name of the output's",
                                name->start, name->len, err);
    }

    if (vfs_json_equal(name, labels->conf->id)) {

        if (vfs_labels_text(labels, value, text, &len, err) != VFS_OK) {
            return VFS_ERROR;
        }

        return vfs_labels_id(labels, text, len, err);
    }

    if (!vfs_json_equal(name, labels->conf->time)) {
        return VFS_OK;
    }

    if (vfs_labels_text(labels, value, text, &len, err) != VFS_OK) {
        return VFS_ERROR;
    }

    *timed = 1;

    if (vfs_labels_time(text, len, &labels->time_ms) != VFS_OK) {
        return vfs_labels_fault(labels, "expected a time in ISO 8601 or ms "
                                "since 1970", text, len, err);
    }

    return VFS_OK;
}


/* A string or an integer as text; null is empty. */

static int
vfs_labels_text(vfs_labels_t *labels, const vfs_json_token_t *value, char *buf,
    size_t *len, vfs_error_t *err)
{
    ptrdiff_t  n;

    n = -1;

    if (value->type == VFS_JSON_STRING) {
        n = vfs_json_unescape(value, buf, VFS_LABELS_TEXT);

    } else if (value->type == VFS_JSON_NULL) {
        n = 0;

    } else if (value->type == VFS_JSON_NUMBER && value->len <= VFS_LABELS_TEXT)
    {
        memcpy(buf, value->start, value->len);
        n = (ptrdiff_t) value->len;
    }

    if (n < 0) {
        return vfs_labels_fault(labels, "expected a string or an integer",
                                value->start, value->len, err);
    }

    *len = (size_t) n;

    return VFS_OK;
}
