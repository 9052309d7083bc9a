
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_stats.h"


#define NGX_HTTP_VFS_STREAM_INTERVAL  1000          /* ms */


typedef struct {
    ngx_queue_t          queue;
    ngx_http_request_t  *request;
    ngx_buf_t            buf;
    size_t               size;
} ngx_http_vfs_stream_t;


static ngx_int_t ngx_http_vfs_stream_open(ngx_http_vfs_ctx_t *ctx,
    ngx_http_vfs_stream_t **stream);
static ngx_int_t ngx_http_vfs_stream_header(ngx_http_vfs_ctx_t *ctx);
static ngx_int_t ngx_http_vfs_stream_frame(ngx_http_request_t *r,
    ngx_pool_t *pool, ngx_str_t *frame);
static ngx_int_t ngx_http_vfs_stream_send(ngx_http_vfs_stream_t *stream,
    ngx_str_t *frame);
static ngx_int_t ngx_http_vfs_stream_wait(ngx_http_request_t *r, ngx_int_t rc);
static void ngx_http_vfs_stream_writer(ngx_http_request_t *r);
static void ngx_http_vfs_stream_tick(ngx_event_t *ev);
static void ngx_http_vfs_stream_serve(ngx_http_vfs_stream_t *stream,
    ngx_str_t *frame);
static void ngx_http_vfs_stream_close(void *data);


static ngx_queue_t       ngx_http_vfs_streams;
static ngx_uint_t        ngx_http_vfs_nstreams;
static ngx_event_t       ngx_http_vfs_stream_event;
static ngx_connection_t  ngx_http_vfs_stream_connection;


/* GET stats/stream: the statistics as server-sent events, one a second. */

ngx_int_t
ngx_http_vfs_stream_start(ngx_http_vfs_ctx_t *ctx)
{
    ngx_int_t                 rc;
    ngx_str_t                 frame;
    ngx_http_request_t       *r;
    ngx_http_vfs_stream_t    *stream;
    ngx_http_vfs_loc_conf_t  *vlcf;

    static ngx_str_t  retry_after = ngx_string("5");

    r = ctx->request;
    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vfs_module);

    if (r != r->main || r->post_action) {
        return ngx_http_vfs_error(ctx, NGX_HTTP_NOT_FOUND,
                                  "No such resource.");
    }

    if (ngx_http_vfs_nstreams >= vlcf->max_streams) {

        if (ngx_http_vfs_add_header(ctx, "Retry-After", &retry_after)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        return ngx_http_vfs_error(ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                  "Too many streams are open.");
    }

    rc = ngx_http_vfs_stream_header(ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_vfs_stream_frame(r, r->pool, &frame) != NGX_OK
        || ngx_http_vfs_stream_open(ctx, &stream) != NGX_OK)
    {
        return NGX_ERROR;
    }

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_vfs_stream_writer;

    return ngx_http_vfs_stream_send(stream, &frame);
}


/* NGX_OK: frames may follow. */

static ngx_int_t
ngx_http_vfs_stream_header(ngx_http_vfs_ctx_t *ctx)
{
    ngx_http_request_t  *r;

    static ngx_str_t  no_cache = ngx_string("no-cache");
    static ngx_str_t  no = ngx_string("no");

    r = ctx->request;

    r->headers_out.status = NGX_HTTP_OK;
    ngx_http_clear_content_length(r);

    ngx_str_set(&r->headers_out.content_type, "text/event-stream");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (ngx_http_vfs_add_header(ctx, "Cache-Control", &no_cache) != NGX_OK
        || ngx_http_vfs_add_header(ctx, "X-Accel-Buffering", &no) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->state = NGX_HTTP_VFS_STATE_DONE;
    ctx->end = ngx_http_vfs_now();
    ctx->rc = ngx_http_send_header(r);

    if (ctx->rc == NGX_ERROR || ctx->rc > NGX_OK || r->header_only) {
        return NGX_DONE;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vfs_stream_open(ngx_http_vfs_ctx_t *ctx,
    ngx_http_vfs_stream_t **stream)
{
    ngx_pool_cleanup_t     *cln;
    ngx_http_vfs_stream_t  *s;

    cln = ngx_pool_cleanup_add(ctx->request->pool,
                               sizeof(ngx_http_vfs_stream_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    s = cln->data;
    cln->handler = ngx_http_vfs_stream_close;

    ngx_memzero(s, sizeof(ngx_http_vfs_stream_t));
    s->request = ctx->request;

    if (ngx_http_vfs_nstreams == 0) {
        ngx_queue_init(&ngx_http_vfs_streams);

        ngx_http_vfs_stream_connection.fd = (ngx_socket_t) -1;

        ngx_memzero(&ngx_http_vfs_stream_event, sizeof(ngx_event_t));

        ngx_http_vfs_stream_event.handler = ngx_http_vfs_stream_tick;
        ngx_http_vfs_stream_event.data = &ngx_http_vfs_stream_connection;
        ngx_http_vfs_stream_event.log = ngx_cycle->log;

        ngx_add_timer(&ngx_http_vfs_stream_event,
                      NGX_HTTP_VFS_STREAM_INTERVAL);
    }

    ngx_queue_insert_tail(&ngx_http_vfs_streams, &s->queue);
    ngx_http_vfs_nstreams++;

    *stream = s;

    return NGX_OK;
}


static void
ngx_http_vfs_stream_close(void *data)
{
    ngx_http_vfs_stream_t  *stream = data;

    if (stream->buf.start != NULL) {
        ngx_free(stream->buf.start);
    }

    ngx_queue_remove(&stream->queue);
    ngx_http_vfs_nstreams--;

    if (ngx_http_vfs_nstreams == 0 && ngx_http_vfs_stream_event.timer_set) {
        ngx_del_timer(&ngx_http_vfs_stream_event);
    }
}


static ngx_int_t
ngx_http_vfs_stream_frame(ngx_http_request_t *r, ngx_pool_t *pool,
    ngx_str_t *frame)
{
    u_char      *p;
    ngx_str_t    text;
    ngx_time_t  *tp;

    if (ngx_http_vfs_status(r, pool, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(pool, text.len + NGX_TIME_T_LEN
                    + sizeof("retry: 2000\nid: 000\ndata: \n\n"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    tp = ngx_timeofday();

    frame->data = p;
    p = ngx_sprintf(p, "retry: 2000\nid: %T%03ui\ndata: %V\n\n", tp->sec,
                    tp->msec, &text);
    frame->len = p - frame->data;

    return NGX_OK;
}


/*
 * One buffer a stream, used again and again: what is allocated from the
 * request's pool stays until the client leaves.
 */

static ngx_int_t
ngx_http_vfs_stream_send(ngx_http_vfs_stream_t *stream, ngx_str_t *frame)
{
    ngx_buf_t    *b;
    ngx_chain_t   out;

    b = &stream->buf;

    if (stream->size < frame->len) {

        if (b->start != NULL) {
            ngx_free(b->start);
        }

        stream->size = frame->len * 2;
        b->start = ngx_alloc(stream->size, stream->request->connection->log);

        if (b->start == NULL) {
            stream->size = 0;
            return NGX_ERROR;
        }
    }

    b->pos = b->start;
    b->last = ngx_cpymem(b->start, frame->data, frame->len);
    b->end = b->start + stream->size;
    b->memory = 1;
    b->flush = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_vfs_stream_wait(stream->request,
                                    ngx_http_output_filter(stream->request,
                                                           &out));
}


/* After output: a client that does not read is given send_timeout. */

static ngx_int_t
ngx_http_vfs_stream_wait(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_event_t               *wev;
    ngx_http_core_loc_conf_t  *clcf;

    wev = r->connection->write;

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (!r->buffered && !r->connection->buffered) {

        if (wev->timer_set) {
            ngx_del_timer(wev);
        }

        return NGX_AGAIN;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (!wev->timer_set) {
        ngx_add_timer(wev, clcf->send_timeout);
    }

    if (ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK) {
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


static void
ngx_http_vfs_stream_writer(ngx_http_request_t *r)
{
    ngx_connection_t  *c;

    c = r->connection;

    if (c->write->timedout) {
        ngx_log_error(NGX_LOG_INFO, c->log, NGX_ETIMEDOUT,
                      "vfs: client of a stream does not read");
        c->timedout = 1;

        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    if (ngx_http_vfs_stream_wait(r, ngx_http_output_filter(r, NULL))
        == NGX_ERROR)
    {
        ngx_http_finalize_request(r, NGX_ERROR);
    }
}


/* One frame for all streams of this worker. */

static void
ngx_http_vfs_stream_tick(ngx_event_t *ev)
{
    ngx_str_t               frame;
    ngx_pool_t             *pool;
    ngx_queue_t             pending, *q;
    ngx_http_vfs_stream_t  *stream;

    if (ngx_http_vfs_nstreams == 0) {
        return;
    }

    ngx_str_null(&frame);

    q = ngx_queue_head(&ngx_http_vfs_streams);
    stream = ngx_queue_data(q, ngx_http_vfs_stream_t, queue);

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, ev->log);

    if (pool != NULL && !ngx_exiting && !ngx_terminate) {
        (void) ngx_http_vfs_stream_frame(stream->request, pool, &frame);
    }

    /*
     * Serving a stream may end it, and others of its connection: each takes
     * itself off the list that it is in.
     */

    ngx_queue_init(&pending);
    ngx_queue_add(&pending, &ngx_http_vfs_streams);
    ngx_queue_init(&ngx_http_vfs_streams);

    while (!ngx_queue_empty(&pending)) {
        q = ngx_queue_head(&pending);
        stream = ngx_queue_data(q, ngx_http_vfs_stream_t, queue);

        ngx_queue_remove(q);
        ngx_queue_insert_tail(&ngx_http_vfs_streams, q);

        ngx_http_vfs_stream_serve(stream, &frame);
    }

    if (pool != NULL) {
        ngx_destroy_pool(pool);
    }

    if (ngx_http_vfs_nstreams != 0 && !ev->timer_set) {
        ngx_add_timer(ev, NGX_HTTP_VFS_STREAM_INTERVAL);
    }
}


static void
ngx_http_vfs_stream_serve(ngx_http_vfs_stream_t *stream, ngx_str_t *frame)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = stream->request;
    c = r->connection;

    if (ngx_exiting || ngx_terminate) {

        /* otherwise a reload would leave this worker behind */

        r->keepalive = 0;
        ngx_http_finalize_request(r, ngx_http_send_special(r, NGX_HTTP_LAST));

    } else if (r->buffered || c->buffered) {

        /* a slow client misses this frame */

        return;

    } else if (frame->len != 0
               && ngx_http_vfs_stream_send(stream, frame) == NGX_ERROR)
    {
        ngx_http_finalize_request(r, NGX_ERROR);
    }

    ngx_http_run_posted_requests(c);
}
