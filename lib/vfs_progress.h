
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_PROGRESS_H_INCLUDED_
#define _VFS_PROGRESS_H_INCLUDED_


#include <stdint.h>


/*
 * How far a long reading is, on standard error: a bar with an estimate where
 * that is a terminal, a line every ten seconds where it is not.
 */

typedef struct {
    const char             *program;
    const char             *what;
    char                    note[256];  /* what else there is to say */
    int64_t                 started;    /* ms */
    int64_t                 shown;
    unsigned                terminal:1;
    unsigned                visible:1;  /* a bar is to be wiped out */
} vfs_progress_t;


void vfs_progress_begin(vfs_progress_t *progress, const char *program,
    const char *what);

/* "total" 0: not known. */

void vfs_progress_show(vfs_progress_t *progress, uint64_t done,
    uint64_t total);
void vfs_progress_end(vfs_progress_t *progress);


#endif /* _VFS_PROGRESS_H_INCLUDED_ */
