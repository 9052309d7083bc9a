
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_PLAYER_OPTIONS_H_INCLUDED_
#define _VFS_PLAYER_OPTIONS_H_INCLUDED_


#include "vfs_player.h"


/* VFS_DECLINED: help was asked for. */

int vfs_player_parse_options(vfs_player_options_t *options, int argc,
    char **argv, vfs_error_t *err);


#endif /* _VFS_PLAYER_OPTIONS_H_INCLUDED_ */
