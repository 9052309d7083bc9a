
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_document.h"
#include "vfs_float.h"
#include "vfs_train_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


static int vfs_answers_features(vfs_json_t *json, vfs_answer_pt handler,
    void *data, vfs_error_t *err);
static int vfs_answers_feature(vfs_json_t *json, char *id,
    vfs_answer_t *answer, vfs_error_t *err);
static int vfs_answers_missing(vfs_json_t *json, vfs_answer_pt handler,
    void *data, vfs_error_t *err);
static int vfs_answers_id(const vfs_json_token_t *value, char *id);
static int vfs_answers_values(vfs_json_t *json, vfs_answer_t *answer,
    vfs_error_t *err);
static int vfs_answers_metadata(const vfs_json_token_t *span,
    vfs_answer_t *answer, vfs_error_t *err);
static int vfs_answers_marks(const char *text, vfs_answer_t *answer,
    vfs_error_t *err);


void
vfs_answer_clear(vfs_answer_t *answer)
{
    free(answer->values);
    free(answer->metadata);
    free(answer->marks);
    memset(answer, 0, sizeof(vfs_answer_t));
}


const vfs_position_t *
vfs_answer_mark(const vfs_answer_t *answer, int32_t partition)
{
    unsigned  i;

    for (i = 0; i < answer->nmarks; i++) {

        if (answer->marks[i].partition == partition) {
            return &answer->marks[i];
        }
    }

    return NULL;
}


int
vfs_answers_read(const char *text, size_t len, vfs_answer_pt handler,
    void *data, vfs_error_t *err)
{
    int               rc;
    vfs_json_t        json;
    vfs_json_token_t  name, value;

    vfs_json_init(&json, text, len);

    vfs_error_set(err, "the gateway's answer is not {\"features\":[...],"
                  "\"missing\":[...]}");

    if (vfs_json_next(&json, &name) != VFS_JSON_OBJECT) {
        return VFS_ERROR;
    }

    while (vfs_json_next(&json, &name) == VFS_JSON_NAME) {

        if (vfs_json_next(&json, &value) != VFS_JSON_ARRAY) {
            return VFS_ERROR;
        }

        if (vfs_json_equal(&name, "features")) {
            rc = vfs_answers_features(&json, handler, data, err);

        } else if (vfs_json_equal(&name, "missing")) {
            rc = vfs_answers_missing(&json, handler, data, err);

        } else {
            rc = VFS_ERROR;
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return (vfs_json_next(&json, &value) == VFS_JSON_END) ? VFS_OK : VFS_ERROR;
}


static int
vfs_answers_features(vfs_json_t *json, vfs_answer_pt handler, void *data,
    vfs_error_t *err)
{
    int               rc;
    char              id[VFS_MAX_ID_LEN + 1];
    vfs_answer_t      answer;
    vfs_json_token_t  token;

    while (vfs_json_next(json, &token) == VFS_JSON_OBJECT) {
        memset(&answer, 0, sizeof(vfs_answer_t));

        rc = vfs_answers_feature(json, id, &answer, err);

        if (rc == VFS_OK) {
            rc = handler(data, id, &answer, err);
        }

        vfs_answer_clear(&answer);

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return (token.type == VFS_JSON_ARRAY_END) ? VFS_OK : VFS_ERROR;
}


static int
vfs_answers_feature(vfs_json_t *json, char *id, vfs_answer_t *answer,
    vfs_error_t *err)
{
    int               rc;
    unsigned          seen;
    vfs_json_token_t  name, value, span;

    seen = 0;
    answer->found = 1;

    while (vfs_json_next(json, &name) == VFS_JSON_NAME) {

        vfs_json_next(json, &value);
        rc = VFS_OK;

        if (vfs_json_equal(&name, "id")) {
            rc = vfs_answers_id(&value, id);
            seen |= 1;

        } else if (vfs_json_equal(&name, "values")
                   && answer->values == NULL)
        {
            rc = (value.type == VFS_JSON_ARRAY)
                 ? vfs_answers_values(json, answer, err) : VFS_ERROR;
            seen |= 2;

        } else if (vfs_json_skip(json, &value, &span) != 0) {
            rc = VFS_ERROR;

        } else if (vfs_json_equal(&name, "metadata")
                   && answer->metadata == NULL)
        {
            rc = (value.type == VFS_JSON_OBJECT)
                 ? vfs_answers_metadata(&span, answer, err) : VFS_ERROR;
            seen |= 4;
        }

        if (rc != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (name.type != VFS_JSON_OBJECT_END || (seen & 3) != 3) {
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_answers_missing(vfs_json_t *json, vfs_answer_pt handler, void *data,
    vfs_error_t *err)
{
    char              id[VFS_MAX_ID_LEN + 1];
    vfs_answer_t      answer;
    vfs_json_token_t  value;

    memset(&answer, 0, sizeof(vfs_answer_t));

    while (vfs_json_next(json, &value) == VFS_JSON_STRING) {

        if (vfs_answers_id(&value, id) != VFS_OK
            || handler(data, id, &answer, err) != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return (value.type == VFS_JSON_ARRAY_END) ? VFS_OK : VFS_ERROR;
}


static int
vfs_answers_id(const vfs_json_token_t *value, char *id)
{
    ptrdiff_t  n;

    if (value->type != VFS_JSON_STRING) {
        return VFS_ERROR;
    }

    n = vfs_json_unescape(value, id, VFS_MAX_ID_LEN);

    if (n == -1) {
        return VFS_ERROR;
    }

    id[n] = '\0';

    return VFS_OK;
}


static int
vfs_answers_values(vfs_json_t *json, vfs_answer_t *answer, vfs_error_t *err)
{
    float             *more, x;
    unsigned           room;
    const char        *last;
    vfs_json_token_t   token;

    room = 0;

    while (vfs_json_next(json, &token) == VFS_JSON_NUMBER) {
        last = token.start + token.len;

        if (answer->nvalues == VFS_MAX_DIMENSION
            || vfs_float_read(token.start, last, &x) != last)
        {
            return VFS_ERROR;
        }

        if (answer->nvalues == room) {
            room = (room == 0) ? 128 : 2 * room;
            more = realloc(answer->values, room * sizeof(float));

            if (more == NULL) {
                vfs_error_set(err, "out of memory");
                return VFS_ERROR;
            }

            answer->values = more;
        }

        answer->values[answer->nvalues++] = x;
    }

    return (token.type == VFS_JSON_ARRAY_END) ? VFS_OK : VFS_ERROR;
}


static int
vfs_answers_metadata(const vfs_json_token_t *span, vfs_answer_t *answer,
    vfs_error_t *err)
{
    int                rc;
    char              *text;
    ptrdiff_t          n;
    vfs_document_t     doc;
    const vfs_node_t  *value;

    answer->metadata = strndup(span->start, span->len);

    if (answer->metadata == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    memset(&doc, 0, sizeof(vfs_document_t));

    rc = vfs_document_parse(&doc, span->start, span->len, err);

    /* a record without a watermark is compared with nothing */

    if (rc == VFS_OK
        && vfs_node_member(doc.nodes, "vfs_watermark", &value) == VFS_OK
        && value->token.type == VFS_JSON_STRING)
    {
        text = malloc(value->token.len + 1);
        n = (text != NULL) ? vfs_json_unescape(&value->token, text,
                                               value->token.len)
                           : -1;

        if (n >= 0) {
            text[n] = '\0';
            rc = vfs_answers_marks(text, answer, err);

        } else {
            vfs_error_set(err, "out of memory");
            rc = VFS_ERROR;
        }

        free(text);
    }

    vfs_document_free(&doc);

    return rc;
}


/* What is no watermark leaves no marks, and so differs from every state. */

static int
vfs_answers_marks(const char *text, vfs_answer_t *answer, vfs_error_t *err)
{
    char            *last;
    unsigned         n;
    const char      *p;
    vfs_position_t  *marks;

    n = 1;

    for (p = text; *p != '\0'; p++) {
        n += (*p == ',');
    }

    marks = calloc(n, sizeof(vfs_position_t));

    if (marks == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    p = text;

    for (n = 0; /* void */ ; n++) {
        marks[n].partition = (int32_t) strtol(p, &last, 10);

        if (last == p || *last != ':') {
            break;
        }

        p = last + 1;
        marks[n].offset = strtoll(p, &last, 10);

        if (last == p || (*last != ',' && *last != '\0')) {
            break;
        }

        if (*last == '\0') {
            answer->marks = marks;
            answer->nmarks = n + 1;
            return VFS_OK;
        }

        p = last + 1;
    }

    free(marks);

    return VFS_OK;
}
