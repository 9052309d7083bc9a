
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_OPTIONS_H_INCLUDED_
#define _VFS_INDEX_OPTIONS_H_INCLUDED_


#include "vfs_index.h"
#include "vfs_log.h"


#define VFS_OPTIONS_HOSTS  16


typedef struct {
    const char          *listen;
    const char          *data;
    const char          *key_file;
    const char          *access_log;     /* NULL: none; "-": standard error */
    char                *key;            /* allocated; NULL: none */
    const char          *hosts[VFS_OPTIONS_HOSTS];
    unsigned             nhosts;
    vfs_index_metric_e   metric;
    unsigned             nosync:1;
    unsigned             insecure:1;     /* listens anywhere without a key */
    unsigned             help:1;
    unsigned             version:1;
    const char          *backup;         /* where to; NULL: serve */
    unsigned             threads;
    unsigned             connections;
    unsigned             timeout;
    size_t               max_body;
    vfs_log_level_e      log_level;
} vfs_options_t;


extern const char  vfs_options_usage[];


/*
 * Reads the command line.  VFS_ERROR with a message that names the option, what
 * is wrong with it and an example.
 */

int vfs_options_parse(vfs_options_t *options, int argc, char **argv,
    vfs_error_t *err);
void vfs_options_free(vfs_options_t *options);


#endif /* _VFS_INDEX_OPTIONS_H_INCLUDED_ */
