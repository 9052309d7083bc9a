
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_WORKER_H_INCLUDED_
#define _VFS_INGEST_WORKER_H_INCLUDED_


#include "vfs_http.h"
#include "vfs_ingest_appender.h"
#include "vfs_ingest_check.h"
#include "vfs_ingest_consumer.h"
#include "vfs_ingest_flow.h"
#include "vfs_ingest_metrics.h"
#include "vfs_ingest_producer.h"
#include "vfs_ingest_report.h"
#include "vfs_ingest_settings.h"


/*
 * The flow, Kafka, the index and the reports in one thread: each turn reads,
 * folds, writes and sends what can be without waiting, then waits for whatever
 * becomes ready first.
 */

typedef struct {
    const vfs_ingest_settings_t  *settings;
    vfs_definition_t             *def;
    char                         *topics[VFS_ENTITIES];   /* NULL: not used */
    char                         *dead_topic;
    char                         *log_topic;
    char                         *mark;
    char                         *urls[2];        /* by vfs_operation_e */

    vfs_io_t                io;
    vfs_flow_conf_t         flow_conf;
    vfs_flow_t              flow;
    vfs_store_t            *store;
    vfs_recorded_t         *recorded;       /* NULL: no model is asked */
    vfs_http_t             *http;
    vfs_producer_t         *producer;
    vfs_appender_t         *appender;       /* NULL: no feature log */
    vfs_consumer_t         *consumer;
    vfs_report_t           *report;
    vfs_metrics_t          *metrics;        /* NULL: not served */
    vfs_facts_t             facts;

    const vfs_record_t     *records;        /* the batch at hand */
    size_t                  nrecords;
    int64_t                 retry_at;       /* after a fold or write failed */
    int64_t                 started;
    int64_t                 read_at;        /* last turn of the consumer */
    int64_t                 fence_at;       /* when the group is asked again
                                               whether it is a member */
    int64_t                 committed_at;
    int64_t                 reported_at;
    int64_t                 full_since;     /* 0: not full */
    int64_t                 logged;

    int                     wake;           /* readable: a signal came */
    volatile int           *signals;        /* how many */
    unsigned                flow_ready:1;
    unsigned                paused:1;
    unsigned                fenced:1;       /* not known to be a member */
    unsigned                leaving:1;
} vfs_worker_t;


/* The members settings, wake and signals are set before. */

int vfs_worker_init(vfs_worker_t *worker, vfs_error_t *err);
void vfs_worker_destroy(vfs_worker_t *worker);

/* Until a signal comes; VFS_ERROR: it has to stop, and why. */

int vfs_worker_run(vfs_worker_t *worker, vfs_error_t *err);


/* For the worker's own files. */

void vfs_worker_set_io(vfs_worker_t *worker);
void vfs_worker_revoke(void *data, int lost);
int vfs_worker_stopping(void *data);
int64_t vfs_worker_now(void);
void vfs_worker_log_wait(int64_t *logged, const char *what,
    const vfs_error_t *err);

/*
 * Models: before the flow is made; once it is; while a batch waits for them.
 */

int vfs_worker_open_models(vfs_worker_t *worker, vfs_error_t *err);
int vfs_worker_start_models(vfs_worker_t *worker, vfs_error_t *err);
int vfs_worker_serve(vfs_worker_t *worker, int64_t now, vfs_error_t *err);


#endif /* _VFS_INGEST_WORKER_H_INCLUDED_ */
