
/*
 * Copyright (C) the vfs authors
 */


/*
 * Runs a fuzz target once over each file of a directory, without libFuzzer:
 * the corpus as a test.
 *
 *   build/t/feature/fuzz/fuzz_event [DIR]     (t/feature/fuzz/corpus/event)
 */

#include "fuzz.h"

#include <dirent.h>


#define REPLAY_MAX  (2 * 1024 * 1024)


static void replay_corpus(const char *program, char *dir, size_t size);
static void replay_file(const char *path);


int
main(int argc, char **argv)
{
    DIR            *files;
    char            path[1024], dir[512];
    unsigned        n;
    struct dirent  *entry;

    replay_corpus(argv[0], dir, sizeof(dir));

    if (argc > 1) {
        (void) snprintf(dir, sizeof(dir), "%s", argv[1]);
    }

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
    (void) printf("%s: %u inputs\n", dir, n);

    return n > 0 ? 0 : 1;
}


/* BUILD/t/PART/fuzz/fuzz_NAME goes with t/PART/fuzz/corpus/NAME. */

static void
replay_corpus(const char *program, char *dir, size_t size)
{
    const char  *part, *next, *name;

    part = program;
    name = strrchr(program, '/');

    for ( ;; ) {
        next = strstr(part + 1, "/t/");
        if (next == NULL) {
            break;
        }

        part = next;
    }

    dir[0] = '\0';

    if (name != NULL && strncmp(name, "/fuzz_", 6) == 0) {
        (void) snprintf(dir, size, "%.*s/corpus/%s", (int) (name - part - 1),
                        part + 1, name + 6);
    }
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
