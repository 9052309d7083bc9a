
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_SOURCE_H_INCLUDED_
#define _VFS_TRAIN_SOURCE_H_INCLUDED_


#include "vfs_train_journal.h"
#include "vfs_train_options.h"


/* Where commands read the feature log from. */

#define VFS_SOURCE_TOPIC  256


typedef struct {
    const char             *path;       /* --log */
    const char             *definition; /* --definition */
    char                    topic[VFS_SOURCE_TOPIC];
    vfs_journal_conf_t      conf;
} vfs_source_options_t;


/* --log and --definition, members of vfs_source_options_t. */

extern const vfs_option_t  vfs_source_table[];

/* The file, or <VFS_GROUP>-features at KAFKA_BROKERS. */

int vfs_source_settle(vfs_source_options_t *source, vfs_error_t *err);


#endif /* _VFS_TRAIN_SOURCE_H_INCLUDED_ */
