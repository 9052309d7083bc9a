
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_REQUEST_H_INCLUDED_
#define _VFS_INDEX_REQUEST_H_INCLUDED_


#include "vfs_index_access.h"
#include "vfs_index_arena.h"
#include "vfs_index_buf.h"
#include "vfs_index_catalog.h"
#include "vfs_index_fault.h"
#include "vfs_index_kernel.h"
#include "vfs_index_metrics.h"
#include "vfs_index_pool.h"
#include "vfs_index_reader.h"
#include "vfs_index_writer.h"

#include <time.h>


/* A handler that will finish its request later, from another thread. */

#define VFS_AGAIN  -3


/* Replies are refused rather than built beyond this. */

#define VFS_REPLY_MAX  ((size_t) 64 * 1024 * 1024)


/* In front of the path of a request to an index other than the default. */

#define VFS_ROUTE_PREFIX  "/i/"


typedef enum {
    VFS_GET = 1,
    VFS_POST = 2,
    VFS_PATCH = 4,
    VFS_DELETE = 8
} vfs_method_e;


/* What a request is answered from. */

typedef struct {
    vfs_catalog_t        catalog;
    vfs_store_t         *store;
    vfs_writer_t        *writer;
    vfs_pool_t          *pool;
    vfs_metrics_t       *metrics;
    vfs_access_t        *access;       /* NULL: no access log */
    const vfs_kernel_t  *kernel;
    vfs_index_metric_e   metric;       /* of the default index */
    char                 address[80];  /* that it listens on */
} vfs_service_t;


typedef struct vfs_request_s  vfs_request_t;
typedef struct vfs_route_s  vfs_route_t;


typedef struct {
    vfs_str_t            name;
    vfs_str_t            value;
} vfs_argument_t;


struct vfs_request_s {
    vfs_service_t       *service;
    const vfs_route_t   *route;
    vfs_arena_t          arena;

    vfs_method_e         method;
    vfs_str_t            path;         /* behind the index's prefix */
    vfs_argument_t      *arguments;    /* of the URL, not decoded */
    uint32_t             narguments;
    vfs_str_t            index;        /* its name */
    unsigned             allowed;      /* methods of its path */
    unsigned             control:1;    /* of the control plane */
    vfs_str_t            parameter;    /* the part of the path in braces */
    vfs_str_t            body;
    unsigned             version;      /* of the API: 202604; 0: not said */
    vfs_str_t            host;         /* headers; empty if missing */
    vfs_str_t            user_agent;

    vfs_write_t          write;        /* of a request that changes something */
    void               (*written)(vfs_request_t *r);
    vfs_job_t            job;          /* of one that another thread answers */
    int                (*deferred)(vfs_request_t *r, void *data);
    void                *deferred_data;
    int                  deferred_rc;

    /* the answer */

    vfs_fault_t          fault;
    unsigned             status;       /* of a success */
    vfs_buf_t            reply;
    const char          *content_type;
    const char          *lsn_header;   /* NULL: none */
    uint64_t             lsn;
    struct timespec      start;
    void                *connection;   /* the HTTP server's */
};


/*
 * Answers a request: VFS_OK with the reply written, VFS_ERROR with the fault
 * set, or VFS_AGAIN.
 */

typedef int (*vfs_handler_pt)(vfs_request_t *r);


struct vfs_route_s {
    unsigned             methods;
    const char          *path;         /* "{}" stands for one part */
    const char          *operation;    /* its name in the metrics */
    vfs_handler_pt       handler;
    unsigned             control:1;    /* of the control plane */
    unsigned             open:1;       /* needs no key */
};


/*
 * Hands the request's write to the writer and suspends the request; "reply"
 * then writes the answer, on the writer's thread.
 */

int vfs_request_write(vfs_request_t *r, vfs_write_pt perform, void *what,
    size_t bytes, void (*reply)(vfs_request_t *r));

/* Has "answer" do the rest of a handler's work on a thread of the pool. */

int vfs_request_defer(vfs_request_t *r,
    int (*answer)(vfs_request_t *r, void *data), void *data);

/* Suspends a request before another thread gets it; resumes it at its end. */

void vfs_request_suspend(vfs_request_t *r);
void vfs_request_finish(vfs_request_t *r, int rc);


/*
 * The values of a query parameter, percent-decoded, one a call: *i starts at 0.
 * VFS_DECLINED if there is none (any more), VFS_ERROR with the fault set.
 */

int vfs_request_argument(vfs_request_t *r, const char *name, uint32_t *i,
    vfs_str_t *value);

/* "value" stays as it is if there is no such parameter. */

int vfs_request_uint(vfs_request_t *r, const char *name, uint32_t *value);

/* Percent-decodes "text" in place of itself. */

int vfs_request_decode(vfs_request_t *r, vfs_str_t *text);


/* Checks of what requests have in common. */

int vfs_check_id(vfs_str_t id, vfs_fault_t *fault);
int vfs_check_namespace(vfs_str_t ns, vfs_fault_t *fault);

/* The name of the default namespace for an empty one. */

vfs_str_t vfs_namespace_canonical(vfs_str_t ns);
int vfs_namespace_is_default(vfs_str_t ns);

/* The namespace of a request and what is in it: see vfs_catalog_find(). */

int vfs_request_collection(vfs_request_t *r, vfs_str_t ns,
    vfs_index_shape_t *shape, vfs_collection_t **c);


/* Pieces of replies. */

void vfs_reply_namespace(vfs_request_t *r, vfs_str_t ns);
void vfs_reply_usage(vfs_request_t *r, unsigned read_units);

/* "id":{...}, as in the maps of fetched records. */

void vfs_reply_record(vfs_request_t *r, const vfs_record_t *record);

/* The members of a record behind its id, each with a comma in front. */

void vfs_reply_values(vfs_request_t *r, const vfs_record_t *record);
void vfs_reply_metadata(vfs_request_t *r, const vfs_record_t *record);


#endif /* _VFS_INDEX_REQUEST_H_INCLUDED_ */
