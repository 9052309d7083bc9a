
/*
 * Copyright (C) the vfs authors
 */


#ifndef _NGX_HTTP_VFS_MODULE_H_INCLUDED_
#define _NGX_HTTP_VFS_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_vfs_param.h"
#include "vfs_histogram.h"
#include "vfs_json.h"


#define NGX_HTTP_VFS_VERSION    "0.1.0"

#define NGX_HTTP_VFS_MAX_CALLS  2


typedef enum {
    NGX_HTTP_VFS_USER = 0,
    NGX_HTTP_VFS_ITEM,
    NGX_HTTP_VFS_ENTITIES
} ngx_http_vfs_entity_e;


/* What statistics are kept by. */

typedef enum {
    NGX_HTTP_VFS_ROUTE_FETCH = 0,
    NGX_HTTP_VFS_ROUTE_SIMILAR,
    NGX_HTTP_VFS_ROUTE_RECOMMEND,
    NGX_HTTP_VFS_ROUTE_BATCH,
    NGX_HTTP_VFS_ROUTE_QUERY,
    NGX_HTTP_VFS_ROUTE_OTHER,
    NGX_HTTP_VFS_ROUTES
} ngx_http_vfs_route_e;


typedef enum {
    NGX_HTTP_VFS_OP_FETCH = 0,
    NGX_HTTP_VFS_OP_QUERY,
    NGX_HTTP_VFS_OPS,
    NGX_HTTP_VFS_OP_PING = NGX_HTTP_VFS_OPS     /* not counted */
} ngx_http_vfs_op_e;


typedef enum {
    NGX_HTTP_VFS_STATE_START = 0,
    NGX_HTTP_VFS_STATE_FETCH,
    NGX_HTTP_VFS_STATE_QUERY,
    NGX_HTTP_VFS_STATE_PING,
    NGX_HTTP_VFS_STATE_DONE
} ngx_http_vfs_state_e;


typedef struct ngx_http_vfs_ctx_s   ngx_http_vfs_ctx_t;
typedef struct ngx_http_vfs_zone_s  ngx_http_vfs_zone_t;


/*
 * A step of an endpoint: NGX_AGAIN if it has started a request to the index,
 * NGX_DONE if it has sent the answer, or NGX_ERROR.
 */

typedef ngx_int_t (*ngx_http_vfs_step_pt)(ngx_http_vfs_ctx_t *ctx);


#define NGX_HTTP_VFS_PARAM_ENTITY  0x01
#define NGX_HTTP_VFS_PARAM_ID      0x02
#define NGX_HTTP_VFS_PARAM_TOP_K   0x04     /* optional */


typedef struct {
    ngx_http_handler_pt         handler;
    ngx_uint_t                  route;
    ngx_uint_t                  methods;
    ngx_uint_t                  params;
    ngx_uint_t                  top_k_default;
    ngx_uint_t                  top_k_max;
    ngx_http_vfs_step_pt        start;
    ngx_http_vfs_step_pt        fetched;
    ngx_http_vfs_step_pt        queried;
    ngx_http_vfs_step_pt        pinged;
} ngx_http_vfs_endpoint_t;


typedef struct {
    ngx_shm_zone_t             *shm_zone;
    ngx_uint_t                  used;      /* unsigned  used:1; */
} ngx_http_vfs_main_conf_t;


typedef struct {
    ngx_http_vfs_endpoint_t    *endpoint;
    ngx_http_complex_value_t   *entity;
    ngx_http_complex_value_t   *id;
    ngx_http_complex_value_t   *top_k;

    ngx_str_t                   index;     /* URI, ends with a slash */
    ngx_str_t                   namespaces[NGX_HTTP_VFS_ENTITIES];
    ngx_str_t                   prefixes[NGX_HTTP_VFS_ENTITIES];

    ngx_uint_t                  top_k_default;
    ngx_uint_t                  top_k_max;
    size_t                      max_response_size;

    ngx_uint_t                  max_streams;

    ngx_str_t                   api_key;
    ngx_str_t                   cache_control;
    ngx_flag_t                  etag;
} ngx_http_vfs_loc_conf_t;


/* One request to the index and what came of it. */

typedef struct {
    ngx_uint_t                  operation;
    uint64_t                    start;     /* us */
    uint64_t                    elapsed;   /* us */

    ngx_uint_t                  status;    /* for the client: 200, 400, 502,
                                              503 or 504 */
    ngx_uint_t                  upstream_status;
    const char                 *reason;    /* why not 200 */
    ngx_str_t                   retry_after;
    ngx_str_t                   api_key;   /* to be kept out of the log */

    ngx_str_t                   text;
    size_t                      size;
    size_t                      limit;

    unsigned                    done:1;
    unsigned                    eof:1;
    unsigned                    too_large:1;
} ngx_http_vfs_call_t;


struct ngx_http_vfs_ctx_s {
    ngx_http_request_t         *request;
    ngx_http_vfs_endpoint_t    *endpoint;
    ngx_http_vfs_state_e        state;
    ngx_int_t                   rc;        /* of sending the answer */

    ngx_uint_t                  route;
    uint64_t                    start;     /* us */
    uint64_t                    end;       /* us, when answered */
    ngx_uint_t                  status;    /* if a post_action follows */

    ngx_uint_t                  entity;
    ngx_str_t                   id;        /* as the client names it */
    ngx_str_t                   key;       /* as the index names it */
    ngx_uint_t                  top_k;
    void                       *data;      /* of the endpoint */

    ngx_http_vfs_call_t         calls[NGX_HTTP_VFS_MAX_CALLS];
    ngx_uint_t                  ncalls;

    unsigned                    include_values:1;
    unsigned                    in_flight:1;
    unsigned                    answered:1;
};


/* A query of the index: by a vector if there is one, otherwise by a key. */

typedef struct {
    ngx_uint_t                  entity;
    ngx_uint_t                  top_k;
    ngx_str_t                   key;
    ngx_str_t                   vector;    /* JSON */
    ngx_str_t                   filter;    /* JSON, may be empty */
    unsigned                    include_values:1;
    unsigned                    include_metadata:1;
} ngx_http_vfs_query_t;


/* A record of the index; a member that is not there has type VFS_JSON_END. */

typedef struct {
    vfs_json_token_t            id;
    vfs_json_token_t            score;
    vfs_json_token_t            values;
    size_t                      nvalues;
    vfs_json_token_t            metadata;
} ngx_http_vfs_record_t;


/* ngx_http_vfs_directives.c */

char *ngx_http_vfs_set_endpoint(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_vfs_set_index(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_vfs_set_top_k(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_vfs_set_api_key_file(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_vfs_set_cache_control(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_vfs_check_top_k(ngx_conf_t *cf, ngx_http_vfs_loc_conf_t *vlcf);
char *ngx_http_vfs_check_namespace(ngx_conf_t *cf, void *post, void *data);
char *ngx_http_vfs_check_prefix(ngx_conf_t *cf, void *post, void *data);
char *ngx_http_vfs_check_size(ngx_conf_t *cf, void *post, void *data);

/* ngx_http_vfs_handler.c */

ngx_int_t ngx_http_vfs_begin(ngx_http_request_t *r);
ngx_int_t ngx_http_vfs_handler(ngx_http_request_t *r);
ngx_http_vfs_ctx_t *ngx_http_vfs_get_ctx(ngx_http_request_t *r);
ngx_http_vfs_ctx_t *ngx_http_vfs_client_ctx(ngx_http_request_t *r);
void ngx_http_vfs_resume(ngx_http_request_t *r);
ngx_int_t ngx_http_vfs_entity(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_id(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_key(ngx_http_vfs_ctx_t *ctx, ngx_str_t *id,
    ngx_str_t *key);
ngx_int_t ngx_http_vfs_top_k(ngx_http_vfs_ctx_t *ctx);
ngx_uint_t ngx_http_vfs_top_k_max(ngx_http_vfs_loc_conf_t *vlcf);
uint64_t ngx_http_vfs_now(void);

/* ngx_http_vfs_features.c */

ngx_int_t ngx_http_vfs_fetch_start(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_fetch_fetched(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_similar_start(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_similar_queried(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_recommend_start(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_recommend_fetched(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_recommend_queried(ngx_http_vfs_ctx_t *ctx);

u_char *ngx_http_vfs_feature(u_char *p, ngx_str_t *id,
    ngx_http_vfs_record_t *record);
ngx_int_t ngx_http_vfs_send_matches(ngx_http_vfs_ctx_t *ctx,
    ngx_uint_t entity, ngx_str_t *head);

/* ngx_http_vfs_batch.c */

ngx_int_t ngx_http_vfs_batch_start(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_batch_fetched(ngx_http_vfs_ctx_t *ctx);

/* ngx_http_vfs_query.c */

ngx_int_t ngx_http_vfs_query_start(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_query_queried(ngx_http_vfs_ctx_t *ctx);

/* ngx_http_vfs_filter.c: a metadata filter behind its opening brace */

ngx_int_t ngx_http_vfs_filter(vfs_json_t *json, const char **expected);

/* ngx_http_vfs_index.c: requests to the index, and its failures */

ngx_int_t ngx_http_vfs_index_fetch(ngx_http_vfs_ctx_t *ctx, ngx_str_t *keys,
    ngx_uint_t nkeys);
ngx_int_t ngx_http_vfs_index_query(ngx_http_vfs_ctx_t *ctx,
    ngx_http_vfs_query_t *query);
ngx_int_t ngx_http_vfs_index_ping(ngx_http_vfs_ctx_t *ctx);
void ngx_http_vfs_index_log(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_index_error(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_unusable_answer(ngx_http_vfs_ctx_t *ctx,
    const char *reason);

/* ngx_http_vfs_answer.c */

ngx_int_t ngx_http_vfs_answer_vectors(ngx_http_vfs_call_t *call,
    ngx_array_t *records, ngx_uint_t max);
ngx_int_t ngx_http_vfs_answer_matches(ngx_http_vfs_call_t *call,
    ngx_array_t *records, ngx_uint_t max);

/* ngx_http_vfs_subrequest.c */

ngx_int_t ngx_http_vfs_subrequest(ngx_http_vfs_ctx_t *ctx,
    ngx_uint_t operation, ngx_str_t *path, ngx_str_t *args, ngx_str_t *body);
ngx_int_t ngx_http_vfs_subrequest_done(ngx_http_request_t *sr, void *data,
    ngx_int_t rc);

/* ngx_http_vfs_capture.c: the filters that keep the index's answer */

ngx_int_t ngx_http_vfs_filter_init(ngx_conf_t *cf);

/* ngx_http_vfs_outcome.c */

void ngx_http_vfs_outcome(ngx_http_request_t *sr, ngx_http_vfs_call_t *call,
    ngx_int_t rc);

/* ngx_http_vfs_reply.c: ..._send() and ..._error() return NGX_DONE */

ngx_int_t ngx_http_vfs_send_feature(ngx_http_vfs_ctx_t *ctx, u_char *text,
    size_t len);
ngx_int_t ngx_http_vfs_send_text(ngx_http_vfs_ctx_t *ctx, ngx_uint_t status,
    ngx_str_t *type, u_char *text, size_t len);
ngx_int_t ngx_http_vfs_send_empty(ngx_http_vfs_ctx_t *ctx, ngx_uint_t status);
ngx_int_t ngx_http_vfs_error(ngx_http_vfs_ctx_t *ctx, ngx_uint_t status,
    const char *fmt, ...);
ngx_int_t ngx_http_vfs_add_header(ngx_http_vfs_ctx_t *ctx, const char *name,
    ngx_str_t *value);
u_char *ngx_http_vfs_quote(u_char *p, u_char *last, u_char *text, size_t len);

/* ngx_http_vfs_body.c */

ngx_int_t ngx_http_vfs_json_body(ngx_http_vfs_ctx_t *ctx, ngx_str_t *body);
ngx_int_t ngx_http_vfs_body_error(ngx_http_vfs_ctx_t *ctx, vfs_json_t *json);
ngx_int_t ngx_http_vfs_unknown_member(ngx_http_vfs_ctx_t *ctx,
    vfs_json_token_t *name);
ngx_int_t ngx_http_vfs_string(ngx_pool_t *pool, vfs_json_token_t *token,
    ngx_str_t *text);

/* ngx_http_vfs_probe.c */

ngx_int_t ngx_http_vfs_health_start(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_openapi_start(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_ready_start(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_ready_pinged(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_error_handler(ngx_http_request_t *r);

/* ngx_http_vfs_zone.c */

char *ngx_http_vfs_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_vfs_default_zone(ngx_conf_t *cf);
ngx_int_t ngx_http_vfs_init_process(ngx_cycle_t *cycle);

/* ngx_http_vfs_stats.c */

void ngx_http_vfs_stats_enter(ngx_http_vfs_ctx_t *ctx);
void ngx_http_vfs_stats_leave(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_stats_log(ngx_http_request_t *r);
void ngx_http_vfs_stats_call(ngx_http_request_t *r, ngx_http_vfs_call_t *call);

/* ngx_http_vfs_status.c */

ngx_int_t ngx_http_vfs_status_start(ngx_http_vfs_ctx_t *ctx);
ngx_int_t ngx_http_vfs_status(ngx_http_request_t *r, ngx_pool_t *pool,
    ngx_str_t *text);

/* ngx_http_vfs_stream.c */

ngx_int_t ngx_http_vfs_stream_start(ngx_http_vfs_ctx_t *ctx);

/* ngx_http_vfs_metrics.c */

ngx_int_t ngx_http_vfs_metrics_start(ngx_http_vfs_ctx_t *ctx);

/* ngx_http_vfs_ingest.c */

ngx_int_t ngx_http_vfs_ingest_start(ngx_http_vfs_ctx_t *ctx);

/* ngx_http_vfs_variables.c */

ngx_int_t ngx_http_vfs_add_variables(ngx_conf_t *cf);


extern ngx_module_t  ngx_http_vfs_module;
extern ngx_str_t     ngx_http_vfs_openapi;     /* docs/openapi.json */
extern ngx_str_t     ngx_http_vfs_route_names[];


#define NGX_HTTP_VFS_FEATURE_LEN                                              \
    (sizeof("{\"id\":\"\",\"values\":,\"metadata\":{}},") - 1)

#define ngx_http_vfs_copy(p, s)  ngx_cpymem(p, s, sizeof(s) - 1)


#endif /* _NGX_HTTP_VFS_MODULE_H_INCLUDED_ */
