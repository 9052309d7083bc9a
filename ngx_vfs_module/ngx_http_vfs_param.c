
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_param.h"


/* What any uintptr_t holds. */

#define NGX_HTTP_VFS_MAX_DIGITS  9


uintptr_t
ngx_http_vfs_id_valid(const unsigned char *id, size_t len)
{
    size_t         i;
    unsigned char  c;

    if (len == 0 || len > NGX_HTTP_VFS_MAX_ID_LEN) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        c = id[i];

        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
            && (c < '0' || c > '9') && c != '_' && c != '-')
        {
            return 0;
        }
    }

    return 1;
}


uintptr_t
ngx_http_vfs_parse_top_k(const unsigned char *text, size_t len, uintptr_t max)
{
    size_t     i;
    uintptr_t  n;

    if (len > NGX_HTTP_VFS_MAX_DIGITS) {
        return 0;
    }

    n = 0;

    for (i = 0; i < len; i++) {

        if (text[i] < '0' || text[i] > '9') {
            return 0;
        }

        n = n * 10 + (text[i] - '0');
    }

    return (n <= max) ? n : 0;
}
