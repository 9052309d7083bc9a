
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_CLIENT_H_INCLUDED_
#define _VFS_COPY_CLIENT_H_INCLUDED_


#include "vfs_error.h"
#include "vfs_http.h"

#include <stdint.h>
#include <sys/queue.h>


/*
 * Paced, patient requests to two indexes at a time, by one thread.  What may
 * pass (no connection, a limit, a server's error) is tried again with growing
 * pauses; an index that limits is asked more slowly for a while.
 */

typedef struct vfs_call_s    vfs_call_t;
typedef struct vfs_client_s  vfs_client_t;


/*
 * The body of an answer of status 200, which it keeps no longer than this call
 * takes.  VFS_ERROR with a message: it is not what it has to be.
 */

typedef int (*vfs_call_done_pt)(vfs_call_t *call, const char *body, size_t len,
    vfs_error_t *err);


TAILQ_HEAD(vfs_calls_s, vfs_call_s);


typedef struct {
    const char             *name;       /* of the option: "from", "to" */
    const char             *url;
    vfs_http_kind_e         kind;
    int64_t                 pause_us;   /* from one request to the next */
    int64_t                 slow_us;    /* the same, while it limits */
    int64_t                 due_us;     /* the next request */
    int64_t                 slowed_us;  /* when it was last slowed down */
    struct vfs_calls_s      waiting;
    uint64_t                requests;
    uint64_t                repeated;
    char                    trouble[128];   /* why a request was repeated */
    unsigned                answered:1;
} vfs_remote_t;


/* Its owner keeps it, "url" and "body" until it is done. */

struct vfs_call_s {
    TAILQ_ENTRY(vfs_call_s)  link;
    vfs_client_t           *client;
    vfs_remote_t           *remote;
    const char             *path;       /* for messages */
    const char             *url;
    const char             *body;       /* NULL: a GET */
    size_t                  len;
    vfs_call_done_pt        done;
    void                   *data;
    unsigned                tries;
    int64_t                 began_us;
    int64_t                 due_us;
};


typedef struct {
    const char             *url;
    const char             *key;        /* NULL: none */
    double                  rate;       /* requests a second */
} vfs_remote_conf_t;


struct vfs_client_s {
    vfs_http_t             *http;
    vfs_remote_t            from;
    vfs_remote_t            to;
    int64_t                 give_up_us; /* how long a request is repeated */
    uint64_t                answers;
    vfs_error_t             fault;
    unsigned                failed:1;
};


int vfs_client_open(vfs_client_t *client, const vfs_remote_conf_t *from,
    const vfs_remote_conf_t *to, int64_t give_up_us, vfs_error_t *err);
void vfs_client_close(vfs_client_t *client);

/* Puts a request into its index's queue. */

void vfs_client_ask(vfs_client_t *client, vfs_call_t *call);

/*
 * Sends what is due, waits for answers up to "timeout_ms", and hands over
 * those that came.  VFS_ERROR: a request has failed for good.
 */

int vfs_client_turn(vfs_client_t *client, int timeout_ms, vfs_error_t *err);

/* Of a monotonic clock. */

int64_t vfs_client_now(void);


#endif /* _VFS_COPY_CLIENT_H_INCLUDED_ */
