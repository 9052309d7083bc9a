
/*
 * Copyright (C) the vfs authors
 */


#ifndef _NGX_HTTP_VFS_REPORT_H_INCLUDED_
#define _NGX_HTTP_VFS_REPORT_H_INCLUDED_


#include "ngx_http_vfs_ingest.h"


typedef struct {
    ngx_http_vfs_report_t  *report;
    vfs_json_t              json;
    const char             *expected;    /* of the member that is read */
} ngx_http_vfs_reader_t;


/*
 * ngx_http_vfs_report_values.c: the forms that members of a report have.  Each
 * reads a value, whose token was just returned, into "place", which is zeroed:
 * an ngx_http_vfs_lags_t, _reasons_t, _namespaces_t, or the counts of a
 * distribution's buckets.  NGX_DECLINED if it has another form, or if
 * something comes twice, which reader->expected then says.
 */

ngx_int_t ngx_http_vfs_read_lags(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);
ngx_int_t ngx_http_vfs_read_reasons(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);
ngx_int_t ngx_http_vfs_read_namespaces(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);
ngx_int_t ngx_http_vfs_read_buckets(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, void *place);

/* An object of integers: those of "n" names, other names are passed over. */

ngx_int_t ngx_http_vfs_read_numbers(ngx_http_vfs_reader_t *reader,
    vfs_json_token_t *value, ngx_str_t *names, uint64_t *numbers,
    ngx_uint_t n);


#endif /* _NGX_HTTP_VFS_REPORT_H_INCLUDED_ */
