
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_DEFINITION_READ_H_INCLUDED_
#define _VFS_DEFINITION_READ_H_INCLUDED_


#include "vfs_definition.h"
#include "vfs_document.h"


/*
 * Typed reading of the definition's objects.  Each function returns VFS_OK, or
 * VFS_ERROR with a message that names the JSON path, the expectation and what
 * stood there.
 */

#define VFS_SECTION_PATH_LEN  512


typedef struct {
    const vfs_node_t  *node;
    char               path[VFS_SECTION_PATH_LEN];   /* "" at the root */
    vfs_error_t       *err;
} vfs_section_t;


/* Says whether a string may stand in a member. */

typedef int (*vfs_string_check_pt)(const char *text, size_t len);

typedef struct {
    vfs_string_check_pt  check;
    const char          *expected;       /* for the message */
} vfs_string_kind_t;


extern const vfs_string_kind_t  vfs_kind_name;       /* [A-Za-z0-9_-] */
extern const vfs_string_kind_t  vfs_kind_path;       /* dotted */
extern const vfs_string_kind_t  vfs_kind_column;     /* no dot */
extern const vfs_string_kind_t  vfs_kind_topic;
extern const vfs_string_kind_t  vfs_kind_type;       /* of an event */
extern const vfs_string_kind_t  vfs_kind_namespace;
extern const vfs_string_kind_t  vfs_kind_metadata;
extern const vfs_string_kind_t  vfs_kind_file;
extern const vfs_string_kind_t  vfs_kind_sha256;
extern const vfs_string_kind_t  vfs_kind_model;      /* in a URL's path, too */
extern const vfs_string_kind_t  vfs_kind_url;


/*
 * A section for "node", which must be an object with none but the given names
 * (NULL-terminated; NULL: any names), none of them twice.  Its path is
 * parent's, a dot and "name", or, for elements of arrays, parent's with the
 * "[n]" that "name" holds; the root's is empty.
 */

int vfs_section_open(vfs_section_t *section, const vfs_section_t *parent,
    const char *name, const vfs_node_t *node, const char *const *names);

/* The value of a member, or NULL; a null counts as a value. */

const vfs_node_t *vfs_section_member(const vfs_section_t *section,
    const char *name);

/* Writes the message; "node" NULL: it is missing.  Returns VFS_ERROR. */

int vfs_section_fail(const vfs_section_t *section, const char *name,
    const vfs_node_t *node, const char *expected, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Readers of one member.  Where it is missing, the value becomes "fallback"; a
 * NULL fallback makes the member mandatory.  Strings are allocated; an optional
 * string is left as it is (NULL) if it is missing.
 */

int vfs_section_string(const vfs_section_t *section, const char *name,
    const vfs_string_kind_t *kind, int optional, char **value);
int vfs_section_number(const vfs_section_t *section, const char *name,
    double min, double max, const double *fallback, double *value);
int vfs_section_integer(const vfs_section_t *section, const char *name,
    int64_t min, int64_t max, const int64_t *fallback, int64_t *value);
int vfs_section_duration(const vfs_section_t *section, const char *name,
    int64_t min, int64_t max, const int64_t *fallback, int64_t *value);
int vfs_section_boolean(const vfs_section_t *section, const char *name,
    int *value);

/* The index of a member's word in "words" (NULL-terminated). */

int vfs_section_word(const vfs_section_t *section, const char *name,
    const char *const *words, const int *fallback, int *value);

/* The text of a string or a name, allocated. */

int vfs_section_text(const vfs_section_t *section, const char *name,
    const vfs_node_t *node, const vfs_string_kind_t *kind, char **value);

/* A number's value; VFS_DECLINED, without a message, if it is none. */

int vfs_section_read_number(const vfs_node_t *node, double *value);


#endif /* _VFS_DEFINITION_READ_H_INCLUDED_ */
