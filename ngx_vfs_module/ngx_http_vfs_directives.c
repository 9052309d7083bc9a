
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


#define NGX_HTTP_VFS_MAX_KEY_LEN    4096
#define NGX_HTTP_VFS_MAX_NAMESPACE  512


static char *ngx_http_vfs_complex_value(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_complex_value_t **cv);
static char *ngx_http_vfs_check_entity(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_complex_value_t *cv);
static char *ngx_http_vfs_check_id(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_complex_value_t *cv);
static ngx_uint_t ngx_http_vfs_has_variable(ngx_conf_t *cf, ngx_str_t *text);
static ssize_t ngx_http_vfs_read_key(ngx_conf_t *cf, ngx_str_t *path,
    u_char *buf, size_t size);
static ngx_uint_t ngx_http_vfs_printable(ngx_str_t *text);


/* The handlers: [entity] [id] [topK], as the endpoint's params say. */

char *
ngx_http_vfs_set_endpoint(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vfs_loc_conf_t  *vlcf = conf;

    char                      *rv;
    ngx_str_t                 *value, *last;
    ngx_http_vfs_endpoint_t   *endpoint;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_vfs_main_conf_t  *vmcf;

    if (vlcf->endpoint != NULL) {
        return "is duplicate, or there is another vfs handler";
    }

    endpoint = cmd->post;
    vlcf->endpoint = endpoint;

    value = cf->args->elts;
    last = value + cf->args->nelts;
    value++;

    if (endpoint->params & NGX_HTTP_VFS_PARAM_ENTITY) {
        rv = ngx_http_vfs_complex_value(cf, value++, &vlcf->entity);

        if (rv == NGX_CONF_OK) {
            rv = ngx_http_vfs_check_entity(cf, cmd, vlcf->entity);
        }

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (endpoint->params & NGX_HTTP_VFS_PARAM_ID) {
        rv = ngx_http_vfs_complex_value(cf, value++, &vlcf->id);

        if (rv == NGX_CONF_OK) {
            rv = ngx_http_vfs_check_id(cf, cmd, vlcf->id);
        }

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if ((endpoint->params & NGX_HTTP_VFS_PARAM_TOP_K) && value < last) {
        rv = ngx_http_vfs_complex_value(cf, value, &vlcf->top_k);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = endpoint->handler;

    vmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_vfs_module);
    vmcf->used = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_vfs_complex_value(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_complex_value_t **cv)
{
    ngx_http_compile_complex_value_t  ccv;

    *cv = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (*cv == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = *cv;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_vfs_check_entity(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_complex_value_t *cv)
{
    if (cv->lengths != NULL
        || ngx_strcmp(cv->value.data, "user") == 0
        || ngx_strcmp(cv->value.data, "item") == 0)
    {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid entity \"%V\" in \"%V\" directive, expected "
                       "\"user\", \"item\" or a variable",
                       &cv->value, &cmd->name);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_vfs_check_id(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_complex_value_t *cv)
{
    if (cv->lengths != NULL
        || ngx_http_vfs_id_valid(cv->value.data, cv->value.len))
    {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid id \"%V\" in \"%V\" directive, expected 1 to "
                       "%d characters of [A-Za-z0-9_-] or a variable",
                       &cv->value, &cmd->name, NGX_HTTP_VFS_MAX_ID_LEN);

    return NGX_CONF_ERROR;
}


/*
 * The merged configuration of an endpoint: only now the bounds of its topK are
 * known.
 */

char *
ngx_http_vfs_check_top_k(ngx_conf_t *cf, ngx_http_vfs_loc_conf_t *vlcf)
{
    ngx_str_t   *value;
    ngx_uint_t   max;

    if (vlcf->top_k == NULL
        || vlcf->top_k->lengths != NULL
        || vlcf->top_k->value.len == 0)
    {
        return NGX_CONF_OK;
    }

    value = &vlcf->top_k->value;
    max = ngx_http_vfs_top_k_max(vlcf);

    if (ngx_http_vfs_parse_top_k(value->data, value->len, max) != 0) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid topK \"%V\" in \"vfs_%V\" directive, expected "
                       "an integer from 1 to %ui or a variable", value,
                       &ngx_http_vfs_route_names[vlcf->endpoint->route], max);

    return NGX_CONF_ERROR;
}


/* What would be a variable where variables are allowed. */

static ngx_uint_t
ngx_http_vfs_has_variable(ngx_conf_t *cf, ngx_str_t *text)
{
    u_char       c;
    ngx_str_t   *directive;
    ngx_uint_t   i;

    for (i = 0; i + 1 < text->len; i++) {

        if (text->data[i] != '$') {
            continue;
        }

        c = text->data[i + 1];

        if (c == '{' || c == '_' || (c >= '0' && c <= '9')
            || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
        {
            directive = cf->args->elts;

            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"%V\" directive, "
                               "expected no variables", text, directive);
            return 1;
        }
    }

    return 0;
}


/* vfs_index /location/; */

char *
ngx_http_vfs_set_index(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vfs_loc_conf_t  *vlcf = conf;

    u_char     *p;
    ngx_str_t  *value;

    if (vlcf->index.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0 || value[1].data[0] != '/') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid location \"%V\" in \"%V\" directive, "
                           "expected a URI that begins with \"/\"",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_vfs_has_variable(cf, &value[1])) {
        return NGX_CONF_ERROR;
    }

    vlcf->index = value[1];

    if (value[1].data[value[1].len - 1] == '/') {
        return NGX_CONF_OK;
    }

    p = ngx_pnalloc(cf->pool, value[1].len + 1);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    vlcf->index.data = p;
    vlcf->index.len++;

    p = ngx_cpymem(p, value[1].data, value[1].len);
    *p = '/';

    return NGX_CONF_OK;
}


/* vfs_top_k default [max]; */

char *
ngx_http_vfs_set_top_k(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vfs_loc_conf_t  *vlcf = conf;

    ngx_int_t   n, max;
    ngx_str_t  *value;

    static ngx_str_t  none = ngx_null_string;

    if (vlcf->top_k_default != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    n = ngx_atoi(value[1].data, value[1].len);
    max = n;

    if (cf->args->nelts == 3) {
        max = ngx_atoi(value[2].data, value[2].len);
    }

    if (n < 1 || max < n || max > NGX_HTTP_VFS_MAX_TOP_K) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V%s%V\" in \"%V\" directive, "
                           "expected 1 <= default <= max <= %d",
                           &value[1], (cf->args->nelts == 3) ? " " : "",
                           (cf->args->nelts == 3) ? &value[2] : &none,
                           &cmd->name, NGX_HTTP_VFS_MAX_TOP_K);
        return NGX_CONF_ERROR;
    }

    vlcf->top_k_default = n;

    if (cf->args->nelts == 3) {
        vlcf->top_k_max = max;
    }

    return NGX_CONF_OK;
}


/* vfs_api_key_file path; the first line is the key, and is never logged */

char *
ngx_http_vfs_set_api_key_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vfs_loc_conf_t  *vlcf = conf;

    u_char      buf[NGX_HTTP_VFS_MAX_KEY_LEN + 1];
    ssize_t     i, n;
    ngx_str_t  *value, path;

    if (vlcf->api_key.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;
    path = value[1];

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    n = ngx_http_vfs_read_key(cf, &path, buf, sizeof(buf));

    if (n == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < n && buf[i] > 0x20 && buf[i] < 0x7f; i++) {
        /* void */
    }

    if (i == 0
        || i > NGX_HTTP_VFS_MAX_KEY_LEN
        || (i < n && buf[i] != CR && buf[i] != LF))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no key in \"%V\" of \"%V\" directive, expected a "
                           "first line of 1 to %d printable characters "
                           "without spaces", &path, &cmd->name,
                           NGX_HTTP_VFS_MAX_KEY_LEN);
        return NGX_CONF_ERROR;
    }

    vlcf->api_key.len = i;
    vlcf->api_key.data = ngx_pnalloc(cf->pool, i);

    if (vlcf->api_key.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(vlcf->api_key.data, buf, i);
    ngx_explicit_memzero(buf, sizeof(buf));

    return NGX_CONF_OK;
}


static ssize_t
ngx_http_vfs_read_key(ngx_conf_t *cf, ngx_str_t *path, u_char *buf,
    size_t size)
{
    ssize_t   n;
    ngx_fd_t  fd;

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", path);
        return NGX_ERROR;
    }

    n = ngx_read_fd(fd, buf, size);

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_fd_n " \"%V\" failed", path);
        n = NGX_ERROR;
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", path);
    }

    return n;
}


/* vfs_cache_control value | off; */

char *
ngx_http_vfs_set_cache_control(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vfs_loc_conf_t  *vlcf = conf;

    ngx_str_t  *value;

    if (vlcf->cache_control.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (!ngx_http_vfs_printable(&value[1]) || value[1].len == 0) {
        return "invalid value, expected printable characters or \"off\"";
    }

    if (ngx_http_vfs_has_variable(cf, &value[1])) {
        return NGX_CONF_ERROR;
    }

    if (ngx_strcmp(value[1].data, "off") == 0) {
        ngx_str_set(&vlcf->cache_control, "");

    } else {
        vlcf->cache_control = value[1];
    }

    return NGX_CONF_OK;
}


char *
ngx_http_vfs_check_namespace(ngx_conf_t *cf, void *post, void *data)
{
    ngx_str_t  *ns = data;

    if (ngx_http_vfs_has_variable(cf, ns)) {
        return NGX_CONF_ERROR;
    }

    if (ns->len > 0
        && ns->len <= NGX_HTTP_VFS_MAX_NAMESPACE
        && ngx_http_vfs_printable(ns))
    {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid namespace \"%V\" in \"%V\" directive, expected "
                       "1 to %d printable ASCII characters",
                       ns, cf->args->elts, NGX_HTTP_VFS_MAX_NAMESPACE);

    return NGX_CONF_ERROR;
}


char *
ngx_http_vfs_check_prefix(ngx_conf_t *cf, void *post, void *data)
{
    ngx_str_t  *prefix = data;

    u_char       c;
    ngx_uint_t   i;

    if (ngx_http_vfs_has_variable(cf, prefix)) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < prefix->len; i++) {
        c = prefix->data[i];

        if (c <= 0x20 || c >= 0x7f) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid prefix \"%V\" in \"%V\" directive, "
                               "expected printable ASCII characters but "
                               "spaces", prefix, cf->args->elts);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_vfs_check_size(ngx_conf_t *cf, void *post, void *data)
{
    size_t  *size = data;

    ngx_str_t  *value;

    if (*size > 0) {
        return NGX_CONF_OK;
    }

    value = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid size \"%V\" in \"%V\" directive, expected at "
                       "least 1 byte", &value[1], &value[0]);

    return NGX_CONF_ERROR;
}


static ngx_uint_t
ngx_http_vfs_printable(ngx_str_t *text)
{
    ngx_uint_t  i;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] < 0x20 || text->data[i] >= 0x7f) {
            return 0;
        }
    }

    return 1;
}
