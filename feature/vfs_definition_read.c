
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_read.h"
#include "vfs_float.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* The longest expectation: a list of all names that an object may have. */

#define VFS_EXPECTED_LEN  256

#define VFS_ROOT_NAME     "definition"

#define VFS_MAX_MEMBERS   256
#define VFS_MAX_NAME_LEN  256

/* Milliseconds; no member may be longer. */

#define VFS_MAX_DURATION  3200000000000LL


static int vfs_section_names(const vfs_section_t *section,
    const char *const *names);
static int vfs_section_name(const vfs_section_t *section,
    const vfs_node_t *node, const char *const *names);
static int vfs_section_read_duration(const char *text, size_t len,
    int64_t *ms);
static void vfs_section_list(char *buf, size_t size,
    const char *const *words);


int
vfs_section_open(vfs_section_t *section, const vfs_section_t *parent,
    const char *name, const vfs_node_t *node, const char *const *names)
{
    int          n;
    const char  *dot;

    if (node == NULL || node->token.type != VFS_JSON_OBJECT) {
        return vfs_section_fail(parent, name, node, "an object");
    }

    dot = (parent->path[0] == '\0' || name[0] == '[') ? "" : ".";

    section->node = node;
    section->err = parent->err;

    n = snprintf(section->path, sizeof(section->path), "%s%s%s", parent->path,
                 dot, name);

    if (n < 0 || (size_t) n >= sizeof(section->path)) {
        return vfs_section_fail(parent, name, node, "a shorter path");
    }

    return vfs_section_names(section, names);
}


const vfs_node_t *
vfs_section_member(const vfs_section_t *section, const char *name)
{
    const vfs_node_t  *value;

    (void) vfs_node_member(section->node, name, &value);

    return value;
}


int
vfs_section_fail(const vfs_section_t *section, const char *name,
    const vfs_node_t *node, const char *expected, ...)
{
    char         text[VFS_EXPECTED_LEN], description[VFS_DESCRIPTION_LEN];
    va_list      args;
    const char  *dot;

    va_start(args, expected);
    (void) vsnprintf(text, sizeof(text), expected, args);
    va_end(args);

    dot = (section->path[0] == '\0' || name[0] == '[' || name[0] == '\0')
          ? "" : ".";

    if (section->path[0] == '\0' && name[0] == '\0') {
        name = VFS_ROOT_NAME;
    }

    if (node == NULL) {
        vfs_error_set(section->err, "%s%s%s: expected %s, but it is missing",
                      section->path, dot, name, text);

    } else {
        vfs_error_set(section->err, "%s%s%s: expected %s, got %s",
                      section->path, dot, name, text,
                      vfs_node_describe(node, description));
    }

    return VFS_ERROR;
}


int
vfs_section_string(const vfs_section_t *section, const char *name,
    const vfs_string_kind_t *kind, int optional, char **value)
{
    const vfs_node_t  *node;

    node = vfs_section_member(section, name);

    if (node == NULL && optional) {
        return VFS_OK;
    }

    return vfs_section_text(section, name, node, kind, value);
}


int
vfs_section_number(const vfs_section_t *section, const char *name, double min,
    double max, const double *fallback, double *value)
{
    const vfs_node_t  *node;

    node = vfs_section_member(section, name);

    if (node == NULL && fallback != NULL) {
        *value = *fallback;
        return VFS_OK;
    }

    if (node != NULL
        && vfs_section_read_number(node, value) == VFS_OK
        && *value >= min
        && *value <= max)
    {
        return VFS_OK;
    }

    return vfs_section_fail(section, name, node, "a number from %g to %g",
                            min, max);
}


int
vfs_section_integer(const vfs_section_t *section, const char *name,
    int64_t min, int64_t max, const int64_t *fallback, int64_t *value)
{
    double             number;
    const vfs_node_t  *node;

    node = vfs_section_member(section, name);

    if (node == NULL && fallback != NULL) {
        *value = *fallback;
        return VFS_OK;
    }

    if (node != NULL
        && vfs_section_read_number(node, &number) == VFS_OK
        && number >= (double) min
        && number <= (double) max
        && number == (double) (int64_t) number)
    {
        *value = (int64_t) number;
        return VFS_OK;
    }

    return vfs_section_fail(section, name, node,
                            "an integer from %lld to %lld", (long long) min,
                            (long long) max);
}


int
vfs_section_duration(const vfs_section_t *section, const char *name,
    int64_t min, int64_t max, const int64_t *fallback, int64_t *value)
{
    int                rc;
    double             number;
    const vfs_node_t  *node;

    node = vfs_section_member(section, name);

    if (node == NULL && fallback != NULL) {
        *value = *fallback;
        return VFS_OK;
    }

    rc = VFS_ERROR;

    if (node != NULL && node->token.type == VFS_JSON_STRING) {
        rc = vfs_section_read_duration(node->token.start, node->token.len,
                                       value);

    } else if (node != NULL
               && vfs_section_read_number(node, &number) == VFS_OK
               && number >= (double) min
               && number <= (double) max)
    {
        *value = (int64_t) number;
        rc = ((double) *value == number) ? VFS_OK : VFS_ERROR;
    }

    if (rc != VFS_OK || *value < min || *value > max) {
        return vfs_section_fail(section, name, node, "a duration such as "
                                "\"30d\", \"12h\", \"45m\" or \"90s\", or an "
                                "integer in ms, from %lld to %lld ms",
                                (long long) min, (long long) max);
    }

    return VFS_OK;
}


/* An integer and a unit: d, h, m or s. */

static int
vfs_section_read_duration(const char *text, size_t len, int64_t *ms)
{
    size_t   i;
    int64_t  unit, value;

    if (len < 2) {
        return VFS_ERROR;
    }

    switch (text[len - 1]) {

    case 's':
        unit = 1000;
        break;

    case 'm':
        unit = 60 * 1000;
        break;

    case 'h':
        unit = 60 * 60 * 1000;
        break;

    case 'd':
        unit = 24 * 60 * 60 * 1000;
        break;

    default:
        return VFS_ERROR;
    }

    value = 0;

    for (i = 0; i < len - 1; i++) {
        if (text[i] < '0' || text[i] > '9' || value > VFS_MAX_DURATION) {
            return VFS_ERROR;
        }

        value = value * 10 + (text[i] - '0');
    }

    if (value > VFS_MAX_DURATION / unit) {
        return VFS_ERROR;
    }

    *ms = value * unit;

    return VFS_OK;
}


int
vfs_section_boolean(const vfs_section_t *section, const char *name, int *value)
{
    const vfs_node_t  *node;

    node = vfs_section_member(section, name);

    *value = 0;

    if (node == NULL || node->token.type == VFS_JSON_FALSE) {
        return VFS_OK;
    }

    if (node->token.type != VFS_JSON_TRUE) {
        return vfs_section_fail(section, name, node, "true or false");
    }

    *value = 1;

    return VFS_OK;
}


int
vfs_section_word(const vfs_section_t *section, const char *name,
    const char *const *words, const int *fallback, int *value)
{
    char               list[VFS_EXPECTED_LEN - 16];
    const vfs_node_t  *node;

    node = vfs_section_member(section, name);

    if (node == NULL && fallback != NULL) {
        *value = *fallback;
        return VFS_OK;
    }

    if (node != NULL && node->token.type == VFS_JSON_STRING) {

        for (*value = 0; words[*value] != NULL; (*value)++) {
            if (vfs_json_equal(&node->token, words[*value])) {
                return VFS_OK;
            }
        }
    }

    vfs_section_list(list, sizeof(list), words);

    return vfs_section_fail(section, name, node, "one of %s", list);
}


int
vfs_section_text(const vfs_section_t *section, const char *name,
    const vfs_node_t *node, const vfs_string_kind_t *kind, char **value)
{
    char       *text;
    size_t      size;
    ptrdiff_t   len;

    if (node == NULL
        || (node->token.type != VFS_JSON_STRING
            && node->token.type != VFS_JSON_NAME))
    {
        return vfs_section_fail(section, name, node, "%s", kind->expected);
    }

    size = node->token.len;

    text = malloc(size + 1);
    if (text == NULL) {
        vfs_error_set(section->err, "out of memory");
        return VFS_ERROR;
    }

    len = vfs_json_unescape(&node->token, text, size);

    if (len < 0 || !kind->check(text, (size_t) len)) {
        free(text);
        return vfs_section_fail(section, name, node, "%s", kind->expected);
    }

    text[len] = '\0';
    *value = text;

    return VFS_OK;
}


int
vfs_section_read_number(const vfs_node_t *node, double *value)
{
    const char  *last;

    last = node->token.start + node->token.len;

    if (node->token.type != VFS_JSON_NUMBER
        || vfs_double_read(node->token.start, last, value) != last)
    {
        return VFS_DECLINED;
    }

    return VFS_OK;
}


static int
vfs_section_names(const vfs_section_t *section, const char *const *names)
{
    uint32_t           n;
    const vfs_node_t  *node;

    n = 0;

    for (node = vfs_node_first(section->node);
         node != NULL;
         node = vfs_node_next(section->node, node))
    {
        if (++n > VFS_MAX_MEMBERS) {
            vfs_error_set(section->err, "%s: expected at most %d names",
                          section->path, VFS_MAX_MEMBERS);
            return VFS_ERROR;
        }

        if (vfs_section_name(section, node, names) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_section_name(const vfs_section_t *section, const vfs_node_t *node,
    const char *const *names)
{
    char               name[VFS_MAX_NAME_LEN + 1], list[VFS_EXPECTED_LEN];
    unsigned           i;
    ptrdiff_t          len;
    const char        *dot;
    const vfs_node_t  *value;

    dot = section->path[0] == '\0' ? "" : ".";
    len = vfs_json_unescape(&node->token, name, VFS_MAX_NAME_LEN);

    if (len < 1 || memchr(name, '\0', (size_t) len) != NULL) {
        vfs_error_set(section->err, "%s: expected names of 1 to %d bytes "
                      "without NUL",
                      section->path[0] == '\0' ? VFS_ROOT_NAME
                                               : section->path,
                      VFS_MAX_NAME_LEN);
        return VFS_ERROR;
    }

    name[len] = '\0';

    if (vfs_node_member(section->node, name, &value) == VFS_ERROR) {
        vfs_error_set(section->err, "%s%s%s: expected every name once, this "
                      "one stands there more than once", section->path, dot,
                      name);
        return VFS_ERROR;
    }

    if (names == NULL) {
        return VFS_OK;
    }

    for (i = 0; names[i] != NULL; i++) {
        if (strcmp(name, names[i]) == 0) {
            return VFS_OK;
        }
    }

    vfs_section_list(list, sizeof(list), names);
    vfs_error_set(section->err, "%s%s%s: unknown name, expected one of %s",
                  section->path, dot, name, list);

    return VFS_ERROR;
}


static void
vfs_section_list(char *buf, size_t size, const char *const *words)
{
    int       n;
    size_t    len;
    unsigned  i;

    len = 0;
    buf[0] = '\0';

    for (i = 0; words[i] != NULL; i++) {
        n = snprintf(buf + len, size - len, "%s\"%s\"", i == 0 ? "" : ", ",
                     words[i]);

        if (n < 0 || (size_t) n >= size - len) {
            return;
        }

        len += n;
    }
}
