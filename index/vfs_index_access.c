
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_access.h"
#include "vfs_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>


#define VFS_ACCESS_PATH  512

/* The lines that wait, in bytes: some seconds of a busy server. */

#define VFS_ACCESS_ROOM  (1024 * 1024)

/* How long a full pipe is waited for at a time, and the thread at the end. */

#define VFS_ACCESS_POLL_MS  100
#define VFS_ACCESS_END_S    2


struct vfs_access_s {
    pthread_mutex_t    lock;
    pthread_cond_t     ready;
    pthread_t          thread;
    const char        *path;
    char              *waiting;          /* lines, under the lock */
    size_t             len;
    unsigned           reopen:1;
    unsigned           stopping:1;
    unsigned           ended:1;
    atomic_ullong      dropped;

    /* the thread's own */

    int                fd;
    char              *taken;
    unsigned           failing:1;        /* and that it does is logged */
    unsigned           torn:1;           /* the last line lacks its end */
};


static int vfs_access_init(vfs_access_t *access, vfs_error_t *err);
static void vfs_access_free(vfs_access_t *access);
static void *vfs_access_thread(void *data);
static void vfs_access_reopen_file(vfs_access_t *access);
static void vfs_access_put(vfs_access_t *access, const char *p, size_t len);
static size_t vfs_access_lines(const char *p, size_t len);
static size_t vfs_access_put_lines(vfs_access_t *access, const char *p,
    size_t len);
static int vfs_access_wait(vfs_access_t *access);
static void vfs_access_drop(vfs_access_t *access, const char *p, size_t len);
static void vfs_access_failed(vfs_access_t *access, const char *reason);
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

    if (access->fd == -1 || vfs_access_init(access, err) != VFS_OK) {
        vfs_access_free(access);
        return NULL;
    }

    return access;
}


static int
vfs_access_init(vfs_access_t *access, vfs_error_t *err)
{
    pthread_condattr_t  attr;

    access->waiting = malloc(VFS_ACCESS_ROOM);
    access->taken = malloc(VFS_ACCESS_ROOM);

    if (access->waiting == NULL || access->taken == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    (void) pthread_mutex_init(&access->lock, NULL);

    /* the wall clock may be set while it is waited */

    (void) pthread_condattr_init(&attr);
    (void) pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void) pthread_cond_init(&access->ready, &attr);
    (void) pthread_condattr_destroy(&attr);

    if (pthread_create(&access->thread, NULL, vfs_access_thread, access) != 0)
    {
        vfs_error_set(err, "cannot start the thread of the access log");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static void
vfs_access_free(vfs_access_t *access)
{
    if (access->fd != -1) {
        (void) close(access->fd);
    }

    free(access->waiting);
    free(access->taken);
    free(access);
}


void
vfs_access_close(vfs_access_t *access)
{
    int              rc, ended;
    struct timespec  end;

    if (access == NULL) {
        return;
    }

    (void) clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += VFS_ACCESS_END_S;
    rc = 0;

    (void) pthread_mutex_lock(&access->lock);

    access->stopping = 1;
    (void) pthread_cond_signal(&access->ready);

    while (!access->ended && rc == 0) {
        rc = pthread_cond_timedwait(&access->ready, &access->lock, &end);
    }

    ended = access->ended;

    (void) pthread_mutex_unlock(&access->lock);

    /* it may hang in a write to standard error that nobody reads */

    if (!ended) {
        (void) pthread_cancel(access->thread);
    }

    (void) pthread_join(access->thread, NULL);

    (void) pthread_mutex_destroy(&access->lock);
    (void) pthread_cond_destroy(&access->ready);
    vfs_access_free(access);
}


void
vfs_access_reopen(vfs_access_t *access)
{
    (void) pthread_mutex_lock(&access->lock);
    access->reopen = 1;
    (void) pthread_cond_signal(&access->ready);
    (void) pthread_mutex_unlock(&access->lock);
}


uint64_t
vfs_access_dropped(vfs_access_t *access)
{
    return atomic_load(&access->dropped);
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

    (void) pthread_mutex_lock(&access->lock);

    if ((size_t) n > VFS_ACCESS_ROOM - access->len) {
        atomic_fetch_add(&access->dropped, 1);

    } else {
        memcpy(access->waiting + access->len, text, (size_t) n);

        if (access->len == 0) {
            (void) pthread_cond_signal(&access->ready);
        }

        access->len += (size_t) n;
    }

    (void) pthread_mutex_unlock(&access->lock);
}


static void *
vfs_access_thread(void *data)
{
    char          *text;
    size_t         len;
    unsigned       reopen, stopping;
    vfs_access_t  *access;

    access = data;

    do {
        (void) pthread_mutex_lock(&access->lock);

        while (access->len == 0 && !access->reopen && !access->stopping) {
            (void) pthread_cond_wait(&access->ready, &access->lock);
        }

        text = access->waiting;
        len = access->len;
        reopen = access->reopen;
        stopping = access->stopping;

        access->waiting = access->taken;
        access->taken = text;
        access->len = 0;
        access->reopen = 0;

        (void) pthread_mutex_unlock(&access->lock);

        vfs_access_put(access, text, len);

        if (reopen) {
            vfs_access_reopen_file(access);
        }

    } while (!stopping);

    (void) pthread_mutex_lock(&access->lock);
    access->ended = 1;
    (void) pthread_cond_signal(&access->ready);
    (void) pthread_mutex_unlock(&access->lock);

    return NULL;
}


static void
vfs_access_reopen_file(vfs_access_t *access)
{
    int          fd;
    vfs_error_t  err;

    fd = vfs_access_open_file(access->path, &err);

    access->failing = 0;

    if (fd == -1) {
        vfs_access_failed(access, err.text);
        return;
    }

    (void) close(access->fd);
    access->fd = fd;
    access->torn = 0;
}


/* In pieces of whole lines that a pipe takes at once. */

static void
vfs_access_put(vfs_access_t *access, const char *p, size_t len)
{
    size_t  n, done;

    while (len != 0) {
        n = vfs_access_lines(p, len < PIPE_BUF ? len : PIPE_BUF);
        done = vfs_access_put_lines(access, p, n);

        p += done;
        len -= done;

        if (done != n) {

            if (done != 0) {
                access->torn = p[-1] != '\n';
            }

            vfs_access_drop(access, p, len);
            return;
        }
    }
}


static size_t
vfs_access_lines(const char *p, size_t len)
{
    while (p[len - 1] != '\n') {
        len--;
    }

    return len;
}


/* Returns how much was written: less if there is no use in trying the rest. */

static size_t
vfs_access_put_lines(vfs_access_t *access, const char *p, size_t len)
{
    size_t   done;
    ssize_t  n;

    if (access->torn && write(access->fd, "\n", 1) == 1) {
        access->torn = 0;
    }

    for (done = 0; done < len; /* void */) {
        n = write(access->fd, p + done, len - done);

        if (n > 0) {
            access->failing = 0;
            done += (size_t) n;

        } else if (n == -1 && errno == EAGAIN) {

            if (vfs_access_wait(access) != VFS_OK) {
                break;
            }

        } else if (n == 0 || errno != EINTR) {
            vfs_access_failed(access, strerror(errno));
            break;
        }
    }

    return done;
}


/* VFS_DECLINED if the pipe is not what is waited for any more. */

static int
vfs_access_wait(vfs_access_t *access)
{
    unsigned       given_up;
    struct pollfd  fd;

    fd.fd = access->fd;
    fd.events = POLLOUT;

    (void) poll(&fd, 1, VFS_ACCESS_POLL_MS);

    (void) pthread_mutex_lock(&access->lock);
    given_up = access->reopen || access->stopping;
    (void) pthread_mutex_unlock(&access->lock);

    return given_up ? VFS_DECLINED : VFS_OK;
}


static void
vfs_access_drop(vfs_access_t *access, const char *p, size_t len)
{
    const char  *last;

    for (last = p + len; p < last; p++) {
        p = memchr(p, '\n', (size_t) (last - p));
        atomic_fetch_add(&access->dropped, 1);
    }
}


/* Once, until it works again. */

static void
vfs_access_failed(vfs_access_t *access, const char *reason)
{
    char  text[600];

    if (access->failing) {
        return;
    }

    access->failing = 1;

    vfs_log(VFS_LOG_ERROR, "access_log_failed", "reason=%s",
            vfs_log_quote(text, sizeof(text), reason, strlen(reason)));
}


/*
 * Never waits.  A FIFO is opened for reading, too: so it needs no reader, and
 * what it holds is still there for the next one.
 */

static int
vfs_access_open_file(const char *path, vfs_error_t *err)
{
    int          fd;
    struct stat  st;

    if (strcmp(path, "-") == 0) {
        fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

    } else if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode)) {
        fd = open(path, O_RDWR|O_NONBLOCK|O_CLOEXEC);

    } else {
        fd = open(path, O_WRONLY|O_APPEND|O_CREAT|O_NONBLOCK|O_CLOEXEC, 0640);
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
