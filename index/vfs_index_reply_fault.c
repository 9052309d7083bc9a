
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"

#include <string.h>


static const char *vfs_fault_name(vfs_code_e code);


void
vfs_reply_fault(vfs_request_t *r)
{
    unsigned    status;
    vfs_buf_t  *reply;

    reply = &r->reply;
    status = vfs_fault_status(r->fault.code);

    vfs_buf_free(reply);
    r->lsn_header = NULL;

    if (r->fault.code == VFS_CODE_BAD_JSON
        || r->fault.code == VFS_CODE_UNPROCESSABLE)
    {
        r->content_type = "text/plain";
        vfs_buf_text(reply, r->fault.message);
        return;
    }

    if (r->control) {
        r->content_type = "text/plain; charset=utf-8";
        vfs_buf_print(reply, "{\"error\":{\"code\":\"%s\",\"message\":",
                      vfs_fault_name(r->fault.code));
        vfs_buf_string(reply, r->fault.message, strlen(r->fault.message));
        vfs_buf_print(reply, "},\"status\":%u}", status);
        return;
    }

    if (r->fault.code == VFS_CODE_UNAUTHENTICATED) {
        r->content_type = "text/plain";
        vfs_buf_text(reply, "Unauthorized");
        return;
    }

    vfs_buf_print(reply, "{\"code\":%d,\"message\":",
                  r->fault.code < VFS_CODE_BAD_JSON
                  ? (int) r->fault.code : (int) VFS_CODE_INVALID_ARGUMENT);
    vfs_buf_string(reply, r->fault.message, strlen(r->fault.message));
    vfs_buf_text(reply, ",\"details\":[]}");
}


static const char *
vfs_fault_name(vfs_code_e code)
{
    switch (code) {

    case VFS_CODE_NOT_FOUND:
        return "NOT_FOUND";

    case VFS_CODE_ALREADY_EXISTS:
        return "ALREADY_EXISTS";

    case VFS_CODE_PERMISSION_DENIED:
        return "FORBIDDEN";

    case VFS_CODE_UNAUTHENTICATED:
        return "UNAUTHENTICATED";

    case VFS_CODE_INTERNAL:
        return "INTERNAL";

    case VFS_CODE_UNAVAILABLE:
        return "UNAVAILABLE";

    default:
        return "INVALID_ARGUMENT";
    }
}
