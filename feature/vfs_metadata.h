
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_METADATA_H_INCLUDED_
#define _VFS_METADATA_H_INCLUDED_


#include "vfs_state_private.h"


/*
 * Finds the values in what vfs_event_metadata() wrote: one candidate for each
 * of the feature's fields, len 0 for those that are not there; their stamps are
 * the caller's to set.  VFS_DECLINED with a message on anything that function
 * would not have written for this feature.
 */

int vfs_metadata_split(const vfs_feature_t *feature, const char *text,
    size_t len, vfs_metadata_value_t *candidates, vfs_error_t *err);

/* Whether "text" is one metadata value within the limits. */

int vfs_metadata_valid(const char *text, size_t len);


#endif /* _VFS_METADATA_H_INCLUDED_ */
