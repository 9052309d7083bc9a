
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_LANE_H_INCLUDED_
#define _VFS_INGEST_LANE_H_INCLUDED_


#include "vfs_ingest_answer.h"
#include "vfs_ingest_cache.h"
#include "vfs_ingest_counters.h"
#include "vfs_ingest_io.h"
#include "vfs_ingest_pending.h"
#include "vfs_ingest_versions.h"


/*
 * The way of one namespace's vectors to the index: takes what waits, builds
 * requests from the newest states, sends several at a time, and sorts the
 * answers.  A request that failed keeps its ids, not its bytes: it is built
 * anew before it goes out again.
 *
 * With a feature log, what was stored is appended to it, and only then done
 * with.  There, a request whose answer leaves open whether it was stored goes
 * out again as it was: no version may be visible that the log does not get.
 */

typedef struct vfs_lane_s  vfs_lane_t;

struct vfs_request_s {
    TAILQ_ENTRY(vfs_request_s)  link;
    vfs_lane_t             *lane;
    vfs_operation_e         operation;
    vfs_pending_t         **entries;
    unsigned                count;
    unsigned                refusals;       /* of it and of what it is a part
                                               of */
    unsigned                isolating:1;    /* a part of a refused one */
    unsigned                as_it_was:1;    /* goes out again unchanged */
    vfs_body_t              body;
    vfs_versions_t          versions;       /* the same, for the log */
    int64_t                 sent;           /* ms */
    int64_t                 first_sent;     /* ms since 1970 */
    void                   *transport;      /* of whoever sends it */
};


TAILQ_HEAD(vfs_requests_s, vfs_request_s);

typedef struct vfs_requests_s  vfs_requests_t;


typedef struct {
    unsigned                max_records;    /* of a request */
    size_t                  max_bytes;
    unsigned                max_in_flight;  /* requests */
    int64_t                 linger_ms;      /* how long a request that is not
                                               full waits for more */
    int64_t                 backoff_ms;     /* the first, and the longest */
    int64_t                 max_backoff_ms;
    int64_t                 grace_ms;       /* how long a refused key or host
                                               is tried again after it had
                                               worked */
} vfs_lane_conf_t;


struct vfs_lane_s {
    const vfs_lane_conf_t   *conf;
    const vfs_definition_t  *def;
    const vfs_io_t          *io;
    vfs_cache_t             *cache;
    vfs_pending_set_t       *pending;
    vfs_counters_t          *counters;
    vfs_entity_e             entity;

    vfs_requests_t          again;      /* to be sent before what waits */
    vfs_requests_t          in_flight;
    vfs_requests_t          refused;    /* of one record each */
    vfs_requests_t          spare;
    vfs_pending_list_t      vanished;   /* taken: to be deleted */
    vfs_requests_t          unlogged;   /* stored, to be appended to the log */
    vfs_requests_t          logging;    /* on their way there */
    unsigned                nlogging;   /* of both */
    int64_t                 log_not_before;
    unsigned                nin_flight;
    unsigned                nspare;

    double                  limit;      /* of requests in flight */
    double                  fastest_ms; /* drifts up, so that it is recent */
    int64_t                 failed;     /* when the last failure came */
    int64_t                 next_partial;   /* earliest of the next request
                                               that is not full */
    unsigned                failures;   /* in a row */
    int64_t                 not_before;
    int64_t                 logged;
    int64_t                 stop_since; /* 0: no such answer */
    unsigned                worked:1;   /* an answer was good */

    float                  *vector;
    unsigned char          *bytes;      /* of the vector */

    unsigned                stopped:1;  /* for good, "stop" says why */
    vfs_error_t             stop;
};


/* The members from conf to counters are set before. */

int vfs_lane_init(vfs_lane_t *lane, vfs_entity_e entity);
void vfs_lane_destroy(vfs_lane_t *lane);

/*
 * Sends what may be sent; call it while the cache holds no unwritten change.
 * VFS_ERROR: memory or the store failed, it can be called again.
 */

int vfs_lane_send(vfs_lane_t *lane, vfs_error_t *err);

/* The request has left lane->in_flight when this returns. */

void vfs_lane_answer(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_answer_t *answer);

/* VFS_ERROR: its versions are not in the log, and are appended once more. */

void vfs_lane_logged(vfs_lane_t *lane, vfs_request_t *request, int rc);

/* Cancels and forgets all; the pending set is cleared by the caller. */

void vfs_lane_clear(vfs_lane_t *lane);

/* The dead letter of a refused request is written: its record is given up. */

void vfs_lane_give_up(vfs_lane_t *lane, vfs_request_t *request);

/* When vfs_lane_send() has something to do next; -1: not before an answer. */

int64_t vfs_lane_wakeup(const vfs_lane_t *lane, int64_t now);


/* For the lane's own files. */

void vfs_lane_recycle(vfs_lane_t *lane, vfs_request_t *request);
vfs_request_t *vfs_lane_request(vfs_lane_t *lane, vfs_operation_e operation);
void vfs_lane_log(vfs_lane_t *lane, vfs_request_t *request, int64_t time);
void vfs_lane_log_again(vfs_lane_t *lane, int64_t now);
int vfs_lane_note(vfs_lane_t *lane, vfs_request_t *request,
    const vfs_pending_t *entry, const vfs_state_t *state);
void vfs_lane_complete(vfs_lane_t *lane, vfs_request_t *request);


#endif /* _VFS_INGEST_LANE_H_INCLUDED_ */
