
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_options.h"
#include "vfs_getopt.h"
#include "vfs_settings.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>


typedef enum {
    VFS_COPY_FROM = VFS_GETOPT_LONG,
    VFS_COPY_TO,
    VFS_COPY_FROM_KEY_FILE,
    VFS_COPY_TO_KEY_FILE,
    VFS_COPY_NAMESPACE,
    VFS_COPY_VERIFY_ONLY,
    VFS_COPY_RATE,
    VFS_COPY_PATIENCE,
    VFS_COPY_GIVE_UP,
    VFS_COPY_HELP,
    VFS_COPY_VERSION
} vfs_copy_option_e;


static int vfs_copy_option(vfs_copy_options_t *options, int option,
    char *const *argv, vfs_error_t *err);
static int vfs_copy_url(char **url, const char *name, const char *value,
    vfs_error_t *err);
static int vfs_copy_namespace(vfs_copy_options_t *options, const char *name,
    vfs_error_t *err);
static int vfs_copy_number(const char *name, const char *text, double *value,
    vfs_error_t *err);
static int vfs_copy_end(vfs_copy_end_t *end, const char *name,
    vfs_error_t *err);
static void vfs_copy_end_free(vfs_copy_end_t *end);


const char  vfs_copy_usage[] =
    "usage: vfs copy --from URL --to URL [OPTION]...\n"
    "\n"
    "Copies namespaces from one index to another and verifies them, to the\n"
    "bit.  Both speak Pinecone's API: Pinecone itself or vfs-index.  It only\n"
    "adds to the second and may be run again.\n"
    "\n"
    "  --from URL            the index to read\n"
    "  --to URL              the index to write\n"
    "  --from-key-file FILE  its key in the first line; needed for https\n"
    "  --to-key-file FILE\n"
    "  --namespace NAME      one of them, may be repeated; default: all\n"
    "  --verify-only         copy nothing, compare\n"
    "  --rate N              requests a second to each index; default 50\n"
    "  --patience SECONDS    for what was written to be seen; default 60\n"
    "  --give-up SECONDS     how long an index may fail in between;\n"
    "                        default 600\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 both hold the same records, 1 they do not, or an error,\n"
    "2 a wrong option, 130, 131 or 143 ended by a signal.\n";


static const struct option  vfs_copy_long[] = {
    { "from", required_argument, NULL, VFS_COPY_FROM },
    { "to", required_argument, NULL, VFS_COPY_TO },
    { "from-key-file", required_argument, NULL, VFS_COPY_FROM_KEY_FILE },
    { "to-key-file", required_argument, NULL, VFS_COPY_TO_KEY_FILE },
    { "namespace", required_argument, NULL, VFS_COPY_NAMESPACE },
    { "verify-only", no_argument, NULL, VFS_COPY_VERIFY_ONLY },
    { "rate", required_argument, NULL, VFS_COPY_RATE },
    { "patience", required_argument, NULL, VFS_COPY_PATIENCE },
    { "give-up", required_argument, NULL, VFS_COPY_GIVE_UP },
    { "help", no_argument, NULL, VFS_COPY_HELP },
    { "version", no_argument, NULL, VFS_COPY_VERSION },
    { NULL, 0, NULL, 0 }
};


int
vfs_copy_options_parse(vfs_copy_options_t *options, int argc, char **argv,
    vfs_error_t *err)
{
    int  option;

    memset(options, 0, sizeof(vfs_copy_options_t));
    options->rate = 50;
    options->patience = 60;
    options->give_up = 600;

    opterr = 0;

    while ((option = getopt_long(argc, argv, ":h", vfs_copy_long, NULL))
           != -1)
    {
        if (vfs_copy_option(options, option, argv, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (options->help || options->version) {
        return VFS_OK;
    }

    if (optind < argc) {
        vfs_error_set(err, "unexpected argument \"%.64s\", see --help",
                      argv[optind]);
        return VFS_ERROR;
    }

    if (options->from.url == NULL || options->to.url == NULL) {
        vfs_error_set(err, "%s is missing, for example %s "
                      "http://127.0.0.1:5080; see --help",
                      (options->from.url == NULL) ? "--from" : "--to",
                      (options->from.url == NULL) ? "--from" : "--to");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_copy_option(vfs_copy_options_t *options, int option, char *const *argv,
    vfs_error_t *err)
{
    switch (option) {

    case VFS_COPY_FROM:
        return vfs_copy_url(&options->from.url, "--from", optarg, err);

    case VFS_COPY_TO:
        return vfs_copy_url(&options->to.url, "--to", optarg, err);

    case VFS_COPY_FROM_KEY_FILE:
        options->from.key_file = optarg;
        return VFS_OK;

    case VFS_COPY_TO_KEY_FILE:
        options->to.key_file = optarg;
        return VFS_OK;

    case VFS_COPY_NAMESPACE:
        return vfs_copy_namespace(options, optarg, err);

    case VFS_COPY_VERIFY_ONLY:
        options->verify_only = 1;
        return VFS_OK;

    case VFS_COPY_RATE:
        return vfs_copy_number("--rate", optarg, &options->rate, err);

    case VFS_COPY_PATIENCE:
        return vfs_copy_number("--patience", optarg, &options->patience, err);

    case VFS_COPY_GIVE_UP:
        return vfs_copy_number("--give-up", optarg, &options->give_up, err);

    case VFS_COPY_VERSION:
        options->version = 1;
        return VFS_OK;

    case VFS_COPY_HELP:
    case 'h':
        options->help = 1;
        return VFS_OK;

    case ':':
        vfs_error_set(err, "option %.64s needs a value, see --help",
                      argv[optind - 1]);
        return VFS_ERROR;

    default:
        vfs_getopt_refused(argv, vfs_copy_long, "vfs copy --help", err);
        return VFS_ERROR;
    }
}


static int
vfs_copy_url(char **url, const char *name, const char *value,
    vfs_error_t *err)
{
    free(*url);
    *url = strdup(value);

    if (*url == NULL) {
        vfs_error_set(err, "%s: out of memory", name);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_copy_namespace(vfs_copy_options_t *options, const char *name,
    vfs_error_t *err)
{
    size_t        n;
    const char  **names;

    for (n = 0; options->namespaces != NULL && options->namespaces[n] != NULL;
         n++)
    {
        if (strcmp(options->namespaces[n], name) == 0) {
            return VFS_OK;
        }
    }

    names = realloc(options->namespaces, (n + 2) * sizeof(char *));

    if (names == NULL) {
        vfs_error_set(err, "--namespace: out of memory");
        return VFS_ERROR;
    }

    names[n] = name;
    names[n + 1] = NULL;
    options->namespaces = names;

    return VFS_OK;
}


static int
vfs_copy_number(const char *name, const char *text, double *value,
    vfs_error_t *err)
{
    char    *end;
    double   number;

    errno = 0;
    number = strtod(text, &end);

    if (errno != 0 || end == text || *end != '\0' || !isfinite(number)
        || number < 0.001 || number > 10000)
    {
        vfs_error_set(err, "%s is \"%.64s\", expected a number of at least "
                      "0.001 and at most 10000", name, text);
        return VFS_ERROR;
    }

    *value = number;

    return VFS_OK;
}


int
vfs_copy_options_ends(vfs_copy_options_t *options, vfs_error_t *err)
{
    if (vfs_copy_end(&options->from, "from", err) != VFS_OK
        || vfs_copy_end(&options->to, "to", err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (strcmp(options->from.url, options->to.url) == 0) {
        vfs_error_set(err, "--from and --to are the same index");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_copy_end(vfs_copy_end_t *end, const char *name, vfs_error_t *err)
{
    char         option[32];
    size_t       len;
    const char  *reason;

    if (vfs_url_check(end->url, &reason) != VFS_OK) {

        /* not quoted: a password may stand in it */

        vfs_error_set(err, "--%s %s, expected a URL such as "
                      "http://127.0.0.1:5080", name, reason);
        return VFS_ERROR;
    }

    len = strlen(end->url);

    while (end->url[len - 1] == '/') {
        end->url[--len] = '\0';
    }

    if (end->key_file == NULL) {

        if (strncmp(end->url, "https:", 6) == 0) {
            vfs_error_set(err, "--%s-key-file is not given, expected a file "
                               "with the key for %.256s",
                          name, end->url);
            return VFS_ERROR;
        }

        return VFS_OK;
    }

    (void) strcpy(option, (name[0] == 'f') ? "--from-key-file"
                                           : "--to-key-file");

    return vfs_secret_file(option, end->key_file, &end->key, err);
}


void
vfs_copy_options_free(vfs_copy_options_t *options)
{
    vfs_copy_end_free(&options->from);
    vfs_copy_end_free(&options->to);
    free(options->namespaces);
}


static void
vfs_copy_end_free(vfs_copy_end_t *end)
{
    if (end->key != NULL) {
        explicit_bzero(end->key, strlen(end->key));
    }

    free(end->key);
    free(end->url);
}
