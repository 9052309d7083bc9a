
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


#define NGX_HTTP_VFS_MAX_KEY_LEN  4096


static char *ngx_http_vfs_set_endpoint(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_vfs_complex_value(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_complex_value_t **cv);
static char *ngx_http_vfs_check_entity(ngx_conf_t *cf,
    ngx_http_complex_value_t *cv);
static char *ngx_http_vfs_set_index(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_vfs_set_top_k(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_vfs_set_api_key_file(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_vfs_set_cache_control(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_vfs_check_prefix(ngx_conf_t *cf, void *post, void *data);
static ngx_int_t ngx_http_vfs_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_vfs_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_vfs_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_vfs_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_vfs_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_conf_post_t  ngx_http_vfs_prefix_post = {
    ngx_http_vfs_check_prefix
};


static ngx_http_vfs_endpoint_t  ngx_http_vfs_fetch_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_FETCH,
    NGX_HTTP_GET|NGX_HTTP_HEAD,
    NGX_HTTP_VFS_PARAM_ENTITY|NGX_HTTP_VFS_PARAM_ID, 0, 0,
    ngx_http_vfs_fetch_start, ngx_http_vfs_fetch_fetched, NULL, NULL
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_similar_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_SIMILAR,
    NGX_HTTP_GET|NGX_HTTP_HEAD,
    NGX_HTTP_VFS_PARAM_ENTITY|NGX_HTTP_VFS_PARAM_ID|NGX_HTTP_VFS_PARAM_TOP_K,
    5, 20,
    ngx_http_vfs_similar_start, NULL, ngx_http_vfs_similar_queried, NULL
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_recommend_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_RECOMMEND,
    NGX_HTTP_GET|NGX_HTTP_HEAD,
    NGX_HTTP_VFS_PARAM_ID|NGX_HTTP_VFS_PARAM_TOP_K, 10, 100,
    ngx_http_vfs_recommend_start, ngx_http_vfs_recommend_fetched,
    ngx_http_vfs_recommend_queried, NULL
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_batch_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_BATCH, NGX_HTTP_POST,
    NGX_HTTP_VFS_PARAM_ENTITY, 0, 0,
    ngx_http_vfs_batch_start, ngx_http_vfs_batch_fetched, NULL, NULL
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_query_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_QUERY, NGX_HTTP_POST,
    0, 10, NGX_HTTP_VFS_MAX_TOP_K,
    ngx_http_vfs_query_start, NULL, ngx_http_vfs_query_queried, NULL
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_health_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_OTHER,
    NGX_HTTP_GET|NGX_HTTP_HEAD, 0, 0, 0,
    ngx_http_vfs_health_start, NULL, NULL, NULL
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_ready_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_OTHER,
    NGX_HTTP_GET|NGX_HTTP_HEAD, 0, 0, 0,
    ngx_http_vfs_ready_start, NULL, NULL, ngx_http_vfs_ready_pinged
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_stats_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_OTHER,
    NGX_HTTP_GET|NGX_HTTP_HEAD, 0, 0, 0,
    ngx_http_vfs_status_start, NULL, NULL, NULL
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_stream_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_OTHER,
    NGX_HTTP_GET|NGX_HTTP_HEAD, 0, 0, 0,
    ngx_http_vfs_stream_start, NULL, NULL, NULL
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_metrics_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_OTHER,
    NGX_HTTP_GET|NGX_HTTP_HEAD, 0, 0, 0,
    ngx_http_vfs_metrics_start, NULL, NULL, NULL
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_ingest_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_OTHER,
    NGX_HTTP_POST, 0, 0, 0,
    ngx_http_vfs_ingest_start, NULL, NULL, NULL
};

static ngx_http_vfs_endpoint_t  ngx_http_vfs_error_endpoint = {
    ngx_http_vfs_error_handler, NGX_HTTP_VFS_ROUTE_OTHER,
    0, 0, 0, 0, NULL, NULL, NULL, NULL
};


static ngx_command_t  ngx_http_vfs_commands[] = {

    { ngx_string("vfs_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_vfs_zone_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vfs_fetch"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_fetch_endpoint },

    { ngx_string("vfs_similar"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE23,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_similar_endpoint },

    { ngx_string("vfs_recommend"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_recommend_endpoint },

    { ngx_string("vfs_batch"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_batch_endpoint },

    { ngx_string("vfs_query"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_query_endpoint },

    { ngx_string("vfs_health"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_health_endpoint },

    { ngx_string("vfs_ready"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_ready_endpoint },

    { ngx_string("vfs_stats"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_stats_endpoint },

    { ngx_string("vfs_stats_stream"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_stream_endpoint },

    { ngx_string("vfs_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_metrics_endpoint },

    { ngx_string("vfs_ingest"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_ingest_endpoint },

    { ngx_string("vfs_error"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_error_endpoint },

    { ngx_string("vfs_index"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_vfs_set_index,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vfs_user_namespace"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vfs_loc_conf_t, namespaces[NGX_HTTP_VFS_USER]),
      NULL },

    { ngx_string("vfs_item_namespace"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vfs_loc_conf_t, namespaces[NGX_HTTP_VFS_ITEM]),
      NULL },

    { ngx_string("vfs_user_prefix"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vfs_loc_conf_t, prefixes[NGX_HTTP_VFS_USER]),
      &ngx_http_vfs_prefix_post },

    { ngx_string("vfs_item_prefix"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vfs_loc_conf_t, prefixes[NGX_HTTP_VFS_ITEM]),
      &ngx_http_vfs_prefix_post },

    { ngx_string("vfs_top_k"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_vfs_set_top_k,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vfs_max_response_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vfs_loc_conf_t, max_response_size),
      NULL },

    { ngx_string("vfs_max_streams"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vfs_loc_conf_t, max_streams),
      NULL },

    { ngx_string("vfs_api_key_file"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_vfs_set_api_key_file,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vfs_cache_control"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_vfs_set_cache_control,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vfs_etag"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vfs_loc_conf_t, etag),
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_vfs_module_ctx = {
    ngx_http_vfs_preconfiguration,         /* preconfiguration */
    ngx_http_vfs_postconfiguration,        /* postconfiguration */

    ngx_http_vfs_create_main_conf,         /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_vfs_create_loc_conf,          /* create location configuration */
    ngx_http_vfs_merge_loc_conf            /* merge location configuration */
};


ngx_module_t  ngx_http_vfs_module = {
    NGX_MODULE_V1,
    &ngx_http_vfs_module_ctx,              /* module context */
    ngx_http_vfs_commands,                 /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_vfs_init_process,             /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/* The handlers: [entity] [id] [topK], as the endpoint's params say. */

static char *
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
            rv = ngx_http_vfs_check_entity(cf, vlcf->entity);
        }

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (endpoint->params & NGX_HTTP_VFS_PARAM_ID) {
        rv = ngx_http_vfs_complex_value(cf, value++, &vlcf->id);

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
ngx_http_vfs_check_entity(ngx_conf_t *cf, ngx_http_complex_value_t *cv)
{
    if (cv->lengths != NULL
        || ngx_strcmp(cv->value.data, "user") == 0
        || ngx_strcmp(cv->value.data, "item") == 0)
    {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid entity \"%V\", expected \"user\", \"item\" "
                       "or a variable", &cv->value);

    return NGX_CONF_ERROR;
}


/* vfs_index /location/; */

static char *
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
                           "invalid location \"%V\", expected a URI that "
                           "begins with \"/\"", &value[1]);
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

static char *
ngx_http_vfs_set_top_k(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vfs_loc_conf_t  *vlcf = conf;

    ngx_int_t   n, max;
    ngx_str_t  *value;

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
                           "invalid topK, expected 1 <= default <= max "
                           "<= %d", NGX_HTTP_VFS_MAX_TOP_K);
        return NGX_CONF_ERROR;
    }

    vlcf->top_k_default = n;

    if (cf->args->nelts == 3) {
        vlcf->top_k_max = max;
    }

    return NGX_CONF_OK;
}


/* vfs_api_key_file path; the first line is the key, and is never logged */

static char *
ngx_http_vfs_set_api_key_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vfs_loc_conf_t  *vlcf = conf;

    u_char      buf[NGX_HTTP_VFS_MAX_KEY_LEN + 1];
    ssize_t     n;
    ngx_fd_t    fd;
    ngx_str_t  *value, path;
    ngx_uint_t  i;

    if (vlcf->api_key.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;
    path = value[1];

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(path.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", &path);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, buf, sizeof(buf));

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_fd_n " \"%V\" failed", &path);
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", &path);
    }

    if (n == -1) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < (ngx_uint_t) n && buf[i] > 0x20 && buf[i] < 0x7f; i++) {
        /* void */
    }

    if (i == 0
        || i > NGX_HTTP_VFS_MAX_KEY_LEN
        || (i < (ngx_uint_t) n && buf[i] != CR && buf[i] != LF))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no key in \"%V\", expected a first line of "
                           "1 to %d printable characters without spaces",
                           &path, NGX_HTTP_VFS_MAX_KEY_LEN);
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


/* vfs_cache_control value | off; */

static char *
ngx_http_vfs_set_cache_control(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vfs_loc_conf_t  *vlcf = conf;

    ngx_str_t  *value;

    if (vlcf->cache_control.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        ngx_str_set(&vlcf->cache_control, "");

    } else {
        vlcf->cache_control = value[1];
    }

    return NGX_CONF_OK;
}


/* A prefix is compared with the index's JSON text as it stands. */

static char *
ngx_http_vfs_check_prefix(ngx_conf_t *cf, void *post, void *data)
{
    ngx_str_t  *prefix = data;

    u_char       c;
    ngx_uint_t   i;

    for (i = 0; i < prefix->len; i++) {
        c = prefix->data[i];

        if (c <= 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '/') {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid prefix \"%V\", expected printable "
                               "characters but quotes, slashes and spaces",
                               prefix);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_vfs_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_vfs_add_variables(cf);
}


static ngx_int_t
ngx_http_vfs_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_vfs_begin;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_vfs_stats_log;

    if (ngx_http_vfs_default_zone(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_vfs_filter_init(cf);
}


static void *
ngx_http_vfs_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     conf->shm_zone = NULL;
     *     conf->used = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_vfs_main_conf_t));
}


static void *
ngx_http_vfs_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_vfs_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_vfs_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->endpoint = NULL;
     *     conf->entity = NULL;
     *     conf->id = NULL;
     *     conf->top_k = NULL;
     *     conf->index = { 0, NULL };
     *     conf->namespaces = { { 0, NULL }, { 0, NULL } };
     *     conf->prefixes = { { 0, NULL }, { 0, NULL } };
     *     conf->api_key = { 0, NULL };
     *     conf->cache_control = { 0, NULL };
     */

    conf->top_k_default = NGX_CONF_UNSET_UINT;
    conf->top_k_max = NGX_CONF_UNSET_UINT;
    conf->max_response_size = NGX_CONF_UNSET_SIZE;
    conf->max_streams = NGX_CONF_UNSET_UINT;
    conf->etag = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_http_vfs_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_vfs_loc_conf_t  *prev = parent;
    ngx_http_vfs_loc_conf_t  *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* "if" and "limit_except" blocks are the location that they stand in */

    if (clcf->noname && conf->endpoint == NULL && prev->endpoint != NULL) {
        conf->endpoint = prev->endpoint;
        conf->entity = prev->entity;
        conf->id = prev->id;
        conf->top_k = prev->top_k;

        if (clcf->lmt_excpt && clcf->handler == NULL) {
            clcf->handler = conf->endpoint->handler;
        }
    }

    ngx_conf_merge_str_value(conf->index, prev->index, "/_vfs/");

    ngx_conf_merge_str_value(conf->namespaces[NGX_HTTP_VFS_USER],
                             prev->namespaces[NGX_HTTP_VFS_USER],
                             "user-features");
    ngx_conf_merge_str_value(conf->namespaces[NGX_HTTP_VFS_ITEM],
                             prev->namespaces[NGX_HTTP_VFS_ITEM],
                             "item-features");
    ngx_conf_merge_str_value(conf->prefixes[NGX_HTTP_VFS_USER],
                             prev->prefixes[NGX_HTTP_VFS_USER], "user:");
    ngx_conf_merge_str_value(conf->prefixes[NGX_HTTP_VFS_ITEM],
                             prev->prefixes[NGX_HTTP_VFS_ITEM], "item:");

    if (conf->top_k_default == NGX_CONF_UNSET_UINT) {
        conf->top_k_default = prev->top_k_default;
        conf->top_k_max = prev->top_k_max;
    }

    ngx_conf_merge_size_value(conf->max_response_size,
                              prev->max_response_size, 4 * 1024 * 1024);

    ngx_conf_merge_uint_value(conf->max_streams, prev->max_streams, 64);
    ngx_conf_merge_value(conf->etag, prev->etag, 0);

    ngx_conf_merge_str_value(conf->api_key, prev->api_key, "");
    ngx_conf_merge_str_value(conf->cache_control, prev->cache_control,
                             "no-store");

    return NGX_CONF_OK;
}
