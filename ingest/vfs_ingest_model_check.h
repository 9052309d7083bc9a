
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_MODEL_CHECK_H_INCLUDED_
#define _VFS_INGEST_MODEL_CHECK_H_INCLUDED_


#include "vfs_definition.h"
#include "vfs_http.h"


/*
 * Asks the model of a source about one short text: whether it is reachable, the
 * key good and the dimension the definition's.  VFS_ERROR with a message: it
 * does not fit; VFS_DECLINED with a message: it does not answer now.
 */

int vfs_check_model(vfs_http_t *http, const vfs_definition_t *def,
    const vfs_source_t *source, vfs_error_t *err);


#endif /* _VFS_INGEST_MODEL_CHECK_H_INCLUDED_ */
