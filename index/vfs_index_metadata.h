
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_METADATA_H_INCLUDED_
#define _VFS_INDEX_METADATA_H_INCLUDED_


#include "vfs_index_buf.h"
#include "vfs_index_reader.h"


/*
 * A record's metadata in the form in which it is stored and filtered: its
 * fields one behind the other, each a head (hash of the name, lengths, type),
 * the name and the value.  A list is strings, each behind its 32-bit length.
 * Little-endian, not aligned; no bytes at all stand for no metadata.
 */

typedef enum {
    VFS_METADATA_STRING = 1,
    VFS_METADATA_NUMBER,
    VFS_METADATA_BOOL,
    VFS_METADATA_LIST
} vfs_metadata_type_e;


/* The head of a field. */

typedef struct {
    uint32_t            hash;
    uint32_t            value_len;
    uint16_t            name_len;
    uint8_t             type;
    uint8_t             reserved;
} vfs_metadata_head_t;


typedef struct {
    vfs_metadata_type_e  type;
    vfs_str_t            name;
    vfs_str_t            value;    /* string's bytes; list's packed strings */
    double               number;
    unsigned             flag;
} vfs_metadata_field_t;


uint32_t vfs_metadata_hash(vfs_str_t name);

/* Reads the object that is the reader's value, and checks its limits. */

int vfs_metadata_read(vfs_reader_t *reader, vfs_str_t *metadata);

/* The fields of "patch", and those of "base" that it does not name. */

int vfs_metadata_merge(vfs_arena_t *arena, vfs_str_t base, vfs_str_t patch,
    vfs_str_t *merged, vfs_fault_t *fault);

/*
 * Steps through the fields: *offset starts at 0.  VFS_DECLINED at the end,
 * VFS_ERROR if the bytes are no metadata.
 */

int vfs_metadata_next(vfs_str_t metadata, size_t *offset,
    vfs_metadata_field_t *field);

/* VFS_DECLINED if there is no such field. */

int vfs_metadata_find(vfs_str_t metadata, vfs_str_t name, uint32_t hash,
    vfs_metadata_field_t *field);

/* The next string of a list: *offset starts at 0; VFS_DECLINED at the end. */

int vfs_metadata_item(vfs_str_t list, size_t *offset, vfs_str_t *item);

/* Whether "len" bytes of JSON are within the limit. */

int vfs_metadata_check_size(size_t len, vfs_fault_t *fault);

/* Whether the bytes are well-formed metadata. */

int vfs_metadata_check(vfs_str_t metadata);

/* Writes it as a JSON object. */

void vfs_metadata_print(vfs_buf_t *buf, vfs_str_t metadata);


#endif /* _VFS_INDEX_METADATA_H_INCLUDED_ */
