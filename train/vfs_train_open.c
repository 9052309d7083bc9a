
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_load.h"
#include "vfs_event.h"
#include "vfs_settings.h"
#include "vfs_train_open.h"
#include "vfs_train_recorded.h"

#include <string.h>


static int vfs_train_files_add(const vfs_option_t *option, const char *text,
    void *member, vfs_error_t *err);


const vfs_option_t  vfs_train_files_options[] = {

    { .name = "file",
      .value = "FILE",
      .set = vfs_train_files_add,
      .repeated = 1,
      .help = "raw events from a file instead of Kafka: JSON\n"
              "lines, CSV or kcat -J, gzip or not; may be repeated" },

    { .name = "memory",
      .value = "MB",
      .set = vfs_option_integer,
      .offset = offsetof(vfs_train_files_t, memory),
      .min = 1,
      .max = 1048576,
      .help = "for states; more goes to TMPDIR, 512" },

    { .name = NULL }
};


static int
vfs_train_files_add(const vfs_option_t *option, const char *text,
    void *member, vfs_error_t *err)
{
    vfs_train_files_t  *files;

    files = member;

    if (files->n == VFS_TRAIN_FILES) {
        vfs_error_set(err, "--file: expected at most %d files",
                      VFS_TRAIN_FILES);
        return VFS_ERROR;
    }

    files->paths[files->n++] = (char *) text;

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
