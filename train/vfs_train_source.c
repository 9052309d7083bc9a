
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_settings.h"
#include "vfs_train_source.h"

#include <stdio.h>
#include <string.h>


const vfs_option_t  vfs_source_table[] = {

    { .name = "log",
      .value = "FILE",
      .set = vfs_option_text,
      .offset = offsetof(vfs_source_options_t, path),
      .help = "a file of vfs-train export; else the topic\n"
              "<VFS_GROUP>-features at KAFKA_BROKERS" },

    { .name = "definition",
      .value = "HASH",
      .set = vfs_option_text,
      .offset = offsetof(vfs_source_options_t, definition),
      .help = "only versions of this definition" },

    { .name = NULL }
};


int
vfs_source_settle(vfs_source_options_t *source, vfs_error_t *err)
{
    const char  *group;

    memset(&source->conf, 0, sizeof(vfs_journal_conf_t));

    source->conf.definition = source->definition;

    if (source->definition != NULL
        && (strlen(source->definition) != VFS_DEFINITION_HASH
            || strspn(source->definition, "0123456789abcdef")
               != VFS_DEFINITION_HASH))
    {
        vfs_error_set(err, "--definition: expected %d hexadecimal digits, as "
                      "in vfs_definition, got \"%.64s\"", VFS_DEFINITION_HASH,
                      source->definition);
        return VFS_ERROR;
    }

    if (source->path != NULL) {
        source->conf.path = source->path;
        return VFS_OK;
    }

    (void) vfs_setting_string("KAFKA_BROKERS", NULL, &source->conf.brokers);
    (void) vfs_setting_string("VFS_GROUP", "vfs", &group);

    if (source->conf.brokers == NULL) {
        vfs_error_set(err, "KAFKA_BROKERS is not set, expected the addresses "
                      "of one or more brokers, for example "
                      "KAFKA_BROKERS=127.0.0.1:9092; or --log FILE");
        return VFS_ERROR;
    }

    (void) snprintf(source->topic, sizeof(source->topic), "%.200s-features",
                    group);

    source->conf.topic = source->topic;

    return VFS_OK;
}
