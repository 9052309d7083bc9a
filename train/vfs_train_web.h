
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_WEB_H_INCLUDED_
#define _VFS_TRAIN_WEB_H_INCLUDED_


#include "vfs_error.h"


/* HTTP, one request at a time, by libcurl. */

typedef struct vfs_web_s  vfs_web_t;


typedef struct {
    int                     status;
    const char             *body;       /* until the next request */
    size_t                  len;
} vfs_web_answer_t;


/* "api_key" is for Pinecone's headers, or NULL. */

vfs_web_t *vfs_web_create(const char *api_key, vfs_error_t *err);
void vfs_web_free(vfs_web_t *web);

/*
 * POSTs "body" as JSON, or GETs if it is NULL.  What may pass (no connection,
 * 429, 503 and the like) is tried again for some seconds.  VFS_ERROR with a
 * message: no answer.
 */

int vfs_web_request(vfs_web_t *web, const char *url, const char *body,
    size_t len, vfs_web_answer_t *answer, vfs_error_t *err);

/* One attempt of at most "timeout_ms", for what may be lost. */

int vfs_web_try(vfs_web_t *web, const char *url, const char *body, size_t len,
    long timeout_ms, vfs_web_answer_t *answer, vfs_error_t *err);


#endif /* _VFS_TRAIN_WEB_H_INCLUDED_ */
