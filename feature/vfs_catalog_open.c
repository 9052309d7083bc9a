
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_catalog.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>


/* The member of the definition that a file comes from, and its path. */

typedef struct {
    const vfs_source_t  *source;
    const char          *member;
    const char          *path;
    const char          *sha256;
} vfs_catalog_file_t;


static int vfs_catalog_open(const vfs_definition_t *def, vfs_source_t *source,
    vfs_map_pt map, void *data, vfs_error_t *err);
static int vfs_catalog_map(const vfs_catalog_file_t *file, vfs_map_pt map,
    void *data, const char **bytes, size_t *len, vfs_error_t *err);
static int vfs_catalog_digest(const char *bytes, size_t len, char *text);


int
vfs_definition_open(vfs_definition_t *def, vfs_map_pt map, void *data,
    vfs_error_t *err)
{
    unsigned  i;

    for (i = 0; i < def->nsources; i++) {

        if (def->sources[i].type != VFS_SOURCE_CATALOG
            || def->sources[i].catalog != NULL)
        {
            continue;
        }

        if (vfs_catalog_open(def, &def->sources[i], map, data, err) != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_catalog_open(const vfs_definition_t *def, vfs_source_t *source,
    vfs_map_pt map, void *data, vfs_error_t *err)
{
    size_t               len, ids_len;
    const char          *bytes, *ids;
    vfs_error_t          why;
    vfs_catalog_file_t   file;

    file.source = source;
    file.member = "file";
    file.path = source->file;
    file.sha256 = source->sha256;

    if (vfs_catalog_map(&file, map, data, &bytes, &len, err) != VFS_OK) {
        return VFS_ERROR;
    }

    ids = NULL;
    ids_len = 0;

    if (source->ids != NULL) {
        file.member = "ids";
        file.path = source->ids;
        file.sha256 = source->ids_sha256;

        if (vfs_catalog_map(&file, map, data, &ids, &ids_len, err) != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    source->catalog = vfs_catalog_create(def->dimension, bytes, len, ids,
                                         ids_len, &why);
    if (source->catalog == NULL) {
        vfs_error_set(err, "sources.%s: \"%.200s\": %.200s", source->name,
                      source->file, why.text);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_catalog_map(const vfs_catalog_file_t *file, vfs_map_pt map, void *data,
    const char **bytes, size_t *len, vfs_error_t *err)
{
    char         sha256[2 * EVP_MAX_MD_SIZE + 1];
    vfs_error_t  why;

    if (map(data, file->path, bytes, len, &why) != VFS_OK) {
        vfs_error_set(err, "sources.%s.%s: \"%.200s\": %.200s",
                      file->source->name, file->member, file->path, why.text);
        return VFS_ERROR;
    }

    if (vfs_catalog_digest(*bytes, *len, sha256) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    if (strcmp(sha256, file->sha256) != 0) {
        vfs_error_set(err, "sources.%s.%s: expected a file with the SHA-256 "
                      "%s, \"%.128s\" has %s", file->source->name,
                      file->member, file->sha256, file->path, sha256);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_catalog_digest(const char *bytes, size_t len, char *text)
{
    unsigned       i, n;
    unsigned char  digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(bytes, len, digest, &n, EVP_sha256(), NULL) != 1) {
        return VFS_ERROR;
    }

    for (i = 0; i < n; i++) {
        (void) sprintf(text + 2 * i, "%02x", digest[i]);
    }

    return VFS_OK;
}
