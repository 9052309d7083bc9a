
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_load.h"
#include "vfs_settings.h"
#include "vfs_train.h"
#include "vfs_train_options.h"

#include <stdio.h>


static void vfs_definition_print(const vfs_definition_t *def);


static const vfs_option_group_t  vfs_definition_groups[] = {
    { NULL, 0 }
};


static const vfs_options_t  vfs_definition_options = {
    .command = "definition",
    .synopsis = "[FILE]",
    .noperands = 1,
    .about = "Checks a feature definition, VFS_DEFINITION unless told, and "
             "prints\n"
             "its hash, which is the vfs_definition of its vectors, its name,\n"
             "dimension, metric and topic, and its namespaces.",
    .groups = vfs_definition_groups
};


int
vfs_train_definition(int argc, char **argv)
{
    int                rc, first;
    const char        *path;
    vfs_error_t        err;
    vfs_definition_t  *def;

    rc = vfs_options_read(&vfs_definition_options, NULL, argc, argv, &first,
                          &err);

    if (rc == VFS_DECLINED) {
        return VFS_TRAIN_OK;
    }

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-train: definition: %s\n", err.text);
        return VFS_TRAIN_USAGE;
    }

    (void) vfs_setting_string("VFS_DEFINITION", "conf/features.json", &path);

    if (first < argc) {
        path = argv[first];
    }

    def = vfs_definition_read(path, &err);

    if (def == NULL) {
        fprintf(stderr, "vfs-train: definition: %s\n", err.text);
        return VFS_TRAIN_FAIL;
    }

    vfs_definition_print(def);
    vfs_definition_free(def);

    return VFS_TRAIN_OK;
}


/* Of words without white space alone, for scripts. */

static void
vfs_definition_print(const vfs_definition_t *def)
{
    int  i;

    printf("hash %s\nname %s\ndimension %u\nmetric %s\ntopic %s\n",
           def->hash, def->name, def->dimension,
           vfs_metric_name(def->metric), def->topic);

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (def->has_feature[i]) {
            printf("%s_namespace %s\n", vfs_entity_name((vfs_entity_e) i),
                   def->features[i].namespace_name);
        }
    }
}
