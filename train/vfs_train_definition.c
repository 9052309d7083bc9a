
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_load.h"
#include "vfs_settings.h"
#include "vfs_train.h"

#include <getopt.h>
#include <stdio.h>


static void vfs_definition_print(const vfs_definition_t *def);
static void vfs_definition_usage(FILE *fp);


static const struct option  vfs_definition_long[] = {
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 }
};


int
vfs_train_definition(int argc, char **argv)
{
    int                opt;
    const char        *path;
    vfs_error_t        err;
    vfs_definition_t  *def;

    while ((opt = getopt_long(argc, argv, "", vfs_definition_long, NULL))
           != -1)
    {
        vfs_definition_usage((opt == 'h') ? stdout : stderr);
        return (opt == 'h') ? VFS_TRAIN_OK : VFS_TRAIN_USAGE;
    }

    if (argc - optind > 1) {
        vfs_definition_usage(stderr);
        return VFS_TRAIN_USAGE;
    }

    (void) vfs_setting_string("VFS_DEFINITION", "conf/features.json", &path);

    if (optind < argc) {
        path = argv[optind];
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


static void
vfs_definition_usage(FILE *fp)
{
    fprintf(fp,
        "usage: vfs-train definition [FILE]\n"
        "\n"
        "Checks a feature definition, VFS_DEFINITION unless told, and prints\n"
        "its hash, which is the vfs_definition of its vectors, its name,\n"
        "dimension, metric and topic, and its namespaces.\n");
}
