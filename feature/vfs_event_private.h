
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_EVENT_PRIVATE_H_INCLUDED_
#define _VFS_EVENT_PRIVATE_H_INCLUDED_


#include "vfs_document.h"
#include "vfs_event.h"


struct vfs_event_s {
    vfs_document_t  doc;                     /* a CSV record as an object */
    int64_t         time_ms;
    double          weight;
    char            user[VFS_MAX_ID_LEN + 1];
    char            item[VFS_MAX_ID_LEN + 1];
};


/*
 * The value at a dotted path.  VFS_DECLINED if the event has none; VFS_ERROR
 * with *reason and a message if a name on the way stands there twice.
 */

int vfs_event_field(const vfs_event_t *event, const char *path,
    const vfs_node_t **value, vfs_reason_e *reason, vfs_error_t *err);


#endif /* _VFS_EVENT_PRIVATE_H_INCLUDED_ */
