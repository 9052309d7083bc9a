
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_CHECK_H_INCLUDED_
#define _VFS_INGEST_CHECK_H_INCLUDED_


#include "vfs_http.h"
#include "vfs_ingest_settings.h"


/*
 * Whether the index fits the definition: reachable, the key good, the dimension
 * and the metric the same.  An index that is still to be made by its first
 * vector fits.  VFS_ERROR with a message: it does not; VFS_DECLINED with a
 * message: it does not answer now.
 */

int vfs_check_index(vfs_http_t *http, const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def, vfs_error_t *err);

/*
 * Whether the definition's namespaces are free for it, as far as a look at
 * some vectors of each tells: one of its own is enough, what is beside it is
 * only warned of.  VFS_ERROR with a message: all are of another definition;
 * what cannot be known is VFS_OK.
 */

int vfs_check_mixed(vfs_http_t *http, const vfs_ingest_settings_t *settings,
    const vfs_definition_t *def, vfs_error_t *err);

/*
 * vfs-ingest --check: all of the settings, one line a problem on standard
 * output, each with its remedy.  Returns the number of problems.
 */

unsigned vfs_check_all(const vfs_ingest_settings_t *settings);


#endif /* _VFS_INGEST_CHECK_H_INCLUDED_ */
