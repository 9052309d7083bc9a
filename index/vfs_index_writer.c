
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_group.h"
#include "vfs_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


/* What one transaction takes at most. */

#define VFS_WRITER_MAX_WRITES  1000
#define VFS_WRITER_MAX_BYTES   (16 * 1024 * 1024)


struct vfs_writer_s {
    pthread_t            thread;
    pthread_mutex_t      lock;
    pthread_cond_t       wake;

    /* under the lock */

    vfs_write_t         *first;
    vfs_write_t        **last;
    int                  stop;
    vfs_writer_stats_t   stats;

    /* the thread's own */

    int                  nosync;
    int                  unsynced;     /* committed, but maybe not on disk */
    int                  collect;      /* there may be records to free */

    vfs_group_t          group;
    atomic_ullong        lsn;
};


static void *vfs_writer_run(void *data);
static vfs_write_t *vfs_writer_take(vfs_writer_t *writer);
static void vfs_writer_perform(vfs_writer_t *writer, vfs_write_t *writes);
static int vfs_writer_commit(vfs_writer_t *writer, vfs_write_t *writes,
    uint64_t *lsn);
static int vfs_writer_stage(vfs_writer_t *writer, vfs_write_t *writes);
static void vfs_writer_give_up(vfs_writer_t *writer, vfs_write_t *writes);
static void vfs_writer_report(vfs_writer_t *writer, vfs_write_t *writes,
    int committed);
static void vfs_writer_tidy(vfs_writer_t *writer);
static int vfs_writer_sync(vfs_writer_t *writer, vfs_error_t *err);
static void vfs_writer_tidying_failed(const vfs_error_t *err);


vfs_writer_t *
vfs_writer_start(vfs_catalog_t *catalog, vfs_store_t *store,
    vfs_index_metric_e metric, int nosync, vfs_error_t *err)
{
    int            rc;
    vfs_writer_t  *writer;

    writer = calloc(1, sizeof(vfs_writer_t));

    if (writer == NULL
        || vfs_group_init(&writer->group, catalog, store, metric) != VFS_OK)
    {
        free(writer);
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    writer->last = &writer->first;
    writer->nosync = nosync;
    writer->collect = 1;
    writer->stats.lsn = vfs_store_lsn(store);
    atomic_init(&writer->lsn, vfs_store_lsn(store));

    (void) pthread_mutex_init(&writer->lock, NULL);
    (void) pthread_cond_init(&writer->wake, NULL);

    rc = pthread_create(&writer->thread, NULL, vfs_writer_run, writer);

    if (rc != 0) {
        vfs_error_set(err, "cannot start a thread: %s", strerror(rc));
        vfs_group_free(&writer->group);
        free(writer);
        return NULL;
    }

    return writer;
}


void
vfs_writer_stop(vfs_writer_t *writer)
{
    if (writer == NULL) {
        return;
    }

    (void) pthread_mutex_lock(&writer->lock);
    writer->stop = 1;
    (void) pthread_cond_signal(&writer->wake);
    (void) pthread_mutex_unlock(&writer->lock);

    (void) pthread_join(writer->thread, NULL);

    (void) pthread_cond_destroy(&writer->wake);
    (void) pthread_mutex_destroy(&writer->lock);

    vfs_group_free(&writer->group);
    free(writer);
}


void
vfs_writer_submit(vfs_writer_t *writer, vfs_write_t *write)
{
    write->next = NULL;
    write->matched = 0;

    (void) pthread_mutex_lock(&writer->lock);

    *writer->last = write;
    writer->last = &write->next;

    (void) pthread_cond_signal(&writer->wake);
    (void) pthread_mutex_unlock(&writer->lock);
}


uint64_t
vfs_writer_lsn(vfs_writer_t *writer)
{
    return atomic_load_explicit(&writer->lsn, memory_order_acquire);
}


void
vfs_writer_stats(vfs_writer_t *writer, vfs_writer_stats_t *stats)
{
    (void) pthread_mutex_lock(&writer->lock);
    *stats = writer->stats;
    (void) pthread_mutex_unlock(&writer->lock);
}


static void *
vfs_writer_run(void *data)
{
    vfs_error_t    err;
    vfs_write_t   *writes;
    vfs_writer_t  *writer;

    writer = data;

    for ( ;; ) {
        (void) pthread_mutex_lock(&writer->lock);

        while (writer->first == NULL && !writer->stop && !writer->collect) {
            (void) pthread_cond_wait(&writer->wake, &writer->lock);
        }

        if (writer->first == NULL && writer->stop) {
            (void) pthread_mutex_unlock(&writer->lock);
            break;
        }

        writes = vfs_writer_take(writer);

        (void) pthread_mutex_unlock(&writer->lock);

        if (writes != NULL) {
            vfs_writer_perform(writer, writes);

        } else {
            vfs_writer_tidy(writer);
        }
    }

    /* what is left to be freed waits for the next start */

    if (vfs_writer_sync(writer, &err) == VFS_ERROR) {
        vfs_writer_tidying_failed(&err);
    }

    return NULL;
}


/* The writes of the next transaction, in the order in which they came. */

static vfs_write_t *
vfs_writer_take(vfs_writer_t *writer)
{
    size_t         bytes;
    unsigned       n;
    vfs_write_t   *taken, **last;

    taken = NULL;
    last = &taken;
    bytes = 0;

    for (n = 0; writer->first != NULL; n++) {

        if (n != 0
            && (writer->first->alone || taken->alone
                || n == VFS_WRITER_MAX_WRITES
                || bytes + writer->first->bytes > VFS_WRITER_MAX_BYTES))
        {
            break;
        }

        *last = writer->first;
        last = &writer->first->next;

        bytes += writer->first->bytes;
        writer->first = writer->first->next;
        *last = NULL;
    }

    if (writer->first == NULL) {
        writer->last = &writer->first;
    }

    return taken;
}


static void
vfs_writer_perform(vfs_writer_t *writer, vfs_write_t *writes)
{
    int           committed;
    uint64_t      lsn;
    vfs_group_t  *group;

    group = &writer->group;

    /* a change by filter may need more room than its request told */

    while (vfs_writer_commit(writer, writes, &lsn) != VFS_OK) {
        vfs_store_abort(group->store);
        vfs_group_drop(group);

        if (vfs_store_widen(group->store, &group->error) != VFS_OK) {
            vfs_writer_give_up(writer, writes);
            return;
        }
    }

    committed = group->nchanges != 0 || group->ncreations != 0;

    if (committed) {
        writer->unsynced = 1;
        writer->collect = 1;
        vfs_group_apply(group);

    } else {
        vfs_store_abort(group->store);
        vfs_group_drop(group);
    }

    atomic_store_explicit(&writer->lsn, lsn, memory_order_release);

    vfs_writer_report(writer, writes, committed);
}


/* If there is nothing to be changed, the transaction is left open. */

static int
vfs_writer_commit(vfs_writer_t *writer, vfs_write_t *writes, uint64_t *lsn)
{
    unsigned      changed;
    vfs_group_t  *group;
    vfs_write_t  *write;

    group = &writer->group;

    if (vfs_writer_stage(writer, writes) != VFS_OK) {
        return VFS_ERROR;
    }

    changed = group->nchanges != 0 || group->ncreations != 0;
    *lsn = vfs_store_lsn(group->store);

    for (write = writes; write != NULL; write = write->next) {
        *lsn += changed;
        write->lsn = *lsn;
    }

    if (!changed) {
        return VFS_OK;
    }

    if (vfs_group_reserve(group) != VFS_OK) {
        return VFS_ERROR;
    }

    return vfs_store_commit(group->store, *lsn, &group->error);
}


static int
vfs_writer_stage(vfs_writer_t *writer, vfs_write_t *writes)
{
    size_t        bytes;
    vfs_group_t  *group;
    vfs_write_t  *write;

    group = &writer->group;
    bytes = 0;

    for (write = writes; write != NULL; write = write->next) {
        bytes += write->bytes;
    }

    if (vfs_store_begin(group->store, bytes, &group->error) != VFS_OK) {
        return VFS_ERROR;
    }

    for (write = writes; write != NULL; write = write->next) {
        write->matched = 0;
        write->rc = write->perform(group, write);

        if (write->rc == VFS_ERROR) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static void
vfs_writer_give_up(vfs_writer_t *writer, vfs_write_t *writes)
{
    char          reason[600];
    vfs_group_t  *group;
    vfs_write_t  *write;

    group = &writer->group;

    vfs_log(VFS_LOG_ERROR, "write_failed", "reason=%s",
            vfs_log_quote(reason, sizeof(reason), group->error.text,
                          strlen(group->error.text)));

    for (write = writes; write != NULL; write = write->next) {
        write->rc = vfs_fault(&write->fault, VFS_CODE_UNAVAILABLE,
                              "The change was not stored: %s",
                              group->error.text);
    }

    vfs_writer_report(writer, writes, 0);
}


static void
vfs_writer_report(vfs_writer_t *writer, vfs_write_t *writes, int committed)
{
    vfs_write_t  *write, *next;

    (void) pthread_mutex_lock(&writer->lock);

    writer->stats.commits += committed;
    writer->stats.lsn = vfs_writer_lsn(writer);

    for (write = writes; write != NULL; write = write->next) {
        writer->stats.writes++;
        writer->stats.failed += write->rc == VFS_ERROR;
    }

    (void) pthread_mutex_unlock(&writer->lock);

    for (write = writes; write != NULL; write = next) {
        next = write->next;
        write->done(write);
    }
}


/*
 * While nothing waits: frees what deleted namespaces left, then makes durable
 * what is not.
 */

static void
vfs_writer_tidy(vfs_writer_t *writer)
{
    int          rc;
    vfs_error_t  err;

    rc = vfs_store_collect(writer->group.store, &err);

    if (rc == VFS_OK) {
        writer->unsynced = 1;
        return;
    }

    if (rc == VFS_DECLINED) {
        rc = vfs_writer_sync(writer, &err);
    }

    if (rc == VFS_ERROR) {
        vfs_writer_tidying_failed(&err);
    }

    /* the next change tries again */

    writer->collect = 0;
}


static int
vfs_writer_sync(vfs_writer_t *writer, vfs_error_t *err)
{
    if (!writer->nosync || !writer->unsynced) {
        return VFS_OK;
    }

    writer->unsynced = 0;

    return vfs_store_sync(writer->group.store, err);
}


static void
vfs_writer_tidying_failed(const vfs_error_t *err)
{
    char  reason[600];

    vfs_log(VFS_LOG_ERROR, "tidying_failed", "reason=%s",
            vfs_log_quote(reason, sizeof(reason), err->text,
                          strlen(err->text)));
}
