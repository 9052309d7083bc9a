
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_getopt.h"
#include "vfs_index_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define VFS_OPTIONS_MAX_KEY   1024
#define VFS_OPTIONS_MAX_HOST  253


typedef enum {
    VFS_OPTION_LISTEN = VFS_GETOPT_LONG,
    VFS_OPTION_DATA,
    VFS_OPTION_METRIC,
    VFS_OPTION_KEY_FILE,
    VFS_OPTION_INSECURE,
    VFS_OPTION_HOST_NAME,
    VFS_OPTION_SYNC,
    VFS_OPTION_NOSYNC,
    VFS_OPTION_THREADS,
    VFS_OPTION_CONNECTIONS,
    VFS_OPTION_TIMEOUT,
    VFS_OPTION_MAX_BODY,
    VFS_OPTION_ACCESS_LOG,
    VFS_OPTION_LOG_LEVEL,
    VFS_OPTION_HELP,
    VFS_OPTION_VERSION
} vfs_option_e;


static int vfs_options_set(vfs_options_t *options, int option,
    vfs_error_t *err);
static int vfs_options_add_host(vfs_options_t *options, const char *name,
    vfs_error_t *err);
static int vfs_options_number(const char *name, const char *text,
    unsigned long min, unsigned long max, unsigned long *value,
    vfs_error_t *err);
static int vfs_options_read_key(vfs_options_t *options, vfs_error_t *err);
static int vfs_options_command(vfs_options_t *options, int argc, char **argv,
    vfs_error_t *err);


const char  vfs_options_usage[] =
    "usage: vfs-index --data DIR [--listen ADDRESS:PORT] [options]\n"
    "       vfs-index backup --data DIR TO\n"
    "\n"
    "An embedded vector index that speaks Pinecone's API over HTTP.\n"
    "\n"
    "  --data DIR               where the records are kept\n"
    "  --listen ADDRESS:PORT    default 127.0.0.1:5080\n"
    "  --metric NAME            of the default index: cosine (default),\n"
    "                           dotproduct or euclidean\n"
    "  --api-key-file FILE      ask every request for the key in its first "
    "line\n"
    "  --insecure               listen beyond loopback without a key\n"
    "  --host-name NAME         without a key: a name with dots that clients "
    "use\n"
    "                           for this index; may be given up to 16 times\n"
    "  --sync, --nosync         whether an acknowledged write is on disk\n"
    "                           (default) or may still be on its way\n"
    "  --threads N              HTTP threads, default: one a core, at least 2\n"
    "  --max-connections N      default 1000\n"
    "  --timeout SECONDS        that a client may be silent, default 60\n"
    "  --max-body BYTES         of one request, default 16777216\n"
    "  --access-log FILE        a line for each request; - is standard error\n"
    "  --log-level LEVEL        error, warn, info (default) or debug\n"
    "  --help, --version\n";


static const struct option  vfs_options_long[] = {
    { "listen", required_argument, NULL, VFS_OPTION_LISTEN },
    { "data", required_argument, NULL, VFS_OPTION_DATA },
    { "metric", required_argument, NULL, VFS_OPTION_METRIC },
    { "api-key-file", required_argument, NULL, VFS_OPTION_KEY_FILE },
    { "insecure", no_argument, NULL, VFS_OPTION_INSECURE },
    { "host-name", required_argument, NULL, VFS_OPTION_HOST_NAME },
    { "sync", no_argument, NULL, VFS_OPTION_SYNC },
    { "nosync", no_argument, NULL, VFS_OPTION_NOSYNC },
    { "threads", required_argument, NULL, VFS_OPTION_THREADS },
    { "max-connections", required_argument, NULL, VFS_OPTION_CONNECTIONS },
    { "timeout", required_argument, NULL, VFS_OPTION_TIMEOUT },
    { "max-body", required_argument, NULL, VFS_OPTION_MAX_BODY },
    { "access-log", required_argument, NULL, VFS_OPTION_ACCESS_LOG },
    { "log-level", required_argument, NULL, VFS_OPTION_LOG_LEVEL },
    { "help", no_argument, NULL, VFS_OPTION_HELP },
    { "version", no_argument, NULL, VFS_OPTION_VERSION },
    { NULL, 0, NULL, 0 }
};


int
vfs_options_parse(vfs_options_t *options, int argc, char **argv,
    vfs_error_t *err)
{
    int   option;
    long  cores;

    cores = sysconf(_SC_NPROCESSORS_ONLN);

    memset(options, 0, sizeof(vfs_options_t));
    options->listen = "127.0.0.1:5080";
    options->metric = VFS_INDEX_COSINE;
    options->threads = cores < 2 ? 2 : cores > 64 ? 64 : (unsigned) cores;
    options->connections = 1000;
    options->timeout = 60;
    options->max_body = 16 * 1024 * 1024;
    options->log_level = VFS_LOG_INFO;

    opterr = 0;

    for ( ;; ) {
        option = getopt_long(argc, argv, ":h", vfs_options_long, NULL);

        if (option == -1) {
            break;
        }

        if (option == '?') {
            vfs_getopt_refused(argv, vfs_options_long, "vfs-index --help",
                               err);
            return VFS_ERROR;
        }

        if (option == ':') {
            vfs_error_set(err, "option %.64s needs a value, see --help",
                          argv[optind - 1]);
            return VFS_ERROR;
        }

        if (option == 'h') {
            option = VFS_OPTION_HELP;
        }

        if (vfs_options_set(options, option, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    if (options->help || options->version) {
        return VFS_OK;
    }

    if (vfs_options_command(options, argc, argv, err) != VFS_OK) {
        return VFS_ERROR;
    }

    if (options->data == NULL || options->data[0] == '\0') {
        vfs_error_set(err, "option --data is missing, it names the directory "
                      "of the records, for example --data "
                      "/var/lib/vfs/index");
        return VFS_ERROR;
    }

    return options->key_file == NULL ? VFS_OK
                                     : vfs_options_read_key(options, err);
}


void
vfs_options_free(vfs_options_t *options)
{
    if (options->key != NULL) {
        explicit_bzero(options->key, strlen(options->key));
        free(options->key);
    }
}


static int
vfs_options_set(vfs_options_t *options, int option, vfs_error_t *err)
{
    unsigned long  n;

    n = 0;

    switch ((vfs_option_e) option) {

    case VFS_OPTION_LISTEN:
        options->listen = optarg;
        break;

    case VFS_OPTION_DATA:
        options->data = optarg;
        break;

    case VFS_OPTION_METRIC:
        if (vfs_index_metric_parse(optarg, strlen(optarg), &options->metric)
            != VFS_OK)
        {
            vfs_error_set(err, "option --metric must be cosine, dotproduct or "
                          "euclidean, got \"%.64s\"", optarg);
            return VFS_ERROR;
        }

        break;

    case VFS_OPTION_KEY_FILE:
        options->key_file = optarg;
        break;

    case VFS_OPTION_INSECURE:
        options->insecure = 1;
        break;

    case VFS_OPTION_HOST_NAME:
        return vfs_options_add_host(options, optarg, err);

    case VFS_OPTION_SYNC:
        options->nosync = 0;
        break;

    case VFS_OPTION_NOSYNC:
        options->nosync = 1;
        break;

    case VFS_OPTION_THREADS:
        if (vfs_options_number("threads", optarg, 1, 256, &n, err) != VFS_OK) {
            return VFS_ERROR;
        }

        options->threads = (unsigned) n;
        break;

    case VFS_OPTION_CONNECTIONS:
        if (vfs_options_number("max-connections", optarg, 16, 100000, &n, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        options->connections = (unsigned) n;
        break;

    case VFS_OPTION_TIMEOUT:
        if (vfs_options_number("timeout", optarg, 1, 3600, &n, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        options->timeout = (unsigned) n;
        break;

    case VFS_OPTION_MAX_BODY:
        if (vfs_options_number("max-body", optarg, 1024, 1UL << 30, &n, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }

        options->max_body = n;
        break;

    case VFS_OPTION_ACCESS_LOG:
        options->access_log = optarg;
        break;

    case VFS_OPTION_LOG_LEVEL:
        if (vfs_log_level_parse(optarg, &options->log_level) != VFS_OK) {
            vfs_error_set(err, "option --log-level must be error, warn, info "
                          "or debug, got \"%.64s\"", optarg);
            return VFS_ERROR;
        }

        break;

    case VFS_OPTION_HELP:
        options->help = 1;
        break;

    case VFS_OPTION_VERSION:
        options->version = 1;
        break;
    }

    return VFS_OK;
}


static int
vfs_options_add_host(vfs_options_t *options, const char *name,
    vfs_error_t *err)
{
    size_t  len;

    static const char  characters[] = "abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789.-_";

    len = strspn(name, characters);

    if (len == 0 || len > VFS_OPTIONS_MAX_HOST || name[len] != '\0') {
        vfs_error_set(err, "option --host-name must be a name without scheme "
                      "and port, for example index.shop.internal, got "
                      "\"%.64s\"", name);
        return VFS_ERROR;
    }

    if (options->nhosts == VFS_OPTIONS_HOSTS) {
        vfs_error_set(err, "option --host-name can be given %d times",
                      VFS_OPTIONS_HOSTS);
        return VFS_ERROR;
    }

    options->hosts[options->nhosts++] = name;

    return VFS_OK;
}


static int
vfs_options_number(const char *name, const char *text, unsigned long min,
    unsigned long max, unsigned long *value, vfs_error_t *err)
{
    char           *end;
    unsigned long   n;

    errno = 0;
    n = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0
        || n < min || n > max)
    {
        vfs_error_set(err, "option --%s must be a whole number from %lu to "
                      "%lu, got \"%.64s\"", name, min, max, text);
        return VFS_ERROR;
    }

    *value = n;

    return VFS_OK;
}


static int
vfs_options_read_key(vfs_options_t *options, vfs_error_t *err)
{
    FILE  *file;
    char   line[VFS_OPTIONS_MAX_KEY + 2];

    file = fopen(options->key_file, "re");

    if (file == NULL) {
        vfs_error_set(err, "option --api-key-file: cannot read %s: %s",
                      options->key_file, strerror(errno));
        return VFS_ERROR;
    }

    if (fgets(line, sizeof(line), file) == NULL) {
        line[0] = '\0';
    }

    (void) fclose(file);
    line[strcspn(line, "\r\n")] = '\0';

    if (line[0] == '\0' || strlen(line) > VFS_OPTIONS_MAX_KEY) {
        vfs_error_set(err, "option --api-key-file: the first line of %s must "
                      "hold a key of 1 to %d characters", options->key_file,
                      VFS_OPTIONS_MAX_KEY);

    } else {
        options->key = strdup(line);

        if (options->key == NULL) {
            vfs_error_set(err, "out of memory");
        }
    }

    explicit_bzero(line, sizeof(line));

    return options->key == NULL ? VFS_ERROR : VFS_OK;
}


static int
vfs_options_command(vfs_options_t *options, int argc, char **argv,
    vfs_error_t *err)
{
    if (optind == argc) {
        return VFS_OK;
    }

    if (strcmp(argv[optind], "backup") != 0) {
        vfs_error_set(err, "unknown command \"%.64s\", the only one is "
                      "\"backup\"; see --help", argv[optind]);
        return VFS_ERROR;
    }

    if (argc - optind != 2) {
        vfs_error_set(err, "command backup needs the one directory to copy "
                      "to, for example: vfs-index backup --data DIR TO");
        return VFS_ERROR;
    }

    options->backup = argv[optind + 1];

    return VFS_OK;
}
