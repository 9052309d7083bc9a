
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_file_map.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>


static int vfs_file_map_fd(int fd, const char **bytes, size_t *len,
    vfs_error_t *err);


int
vfs_file_map(void *data, const char *path, const char **bytes, size_t *len,
    vfs_error_t *err)
{
    int          n, fd, rc;
    char         name[PATH_MAX];
    const char  *slash, *definition;

    definition = data;
    slash = path[0] == '/' ? NULL : strrchr(definition, '/');

    n = snprintf(name, sizeof(name), "%.*s%s",
                 slash == NULL ? 0 : (int) (slash - definition + 1),
                 definition, path);

    if (n < 0 || (size_t) n >= sizeof(name)) {
        vfs_error_set(err, "the path is too long");
        return VFS_ERROR;
    }

    fd = open(name, O_RDONLY | O_CLOEXEC);

    if (fd == -1) {
        vfs_error_set(err, "cannot open it: %s", strerror(errno));
        return VFS_ERROR;
    }

    rc = vfs_file_map_fd(fd, bytes, len, err);

    (void) close(fd);

    return rc;
}


static int
vfs_file_map_fd(int fd, const char **bytes, size_t *len, vfs_error_t *err)
{
    void         *p;
    struct stat   st;

    if (fstat(fd, &st) == -1) {
        vfs_error_set(err, "cannot read it: %s", strerror(errno));
        return VFS_ERROR;
    }

    if (!S_ISREG(st.st_mode)) {
        vfs_error_set(err, "expected a regular file");
        return VFS_ERROR;
    }

    *len = (size_t) st.st_size;
    *bytes = "";

    if (*len == 0) {
        return VFS_OK;
    }

    p = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);

    if (p == MAP_FAILED) {
        vfs_error_set(err, "cannot map it: %s", strerror(errno));
        return VFS_ERROR;
    }

    *bytes = p;

    return VFS_OK;
}
