
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_load.h"
#include "vfs_event.h"
#include "vfs_settings.h"
#include "vfs_train_open.h"
#include "vfs_train_recorded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


int
vfs_train_files_add(vfs_train_files_t *files, char *path, vfs_error_t *err)
{
    if (files->n == VFS_TRAIN_FILES) {
        vfs_error_set(err, "--file: at most %d files", VFS_TRAIN_FILES);
        return VFS_ERROR;
    }

    files->paths[files->n++] = path;

    return VFS_OK;
}


int
vfs_train_open(const vfs_train_files_t *files, vfs_definition_t **def,
    vfs_history_t **history, vfs_error_t *err)
{
    const char  *path, *brokers, *group;

    *history = NULL;

    (void) vfs_setting_string("VFS_DEFINITION", "conf/features.json", &path);

    *def = vfs_definition_load(path, err);

    if (*def == NULL) {
        return VFS_ERROR;
    }

    if (vfs_train_recorded(*def, err) != VFS_OK) {
        vfs_definition_free(*def);
        *def = NULL;
        return VFS_ERROR;
    }

    if (files->n > 0) {
        *history = vfs_history_files(*def, files->paths, files->n, err);

    } else {
        (void) vfs_setting_string("KAFKA_BROKERS", NULL, &brokers);
        (void) vfs_setting_string("VFS_GROUP", "vfs", &group);

        if (brokers != NULL) {
            *history = vfs_history_kafka(*def, brokers, group, err);

        } else {
            vfs_error_set(err, "KAFKA_BROKERS is not set, expected the "
                          "addresses of one or more brokers, for example "
                          "KAFKA_BROKERS=127.0.0.1:9092, or the events' files "
                          "as --file FILE");
        }
    }

    if (*history == NULL) {
        vfs_definition_free(*def);
        *def = NULL;
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_train_integer(const char *option, const char *text, int64_t min,
    int64_t max, int64_t *value, vfs_error_t *err)
{
    char  *last;

    errno = 0;
    *value = strtoll(text, &last, 10);

    if (errno != 0 || last == text || *last != '\0' || *value < min
        || *value > max)
    {
        vfs_error_set(err, "%s is \"%.64s\", expected an integer from %" PRId64
                      " to %" PRId64, option, text, min, max);
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_train_id(const char *text, vfs_entity_e *entity, const char **id,
    vfs_error_t *err)
{
    int          i;
    size_t       len;
    const char  *name;

    for (i = 0; i < VFS_ENTITIES; i++) {
        name = vfs_entity_name((vfs_entity_e) i);
        len = strlen(name);

        if (strncmp(text, name, len) == 0 && text[len] == ':'
            && vfs_id_valid(text + len + 1, strlen(text + len + 1)))
        {
            *entity = (vfs_entity_e) i;
            *id = text + len + 1;
            return VFS_OK;
        }
    }

    vfs_error_set(err, "\"%.150s\" is no id, expected user:ID or item:ID, the "
                  "ID 1 to %d characters of [A-Za-z0-9_-], for example "
                  "user:u1", text, VFS_MAX_ID_LEN);

    return VFS_ERROR;
}
