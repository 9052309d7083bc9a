
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_FILTER_H_INCLUDED_
#define _VFS_INDEX_FILTER_H_INCLUDED_


#include "vfs_index_reader.h"


/*
 * A condition on metadata (Pinecone's documentation, "Filter by metadata").
 * Types are strict: no value equals one of another type.  A list field equals
 * a string if one of its elements does.  $ne and $nin ask for the field to be
 * there; a comparison holds between numbers only.
 */

typedef struct vfs_filter_s  vfs_filter_t;


/*
 * Reads the object that is the reader's value.  *filter is allocated from the
 * arena; it is NULL for an empty object, which matches all.
 */

int vfs_filter_read(vfs_reader_t *reader, vfs_filter_t **filter);

/* Whether the metadata of a record, in stored form, meets the condition. */

int vfs_filter_match(const vfs_filter_t *filter, vfs_str_t metadata);


#endif /* _VFS_INDEX_FILTER_H_INCLUDED_ */
