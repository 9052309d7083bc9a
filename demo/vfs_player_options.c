
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_player_options.h"
#include "vfs_event.h"
#include "vfs_settings.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define VFS_PLAYER_TOPIC  "user_interactions"
#define VFS_PLAYER_START  1767225600000LL     /* 2026-01-01T00:00:00Z */


typedef struct {
    const char  *name;
    size_t       offset;      /* of the int64_t in vfs_player_options_t */
    int64_t      min;
    int64_t      max;
    int64_t      fallback;
} vfs_player_number_t;


static int vfs_player_option(vfs_player_options_t *options, int opt,
    int number, vfs_error_t *err);
static int vfs_player_number(vfs_player_options_t *options,
    const vfs_player_number_t *number, const char *text, vfs_error_t *err);
static int vfs_player_start(vfs_player_options_t *options, const char *text,
    vfs_error_t *err);
static int vfs_player_brokers(vfs_player_options_t *options,
    vfs_error_t *err);
static void vfs_player_usage(void);


/* The first entries of the table of options below, in the same order. */

static const vfs_player_number_t  vfs_player_numbers[] = {
    { "rate", offsetof(vfs_player_options_t, rate), 0, 10000000, 0 },
    { "count", offsetof(vfs_player_options_t, count), 0, INT64_MAX, 0 },
    { "users", offsetof(vfs_player_options_t, users), 1, 10000000, 500 },
    { "items", offsetof(vfs_player_options_t, items), 12, 10000000, 2000 },
    { "seed", offsetof(vfs_player_options_t, seed), 0, INT64_MAX, 1 }
};

#define VFS_PLAYER_NUMBERS                                                    \
    (sizeof(vfs_player_numbers) / sizeof(vfs_player_number_t))


static const struct option  vfs_player_options[] = {
    { "rate", required_argument, NULL, 'n' },
    { "count", required_argument, NULL, 'n' },
    { "users", required_argument, NULL, 'n' },
    { "items", required_argument, NULL, 'n' },
    { "seed", required_argument, NULL, 'n' },
    { "brokers", required_argument, NULL, 'b' },
    { "topic", required_argument, NULL, 't' },
    { "file", required_argument, NULL, 'f' },
    { "start", required_argument, NULL, 's' },
    { "print", no_argument, NULL, 'p' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'v' },
    { NULL, 0, NULL, 0 }
};


int
vfs_player_parse_options(vfs_player_options_t *options, int argc, char **argv,
    vfs_error_t *err)
{
    int                         rc, opt, index;
    size_t                      i;
    const vfs_player_number_t  *number;

    memset(options, 0, sizeof(vfs_player_options_t));

    options->topic = VFS_PLAYER_TOPIC;
    options->start_ms = VFS_PLAYER_START;

    for (i = 0; i < VFS_PLAYER_NUMBERS; i++) {
        number = &vfs_player_numbers[i];
        *(int64_t *) ((char *) options + number->offset) = number->fallback;
    }

    index = 0;

    while ((opt = getopt_long(argc, argv, "h", vfs_player_options, &index))
           != -1)
    {
        rc = vfs_player_option(options, opt, index, err);

        if (rc != VFS_OK) {
            return rc;
        }
    }

    if (optind != argc) {
        vfs_error_set(err, "unexpected argument \"%s\", see vfs-player --help",
                      argv[optind]);
        return VFS_ERROR;
    }

    return vfs_player_brokers(options, err);
}


static int
vfs_player_option(vfs_player_options_t *options, int opt, int index,
    vfs_error_t *err)
{
    switch (opt) {

    case 'n':
        return vfs_player_number(options, &vfs_player_numbers[index], optarg,
                                 err);

    case 's':
        return vfs_player_start(options, optarg, err);

    case 'b':
        options->brokers = optarg;
        return VFS_OK;

    case 't':
        options->topic = optarg;
        return VFS_OK;

    case 'f':
        options->file = optarg;
        return VFS_OK;

    case 'p':
        options->print = 1;
        return VFS_OK;

    case 'h':
        vfs_player_usage();
        return VFS_DECLINED;

    case 'v':
        puts("vfs-player " VFS_VERSION);
        return VFS_DECLINED;

    default:
        vfs_error_set(err, "see vfs-player --help");
        return VFS_ERROR;
    }
}


static int
vfs_player_number(vfs_player_options_t *options,
    const vfs_player_number_t *number, const char *text, vfs_error_t *err)
{
    char       *end;
    long long   n;

    errno = 0;
    n = strtoll(text, &end, 10);

    if (end == text || *end != '\0' || errno != 0
        || n < number->min || n > number->max)
    {
        vfs_error_set(err, "--%s is \"%s\", expected a whole number from %lld "
                      "to %lld", number->name, text, (long long) number->min,
                      (long long) number->max);
        return VFS_ERROR;
    }

    *(int64_t *) ((char *) options + number->offset) = n;

    return VFS_OK;
}


static int
vfs_player_start(vfs_player_options_t *options, const char *text,
    vfs_error_t *err)
{
    struct timespec  now;

    if (strcmp(text, "now") == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        options->start_ms = (int64_t) now.tv_sec * 1000
                            + now.tv_nsec / 1000000;
        return VFS_OK;
    }

    if (vfs_time_parse(text, strlen(text), &options->start_ms) != VFS_OK) {
        vfs_error_set(err, "--start is \"%s\", expected \"now\" or a time such "
                      "as 2026-01-31T10:00:00Z", text);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_player_brokers(vfs_player_options_t *options, vfs_error_t *err)
{
    if (options->print) {
        return VFS_OK;
    }

    if (options->brokers == NULL) {
        (void) vfs_setting_string("KAFKA_BROKERS", NULL, &options->brokers);
    }

    if (options->brokers == NULL) {
        vfs_error_set(err, "KAFKA_BROKERS is not set and --brokers is not "
                      "given, for example KAFKA_BROKERS=127.0.0.1:9092");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static void
vfs_player_usage(void)
{
    fputs("usage: vfs-player [--brokers LIST] [OPTION]...\n"
          "\n"
          "Sends events to Kafka: those of a file, or generated ones.\n"
          "\n"
          "  --brokers LIST   Kafka's bootstrap servers, else KAFKA_BROKERS; "
          "any property of\n"
          "                   librdkafka by VFS_KAFKA_<PROPERTY>, dots as "
          "underscores\n"
          "  --topic NAME     user_interactions\n"
          "  --rate N         events a second; 0, the default: as fast as "
          "possible\n"
          "  --count N        stop after N events; 0, the default: at the "
          "end, if any\n"
          "  --file PATH      NAME.csv: the UCI Online Retail data; else one "
          "event a line\n"
          "  --print          write the events to standard output, not to "
          "Kafka\n"
          "  --help, --version\n"
          "                   print this text, or the version\n"
          "\n"
          "Generated events are the same for the same options:\n"
          "\n"
          "  --users N        500\n"
          "  --items N        2000\n"
          "  --seed N         1\n"
          "  --start TIME     of the first event, or \"now\"; "
          "2026-01-01T00:00:00Z\n",
          stdout);
}
