
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_CONFIG_H_INCLUDED_
#define _VFS_INGEST_CONFIG_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>


#define VFS_CONFIG_MAX_ENTRIES  128
#define VFS_CONFIG_MAX_NAME     128


/*
 * A file of settings, "name = value" a line: "kafka." and a property of
 * librdkafka, or the name of a variable of the environment.  What the file says
 * is put into the environment, where it is not set there already.
 */

typedef struct {
    const char             *path;

    struct {
        char                name[VFS_CONFIG_MAX_NAME];  /* the variable's */
        unsigned            line;
    }                       entries[VFS_CONFIG_MAX_ENTRIES];
    size_t                  n;
} vfs_ingest_config_t;


/* "path" is kept.  VFS_ERROR with a message that names the file and the line.
 */

int vfs_ingest_config_load(vfs_ingest_config_t *config, const char *path,
    vfs_error_t *err);

/*
 * The line that set the variable which begins "text", a message about it; 0 if
 * the file did not.
 */

unsigned vfs_ingest_config_line(const vfs_ingest_config_t *config,
    const char *text);


#endif /* _VFS_INGEST_CONFIG_H_INCLUDED_ */
