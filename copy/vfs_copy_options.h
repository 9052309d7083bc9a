
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_COPY_OPTIONS_H_INCLUDED_
#define _VFS_COPY_OPTIONS_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>


typedef struct {
    char                   *url;        /* without a slash at its end */
    const char             *key_file;   /* NULL: none */
    char                   *key;        /* NULL: none */
} vfs_copy_end_t;


typedef struct {
    vfs_copy_end_t          from;
    vfs_copy_end_t          to;
    const char            **namespaces; /* NULL-terminated; NULL: all */
    double                  rate;       /* requests a second */
    double                  patience;   /* seconds */
    double                  give_up;    /* seconds */
    unsigned                verify_only:1;
    unsigned                help:1;
    unsigned                version:1;
} vfs_copy_options_t;


extern const char  vfs_copy_usage[];


/*
 * Reads the command line.  VFS_ERROR with a message; vfs_copy_options_free()
 * is called in any case.
 */

int vfs_copy_options_parse(vfs_copy_options_t *options, int argc, char **argv,
    vfs_error_t *err);

/* Checks the URLs and reads the keys. */

int vfs_copy_options_ends(vfs_copy_options_t *options, vfs_error_t *err);

void vfs_copy_options_free(vfs_copy_options_t *options);


#endif /* _VFS_COPY_OPTIONS_H_INCLUDED_ */
