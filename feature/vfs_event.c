
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_csv.h"
#include "vfs_event_private.h"
#include "vfs_float.h"

#include <stdlib.h>
#include <string.h>


static int vfs_event_parse(const vfs_definition_t *def, vfs_event_t *event,
    const char *value, size_t len, vfs_reason_e *reason, vfs_error_t *err);
static int vfs_event_is_csv(const vfs_definition_t *def, const char *value,
    size_t len);
static int vfs_event_read_id(const vfs_event_t *event, const char *path,
    char *id, vfs_reason_e *reason, vfs_error_t *err);
static int vfs_event_read_time(const vfs_definition_t *def,
    vfs_event_t *event, int64_t record_ms, vfs_reason_e *reason,
    vfs_error_t *err);
static int vfs_event_node_time(const vfs_node_t *node, int64_t *ms);
static int vfs_event_epoch(const char *text, size_t len, int64_t *ms);
static int vfs_event_read_weight(const vfs_definition_t *def,
    vfs_event_t *event, vfs_reason_e *reason, vfs_error_t *err);


static const char *const  vfs_reason_names[] = {
    "none",
    "bad-json",
    "bad-csv",
    "missing-field",
    "bad-id",
    "bad-event-type",
    "bad-time",
    "bad-vector",
    "wrong-dimension",
    "bad-metadata",
    "too-large",
    "refused",
    "model-refused"
};


vfs_event_t *
vfs_event_decode(const vfs_definition_t *def, const char *value, size_t len,
    int64_t record_ms, vfs_reason_e *reason, vfs_error_t *err)
{
    vfs_event_t  *event;

    *reason = VFS_REASON_NONE;

    if (len > VFS_MAX_EVENT_LEN) {
        *reason = VFS_REASON_TOO_LARGE;
        vfs_error_set(err, "expected at most %d bytes, got %zu",
                      VFS_MAX_EVENT_LEN, len);
        return NULL;
    }

    event = calloc(1, sizeof(vfs_event_t));
    if (event == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    if (vfs_event_parse(def, event, value, len, reason, err) != VFS_OK
        || vfs_event_read_id(event, def->field_user, event->user, reason, err)
           != VFS_OK
        || vfs_event_read_id(event, def->field_item, event->item, reason, err)
           != VFS_OK
        || vfs_event_read_weight(def, event, reason, err) != VFS_OK
        || vfs_event_read_time(def, event, record_ms, reason, err) != VFS_OK)
    {
        vfs_event_free(event);
        return NULL;
    }

    return event;
}


void
vfs_event_free(vfs_event_t *event)
{
    if (event == NULL) {
        return;
    }

    vfs_document_free(&event->doc);
    free(event);
}


const char *
vfs_event_user(const vfs_event_t *event)
{
    return event->user;
}


const char *
vfs_event_item(const vfs_event_t *event)
{
    return event->item;
}


int64_t
vfs_event_time(const vfs_event_t *event)
{
    return event->time_ms;
}


double
vfs_event_weight(const vfs_event_t *event)
{
    return event->weight;
}


const char *
vfs_reason_name(vfs_reason_e reason)
{
    return vfs_reason_names[reason];
}


int
vfs_id_valid(const char *id, size_t len)
{
    char    c;
    size_t  i;

    if (len == 0 || len > VFS_MAX_ID_LEN) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        c = id[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')
            && !(c >= '0' && c <= '9') && c != '_' && c != '-')
        {
            return 0;
        }
    }

    return 1;
}


int
vfs_event_field(const vfs_event_t *event, const char *path,
    const vfs_node_t **value, vfs_reason_e *reason, vfs_error_t *err)
{
    int  rc;

    rc = vfs_node_path(event->doc.nodes, path, value);

    if (rc == VFS_ERROR) {
        *reason = VFS_REASON_BAD_JSON;
        vfs_error_set(err, "%s: the name stands there more than once", path);
    }

    return rc;
}


static int
vfs_event_parse(const vfs_definition_t *def, vfs_event_t *event,
    const char *value, size_t len, vfs_reason_e *reason, vfs_error_t *err)
{
    int  rc, csv;

    csv = vfs_event_is_csv(def, value, len);

    if (csv) {
        rc = vfs_csv_parse(def, value, len, &event->doc, err);

    } else {
        rc = vfs_document_parse(&event->doc, value, len, err);
    }

    if (rc == VFS_OK && event->doc.nodes->token.type != VFS_JSON_OBJECT) {
        vfs_error_set(err, "expected an object");
        rc = VFS_DECLINED;
    }

    if (rc == VFS_DECLINED) {
        *reason = csv ? VFS_REASON_BAD_CSV : VFS_REASON_BAD_JSON;
    }

    return rc;
}


/* With columns defined, all that does not open an object is CSV. */

static int
vfs_event_is_csv(const vfs_definition_t *def, const char *value, size_t len)
{
    size_t  i;

    if (def->ncsv == 0) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if (strchr(" \t\r\n", value[i]) == NULL || value[i] == '\0') {
            return value[i] != '{';
        }
    }

    return 1;
}


static int
vfs_event_read_id(const vfs_event_t *event, const char *path, char *id,
    vfs_reason_e *reason, vfs_error_t *err)
{
    int                rc;
    char               description[VFS_DESCRIPTION_LEN];
    ptrdiff_t          len;
    const vfs_node_t  *node;

    rc = vfs_event_field(event, path, &node, reason, err);

    if (rc == VFS_DECLINED) {
        *reason = VFS_REASON_MISSING_FIELD;
        vfs_error_set(err, "%s: expected an id, but it is missing", path);
    }

    if (rc != VFS_OK) {
        return VFS_ERROR;
    }

    len = -1;

    if (node->token.type == VFS_JSON_STRING || vfs_node_is_integer(node)) {
        len = vfs_node_text(node, id, VFS_MAX_ID_LEN);
    }

    if (len < 0 || !vfs_id_valid(id, (size_t) len)) {
        *reason = VFS_REASON_BAD_ID;
        vfs_error_set(err, "%s: expected 1 to %d characters of "
                      "[A-Za-z0-9_-], got %s", path, VFS_MAX_ID_LEN,
                      vfs_node_describe(node, description));
        return VFS_ERROR;
    }

    id[len] = '\0';

    return VFS_OK;
}


static int
vfs_event_read_time(const vfs_definition_t *def, vfs_event_t *event,
    int64_t record_ms, vfs_reason_e *reason, vfs_error_t *err)
{
    int                rc;
    char               description[VFS_DESCRIPTION_LEN];
    const vfs_node_t  *node;

    rc = VFS_DECLINED;

    if (def->field_time != NULL) {
        rc = vfs_event_field(event, def->field_time, &node, reason, err);
    }

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (rc == VFS_DECLINED) {

        if (record_ms < 0 || record_ms > VFS_MAX_TIME_MS) {
            *reason = VFS_REASON_BAD_TIME;
            vfs_error_set(err, "neither the event nor its record has a time");
            return VFS_ERROR;
        }

        event->time_ms = record_ms;

        return VFS_OK;
    }

    if (vfs_event_node_time(node, &event->time_ms) != VFS_OK) {
        *reason = VFS_REASON_BAD_TIME;
        vfs_error_set(err, "%s: expected ISO 8601 or ms since 1970, up to "
                      "year 9999, got %s", def->field_time,
                      vfs_node_describe(node, description));
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_event_node_time(const vfs_node_t *node, int64_t *ms)
{
    char         text[64];
    double       value;
    ptrdiff_t    len;
    const char  *last;

    if (node->token.type == VFS_JSON_NUMBER) {
        last = node->token.start + node->token.len;

        if (vfs_double_read(node->token.start, last, &value) != last
            || value < 0 || value >= VFS_MAX_TIME_MS + 1.0)
        {
            return VFS_ERROR;
        }

        *ms = (int64_t) value;

        return VFS_OK;
    }

    if (node->token.type != VFS_JSON_STRING) {
        return VFS_ERROR;
    }

    len = vfs_node_text(node, text, sizeof(text));
    if (len < 0) {
        return VFS_ERROR;
    }

    if (vfs_event_epoch(text, len, ms) == VFS_OK) {
        return VFS_OK;
    }

    return vfs_time_parse(text, len, ms);
}


/* A CSV column has no numbers, and some producers quote theirs. */

static int
vfs_event_epoch(const char *text, size_t len, int64_t *ms)
{
    size_t   i;
    int64_t  value;

    if (len == 0) {
        return VFS_ERROR;
    }

    value = 0;

    for (i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return VFS_ERROR;
        }

        value = value * 10 + (text[i] - '0');

        if (value > VFS_MAX_TIME_MS) {
            return VFS_ERROR;
        }
    }

    *ms = value;

    return VFS_OK;
}


static int
vfs_event_read_weight(const vfs_definition_t *def, vfs_event_t *event,
    vfs_reason_e *reason, vfs_error_t *err)
{
    int                rc;
    char               description[VFS_DESCRIPTION_LEN];
    unsigned           i;
    const vfs_node_t  *node;

    event->weight = def->default_weight;

    if (def->field_type == NULL || def->nweights == 0) {
        return VFS_OK;
    }

    rc = vfs_event_field(event, def->field_type, &node, reason, err);

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (rc == VFS_DECLINED) {

        if (def->has_default_weight) {
            return VFS_OK;
        }

        *reason = VFS_REASON_MISSING_FIELD;
        vfs_error_set(err, "%s: expected an event type, but it is missing",
                      def->field_type);
        return VFS_ERROR;
    }

    if (node->token.type == VFS_JSON_STRING) {

        for (i = 0; i < def->nweights; i++) {
            if (vfs_json_equal(&node->token, def->weights[i].type)) {
                event->weight = def->weights[i].weight;
                return VFS_OK;
            }
        }

        if (def->has_default_weight) {
            return VFS_OK;
        }
    }

    *reason = VFS_REASON_BAD_TYPE;
    vfs_error_set(err, "%s: expected an event type of the definition, got %s",
                  def->field_type, vfs_node_describe(node, description));

    return VFS_ERROR;
}
