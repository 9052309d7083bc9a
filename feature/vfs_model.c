
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_bytes.h"
#include "vfs_event_private.h"
#include "vfs_float.h"
#include "vfs_model.h"
#include "vfs_source.h"
#include "vfs_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>


#define VFS_MODEL_VECTOR   'V'
#define VFS_MODEL_REFUSED  'R'
#define VFS_MODEL_FORMAT   1

/* What a key begins with: another form of it would have another word here. */

#define VFS_MODEL_KEY_FORM  "vfs-model-1"


typedef struct {
    char          *text;
    size_t         len;
    vfs_reason_e  *reason;
    vfs_error_t   *err;
} vfs_model_text_t;


static int vfs_model_field(vfs_model_text_t *text, const char *field,
    const vfs_event_t *event);
static int vfs_model_value(vfs_model_text_t *text, const char *field,
    const vfs_node_t *node);
static int vfs_model_digest(EVP_MD_CTX *ctx, const char *part);


unsigned
vfs_model_sources(const vfs_definition_t *def)
{
    unsigned  i, n;

    n = 0;

    for (i = 0; i < def->nsources; i++) {
        n += (def->sources[i].type == VFS_SOURCE_MODEL);
    }

    return n;
}


char *
vfs_model_text(const vfs_source_t *source, const vfs_event_t *event,
    size_t *len, vfs_reason_e *reason, vfs_error_t *err)
{
    int                 rc;
    char               *shorter;
    unsigned            i;
    vfs_model_text_t    text;
    const vfs_model_t  *model;

    *reason = VFS_REASON_NONE;

    text.len = 0;
    text.reason = reason;
    text.err = err;

    text.text = malloc(VFS_MAX_MODEL_TEXT);
    if (text.text == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    model = source->model;
    rc = VFS_OK;

    for (i = 0; i < model->nfields && rc == VFS_OK; i++) {
        rc = vfs_model_field(&text, model->fields[i], event);
    }

    if (rc == VFS_OK && text.len == 0) {
        *reason = VFS_REASON_MISSING_FIELD;
        vfs_error_set(err, "%s: the event has none of the fields that the "
                      "model's text is made of", source->name);
        rc = VFS_ERROR;
    }

    if (rc != VFS_OK) {
        free(text.text);
        return NULL;
    }

    *len = text.len;

    /* a text is short as a rule, and may be kept for a while */

    shorter = realloc(text.text, text.len);

    return (shorter != NULL) ? shorter : text.text;
}


static int
vfs_model_field(vfs_model_text_t *text, const char *field,
    const vfs_event_t *event)
{
    int                rc;
    const vfs_node_t  *node, *element;

    rc = vfs_event_field(event, field, &node, text->reason, text->err);

    if (rc != VFS_OK) {
        return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
    }

    if (node->token.type != VFS_JSON_ARRAY) {
        return vfs_model_value(text, field, node);
    }

    for (element = vfs_node_first(node);
         element != NULL;
         element = vfs_node_next(node, element))
    {
        if (vfs_model_value(text, field, element) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


/* Behind what is there already stands one space. */

static int
vfs_model_value(vfs_model_text_t *text, const char *field,
    const vfs_node_t *node)
{
    char       *value, description[VFS_DESCRIPTION_LEN];
    size_t      size;
    ptrdiff_t   len;

    size = node->token.len + VFS_DOUBLE_LEN;

    value = malloc(size);
    if (value == NULL) {
        vfs_error_set(text->err, "out of memory");
        return VFS_ERROR;
    }

    len = vfs_node_text(node, value, size);

    if (len < 0) {
        *text->reason = VFS_REASON_MISSING_FIELD;
        vfs_error_set(text->err, "%s: expected a string, a finite number, a "
                      "boolean or a list of these, got %s", field,
                      vfs_node_describe(node, description));

    } else if (text->len + (text->len > 0) + (size_t) len
               > VFS_MAX_MODEL_TEXT)
    {
        *text->reason = VFS_REASON_TOO_LARGE;
        vfs_error_set(text->err, "%s: expected at most %d bytes of text for "
                      "the model", field, VFS_MAX_MODEL_TEXT);
        len = -1;

    } else if (len > 0) {

        if (text->len > 0) {
            text->text[text->len++] = ' ';
        }

        memcpy(text->text + text->len, value, (size_t) len);
        text->len += (size_t) len;
    }

    free(value);

    return (len < 0) ? VFS_ERROR : VFS_OK;
}


int
vfs_model_key(const vfs_definition_t *def, const vfs_source_t *source,
    const char *text, size_t len, unsigned char *key)
{
    int                 rc;
    char                dimension[16];
    EVP_MD_CTX         *ctx;
    const vfs_model_t  *model;

    model = source->model;

    ctx = EVP_MD_CTX_new();
    if (ctx == NULL) {
        return VFS_ERROR;
    }

    (void) snprintf(dimension, sizeof(dimension), "%u", def->dimension);

    rc = VFS_ERROR;

    if (EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1
        && vfs_model_digest(ctx, VFS_MODEL_KEY_FORM) == VFS_OK
        && vfs_model_digest(ctx, vfs_model_protocol_name(model->protocol))
           == VFS_OK
        && vfs_model_digest(ctx, model->model) == VFS_OK
        && vfs_model_digest(ctx, model->version) == VFS_OK
        && vfs_model_digest(ctx, model->input) == VFS_OK
        && vfs_model_digest(ctx, model->output) == VFS_OK
        && vfs_model_digest(ctx, dimension) == VFS_OK
        && EVP_DigestUpdate(ctx, text, len) == 1
        && EVP_DigestFinal_ex(ctx, key, NULL) == 1)
    {
        rc = VFS_OK;
    }

    EVP_MD_CTX_free(ctx);

    return rc;
}


/* A part and a NUL; none of them has one within. */

static int
vfs_model_digest(EVP_MD_CTX *ctx, const char *part)
{
    if (part == NULL) {
        part = "";
    }

    return (EVP_DigestUpdate(ctx, part, strlen(part) + 1) == 1) ? VFS_OK
                                                                : VFS_ERROR;
}


size_t
vfs_model_record_len(const vfs_definition_t *def)
{
    return 2 + (size_t) def->dimension * sizeof(float);
}


size_t
vfs_model_record(const vfs_definition_t *def, const float *vector,
    unsigned char *record)
{
    unsigned char  *p;

    p = vfs_put_u8(record, (vector != NULL) ? VFS_MODEL_VECTOR
                                            : VFS_MODEL_REFUSED);
    p = vfs_put_u8(p, VFS_MODEL_FORMAT);

    if (vector != NULL) {
        p = vfs_put_floats(p, vector, def->dimension);
    }

    return (size_t) (p - record);
}


int
vfs_model_record_read(const vfs_definition_t *def, const unsigned char *record,
    size_t len, float *vector, vfs_error_t *err)
{
    unsigned      kind, format;
    vfs_reader_t  in;

    in.pos = record;
    in.last = record + len;
    in.failed = 0;

    kind = vfs_get_u8(&in);
    format = vfs_get_u8(&in);

    if (format == VFS_MODEL_FORMAT && kind == VFS_MODEL_REFUSED && len == 2) {
        return VFS_DECLINED;
    }

    if (format == VFS_MODEL_FORMAT
        && kind == VFS_MODEL_VECTOR
        && len == vfs_model_record_len(def))
    {
        vfs_get_floats(&in, vector, def->dimension);

        if (vfs_floats_valid(vector, def->dimension)) {
            return VFS_OK;
        }
    }

    vfs_error_set(err, "a recorded answer of %zu bytes is damaged or of "
                  "another version", len);

    return VFS_ERROR;
}


int
vfs_model_source_vector(const vfs_definition_t *def,
    const vfs_source_t *source, const vfs_event_t *event, float *vector,
    vfs_reason_e *reason, vfs_error_t *err)
{
    int                   rc;
    char                 *text;
    size_t                len;
    unsigned char         key[VFS_MODEL_KEY_LEN];
    const unsigned char  *record;

    if (def->answers == NULL) {
        vfs_error_set(err, "sources.%s: no answers of the model are at hand",
                      source->name);
        return VFS_DECLINED;
    }

    text = vfs_model_text(source, event, &len, reason, err);
    if (text == NULL) {
        return VFS_DECLINED;
    }

    rc = vfs_model_key(def, source, text, len, key);
    free(text);

    if (rc != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return VFS_DECLINED;
    }

    rc = def->answers->get(def->answers->data, key, &record, &len, err);

    if (rc == VFS_DECLINED) {
        vfs_error_set(err, "sources.%s: no answer of the model is recorded "
                           "for this event",
                      source->name);
    }

    if (rc != VFS_OK) {
        return VFS_DECLINED;
    }

    rc = vfs_model_record_read(def, record, len, vector, err);

    if (rc == VFS_DECLINED) {
        *reason = VFS_REASON_MODEL_REFUSED;
        vfs_error_set(err, "sources.%s: the model refuses the text that is "
                      "made of this event's fields", source->name);
    }

    return (rc == VFS_OK) ? VFS_OK : VFS_DECLINED;
}
