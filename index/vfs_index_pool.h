
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_POOL_H_INCLUDED_
#define _VFS_INDEX_POOL_H_INCLUDED_


#include "vfs_error.h"

#include <stdint.h>


/*
 * Threads for work that is too long for the thread of a connection.  A job is
 * cut into chunks; a thread without one takes the next chunk of the oldest job
 * that nobody works on, else it helps the oldest.  So a lone job gets all
 * threads, and many jobs get one each.
 */

typedef struct vfs_pool_s  vfs_pool_t;
typedef struct vfs_job_s  vfs_job_t;


struct vfs_job_s {
    uint32_t     chunks;

    /* on any thread, "worker" being its number; chunks run in parallel */

    void       (*work)(vfs_job_t *job, unsigned worker, uint32_t chunk);

    /* after the last, by the thread that ran it; may free the job */

    void       (*done)(vfs_job_t *job);

    void        *data;

    /* the pool's */

    vfs_job_t   *next;
    uint32_t     taken;
    uint32_t     finished;
    unsigned     workers;
};


vfs_pool_t *vfs_pool_start(unsigned threads, vfs_error_t *err);

/* No job may be left. */

void vfs_pool_stop(vfs_pool_t *pool);

unsigned vfs_pool_threads(vfs_pool_t *pool);
void vfs_pool_submit(vfs_pool_t *pool, vfs_job_t *job);


#endif /* _VFS_INDEX_POOL_H_INCLUDED_ */
