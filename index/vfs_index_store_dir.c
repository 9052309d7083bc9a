
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_store_env.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


static int vfs_store_sync_path(const char *path, int flags,
    vfs_error_t *err);


int
vfs_store_make_dir(const char *dir, vfs_error_t *err)
{
    int   rc;
    char  path[PATH_MAX];

    if ((size_t) snprintf(path, sizeof(path), "%s", dir) >= sizeof(path)) {
        vfs_error_set(err, "the name of the directory is too long");
        return VFS_ERROR;
    }

    if (mkdir(dir, 0700) == 0) {

        /*
         * The entry in its parent must survive a power cut as its files do; a
         * parent that may not be read leaves that to the kernel.
         */

        rc = vfs_store_sync_path(dirname(path),
                                 O_RDONLY|O_DIRECTORY|O_CLOEXEC, err);

        return rc == VFS_DECLINED ? VFS_OK : rc;
    }

    if (errno != EEXIST) {
        vfs_error_set(err, "cannot create the directory %s: %s", dir,
                      strerror(errno));
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_store_sync_dir(const char *dir, vfs_error_t *err)
{
    return vfs_store_sync_path(dir, O_RDONLY|O_DIRECTORY|O_CLOEXEC, err);
}


int
vfs_store_sync_copy(const char *dir, vfs_error_t *err)
{
    char  path[PATH_MAX];

    (void) snprintf(path, sizeof(path), "%s/data.mdb", dir);

    if (vfs_store_sync_path(path, O_RDONLY|O_CLOEXEC, err) != VFS_OK) {
        return VFS_ERROR;
    }

    return vfs_store_sync_path(dir, O_RDONLY|O_DIRECTORY|O_CLOEXEC, err);
}


void
vfs_store_remove_copy(const char *dir)
{
    char  path[PATH_MAX];

    (void) snprintf(path, sizeof(path), "%s/data.mdb", dir);
    (void) unlink(path);
}


/* VFS_DECLINED, with the error set, if it may not be read. */

static int
vfs_store_sync_path(const char *path, int flags, vfs_error_t *err)
{
    int  fd, rc;

    rc = VFS_OK;
    fd = open(path, flags);

    if (fd == -1 || fsync(fd) != 0) {
        rc = fd == -1 && errno == EACCES ? VFS_DECLINED : VFS_ERROR;
        vfs_error_set(err, "cannot sync %s: %s", path, strerror(errno));
    }

    if (fd != -1) {
        (void) close(fd);
    }

    return rc;
}
