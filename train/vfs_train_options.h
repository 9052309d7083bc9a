
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_OPTIONS_H_INCLUDED_
#define _VFS_TRAIN_OPTIONS_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>
#include <stdint.h>


/*
 * The command line of a command, by tables: each option names the member that
 * it sets, so that reading, errors and --help have one home.
 */

typedef struct vfs_option_s  vfs_option_t;

/* Sets "member"; VFS_ERROR with a message that says what was expected. */

typedef int (*vfs_option_pt)(const vfs_option_t *option, const char *text,
    void *member, vfs_error_t *err);


struct vfs_option_s {
    const char             *name;       /* NULL: the table ends */
    const char             *value;      /* its name in the help; NULL: none is
                                           taken */
    vfs_option_pt           set;
    size_t                  offset;     /* of the member */
    int64_t                 min;
    int64_t                 max;
    const char *const      *words;
    const char             *help;       /* lines of at most 53 characters */
    unsigned                repeated:1; /* may be given several times */
};


/* Options that set members of one structure within the command's own. */

typedef struct {
    const vfs_option_t     *options;    /* NULL: the last one */
    size_t                  offset;     /* of the structure */
} vfs_option_group_t;


typedef struct {
    const char                *command;
    const char                *synopsis;    /* behind the command */
    const char                *about;       /* lines */
    const char                *more;        /* behind the options, or NULL */
    const vfs_option_group_t  *groups;
    int                        noperands;   /* at most */
} vfs_options_t;


/*
 * Sets the members of "to" that options name; argv + *first are the operands.
 * VFS_DECLINED: --help was asked for and given.  VFS_ERROR with a message.
 */

int vfs_options_read(const vfs_options_t *options, void *to, int argc,
    char **argv, int *first, vfs_error_t *err);


/* The kinds of members: int, const char *, int64_t from min to max. */

int vfs_option_flag(const vfs_option_t *option, const char *text,
    void *member, vfs_error_t *err);
int vfs_option_text(const vfs_option_t *option, const char *text,
    void *member, vfs_error_t *err);
int vfs_option_integer(const vfs_option_t *option, const char *text,
    void *member, vfs_error_t *err);

/* An enumeration, or int: the place of the text among words, plus min. */

int vfs_option_word(const vfs_option_t *option, const char *text,
    void *member, vfs_error_t *err);

/* int64_t: a moment, ms since 1970; a number with one of the units s m h d. */

int vfs_option_time(const vfs_option_t *option, const char *text,
    void *member, vfs_error_t *err);
int vfs_option_age(const vfs_option_t *option, const char *text,
    void *member, vfs_error_t *err);


#endif /* _VFS_TRAIN_OPTIONS_H_INCLUDED_ */
