
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_HTTP_ANSWER_H_INCLUDED_
#define _VFS_HTTP_ANSWER_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/*
 * What an error of Pinecone's API says: {"message"}, {"error":{"message"}} or
 * plain text, which is taken only where it is short.  Cut to "size" bytes with
 * the terminating zero; empty if it says nothing.
 */

void vfs_http_message(const char *body, size_t len, char *buf, size_t size);

/*
 * "Retry-After" in seconds or as a date, as milliseconds from "now_ms", at
 * most 600,000; -1 if it is neither.
 */

int64_t vfs_http_retry_after(const char *value, size_t len, int64_t now_ms);


#endif /* _VFS_HTTP_ANSWER_H_INCLUDED_ */
