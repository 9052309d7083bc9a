
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_temporary.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


int
vfs_temporary_open(char *path, size_t size, vfs_error_t *err)
{
    int          n, fd;
    const char  *directory;

    directory = getenv("TMPDIR");

    if (directory == NULL || directory[0] == '\0') {
        directory = "/tmp";
    }

    n = snprintf(path, size, "%s/vfs-train-XXXXXX", directory);

    fd = (n > 0 && (size_t) n < size) ? mkstemp(path) : -1;

    if (fd == -1) {
        vfs_error_set(err, "TMPDIR: cannot make a temporary file in "
                      "\"%.256s\": %s", directory, strerror(errno));
    }

    return fd;
}


int
vfs_temporary_file(vfs_error_t *err)
{
    int   fd;
    char  path[PATH_MAX];

    fd = vfs_temporary_open(path, sizeof(path), err);

    if (fd != -1) {
        (void) unlink(path);
    }

    return fd;
}
