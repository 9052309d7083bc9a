
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_store_guard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


static void vfs_store_guard_signal(int number);
static void vfs_store_guard_set(int number, void (*handler)(int));


static char  vfs_store_guard_text[512] =
    "vfs-index: the store is damaged, restore a backup\n";


void
vfs_store_guard(const char *dir)
{
    (void) snprintf(vfs_store_guard_text, sizeof(vfs_store_guard_text),
                    "vfs-index: a page of the store in %.256s is damaged or "
                    "cannot be read or written; make room if the disk is "
                    "full, else restore a backup\n",
                    dir);

    vfs_store_guard_set(SIGBUS, vfs_store_guard_signal);
    vfs_store_guard_set(SIGSEGV, vfs_store_guard_signal);
}


void
vfs_store_guard_loaded(void)
{
    vfs_store_guard_set(SIGSEGV, SIG_DFL);
}


void
vfs_store_guard_assert(MDB_env *env, const char *text)
{
    vfs_store_guard_signal(0);
}


static void
vfs_store_guard_signal(int number)
{
    if (write(STDERR_FILENO, vfs_store_guard_text,
              strlen(vfs_store_guard_text))
        == -1)
    {
        /* there is no other place to say it */
    }

    _exit(EXIT_FAILURE);
}


static void
vfs_store_guard_set(int number, void (*handler)(int))
{
    struct sigaction  action;

    memset(&action, 0, sizeof(struct sigaction));
    action.sa_handler = handler;
    (void) sigemptyset(&action.sa_mask);
    (void) sigaction(number, &action, NULL);
}
