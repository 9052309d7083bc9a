
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_RECORDS_H_INCLUDED_
#define _VFS_COPY_RECORDS_H_INCLUDED_


#include "vfs_copy_ids.h"
#include "vfs_error.h"

#include <stdint.h>


#define VFS_MAX_DIMENSION  20000
#define VFS_MAX_SPARSE     2048

/* Of its JSON: 40 KB, which an index may have written with escapes. */

#define VFS_MAX_METADATA   ((size_t) 512 * 1024)


typedef struct {
    uint32_t                index;
    float                   weight;
} vfs_pair_t;


typedef struct {
    size_t                  values;     /* the place of the first */
    size_t                  nvalues;
    size_t                  pairs;      /* the same, of sparse values */
    size_t                  npairs;
    const char             *metadata;   /* a JSON object; NULL: none */
    size_t                  metadata_len;
    unsigned                found:1;
} vfs_record_t;


/*
 * The records of an answer to a fetch, one for each id that was asked for, in
 * the ids' order.  All zero is an empty answer.
 */

typedef struct {
    vfs_buf_t               body;       /* of the answer */
    vfs_record_t           *records;
    size_t                  n;
    size_t                  found;
    size_t                  size;
    float                  *values;
    size_t                  nvalues;
    size_t                  values_size;
    vfs_pair_t             *pairs;      /* of each record sorted by index */
    size_t                  npairs;
    size_t                  pairs_size;
} vfs_records_t;


/*
 * VFS_ERROR with a message if the body is not an answer to a fetch of "ids" or
 * memory is out.
 */

int vfs_records_read(vfs_records_t *records, const char *body, size_t len,
    const vfs_ids_t *ids, vfs_error_t *err);
void vfs_records_free(vfs_records_t *records);

/*
 * Whether two records hold the same: values as bits of binary32, metadata by
 * meaning.  One that was not found is not the same as anything.  VFS_ERROR:
 * out of memory.
 */

int vfs_records_same(const vfs_records_t *one, const vfs_records_t *two,
    size_t i, unsigned *same);

/*
 * Writes the i-th as a record of an upsert: at most about 1.3 MB, as the
 * limits above have it.  VFS_ERROR: out of memory.
 */

int vfs_records_write(const vfs_records_t *records, size_t i, const char *id,
    size_t len, vfs_buf_t *out);


#endif /* _VFS_COPY_RECORDS_H_INCLUDED_ */
