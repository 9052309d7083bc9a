
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


static ngx_int_t ngx_http_vfs_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_vfs_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_vfs_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_vfs_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_vfs_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_conf_post_t  ngx_http_vfs_namespace_post = {
    ngx_http_vfs_check_namespace
};

static ngx_conf_post_t  ngx_http_vfs_prefix_post = {
    ngx_http_vfs_check_prefix
};

static ngx_conf_post_t  ngx_http_vfs_size_post = {
    ngx_http_vfs_check_size
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

static ngx_http_vfs_endpoint_t  ngx_http_vfs_openapi_endpoint = {
    ngx_http_vfs_handler, NGX_HTTP_VFS_ROUTE_OTHER,
    NGX_HTTP_GET|NGX_HTTP_HEAD, 0, 0, 0,
    ngx_http_vfs_openapi_start, NULL, NULL, NULL
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

    { ngx_string("vfs_openapi"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_vfs_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_vfs_openapi_endpoint },

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
      &ngx_http_vfs_namespace_post },

    { ngx_string("vfs_item_namespace"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vfs_loc_conf_t, namespaces[NGX_HTTP_VFS_ITEM]),
      &ngx_http_vfs_namespace_post },

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
      &ngx_http_vfs_size_post },

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

    return ngx_http_vfs_check_top_k(cf, conf);
}
