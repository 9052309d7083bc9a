
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_csv.h"
#include "vfs_json_string.h"

#include <stdlib.h>
#include <string.h>


/* Columns are unquoted in place: what is written never passes what is read. */

typedef struct {
    char         *read;
    char         *write;
    char         *last;
    vfs_error_t  *err;
} vfs_csv_t;


static int vfs_csv_check(vfs_csv_t *csv);
static int vfs_csv_column(vfs_csv_t *csv, const char *name,
    vfs_json_token_t *token);
static int vfs_csv_quoted(vfs_csv_t *csv, const char *name);
static int vfs_csv_plain(vfs_csv_t *csv, const char *name);
static void vfs_csv_add(vfs_document_t *doc, const char *name,
    const vfs_json_token_t *value);


int
vfs_csv_parse(const vfs_definition_t *def, const char *text, size_t len,
    vfs_document_t *doc, vfs_error_t *err)
{
    unsigned          i;
    vfs_csv_t         csv;
    vfs_json_token_t  value;

    memset(doc, 0, sizeof(vfs_document_t));

    doc->text = malloc(len + 1);
    doc->nodes = calloc(1 + 2 * (size_t) def->ncsv, sizeof(vfs_node_t));

    if (doc->text == NULL || doc->nodes == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    memcpy(doc->text, text, len);

    /* the end of the line is no part of the record */

    if (len > 0 && doc->text[len - 1] == '\n') {
        len--;
    }

    if (len > 0 && doc->text[len - 1] == '\r') {
        len--;
    }

    csv.read = doc->text;
    csv.write = doc->text;
    csv.last = doc->text + len;
    csv.err = err;

    if (vfs_csv_check(&csv) != VFS_OK) {
        return VFS_DECLINED;
    }

    doc->nodes[0].token.type = VFS_JSON_OBJECT;
    doc->nnodes = 1;

    for (i = 0; i < def->ncsv; i++) {

        if (i > 0 && csv.read++ == csv.last) {
            vfs_error_set(err, "expected %u columns, got %u", def->ncsv, i);
            return VFS_DECLINED;
        }

        if (vfs_csv_column(&csv, def->csv[i], &value) != VFS_OK) {
            return VFS_DECLINED;
        }

        if (value.len > 0) {
            vfs_csv_add(doc, def->csv[i], &value);
        }
    }

    if (csv.read != csv.last) {
        vfs_error_set(err, "expected %u columns, got more", def->ncsv);
        return VFS_DECLINED;
    }

    doc->nodes[0].span = doc->nnodes;

    return VFS_OK;
}


static int
vfs_csv_check(vfs_csv_t *csv)
{
    size_t       n;
    const char  *p;

    for (p = csv->read; p < csv->last; p += n) {
        n = (*p == '\0') ? 0 : vfs_json_utf8(p, csv->last);

        if (n == 0) {
            vfs_error_set(csv->err, "expected UTF-8 text without NUL");
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


/* Leaves csv->read at the comma behind the column or at the end. */

static int
vfs_csv_column(vfs_csv_t *csv, const char *name, vfs_json_token_t *token)
{
    int  rc;

    token->type = VFS_JSON_STRING;
    token->start = csv->write;
    token->escaped = 0;

    if (csv->read < csv->last && *csv->read == '"') {
        rc = vfs_csv_quoted(csv, name);

    } else {
        rc = vfs_csv_plain(csv, name);
    }

    token->len = csv->write - token->start;

    return rc;
}


static int
vfs_csv_quoted(vfs_csv_t *csv, const char *name)
{
    csv->read++;

    for ( ;; ) {
        if (csv->read == csv->last) {
            vfs_error_set(csv->err, "%s: expected a closing quote", name);
            return VFS_ERROR;
        }

        if (*csv->read == '"') {
            csv->read++;

            if (csv->read == csv->last || *csv->read == ',') {
                return VFS_OK;
            }

            if (*csv->read != '"') {
                vfs_error_set(csv->err, "%s: expected a comma or the end "
                              "behind the closing quote", name);
                return VFS_ERROR;
            }
        }

        *csv->write++ = *csv->read++;
    }
}


static int
vfs_csv_plain(vfs_csv_t *csv, const char *name)
{
    while (csv->read < csv->last && *csv->read != ',') {

        if (strchr("\"\r\n", *csv->read) != NULL) {
            vfs_error_set(csv->err, "%s: a quote or a line end stands in a "
                          "column without quotes", name);
            return VFS_ERROR;
        }

        *csv->write++ = *csv->read++;
    }

    return VFS_OK;
}


static void
vfs_csv_add(vfs_document_t *doc, const char *name,
    const vfs_json_token_t *value)
{
    vfs_node_t  *node;

    node = &doc->nodes[doc->nnodes];

    node[0].token.type = VFS_JSON_NAME;
    node[0].token.start = name;
    node[0].token.len = strlen(name);
    node[0].span = 2;

    node[1].token = *value;
    node[1].span = 1;

    doc->nnodes += 2;
}
