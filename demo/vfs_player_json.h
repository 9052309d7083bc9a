
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_PLAYER_JSON_H_INCLUDED_
#define _VFS_PLAYER_JSON_H_INCLUDED_


#include <stddef.h>


/* A JSON object written member by member into a buffer that is used again. */

typedef struct {
    char      *data;
    size_t     len;
    size_t     size;
    unsigned   failed:1;       /* memory is out */
} vfs_player_json_t;


void vfs_player_json_begin(vfs_player_json_t *json);
void vfs_player_json_string(vfs_player_json_t *json, const char *name,
    const char *text, size_t len);

/* "text" is a JSON value already. */

void vfs_player_json_raw(vfs_player_json_t *json, const char *name,
    const char *text, size_t len);

/* VFS_OK, or VFS_ERROR if memory ran out on the way. */

int vfs_player_json_end(vfs_player_json_t *json);
void vfs_player_json_free(vfs_player_json_t *json);


#endif /* _VFS_PLAYER_JSON_H_INCLUDED_ */
