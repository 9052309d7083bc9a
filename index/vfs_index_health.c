
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"


int
vfs_health_handler(vfs_request_t *r)
{
    vfs_buf_text(&r->reply, "{\"status\":\"ok\"}");

    return VFS_OK;
}
