
/*
 * Copyright (C) the vfs authors
 */


/*
 * Runs a fuzz target once over each file of a directory, without libFuzzer:
 * the corpus as a test.
 *
 *   fuzz_event [DIR]      (t/feature/fuzz/corpus/event)
 */

#include "fuzz.h"

#include <dirent.h>


#define REPLAY_MAX  (2 * 1024 * 1024)


static void replay_file(const char *path);


int
main(int argc, char **argv)
{
    DIR            *files;
    char            path[1024], dir[512];
    unsigned        n;
    const char     *name;
    struct dirent  *entry;

    name = strrchr(argv[0], '_');
    name = name == NULL ? argv[0] : name + 1;

    (void) snprintf(dir, sizeof(dir), "%s%s",
                    argc > 1 ? argv[1] : "t/feature/fuzz/corpus/",
                    argc > 1 ? "" : name);

    files = opendir(dir);
    if (files == NULL) {
        perror(dir);
        return 1;
    }

    n = 0;

    for ( ;; ) {
        entry = readdir(files);
        if (entry == NULL) {
            break;
        }

        if (entry->d_name[0] == '.') {
            continue;
        }

        (void) snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        replay_file(path);
        n++;
    }

    (void) closedir(files);
    (void) printf("%s: %u inputs\n", name, n);

    return n > 0 ? 0 : 1;
}


static void
replay_file(const char *path)
{
    FILE     *file;
    size_t    n;
    uint8_t  *data, *exact;

    file = fopen(path, "rb");
    data = malloc(REPLAY_MAX);

    if (file == NULL || data == NULL) {
        perror(path);
        exit(1);
    }

    n = fread(data, 1, REPLAY_MAX, file);
    (void) fclose(file);

    exact = malloc(n == 0 ? 1 : n);
    if (exact == NULL) {
        perror(path);
        exit(1);
    }

    memcpy(exact, data, n);
    free(data);

    (void) LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}
