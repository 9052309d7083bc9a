
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_H_INCLUDED_
#define _VFS_TRAIN_H_INCLUDED_


/* Exit statuses, of every command. */

#define VFS_TRAIN_OK     0
#define VFS_TRAIN_FAIL   1      /* it did not work, or found a difference */
#define VFS_TRAIN_USAGE  2      /* the command line is wrong */


/*
 * A command: argv[0] is its name, options follow, getopt(3) is as new.  It
 * writes results to standard output and everything else to standard error.
 * Each has its function declared below and its row in vfs_train_main.c.
 */

typedef struct {
    const char             *name;
    const char             *help;       /* one line of at most 58 characters */
    int                   (*run)(int argc, char **argv);
} vfs_train_command_t;


int vfs_train_export(int argc, char **argv);
int vfs_train_join(int argc, char **argv);
int vfs_train_snapshot(int argc, char **argv);
int vfs_train_verify(int argc, char **argv);
int vfs_train_explain(int argc, char **argv);
int vfs_train_definition(int argc, char **argv);


#endif /* _VFS_TRAIN_H_INCLUDED_ */
