
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


#define VFS_PROGRESS_BAR_MS   200
#define VFS_PROGRESS_LINE_MS  10000
#define VFS_PROGRESS_WIDTH    30


static int64_t vfs_progress_now(void);


void
vfs_progress_begin(vfs_progress_t *progress, const char *program,
    const char *what)
{
    progress->program = program;
    progress->note[0] = '\0';
    progress->what = what;
    progress->started = vfs_progress_now();
    progress->shown = progress->started;
    progress->terminal = isatty(STDERR_FILENO) ? 1 : 0;
    progress->visible = 0;
}


void
vfs_progress_show(vfs_progress_t *progress, uint64_t done, uint64_t total)
{
    char     bar[VFS_PROGRESS_WIDTH + 1];
    double   share;
    int64_t  now, elapsed, left;

    now = vfs_progress_now();

    if (now - progress->shown < (progress->terminal ? VFS_PROGRESS_BAR_MS
                                                    : VFS_PROGRESS_LINE_MS))
    {
        return;
    }

    progress->shown = now;
    elapsed = now - progress->started;

    share = (total != 0) ? (double) done / (double) total : 0;
    share = (share > 1) ? 1 : share;
    left = (share > 0) ? (int64_t) ((double) elapsed * (1 - share) / share)
                       : 0;

    if (!progress->terminal) {
        fprintf(stderr, "%s: %s: %.0f %%, %" PRId64 " s, about %" PRId64
                " s left%s\n", progress->program, progress->what, 100 * share,
                elapsed / 1000, left / 1000, progress->note);
        return;
    }

    memset(bar, '.', VFS_PROGRESS_WIDTH);
    memset(bar, '#', (size_t) (share * VFS_PROGRESS_WIDTH));
    bar[VFS_PROGRESS_WIDTH] = '\0';

    fprintf(stderr, "\r%s [%s] %3.0f %%, about %" PRId64 " s left%s\033[K",
            progress->what, bar, 100 * share, left / 1000, progress->note);

    progress->visible = 1;
}


void
vfs_progress_end(vfs_progress_t *progress)
{
    if (progress->visible) {
        fprintf(stderr, "\r\033[K");
        progress->visible = 0;
    }
}


static int64_t
vfs_progress_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
