
/*
 * Copyright (C) the vfs authors
 */


/*
 * Loaded in front of vfs-index's libraries: holds a thread at one of the calls
 * below for as long as $VFS_HOLD/<call> exists, so that a test can choose what
 * happens meanwhile.  <call>.reached tells that a thread is held, <call>.done
 * that a call has returned.
 */


#include <dlfcn.h>
#include <fcntl.h>
#include <lmdb.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>


#define HOLD_MS  60000

#define HOLD_REAL(function)                                                   \
    ((__typeof__(&function)) dlsym(RTLD_NEXT, #function))


static void hold_wait(const char *call);
static void hold_tell(const char *call, const char *what);


void
MHD_stop_daemon(struct MHD_Daemon *daemon)
{
    hold_wait("MHD_stop_daemon");
    HOLD_REAL(MHD_stop_daemon)(daemon);
}


int
fdatasync(int fd)
{
    int  rc;

    hold_wait("fdatasync");
    rc = HOLD_REAL(fdatasync)(fd);
    hold_tell("fdatasync", "done");

    return rc;
}


/* Once, if $VFS_HOLD/mdb_put.full is there: the map is full. */

int
mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data,
    unsigned int flags)
{
    char  path[4096];

    (void) snprintf(path, sizeof(path), "%s/mdb_put.full", getenv("VFS_HOLD"));

    if (unlink(path) == 0) {
        return MDB_MAP_FULL;
    }

    return HOLD_REAL(mdb_put)(txn, dbi, key, data, flags);
}


static void
hold_wait(const char *call)
{
    char             path[4096];
    unsigned         waited;
    struct timespec  pause;

    pause.tv_sec = 0;
    pause.tv_nsec = 1000000;

    (void) snprintf(path, sizeof(path), "%s/%s", getenv("VFS_HOLD"), call);

    if (access(path, F_OK) != 0) {
        return;
    }

    hold_tell(call, "reached");

    for (waited = 0; waited < HOLD_MS && access(path, F_OK) == 0; waited++) {
        (void) nanosleep(&pause, NULL);
    }
}


static void
hold_tell(const char *call, const char *what)
{
    int   fd;
    char  path[4096];

    (void) snprintf(path, sizeof(path), "%s/%s.%s", getenv("VFS_HOLD"), call,
                    what);

    fd = open(path, O_WRONLY|O_CREAT|O_CLOEXEC, 0600);

    if (fd != -1) {
        (void) close(fd);
    }
}
