
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_VERSION_H_INCLUDED_
#define _VFS_VERSION_H_INCLUDED_


#include "vfs_definition.h"

#include <stddef.h>
#include <stdint.h>


/*
 * One version of a vector as the index had it: the value of a message in the
 * topic <group>-features, whose key is the record's id ("user:u1").
 * docs/training.md, "The feature log", specifies the bytes.
 */

#define VFS_VERSION_MAX_ID  (VFS_MAX_ID_LEN + 8)    /* with its entity */


typedef struct {
    char                    definition[VFS_DEFINITION_HASH + 1];
    int64_t                 event_ms;   /* newest event in it */
    int64_t                 sent_ms;    /* when the request that wrote it
                                           began; 0: after a restart, another
                                           version may have been visible since
                                           the one before it */
    int64_t                 visible_ms; /* when the index acknowledged it */
    uint64_t                count;      /* events in it */
    const char             *watermark;  /* "partition:offset", ... */
    size_t                  watermark_len;
    unsigned                dimension;  /* 0: the record was deleted */
    const unsigned char    *values;     /* f32, little-endian */
} vfs_version_t;


/* The bytes that a version takes. */

size_t vfs_version_len(const vfs_version_t *version);

/* Writes vfs_version_len() bytes and returns the first byte after them. */

unsigned char *vfs_version_encode(unsigned char *p,
    const vfs_version_t *version);

/* Sets both times in the bytes of a version. */

void vfs_version_stamp(unsigned char *data, int64_t sent_ms,
    int64_t visible_ms);

/*
 * After decode the version points into "data".  VFS_ERROR with a message on
 * anything that encode would not have written.
 */

int vfs_version_decode(const unsigned char *data, size_t len,
    vfs_version_t *version, vfs_error_t *err);

/* version->dimension floats, from their bytes and to them. */

void vfs_version_values(const vfs_version_t *version, float *values);
void vfs_version_bytes(const float *values, unsigned dimension,
    unsigned char *bytes);


#endif /* _VFS_VERSION_H_INCLUDED_ */
