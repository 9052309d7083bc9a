
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_REPLY_H_INCLUDED_
#define _VFS_COPY_REPLY_H_INCLUDED_


#include "vfs_error.h"
#include "vfs_json.h"

#include <stdint.h>


/*
 * Walks through the JSON of an answer.  VFS_ERROR comes with a message that
 * names what is wrong, and with "what" where a value is not what was expected.
 */

typedef struct {
    vfs_json_t              json;
    vfs_json_token_t        name;       /* of the member */
    vfs_json_token_t        value;      /* its first token, or an element's */
    vfs_error_t            *err;
} vfs_reply_t;


/* Enters the object that the answer has to be. */

int vfs_reply_open(vfs_reply_t *reply, const char *body, size_t len,
    vfs_error_t *err);

/* Nothing may follow the object. */

int vfs_reply_close(vfs_reply_t *reply);

/*
 * The next member or element of what was entered: VFS_DECLINED at its end.  A
 * member's name is reply->name, the value begins with reply->value and has to
 * be entered, read or skipped.
 */

int vfs_reply_member(vfs_reply_t *reply);
int vfs_reply_element(vfs_reply_t *reply);

int vfs_reply_is(const vfs_reply_t *reply, const char *name);
int vfs_reply_skip(vfs_reply_t *reply, vfs_json_token_t *span);

/* VFS_DECLINED: it is null. */

int vfs_reply_object(vfs_reply_t *reply, const char *what);
int vfs_reply_array(vfs_reply_t *reply, const char *what);

/*
 * A string of "min" to "max" bytes, none of them zero, into "buf" of max + 1
 * bytes; of a name or a value.
 */

int vfs_reply_string(vfs_reply_t *reply, const vfs_json_token_t *token,
    const char *what, size_t min, size_t max, char *buf, size_t *len);

/* A whole number from 0 to "max" (at most 2^53); as a string, too. */

int vfs_reply_count(vfs_reply_t *reply, const char *what, uint64_t max,
    uint64_t *value);


#endif /* _VFS_COPY_REPLY_H_INCLUDED_ */
