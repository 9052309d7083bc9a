
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_HTTP_H_INCLUDED_
#define _VFS_HTTP_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>
#include <stdint.h>


/* HTTP by libcurl's multi interface: nothing here blocks but what says so. */

typedef struct vfs_http_s      vfs_http_t;
typedef struct vfs_transfer_s  vfs_transfer_t;


typedef struct {
    int                     status;         /* 0: no answer */
    const char             *body;
    size_t                  len;
    int64_t                 retry_after_ms; /* -1: not said */
    int64_t                 elapsed_us;
    const char             *failure;        /* without an answer: why */
    unsigned                cut:1;          /* "body" is only its beginning */
} vfs_http_answer_t;


typedef void (*vfs_http_done_pt)(void *data, const vfs_http_answer_t *answer);


/* Which headers and key a request has; all are JSON. */

typedef enum {
    VFS_HTTP_PLAIN = 0,
    VFS_HTTP_INDEX,             /* Pinecone's */
    VFS_HTTP_OTHER,             /* the same, of a second index */
    VFS_HTTP_MODEL,             /* a bearer token */
    VFS_HTTP_KINDS
} vfs_http_kind_e;


typedef struct {
    const char             *url;
    const char             *body;           /* NULL: GET; else it stays valid
                                               until the answer */
    size_t                  len;
    long                    timeout_ms;
    vfs_http_kind_e         kind;
    size_t                  max_answer;     /* bytes; more is cut; 0: 64 KB */
    vfs_http_done_pt        done;
    void                   *data;
} vfs_http_request_t;


/*
 * "agent" is what requests call themselves.  An https host is verified by the
 * certificates of the file that SSL_CERT_FILE names, or the system's.
 */

vfs_http_t *vfs_http_create(const char *agent, vfs_error_t *err);
void vfs_http_destroy(vfs_http_t *http);

/*
 * The key that requests of a kind carry; NULL: none.  It is copied into
 * libcurl's list of headers.
 */

int vfs_http_key(vfs_http_t *http, vfs_http_kind_e kind, const char *key,
    vfs_error_t *err);

/* done() follows from within vfs_http_run(), unless it is cancelled. */

vfs_transfer_t *vfs_http_start(vfs_http_t *http,
    const vfs_http_request_t *request, vfs_error_t *err);
void vfs_http_cancel(vfs_http_t *http, vfs_transfer_t *transfer);

/* Moves what can be moved and calls done() for what is over. */

int vfs_http_run(vfs_http_t *http, vfs_error_t *err);

/* Waits for a transfer or one of "fds" to become ready. */

int vfs_http_wait(vfs_http_t *http, const int *fds, unsigned nfds,
    int timeout_ms, vfs_error_t *err);

/* One request from begin to end; it blocks up to its timeout. */

int vfs_http_once(vfs_http_t *http, const vfs_http_request_t *request,
    vfs_error_t *err);


#endif /* _VFS_HTTP_H_INCLUDED_ */
