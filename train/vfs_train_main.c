
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_log.h"
#include "vfs_train.h"

#include <stdio.h>
#include <string.h>


static const vfs_train_command_t *vfs_train_find(const char *name);
static void vfs_train_usage(FILE *fp);


static const vfs_train_command_t  vfs_train_commands[] = {
    { "join", "labels with the vectors of their time", vfs_train_join },
    { "snapshot", "all vectors as they stood at a time", vfs_train_snapshot },
    { "export", "the feature log as a file", vfs_train_export },
    { "verify", "compare what is served with the events", vfs_train_verify },
    { "explain", "the events that make a vector", vfs_train_explain },
    { "definition", "the hash and namespaces of a definition",
      vfs_train_definition },
    { NULL, NULL, NULL }
};


int
main(int argc, char **argv)
{
    const vfs_train_command_t  *command;

    if (argc < 2) {
        vfs_train_usage(stderr);
        return VFS_TRAIN_USAGE;
    }

    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        vfs_train_usage(stdout);
        return VFS_TRAIN_OK;
    }

    if (strcmp(argv[1], "--version") == 0) {
        printf("vfs-train %s\n", VFS_VERSION);
        return VFS_TRAIN_OK;
    }

    command = vfs_train_find(argv[1]);

    if (command == NULL) {
        fprintf(stderr, "vfs-train: unknown command \"%.64s\", see vfs-train "
                "--help\n", argv[1]);
        return VFS_TRAIN_USAGE;
    }

    vfs_log_init("vfs-train", VFS_LOG_WARN);

    return command->run(argc - 1, argv + 1);
}


static const vfs_train_command_t *
vfs_train_find(const char *name)
{
    const vfs_train_command_t  *command;

    for (command = vfs_train_commands; command->name != NULL; command++) {

        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }

    return NULL;
}


static void
vfs_train_usage(FILE *fp)
{
    const vfs_train_command_t  *command;

    fprintf(fp,
        "usage: vfs-train COMMAND [OPTION]...\n"
        "\n"
        "Training vectors from the code that serves them.\n"
        "\n");

    for (command = vfs_train_commands; command->name != NULL; command++) {
        fprintf(fp, "  %-10s  %s\n", command->name, command->help);
    }

    fprintf(fp,
        "\n"
        "  --help      print this text; vfs-train COMMAND --help: its own\n"
        "  --version   print the version\n");
}
