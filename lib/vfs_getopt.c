
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_getopt.h"

#include <string.h>


static const char *vfs_getopt_reason(const char *word,
    const struct option *longs);


void
vfs_getopt_refused(char *const *argv, const struct option *longs,
    const char *help, vfs_error_t *err)
{
    size_t       len;
    const char  *word;

    word = argv[optind - 1];

    if (optopt == 0 || optopt >= VFS_GETOPT_LONG) {
        vfs_error_set(err, "\"%.64s\": %s, see %s", word,
                      vfs_getopt_reason(word, longs), help);
        return;
    }

    /* "optind" passes a word of short options only with its last one */

    len = strlen(word);

    if (len < 2 || word[0] != '-' || word[1] == '-'
        || word[len - 1] != (char) optopt)
    {
        word = argv[optind];
    }

    vfs_error_set(err, "\"%.64s\": no such option, see %s", word, help);
}


static const char *
vfs_getopt_reason(const char *word, const struct option *longs)
{
    int                   n;
    size_t                len;
    const struct option  *option;

    if (optopt >= VFS_GETOPT_LONG) {
        return "no value is expected";
    }

    word += strspn(word, "-");
    len = strcspn(word, "=");
    n = 0;

    for (option = longs; option->name != NULL; option++) {
        n += (strncmp(option->name, word, len) == 0);
    }

    return (n > 1) ? "the begin of more than one option" : "no such option";
}
