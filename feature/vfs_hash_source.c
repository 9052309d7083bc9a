
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_event_private.h"
#include "vfs_float.h"
#include "vfs_source.h"
#include "vfs_vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>


#define VFS_HASH_SEPARATOR  '\x1f'


/*
 * With VFS_MAX_TOKENS of them, 64 hashes and a weight of 1000 the squares add
 * up to less than 2^56.
 */

typedef struct {
    const vfs_source_t  *source;
    unsigned             dimension;
    int64_t             *counts;
    unsigned             ntokens;
    unsigned             first;       /* component of the first token */
    vfs_reason_e        *reason;
    vfs_error_t         *err;
} vfs_hasher_t;


/* A field's name and separator, and room for a token behind them. */

typedef struct {
    const char          *name;
    int32_t              weight;
    char                *text;
    size_t               prefix;
} vfs_token_t;


static int vfs_hash_field(vfs_hasher_t *hasher, const vfs_hash_field_t *field,
    const vfs_event_t *event);
static int vfs_hash_value(vfs_hasher_t *hasher, const vfs_hash_field_t *field,
    const vfs_node_t *node);
static int vfs_hash_words(vfs_hasher_t *hasher, vfs_token_t *token,
    const char *value, size_t len);
static int vfs_hash_token(vfs_hasher_t *hasher, const vfs_token_t *token,
    size_t len);
static int vfs_hash_word_byte(unsigned char c);
static int vfs_hash_finish(vfs_hasher_t *hasher, float *vector);


int
vfs_hash_source_vector(const vfs_definition_t *def, const vfs_source_t *source,
    const vfs_event_t *event, float *vector, vfs_reason_e *reason,
    vfs_error_t *err)
{
    int           rc;
    unsigned      i;
    vfs_hasher_t  hasher;

    hasher.source = source;
    hasher.dimension = def->dimension;
    hasher.ntokens = 0;
    hasher.first = 0;
    hasher.reason = reason;
    hasher.err = err;

    hasher.counts = calloc(def->dimension, sizeof(int64_t));
    if (hasher.counts == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_DECLINED;
    }

    rc = VFS_OK;

    for (i = 0; i < source->nfields && rc == VFS_OK; i++) {
        rc = vfs_hash_field(&hasher, &source->fields[i], event);
    }

    if (rc == VFS_OK) {
        rc = vfs_hash_finish(&hasher, vector);
    }

    free(hasher.counts);

    return rc;
}


static int
vfs_hash_field(vfs_hasher_t *hasher, const vfs_hash_field_t *field,
    const vfs_event_t *event)
{
    int                rc;
    const vfs_node_t  *node, *element;

    rc = vfs_event_field(event, field->field, &node, hasher->reason,
                         hasher->err);

    if (rc == VFS_DECLINED) {
        return VFS_OK;
    }

    if (rc == VFS_ERROR) {
        return VFS_DECLINED;
    }

    if (node->token.type != VFS_JSON_ARRAY) {
        return vfs_hash_value(hasher, field, node);
    }

    for (element = vfs_node_first(node);
         element != NULL;
         element = vfs_node_next(node, element))
    {
        if (vfs_hash_value(hasher, field, element) != VFS_OK) {
            return VFS_DECLINED;
        }
    }

    return VFS_OK;
}


static int
vfs_hash_value(vfs_hasher_t *hasher, const vfs_hash_field_t *field,
    const vfs_node_t *node)
{
    int          rc;
    char        *value, description[VFS_DESCRIPTION_LEN];
    size_t       size;
    ptrdiff_t    len;
    vfs_token_t  token;

    token.name = field->field;
    token.weight = field->weight;
    token.prefix = strlen(field->field) + 1;

    size = node->token.len + VFS_DOUBLE_LEN;

    token.text = malloc(token.prefix + 2 * size);
    if (token.text == NULL) {
        vfs_error_set(hasher->err, "out of memory");
        return VFS_DECLINED;
    }

    memcpy(token.text, field->field, token.prefix - 1);
    token.text[token.prefix - 1] = VFS_HASH_SEPARATOR;

    value = token.text + token.prefix + size;
    len = vfs_node_text(node, value, size);

    if (len < 0) {
        *hasher->reason = VFS_REASON_MISSING_FIELD;
        vfs_error_set(hasher->err, "%s: expected a string, a finite number, "
                      "a boolean or a list of these, got %s", field->field,
                      vfs_node_describe(node, description));
        rc = VFS_DECLINED;

    } else if (field->words) {
        rc = vfs_hash_words(hasher, &token, value, (size_t) len);

    } else if (len == 0) {
        rc = VFS_OK;

    } else {
        memcpy(token.text + token.prefix, value, (size_t) len);
        rc = vfs_hash_token(hasher, &token, (size_t) len);
    }

    free(token.text);

    return rc;
}


static int
vfs_hash_words(vfs_hasher_t *hasher, vfs_token_t *token, const char *value,
    size_t len)
{
    char    *word;
    size_t   i, n;

    word = token->text + token->prefix;
    n = 0;

    for (i = 0; i < len; i++) {

        if (vfs_hash_word_byte((unsigned char) value[i])) {
            word[n++] = (value[i] >= 'A' && value[i] <= 'Z')
                        ? (char) (value[i] + ('a' - 'A')) : value[i];

            if (i + 1 < len) {
                continue;
            }
        }

        if (n > 0 && vfs_hash_token(hasher, token, n) != VFS_OK) {
            return VFS_DECLINED;
        }

        n = 0;
    }

    return VFS_OK;
}


static int
vfs_hash_token(vfs_hasher_t *hasher, const vfs_token_t *token, size_t len)
{
    int64_t   weight;
    uint64_t  u;
    unsigned  j;

    if (hasher->ntokens == VFS_MAX_TOKENS) {
        *hasher->reason = VFS_REASON_TOO_LARGE;
        vfs_error_set(hasher->err, "%s: expected at most %d words and values "
                      "to hash in an event", token->name, VFS_MAX_TOKENS);
        return VFS_DECLINED;
    }

    weight = token->weight;

    for (j = 0; j < hasher->source->hashes; j++) {
        u = XXH64(token->text, token->prefix + len, j);

        if (hasher->ntokens == 0 && j == 0) {
            hasher->first = (unsigned) (u % hasher->dimension);
        }

        hasher->counts[u % hasher->dimension] += (u >> 63) ? -weight : weight;
    }

    hasher->ntokens++;

    return VFS_OK;
}


/* Bytes of letters beyond ASCII are taken as they are: no locale, no tables. */

static int
vfs_hash_word_byte(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c >= 0x80;
}


static int
vfs_hash_finish(vfs_hasher_t *hasher, float *vector)
{
    double    norm;
    uint64_t  squares;
    unsigned  i;

    if (hasher->ntokens == 0) {
        *hasher->reason = VFS_REASON_MISSING_FIELD;
        vfs_error_set(hasher->err, "%s: the event has none of the fields to "
                      "hash", hasher->source->name);
        return VFS_DECLINED;
    }

    squares = 0;

    for (i = 0; i < hasher->dimension; i++) {
        squares += (uint64_t) (hasher->counts[i] * hasher->counts[i]);
    }

    if (squares == 0) {
        hasher->counts[hasher->first] = 1;
        squares = 1;
    }

    norm = sqrt((double) squares);

    /* most are zero, and a division is what takes longest */

    for (i = 0; i < hasher->dimension; i++) {
        vector[i] = (hasher->counts[i] == 0)
                    ? 0 : vfs_component((double) hasher->counts[i], norm);
    }

    return VFS_OK;
}
