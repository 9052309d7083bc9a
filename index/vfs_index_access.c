
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_access.h"
#include "vfs_log.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


#define VFS_ACCESS_PATH  512


struct vfs_access_s {
    pthread_rwlock_t   lock;             /* guards the descriptor */
    int                fd;
    const char        *path;
};


static int vfs_access_open_file(const char *path, vfs_error_t *err);
static void vfs_access_client(const struct sockaddr *client, char *text,
    size_t size);


vfs_access_t *
vfs_access_open(const char *path, vfs_error_t *err)
{
    vfs_access_t  *access;

    access = calloc(1, sizeof(vfs_access_t));
    if (access == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    access->path = path;
    access->fd = vfs_access_open_file(path, err);

    if (access->fd == -1) {
        free(access);
        return NULL;
    }

    (void) pthread_rwlock_init(&access->lock, NULL);

    return access;
}


void
vfs_access_close(vfs_access_t *access)
{
    if (access == NULL) {
        return;
    }

    (void) close(access->fd);
    (void) pthread_rwlock_destroy(&access->lock);
    free(access);
}


int
vfs_access_reopen(vfs_access_t *access, vfs_error_t *err)
{
    int  fd, old;

    fd = vfs_access_open_file(access->path, err);

    if (fd == -1) {
        return VFS_ERROR;
    }

    (void) pthread_rwlock_wrlock(&access->lock);
    old = access->fd;
    access->fd = fd;
    (void) pthread_rwlock_unlock(&access->lock);

    (void) close(old);

    return VFS_OK;
}


void
vfs_access_write(vfs_access_t *access, const vfs_access_line_t *line)
{
    int              n;
    char             text[VFS_ACCESS_PATH + 700], path[VFS_ACCESS_PATH];
    char             method[64], client[64], date[32];
    struct tm        tm;
    struct timespec  now;

    (void) clock_gettime(CLOCK_REALTIME, &now);
    (void) gmtime_r(&now.tv_sec, &tm);
    (void) strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
    vfs_access_client(line->client, client, sizeof(client));

    n = snprintf(text, sizeof(text), "time=%s.%03dZ client=%s method=%s "
                 "path=%s operation=%s status=%u received=%zu sent=%zu "
                 "us=%llu\n", date, (int) (now.tv_nsec / 1000000), client,
                 vfs_log_quote(method, sizeof(method), line->method,
                               strlen(line->method)),
                 vfs_log_quote(path, sizeof(path), line->path,
                               strlen(line->path)),
                 line->operation, line->status, line->received, line->sent,
                 (unsigned long long) line->us);

    (void) pthread_rwlock_rdlock(&access->lock);

    if (write(access->fd, text, (size_t) n) == -1) {
        /* nothing can be done for a line that is not written */
    }

    (void) pthread_rwlock_unlock(&access->lock);
}


static int
vfs_access_open_file(const char *path, vfs_error_t *err)
{
    int  fd;

    if (strcmp(path, "-") == 0) {
        fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

    } else {
        fd = open(path, O_WRONLY|O_APPEND|O_CREAT|O_CLOEXEC, 0640);
    }

    if (fd == -1) {
        vfs_error_set(err, "option --access-log: cannot open %s: %s", path,
                      strerror(errno));
    }

    return fd;
}


static void
vfs_access_client(const struct sockaddr *client, char *text, size_t size)
{
    socklen_t  len;

    len = client != NULL && client->sa_family == AF_INET6
          ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

    if (client == NULL
        || getnameinfo(client, len, text, (socklen_t) size, NULL, 0,
                       NI_NUMERICHOST)
           != 0)
    {
        (void) snprintf(text, size, "-");
    }
}
