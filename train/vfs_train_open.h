
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_OPEN_H_INCLUDED_
#define _VFS_TRAIN_OPEN_H_INCLUDED_


#include "vfs_train_history.h"


#define VFS_TRAIN_FILES   256
#define VFS_TRAIN_MEMORY  512           /* MB of states, unless told */


/* The files that --file names, in their order. */

typedef struct {
    char                   *paths[VFS_TRAIN_FILES];
    unsigned                n;
} vfs_train_files_t;


int vfs_train_files_add(vfs_train_files_t *files, char *path,
    vfs_error_t *err);

/*
 * The definition that VFS_DEFINITION names, and its history: the files if
 * there are any, else the topic at KAFKA_BROKERS.  VFS_ERROR with a message.
 */

int vfs_train_open(const vfs_train_files_t *files, vfs_definition_t **def,
    vfs_history_t **history, vfs_error_t *err);

/* The integer of an option, from "min" to "max". */

int vfs_train_integer(const char *option, const char *text, int64_t min,
    int64_t max, int64_t *value, vfs_error_t *err);

/* "user:ID" or "item:ID". */

int vfs_train_id(const char *text, vfs_entity_e *entity, const char **id,
    vfs_error_t *err);


#endif /* _VFS_TRAIN_OPEN_H_INCLUDED_ */
