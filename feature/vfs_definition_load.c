
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_catalog.h"
#include "vfs_definition_load.h"
#include "vfs_file_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


vfs_definition_t *
vfs_definition_load(const char *path, vfs_error_t *err)
{
    vfs_error_t        why;
    vfs_definition_t  *def;

    def = vfs_definition_read(path, err);

    if (def != NULL
        && vfs_definition_open(def, vfs_file_map, (void *) path, &why)
           != VFS_OK)
    {
        vfs_error_set(err, "VFS_DEFINITION: \"%.128s\": %.350s", path,
                      why.text);
        vfs_definition_free(def);
        def = NULL;
    }

    return def;
}


vfs_definition_t *
vfs_definition_read(const char *path, vfs_error_t *err)
{
    char              *text;
    FILE              *fp;
    size_t             len;
    vfs_error_t        why;
    vfs_definition_t  *def;

    def = NULL;

    fp = fopen(path, "re");

    if (fp == NULL) {
        vfs_error_set(err, "VFS_DEFINITION: cannot open \"%.256s\": %s, "
                      "expected the path of a feature definition, for example "
                      "VFS_DEFINITION=conf/features.json",
                      path, strerror(errno));
        return NULL;
    }

    text = malloc(VFS_MAX_DEFINITION_LEN + 1);

    if (text == NULL) {
        vfs_error_set(err, "out of memory");
        goto done;
    }

    len = fread(text, 1, VFS_MAX_DEFINITION_LEN + 1, fp);

    if (ferror(fp)) {
        vfs_error_set(err, "VFS_DEFINITION: cannot read \"%.256s\": %s", path,
                      strerror(errno));
        goto done;
    }

    if (len > VFS_MAX_DEFINITION_LEN) {
        vfs_error_set(err, "VFS_DEFINITION: \"%.256s\" is larger than %d "
                      "bytes", path, VFS_MAX_DEFINITION_LEN);
        goto done;
    }

    def = vfs_definition_parse(text, len, &why);

    if (def == NULL) {
        vfs_error_set(err, "VFS_DEFINITION: \"%.128s\": %.350s", path,
                      why.text);
    }

done:

    free(text);
    (void) fclose(fp);

    return def;
}
