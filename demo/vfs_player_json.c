
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_player_json.h"
#include "vfs_error.h"
#include "vfs_json.h"

#include <stdlib.h>
#include <string.h>


static char *vfs_player_json_reserve(vfs_player_json_t *json, size_t size);
static void vfs_player_json_append(vfs_player_json_t *json, const char *text,
    size_t len);
static void vfs_player_json_name(vfs_player_json_t *json, const char *name);


void
vfs_player_json_begin(vfs_player_json_t *json)
{
    json->len = 0;
    json->failed = 0;

    vfs_player_json_append(json, "{", 1);
}


void
vfs_player_json_string(vfs_player_json_t *json, const char *name,
    const char *text, size_t len)
{
    char  *p;

    vfs_player_json_name(json, name);
    vfs_player_json_append(json, "\"", 1);

    p = vfs_player_json_reserve(json, 6 * len);

    if (p != NULL) {
        json->len = vfs_json_escape(p, text, len) - json->data;
    }

    vfs_player_json_append(json, "\"", 1);
}


void
vfs_player_json_raw(vfs_player_json_t *json, const char *name,
    const char *text, size_t len)
{
    vfs_player_json_name(json, name);
    vfs_player_json_append(json, text, len);
}


int
vfs_player_json_end(vfs_player_json_t *json)
{
    vfs_player_json_append(json, "}", 1);

    return json->failed ? VFS_ERROR : VFS_OK;
}


void
vfs_player_json_free(vfs_player_json_t *json)
{
    free(json->data);
    memset(json, 0, sizeof(vfs_player_json_t));
}


static void
vfs_player_json_name(vfs_player_json_t *json, const char *name)
{
    if (json->len > 1) {
        vfs_player_json_append(json, ",", 1);
    }

    vfs_player_json_append(json, "\"", 1);
    vfs_player_json_append(json, name, strlen(name));
    vfs_player_json_append(json, "\":", 2);
}


static void
vfs_player_json_append(vfs_player_json_t *json, const char *text, size_t len)
{
    char  *p;

    p = vfs_player_json_reserve(json, len);

    if (p != NULL) {
        memcpy(p, text, len);
        json->len += len;
    }
}


static char *
vfs_player_json_reserve(vfs_player_json_t *json, size_t size)
{
    char    *data;
    size_t   wanted;

    if (json->failed) {
        return NULL;
    }

    if (json->size - json->len < size) {
        wanted = 2 * (json->len + size) + 512;

        data = realloc(json->data, wanted);

        if (data == NULL) {
            json->failed = 1;
            return NULL;
        }

        json->data = data;
        json->size = wanted;
    }

    return json->data + json->len;
}
