
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_VECTOR_H_INCLUDED_
#define _VFS_INDEX_VECTOR_H_INCLUDED_


#include "vfs_index_reader.h"
#include "vfs_index_record.h"


/* Room that reading one vector after another reuses. */

typedef struct {
    vfs_floats_t  values;
    vfs_floats_t  weights;
    vfs_uints_t   indices;
} vfs_vector_room_t;


/*
 * Reads the values of a member: floats, or an object of sparse values, which
 * is sorted and checked for doubles.  They are copied to the arena.
 */

int vfs_vector_read_values(vfs_reader_t *reader, vfs_vector_room_t *room,
    const char *what, vfs_record_t *record);
int vfs_vector_read_sparse(vfs_reader_t *reader, vfs_vector_room_t *room,
    const char *what, vfs_record_t *record);

/* Whether a record to be stored has a vector that its index takes. */

int vfs_vector_check_zero(const vfs_record_t *record, vfs_fault_t *fault);
int vfs_vector_check_shape(const vfs_record_t *record,
    const vfs_index_shape_t *shape, vfs_fault_t *fault);


#endif /* _VFS_INDEX_VECTOR_H_INCLUDED_ */
