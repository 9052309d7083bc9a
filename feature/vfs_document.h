
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_DOCUMENT_H_INCLUDED_
#define _VFS_DOCUMENT_H_INCLUDED_


#include "vfs_error.h"
#include "vfs_json.h"


/*
 * A JSON text as an array of its tokens in the text's order.  An object's
 * name is a node, its value the next one; closing tokens have no node.
 */

typedef struct {
    vfs_json_token_t  token;
    uint32_t          span;           /* nodes, this one and all within it */
} vfs_node_t;


typedef struct {
    char             *text;
    vfs_node_t       *nodes;          /* nodes[0]: the root */
    uint32_t          nnodes;
} vfs_document_t;


/* Room for what vfs_node_describe() writes. */

#define VFS_DESCRIPTION_LEN  224

/* A dotted path, such as "user.id", is at most this long. */

#define VFS_MAX_PATH_LEN  256


/*
 * Copies and parses "len" bytes.  VFS_DECLINED with a message if they are no
 * JSON, VFS_ERROR if memory is out.  vfs_document_free() frees what a
 * document holds, also after a failure, not the document itself.
 */

int vfs_document_parse(vfs_document_t *doc, const char *text, size_t len,
    vfs_error_t *err);
void vfs_document_free(vfs_document_t *doc);

/* The first node within an object or array, the one behind "node" in it. */

const vfs_node_t *vfs_node_first(const vfs_node_t *parent);
const vfs_node_t *vfs_node_next(const vfs_node_t *parent,
    const vfs_node_t *node);
uint32_t vfs_node_count(const vfs_node_t *array);

/*
 * A member's value.  VFS_DECLINED: there is none; VFS_ERROR: the name stands
 * there more than once.
 */

int vfs_node_member(const vfs_node_t *object, const char *name,
    const vfs_node_t **value);

/*
 * The value at a dotted path below "object": each dot descends into the object
 * of that name.  A null counts as none.  Returns as vfs_node_member().
 */

int vfs_node_path(const vfs_node_t *object, const char *path,
    const vfs_node_t **value);

/*
 * The text of a string, of a number or of a boolean: characters without
 * escapes; the digits of a number written as an integer, the form of RFC 8785
 * of any other; "true" or "false".  Returns the length, or -1 if it is not
 * one of these, is a number beyond binary64 or does not fit into "size" bytes.
 * No terminating zero.  max(node->token.len, VFS_DOUBLE_LEN) bytes suffice.
 */

ptrdiff_t vfs_node_text(const vfs_node_t *node, char *buf, size_t size);

/* Whether "node" is a number written without fraction and exponent. */

int vfs_node_is_integer(const vfs_node_t *node);

/*
 * For messages: a scalar as JSON, long ones cut, or "an object", "a list".
 * "buf" has VFS_DESCRIPTION_LEN bytes and is returned.
 */

const char *vfs_node_describe(const vfs_node_t *node, char *buf);


#endif /* _VFS_DOCUMENT_H_INCLUDED_ */
