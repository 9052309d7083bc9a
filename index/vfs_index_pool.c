
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    vfs_pool_t        *pool;
    pthread_t          thread;
    unsigned           number;
} vfs_pool_thread_t;


struct vfs_pool_s {
    pthread_mutex_t    lock;
    pthread_cond_t     wake;
    vfs_job_t         *jobs;         /* with chunks to take, the oldest first */
    vfs_job_t        **last;
    int                stop;
    unsigned           n;
    vfs_pool_thread_t  threads[];
};


static void *vfs_pool_run(void *data);
static vfs_job_t *vfs_pool_take(vfs_pool_t *pool, uint32_t *chunk);


vfs_pool_t *
vfs_pool_start(unsigned threads, vfs_error_t *err)
{
    int          rc;
    vfs_pool_t  *pool;

    pool = calloc(1, sizeof(vfs_pool_t) + threads * sizeof(vfs_pool_thread_t));
    if (pool == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    pool->last = &pool->jobs;
    (void) pthread_mutex_init(&pool->lock, NULL);
    (void) pthread_cond_init(&pool->wake, NULL);

    while (pool->n < threads) {
        pool->threads[pool->n].pool = pool;
        pool->threads[pool->n].number = pool->n;

        rc = pthread_create(&pool->threads[pool->n].thread, NULL,
                            vfs_pool_run, &pool->threads[pool->n]);

        if (rc != 0) {
            vfs_error_set(err, "cannot start a thread: %s", strerror(rc));
            vfs_pool_stop(pool);
            return NULL;
        }

        pool->n++;
    }

    return pool;
}


void
vfs_pool_stop(vfs_pool_t *pool)
{
    unsigned  i;

    if (pool == NULL) {
        return;
    }

    (void) pthread_mutex_lock(&pool->lock);
    pool->stop = 1;
    (void) pthread_cond_broadcast(&pool->wake);
    (void) pthread_mutex_unlock(&pool->lock);

    for (i = 0; i < pool->n; i++) {
        (void) pthread_join(pool->threads[i].thread, NULL);
    }

    (void) pthread_cond_destroy(&pool->wake);
    (void) pthread_mutex_destroy(&pool->lock);
    free(pool);
}


unsigned
vfs_pool_threads(vfs_pool_t *pool)
{
    return pool->n;
}


void
vfs_pool_submit(vfs_pool_t *pool, vfs_job_t *job)
{
    job->next = NULL;
    job->taken = 0;
    job->finished = 0;
    job->workers = 0;

    (void) pthread_mutex_lock(&pool->lock);

    *pool->last = job;
    pool->last = &job->next;

    if (job->chunks > 1) {
        (void) pthread_cond_broadcast(&pool->wake);

    } else {
        (void) pthread_cond_signal(&pool->wake);
    }

    (void) pthread_mutex_unlock(&pool->lock);
}


static void *
vfs_pool_run(void *data)
{
    uint32_t            chunk;
    vfs_job_t          *job;
    vfs_pool_t         *pool;
    vfs_pool_thread_t  *thread;

    thread = data;
    pool = thread->pool;

    (void) pthread_mutex_lock(&pool->lock);

    for ( ;; ) {
        job = vfs_pool_take(pool, &chunk);

        if (job == NULL) {

            if (pool->stop) {
                break;
            }

            (void) pthread_cond_wait(&pool->wake, &pool->lock);
            continue;
        }

        (void) pthread_mutex_unlock(&pool->lock);
        job->work(job, thread->number, chunk);
        (void) pthread_mutex_lock(&pool->lock);

        job->workers--;

        if (++job->finished == job->chunks) {
            (void) pthread_mutex_unlock(&pool->lock);
            job->done(job);
            (void) pthread_mutex_lock(&pool->lock);
        }
    }

    (void) pthread_mutex_unlock(&pool->lock);

    return NULL;
}


static vfs_job_t *
vfs_pool_take(vfs_pool_t *pool, uint32_t *chunk)
{
    vfs_job_t  *job, **link;

    for (link = &pool->jobs; *link != NULL; link = &(*link)->next) {
        if ((*link)->workers == 0) {
            break;
        }
    }

    if (*link == NULL) {
        link = &pool->jobs;
    }

    job = *link;

    if (job == NULL) {
        return NULL;
    }

    *chunk = job->taken++;
    job->workers++;

    if (job->taken == job->chunks) {
        *link = job->next;

        if (job->next == NULL) {
            pool->last = link;
        }
    }

    return job;
}
