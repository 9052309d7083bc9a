
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_WRITER_H_INCLUDED_
#define _VFS_INDEX_WRITER_H_INCLUDED_


#include "vfs_index_arena.h"
#include "vfs_index_catalog.h"
#include "vfs_index_fault.h"


/*
 * All changes go through one thread.  It takes what waits, makes it durable in
 * one transaction (so that many clients share one flush), changes memory, and
 * only then reports each change as done.
 */

typedef struct vfs_writer_s  vfs_writer_t;
typedef struct vfs_write_s  vfs_write_t;
typedef struct vfs_group_s  vfs_group_t;


/*
 * What one kind of change does, on the writer thread.  VFS_OK;
 * VFS_DECLINED if the change is refused with its fault set and nothing was
 * staged; VFS_ERROR if the whole transaction must be given up.
 */

typedef int (*vfs_write_pt)(vfs_group_t *group, vfs_write_t *write);


struct vfs_write_s {
    vfs_write_t         *next;
    vfs_write_pt         perform;
    unsigned             alone:1;      /* needs a transaction of its own */
    size_t               bytes;        /* about what it adds to the store */

    vfs_str_t            index;
    vfs_str_t            ns;
    vfs_arena_t         *arena;
    void                *request;      /* what "perform" is to do */

    /* the result; done() is called on the writer thread */

    int                  rc;
    vfs_fault_t          fault;
    uint64_t             lsn;
    uint32_t             matched;

    void               (*done)(vfs_write_t *write);
    void                *data;
};


typedef struct {
    uint64_t             writes;
    uint64_t             commits;
    uint64_t             failed;
    uint64_t             lsn;          /* of the last change that is visible */
} vfs_writer_stats_t;


/* "metric" is what the default index gets when its first upsert creates it. */

vfs_writer_t *vfs_writer_start(vfs_catalog_t *catalog, vfs_store_t *store,
    vfs_index_metric_e metric, int nosync, vfs_error_t *err);

/* Performs what waits, then ends the thread. */

void vfs_writer_stop(vfs_writer_t *writer);

/* From any thread; "write" stays the writer's until done() is called. */

void vfs_writer_submit(vfs_writer_t *writer, vfs_write_t *write);

uint64_t vfs_writer_lsn(vfs_writer_t *writer);
void vfs_writer_stats(vfs_writer_t *writer, vfs_writer_stats_t *stats);


#endif /* _VFS_INDEX_WRITER_H_INCLUDED_ */
