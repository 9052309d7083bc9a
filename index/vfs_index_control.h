
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_CONTROL_H_INCLUDED_
#define _VFS_INDEX_CONTROL_H_INCLUDED_


#include "vfs_index_request.h"

#include <cjson/cJSON.h>


/* From this version of the API on an index has a deployment and a schema. */

#define VFS_CONTROL_SCHEMA_VERSION  202607

#define VFS_CONTROL_MAX_TAGS        20


/*
 * What the control plane keeps of an index beside its shape, as JSON: "spec",
 * "tags", "deletion_protection" and "schema", each only if it was given; "spec"
 * is in the shape of the versions before VFS_CONTROL_SCHEMA_VERSION.
 */

typedef struct {
    vfs_str_t           name;
    vfs_index_shape_t   shape;
    vfs_str_t           settings;
} vfs_control_create_t;


/* Reads and checks the body of a create request, in either shape. */

int vfs_control_read_create(vfs_request_t *r, vfs_control_create_t *create);

/* Reads the body of a configure request into settings that shall change. */

int vfs_control_read_patch(vfs_request_t *r, vfs_str_t *patch);

/*
 * Changes "settings" (NULL: none yet) by a patch.  The result is in the arena;
 * NULL if memory is out.
 */

char *vfs_control_merge(vfs_arena_t *arena, const char *settings,
    vfs_str_t patch);

/* Whether the settings hold no more tags than are allowed. */

int vfs_control_tags_fit(const char *settings);

/* Whether the settings forbid to delete the index. */

int vfs_control_protected(const char *settings);

/* Describes an index in the shape of the request's version. */

int vfs_control_reply_index(vfs_request_t *r, const vfs_index_t *index);


#endif /* _VFS_INDEX_CONTROL_H_INCLUDED_ */
