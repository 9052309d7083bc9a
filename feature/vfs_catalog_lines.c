
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_catalog_private.h"
#include "vfs_json.h"

#include <stdlib.h>
#include <string.h>


static int vfs_catalog_line(const char *line, size_t len,
    vfs_catalog_entry_t *entry);


int
vfs_catalog_read_lines(vfs_catalog_t *catalog, const char *file, size_t len,
    vfs_error_t *err)
{
    int                   rc;
    float                *vector;
    size_t                n;
    const char           *last, *end;
    vfs_catalog_entry_t   entry;

    vector = malloc(catalog->dimension * sizeof(float));
    if (vector == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    rc = VFS_OK;
    last = file + len;

    for (n = 1; file < last && rc == VFS_OK; n++) {

        end = memchr(file, '\n', (size_t) (last - file));
        if (end == NULL) {
            end = last;
        }

        if (vfs_catalog_line(file, (size_t) (end - file), &entry) != VFS_OK
            || vfs_catalog_floats(catalog, entry.vector, vector) != VFS_OK)
        {
            vfs_error_set(err, "line %zu: expected an object with \"id\" and "
                          "\"vector\", a list of %u numbers from -1024 to "
                          "1024", n, catalog->dimension);
            rc = VFS_ERROR;
            break;
        }

        rc = vfs_catalog_add(catalog, &entry, "line", n, err);
        file = end == last ? last : end + 1;
    }

    free(vector);

    return rc;
}


static int
vfs_catalog_line(const char *line, size_t len, vfs_catalog_entry_t *entry)
{
    vfs_json_t        json;
    vfs_json_token_t  token, name, span;

    memset(entry, 0, sizeof(vfs_catalog_entry_t));

    vfs_json_init(&json, line, len);

    if (vfs_json_next(&json, &token) != VFS_JSON_OBJECT) {
        return VFS_ERROR;
    }

    while (vfs_json_next(&json, &name) == VFS_JSON_NAME) {

        (void) vfs_json_next(&json, &token);

        if (vfs_json_skip(&json, &token, &span) != 0) {
            return VFS_ERROR;
        }

        if (vfs_json_equal(&name, "vector")) {

            if (entry->vector != NULL) {
                return VFS_ERROR;
            }

            entry->vector = span.start;

        } else if (vfs_json_equal(&name, "id")) {

            if (entry->id != NULL
                || (token.type != VFS_JSON_STRING
                    && token.type != VFS_JSON_NUMBER))
            {
                return VFS_ERROR;
            }

            /* an escape or a fraction is no valid id */

            entry->id = token.start;
            entry->id_len = (unsigned) token.len;
        }
    }

    if (name.type != VFS_JSON_OBJECT_END
        || vfs_json_next(&json, &token) != VFS_JSON_END
        || entry->id == NULL
        || entry->vector == NULL)
    {
        return VFS_ERROR;
    }

    return VFS_OK;
}
