
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_OPEN_H_INCLUDED_
#define _VFS_TRAIN_OPEN_H_INCLUDED_


#include "vfs_train_history.h"
#include "vfs_train_options.h"


#define VFS_TRAIN_FILES   256
#define VFS_TRAIN_MEMORY  512           /* MB of states, unless told */


/* Where the raw events come from, and what their replay may take. */

typedef struct {
    char                   *paths[VFS_TRAIN_FILES];
    unsigned                n;
    int64_t                 memory;     /* MB of states, set before */
} vfs_train_files_t;


/* --file and --memory, members of vfs_train_files_t. */

extern const vfs_option_t  vfs_train_files_options[];


/*
 * The definition that VFS_DEFINITION names, and its history: the files if
 * there are any, else the topic at KAFKA_BROKERS.  VFS_ERROR with a message.
 */

int vfs_train_open(const vfs_train_files_t *files, vfs_definition_t **def,
    vfs_history_t **history, vfs_error_t *err);

/* "user:ID" or "item:ID". */

int vfs_train_id(const char *text, vfs_entity_e *entity, const char **id,
    vfs_error_t *err);


#endif /* _VFS_TRAIN_OPEN_H_INCLUDED_ */
