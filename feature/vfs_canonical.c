
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_canonical.h"
#include "vfs_float.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>


typedef struct {
    FILE                     *file;
    const vfs_node_t *const  *without;
} vfs_canonical_t;


/* An object's member, to be sorted. */

typedef struct {
    char              *name;
    size_t             len;
    const vfs_node_t  *value;
} vfs_member_t;


static int vfs_canonical_value(vfs_canonical_t *out, const vfs_node_t *node);
static int vfs_canonical_array(vfs_canonical_t *out, const vfs_node_t *node);
static int vfs_canonical_object(vfs_canonical_t *out, const vfs_node_t *node);
static uint32_t vfs_canonical_members(const vfs_canonical_t *out,
    const vfs_node_t *node, vfs_member_t *members);
static int vfs_canonical_left_out(const vfs_canonical_t *out,
    const vfs_node_t *value);
static int vfs_canonical_number(vfs_canonical_t *out, const vfs_node_t *node);
static int vfs_canonical_string(vfs_canonical_t *out, const char *text,
    size_t len);
static char *vfs_canonical_unescape(const vfs_node_t *node, size_t *len);
static int vfs_canonical_compare(const void *a, const void *b);


int
vfs_canonical_form(const vfs_node_t *node, const vfs_node_t *const *without,
    char **text, size_t *len)
{
    int              rc;
    vfs_canonical_t  out;

    *text = NULL;

    out.without = without;

    out.file = open_memstream(text, len);
    if (out.file == NULL) {
        return VFS_ERROR;
    }

    rc = vfs_canonical_value(&out, node);

    if (ferror(out.file)) {
        rc = VFS_ERROR;
    }

    if (fclose(out.file) != 0) {
        rc = VFS_ERROR;
    }

    if (rc != VFS_OK) {
        free(*text);
        *text = NULL;
    }

    return rc;
}


int
vfs_canonical_hash(const vfs_node_t *node, const vfs_node_t *const *without,
    char *hash)
{
    int            rc;
    char          *text;
    size_t         len;
    unsigned       i;
    unsigned char  digest[EVP_MAX_MD_SIZE];

    if (vfs_canonical_form(node, without, &text, &len) != VFS_OK) {
        return VFS_ERROR;
    }

    rc = EVP_Digest(text, len, digest, NULL, EVP_sha256(), NULL);
    free(text);

    if (rc != 1) {
        return VFS_ERROR;
    }

    for (i = 0; i < VFS_DEFINITION_HASH / 2; i++) {
        (void) sprintf(hash + 2 * i, "%02x", digest[i]);
    }

    return VFS_OK;
}


static int
vfs_canonical_value(vfs_canonical_t *out, const vfs_node_t *node)
{
    int      rc;
    char    *text;
    size_t   len;

    switch (node->token.type) {

    case VFS_JSON_OBJECT:
        return vfs_canonical_object(out, node);

    case VFS_JSON_ARRAY:
        return vfs_canonical_array(out, node);

    case VFS_JSON_NUMBER:
        return vfs_canonical_number(out, node);

    case VFS_JSON_STRING:
        text = vfs_canonical_unescape(node, &len);
        if (text == NULL) {
            return VFS_ERROR;
        }

        rc = vfs_canonical_string(out, text, len);
        free(text);

        return rc;

    default:
        (void) fwrite(node->token.start, 1, node->token.len, out->file);
        return VFS_OK;
    }
}


static int
vfs_canonical_array(vfs_canonical_t *out, const vfs_node_t *node)
{
    const char        *comma;
    const vfs_node_t  *element;

    comma = "";
    (void) fputc('[', out->file);

    for (element = vfs_node_first(node);
         element != NULL;
         element = vfs_node_next(node, element))
    {
        (void) fputs(comma, out->file);

        if (vfs_canonical_value(out, element) != VFS_OK) {
            return VFS_ERROR;
        }

        comma = ",";
    }

    (void) fputc(']', out->file);

    return VFS_OK;
}


static int
vfs_canonical_object(vfs_canonical_t *out, const vfs_node_t *node)
{
    int            rc;
    uint32_t       i, n;
    vfs_member_t  *members;

    members = calloc((size_t) vfs_node_count(node) + 1, sizeof(vfs_member_t));
    if (members == NULL) {
        return VFS_ERROR;
    }

    n = vfs_canonical_members(out, node, members);
    rc = VFS_OK;

    for (i = 0; i < n; i++) {
        if (members[i].name == NULL) {
            rc = VFS_ERROR;
        }
    }

    if (rc == VFS_OK) {
        qsort(members, n, sizeof(vfs_member_t), vfs_canonical_compare);
    }

    (void) fputc('{', out->file);

    for (i = 0; i < n && rc == VFS_OK; i++) {

        if (i > 0) {
            (void) fputc(',', out->file);
        }

        rc = vfs_canonical_string(out, members[i].name, members[i].len);

        if (rc == VFS_OK) {
            (void) fputc(':', out->file);
            rc = vfs_canonical_value(out, members[i].value);
        }
    }

    (void) fputc('}', out->file);

    for (i = 0; i < n; i++) {
        free(members[i].name);
    }

    free(members);

    return rc;
}


/* The number of members; one without a name: memory was out. */

static uint32_t
vfs_canonical_members(const vfs_canonical_t *out, const vfs_node_t *node,
    vfs_member_t *members)
{
    uint32_t           n;
    const vfs_node_t  *name;

    n = 0;

    for (name = vfs_node_first(node);
         name != NULL;
         name = vfs_node_next(node, name))
    {
        if (vfs_canonical_left_out(out, name + 1)) {
            continue;
        }

        members[n].value = name + 1;
        members[n].name = vfs_canonical_unescape(name, &members[n].len);
        n++;
    }

    return n;
}


static int
vfs_canonical_left_out(const vfs_canonical_t *out, const vfs_node_t *value)
{
    unsigned  i;

    if (out->without == NULL) {
        return 0;
    }

    for (i = 0; out->without[i] != NULL; i++) {
        if (out->without[i] == value) {
            return 1;
        }
    }

    return 0;
}


static int
vfs_canonical_number(vfs_canonical_t *out, const vfs_node_t *node)
{
    char         text[VFS_DOUBLE_LEN];
    double       value;
    const char  *last;

    last = node->token.start + node->token.len;

    if (vfs_double_read(node->token.start, last, &value) != last) {
        return VFS_ERROR;
    }

    (void) fwrite(text, 1, vfs_double_canonical(text, value) - text, out->file);

    return VFS_OK;
}


static int
vfs_canonical_string(vfs_canonical_t *out, const char *text, size_t len)
{
    char  *escaped, *last;

    escaped = malloc(6 * len + 2);
    if (escaped == NULL) {
        return VFS_ERROR;
    }

    escaped[0] = '"';
    last = vfs_json_escape(escaped + 1, text, len);
    *last++ = '"';

    (void) fwrite(escaped, 1, last - escaped, out->file);
    free(escaped);

    return VFS_OK;
}


static char *
vfs_canonical_unescape(const vfs_node_t *node, size_t *len)
{
    char  *text;

    text = malloc(node->token.len + 1);
    if (text == NULL) {
        return NULL;
    }

    *len = (size_t) vfs_json_unescape(&node->token, text, node->token.len);

    return text;
}


/*
 * By UTF-16 code units, which order as the bytes of UTF-8 do, but for
 * characters beyond the basic plane (first byte 0xf0 and up): their surrogates
 * come before U+E000 to U+FFFF (first byte 0xee and 0xef).
 */

static int
vfs_canonical_compare(const void *a, const void *b)
{
    size_t               i, n;
    unsigned char        x, y;
    const vfs_member_t  *first, *second;

    first = a;
    second = b;
    n = first->len < second->len ? first->len : second->len;

    for (i = 0; i < n; i++) {
        x = (unsigned char) first->name[i];
        y = (unsigned char) second->name[i];

        if (x == y) {
            continue;
        }

        if (x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0)) {
            return x >= 0xf0 ? -1 : 1;
        }

        return x < y ? -1 : 1;
    }

    return (first->len > second->len) - (first->len < second->len);
}
