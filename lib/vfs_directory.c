
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_directory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>


int
vfs_directory_make(const char *dir, vfs_error_t *err)
{
    int    n;
    char   path[PATH_MAX], *p;

    n = snprintf(path, sizeof(path), "%s", dir);

    if (n <= 0 || (size_t) n >= sizeof(path)) {
        vfs_error_set(err, "a directory's path has %d bytes, expected 1 to %d",
                      n, PATH_MAX - 1);
        return VFS_ERROR;
    }

    for (p = path + 1; /* void */ ; p++) {

        if (*p != '/' && *p != '\0') {
            continue;
        }

        n = *p;
        *p = '\0';

        if (mkdir(path, 0750) == -1 && errno != EEXIST) {
            vfs_error_set(err, "cannot create the directory \"%.256s\": %s",
                          path, strerror(errno));
            return VFS_ERROR;
        }

        *p = (char) n;

        if (*p == '\0') {
            return VFS_OK;
        }
    }
}
