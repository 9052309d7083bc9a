
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_query.h"
#include "vfs_index_pool.h"

#include <string.h>


/* A scan up to these is done at once, on the thread of the connection. */

#define VFS_QUERY_SMALL_ROWS     4096
#define VFS_QUERY_SMALL_BYTES    ((size_t) 1024 * 1024)

/* What one thread scans at a time; between, writers get their turn. */

#define VFS_QUERY_CHUNK_ROWS     8192
#define VFS_QUERY_CHUNK_BYTES    ((size_t) 4 * 1024 * 1024)


typedef struct {
    vfs_request_t      *r;
    const vfs_query_t  *query;
    vfs_collection_t   *c;
    vfs_search_t        search;
    uint32_t            nrows;
    uint32_t            chunk_rows;
    vfs_job_t           job;
    unsigned            nheaps;
    vfs_heap_t          heaps[];       /* one for each thread */
} vfs_query_run_t;


static vfs_query_run_t *vfs_query_prepare(vfs_request_t *r,
    const vfs_query_t *query, const vfs_index_shape_t *shape,
    vfs_collection_t *c);
static void vfs_query_work(vfs_job_t *job, unsigned worker, uint32_t chunk);
static void vfs_query_done(vfs_job_t *job);
static int vfs_query_finish(vfs_query_run_t *run);
static int vfs_query_scan_again(vfs_query_run_t *run);
static int vfs_query_reply(vfs_request_t *r, const vfs_query_t *query,
    vfs_collection_t *c, const vfs_heap_t *heap);
static int vfs_query_check_size(vfs_request_t *r, const vfs_query_t *query,
    vfs_collection_t *c, const vfs_heap_t *heap);
static void vfs_query_reply_match(vfs_request_t *r, const vfs_query_t *query,
    vfs_collection_t *c, const vfs_hit_t *hit);


int
vfs_query_run(vfs_request_t *r, const vfs_query_t *query,
    const vfs_index_shape_t *shape, vfs_collection_t *c)
{
    int               rc;
    size_t            bytes;
    vfs_heap_t        none;
    vfs_query_run_t  *run;

    memset(&none, 0, sizeof(vfs_heap_t));

    if (c == NULL) {
        return vfs_query_reply(r, query, NULL, &none);
    }

    run = vfs_query_prepare(r, query, shape, c);

    if (run == NULL) {
        vfs_collection_release(c);
        return VFS_ERROR;
    }

    bytes = (size_t) run->nrows * c->rows.stride * sizeof(float);

    if (run->nrows <= VFS_QUERY_SMALL_ROWS && bytes <= VFS_QUERY_SMALL_BYTES) {

        if (run->nrows != 0) {
            vfs_query_work(&run->job, 0, 0);
        }

        rc = vfs_query_finish(run);
        vfs_collection_release(c);

        return rc;
    }

    vfs_request_suspend(r);
    vfs_pool_submit(r->service->pool, &run->job);

    return VFS_AGAIN;
}


/*
 * A query by id takes the record's vector.  If there is no such record, there
 * is nothing to scan.
 */

static vfs_query_run_t *
vfs_query_prepare(vfs_request_t *r, const vfs_query_t *query,
    const vfs_index_shape_t *shape, vfs_collection_t *c)
{
    int               rc;
    size_t            stride;
    uint32_t          i, top_k;
    unsigned          threads;
    vfs_node_t       *node;
    vfs_record_t      record;
    vfs_query_run_t  *run;

    threads = vfs_pool_threads(r->service->pool);

    run = vfs_arena_alloc(&r->arena, sizeof(vfs_query_run_t)
                                     + threads * sizeof(vfs_heap_t));
    if (run == NULL) {
        (void) vfs_fault_memory(&r->fault);
        return NULL;
    }

    memset(run, 0, sizeof(vfs_query_run_t));
    run->r = r;
    run->query = query;
    run->c = c;
    run->nheaps = threads;

    (void) pthread_rwlock_rdlock(&c->lock);

    record = query->query;
    node = NULL;
    run->nrows = c->nrows;
    top_k = query->top_k < c->nrecords ? query->top_k : c->nrecords;

    if (query->query.id.len != 0) {
        node = vfs_collection_find(c, query->query.id);

        if (node == NULL) {
            run->nrows = 0;

        } else {
            vfs_collection_record(c, node, &record);
        }
    }

    rc = vfs_search_init(&run->search, &r->arena, r->service->kernel, shape,
                         &record, query->filter);

    (void) pthread_rwlock_unlock(&c->lock);

    for (i = 0; rc == VFS_OK && i < threads; i++) {
        rc = vfs_heap_init(&run->heaps[i], &r->arena, top_k);
    }

    if (rc != VFS_OK) {
        (void) vfs_fault_memory(&r->fault);
        return NULL;
    }

    stride = (c->rows.stride == 0 ? 1 : c->rows.stride) * sizeof(float);
    run->chunk_rows = (uint32_t) (VFS_QUERY_CHUNK_BYTES / stride);

    if (run->chunk_rows > VFS_QUERY_CHUNK_ROWS) {
        run->chunk_rows = VFS_QUERY_CHUNK_ROWS;
    }

    run->job.chunks = (run->nrows + run->chunk_rows - 1) / run->chunk_rows;
    run->job.work = vfs_query_work;
    run->job.done = vfs_query_done;
    run->job.data = run;

    return run;
}


static void
vfs_query_work(vfs_job_t *job, unsigned worker, uint32_t chunk)
{
    uint32_t          first, rows;
    vfs_query_run_t  *run;

    run = job->data;

    first = chunk * run->chunk_rows;
    rows = run->nrows - first;
    rows = rows < run->chunk_rows ? rows : run->chunk_rows;

    if (run->heaps[worker].max == 0) {
        return;
    }

    (void) pthread_rwlock_rdlock(&run->c->lock);
    vfs_search_scan(&run->search, run->c, first, first + rows,
                    &run->heaps[worker]);
    (void) pthread_rwlock_unlock(&run->c->lock);
}


static void
vfs_query_done(vfs_job_t *job)
{
    int                rc;
    vfs_request_t     *r;
    vfs_query_run_t   *run;
    vfs_collection_t  *c;

    run = job->data;
    r = run->r;
    c = run->c;

    rc = vfs_query_finish(run);

    vfs_collection_release(c);
    vfs_request_finish(r, rc);
}


static int
vfs_query_finish(vfs_query_run_t *run)
{
    int          rc, current;
    unsigned     i;
    uint64_t     scored;
    vfs_heap_t  *heap;

    rc = VFS_OK;
    heap = &run->heaps[0];

    (void) pthread_rwlock_rdlock(&run->c->lock);

    /* the heaps have room for as many as there were, if that is not topK */

    current = heap->max == run->query->top_k || heap->max >= run->c->nrecords;
    scored = 0;

    for (i = 0; i < run->nheaps; i++) {
        current = current && vfs_heap_current(&run->heaps[i], run->c);
        scored += run->heaps[i].scored;
    }

    vfs_metrics_search(run->r->service->metrics, run->nrows, scored);

    if (current) {

        for (i = 1; i < run->nheaps; i++) {
            vfs_heap_merge(heap, &run->heaps[i], run->c);
        }

    } else {
        rc = vfs_query_scan_again(run);
    }

    if (rc == VFS_OK) {
        vfs_heap_sort(heap, run->c);
        rc = vfs_query_reply(run->r, run->query, run->c, heap);
    }

    (void) pthread_rwlock_unlock(&run->c->lock);

    return rc;
}


/*
 * What was found changed before the scan ended: once more in one go, with the
 * lock held.
 */

static int
vfs_query_scan_again(vfs_query_run_t *run)
{
    uint32_t     top_k;
    vfs_heap_t  *heap;

    heap = &run->heaps[0];
    top_k = run->query->top_k;
    top_k = top_k < run->c->nrecords ? top_k : run->c->nrecords;

    if (vfs_heap_init(heap, &run->r->arena, top_k) != VFS_OK) {
        return vfs_fault_memory(&run->r->fault);
    }

    vfs_search_scan(&run->search, run->c, 0, run->c->nrows, heap);

    return VFS_OK;
}


static int
vfs_query_reply(vfs_request_t *r, const vfs_query_t *query,
    vfs_collection_t *c, const vfs_heap_t *heap)
{
    uint32_t  i;

    if (vfs_query_check_size(r, query, c, heap) != VFS_OK) {
        return VFS_ERROR;
    }

    vfs_buf_text(&r->reply, "{\"results\":[],\"matches\":[");

    for (i = 0; i < heap->n; i++) {

        if (i != 0) {
            vfs_buf_text(&r->reply, ",");
        }

        vfs_query_reply_match(r, query, c, &heap->hits[i]);
    }

    vfs_buf_text(&r->reply, "]");
    vfs_reply_namespace(r, query->ns);
    vfs_reply_usage(r, 1);
    vfs_buf_text(&r->reply, "}");

    return VFS_OK;
}


static int
vfs_query_check_size(vfs_request_t *r, const vfs_query_t *query,
    vfs_collection_t *c, const vfs_heap_t *heap)
{
    size_t        size;
    uint32_t      i;
    vfs_record_t  record;

    size = 0;

    if (!query->include_values && !query->include_metadata) {
        return VFS_OK;
    }

    for (i = 0; i < heap->n; i++) {
        vfs_collection_record(c, c->nodes[heap->hits[i].row], &record);

        if (!query->include_values) {
            record.nvalues = 0;
            record.nsparse = 0;
        }

        if (!query->include_metadata) {
            record.metadata.len = 0;
        }

        size += vfs_record_size(&record);
    }

    if (size > VFS_INDEX_MAX_MESSAGE) {
        return vfs_fault(&r->fault, VFS_CODE_OUT_OF_RANGE,
                         "Error, message length too large: found %zu bytes, "
                         "the limit is: %d bytes", size,
                         VFS_INDEX_MAX_MESSAGE);
    }

    return VFS_OK;
}


static void
vfs_query_reply_match(vfs_request_t *r, const vfs_query_t *query,
    vfs_collection_t *c, const vfs_hit_t *hit)
{
    vfs_record_t  record;

    vfs_collection_record(c, c->nodes[hit->row], &record);

    vfs_buf_text(&r->reply, "{\"id\":");
    vfs_buf_string(&r->reply, record.id.data, record.id.len);
    vfs_buf_text(&r->reply, ",\"score\":");
    vfs_buf_float(&r->reply, hit->score);

    if (query->include_values) {
        vfs_reply_values(r, &record);

    } else {
        vfs_buf_text(&r->reply, ",\"values\":[]");
    }

    if (query->include_metadata) {
        vfs_reply_metadata(r, &record);
    }

    vfs_buf_text(&r->reply, "}");
}
