
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_options.h"
#include "vfs_copy_run.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_COPY_FAILED  1
#define VFS_COPY_WRONG   2
#define VFS_COPY_SIGNAL  128


static int vfs_copy_work(vfs_copy_options_t *options, vfs_error_t *err);
static void vfs_copy_on_signal(int signo);


static volatile sig_atomic_t  vfs_copy_stop;


int
main(int argc, char **argv)
{
    int                 status;
    vfs_error_t         err;
    vfs_copy_options_t  options;

    status = 0;

    if (vfs_copy_options_parse(&options, argc, argv, &err) != VFS_OK) {
        fprintf(stderr, "vfs copy: %s\n", err.text);
        status = VFS_COPY_WRONG;

    } else if (options.help) {
        printf("%s", vfs_copy_usage);

    } else if (options.version) {
        printf("vfs-copy %s\n", VFS_VERSION);

    } else {
        status = vfs_copy_work(&options, &err);
    }

    vfs_copy_options_free(&options);

    return status;
}


static int
vfs_copy_work(vfs_copy_options_t *options, vfs_error_t *err)
{
    int               rc;
    struct sigaction  sa;

    memset(&sa, 0, sizeof(struct sigaction));
    sa.sa_handler = vfs_copy_on_signal;

    (void) sigaction(SIGINT, &sa, NULL);
    (void) sigaction(SIGTERM, &sa, NULL);
    (void) sigaction(SIGQUIT, &sa, NULL);

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fprintf(stderr, "vfs copy: libcurl cannot be initialised\n");
        return VFS_COPY_FAILED;
    }

    rc = vfs_copy_options_ends(options, err);

    if (rc == VFS_OK) {
        rc = vfs_copy_run(options, &vfs_copy_stop, err);
    }

    curl_global_cleanup();

    if (rc == VFS_OK) {
        return 0;
    }

    fprintf(stderr, "vfs copy: %s\n", err->text);

    return (rc == VFS_DECLINED) ? VFS_COPY_SIGNAL + vfs_copy_stop
                                : VFS_COPY_FAILED;
}


/* The second one does not wait for anything. */

static void
vfs_copy_on_signal(int signo)
{
    if (vfs_copy_stop) {
        _Exit(VFS_COPY_SIGNAL + signo);
    }

    vfs_copy_stop = signo;
}
