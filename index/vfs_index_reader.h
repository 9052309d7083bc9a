
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_READER_H_INCLUDED_
#define _VFS_INDEX_READER_H_INCLUDED_


#include "vfs_index.h"
#include "vfs_index_arena.h"
#include "vfs_index_fault.h"
#include "vfs_json.h"


/*
 * Walks a request's JSON by the rules of proto3's JSON mapping: a member whose
 * value is null is absent, camelCase and snake_case name the same member,
 * unknown members are passed over.  Each function returns VFS_OK, or VFS_ERROR
 * with the fault set; strings point into the text or the arena.
 */

typedef struct {
    vfs_json_t         json;
    vfs_json_token_t   name;
    vfs_json_token_t   value;
    vfs_arena_t       *arena;
    vfs_fault_t       *fault;
} vfs_reader_t;


typedef struct {
    float             *data;
    uint32_t           n;
    uint32_t           size;
} vfs_floats_t;


typedef struct {
    uint32_t          *data;
    uint32_t           n;
    uint32_t           size;
} vfs_uints_t;


/* Opens the text, which must hold one object. */

int vfs_reader_open(vfs_reader_t *reader, vfs_arena_t *arena,
    vfs_fault_t *fault, const char *text, size_t len);

/*
 * The next member of the object that is open: its name and the first token of
 * its value.  VFS_DECLINED behind the last; of the outermost object, also
 * checks that nothing follows.
 */

int vfs_reader_member(vfs_reader_t *reader);

/*
 * The same for an object whose names are data: a null counts as a value, and
 * the name comes with its escapes resolved.
 */

int vfs_reader_field(vfs_reader_t *reader, vfs_str_t *name);

/* The same for the next element of the open array. */

int vfs_reader_element(vfs_reader_t *reader);

/* Whether the member is "name", which is given in camelCase. */

int vfs_reader_is(vfs_reader_t *reader, const char *name);

/* Passes over the current value, whatever it is. */

int vfs_reader_skip(vfs_reader_t *reader);

/* The current value as its own text. */

int vfs_reader_span(vfs_reader_t *reader, vfs_str_t *span);

/* The current value must be of this type; "what" names it in the fault. */

int vfs_reader_object(vfs_reader_t *reader, const char *what);
int vfs_reader_array(vfs_reader_t *reader, const char *what);
int vfs_reader_string(vfs_reader_t *reader, const char *what, vfs_str_t *str);
int vfs_reader_bool(vfs_reader_t *reader, const char *what, unsigned *flag);
int vfs_reader_uint(vfs_reader_t *reader, const char *what, uint32_t *value);
int vfs_reader_double(vfs_reader_t *reader, const char *what, double *value);

/* An array of at most "max" numbers, in room of the arena that is reused. */

int vfs_reader_floats(vfs_reader_t *reader, const char *what, uint32_t max,
    vfs_floats_t *floats);
int vfs_reader_uints(vfs_reader_t *reader, const char *what, uint32_t max,
    vfs_uints_t *uints);


#endif /* _VFS_INDEX_READER_H_INCLUDED_ */
