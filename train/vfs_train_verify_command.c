
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_settings.h"
#include "vfs_train.h"
#include "vfs_train_recorded.h"
#include "vfs_train_verify.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


/* Beside VFS_TRAIN_OK and VFS_TRAIN_FAIL, a difference: it could not be done */

#define VFS_VERIFY_FAILED  VFS_TRAIN_USAGE

#define VFS_VERIFY_MAX     10000000
#define VFS_VERIFY_DAY     86400


static int vfs_verify_options(vfs_verify_options_t *options, int argc,
    char **argv, vfs_error_t *err);
static int vfs_verify_sense(const vfs_verify_options_t *options,
    vfs_error_t *err);
static int vfs_verify_work(const vfs_verify_options_t *options);
static int vfs_verify_loop(vfs_verify_t *verify, vfs_error_t *err);
static void vfs_verify_summary(const vfs_verify_t *verify,
    const vfs_verify_counts_t *counts, const char *title);
static int vfs_verify_status(const vfs_verify_t *verify);
static void vfs_verify_pause(int64_t seconds);
static void vfs_verify_on_signal(int signo);


static volatile sig_atomic_t  vfs_verify_stop;


static const vfs_option_t  vfs_verify_table[] = {

    { .name = "sample",
      .value = "N",
      .set = vfs_option_integer,
      .offset = offsetof(vfs_verify_options_t, wanted),
      .min = 1,
      .max = VFS_VERIFY_MAX,
      .help = "the N ids of the least hash, always the same ones" },

    { .name = "all",
      .set = vfs_option_flag,
      .offset = offsetof(vfs_verify_options_t, all),
      .help = "every id of the history, and of the index if\n"
              "PINECONE_INDEX_HOST is set" },

    { .name = "watch",
      .set = vfs_option_flag,
      .offset = offsetof(vfs_verify_options_t, watch),
      .help = "go on, and report to VFS_STATS_URL" },

    { .name = "interval",
      .value = "S",
      .set = vfs_option_integer,
      .offset = offsetof(vfs_verify_options_t, interval),
      .min = 0,
      .max = VFS_VERIFY_DAY,
      .help = "seconds between two rounds, 60" },

    { .name = "rounds",
      .value = "N",
      .set = vfs_option_integer,
      .offset = offsetof(vfs_verify_options_t, rounds),
      .min = 1,
      .max = VFS_VERIFY_MAX,
      .help = "end after so many rounds" },

    { .name = "settle",
      .value = "S",
      .set = vfs_option_integer,
      .offset = offsetof(vfs_verify_options_t, settle),
      .min = 0,
      .max = 600,
      .help = "seconds to wait until the worker has stored what\n"
              "there is, so that a missing event is one, 10" },

    { .name = "details",
      .value = "N",
      .set = vfs_option_integer,
      .offset = offsetof(vfs_verify_options_t, details),
      .min = 0,
      .max = 1000,
      .help = "differences of which the cause is looked for, 10" },

    { .name = NULL }
};


static const vfs_option_group_t  vfs_verify_groups[] = {
    { vfs_verify_table, 0 },
    { vfs_train_files_options, offsetof(vfs_verify_options_t, files) },
    { NULL, 0 }
};


static const vfs_options_t  vfs_verify_command = {
    .command = "verify",
    .synopsis = "[OPTION]... [user:ID | item:ID]...",
    .noperands = INT_MAX,
    .about = "Compares what the gateway serves now with a replay of the raw "
             "events\n"
             "up to each answer's vfs_watermark, to the bit.  Exit status: 0 "
             "all\n"
             "is equal, 1 something is not, 2 it could not be compared.",
    .more =
        "Settings come from the environment:\n"
        "\n"
        "  VFS_GATEWAY_URL       the gateway, http://127.0.0.1:8080\n"
        "  KAFKA_BROKERS         brokers, such as 127.0.0.1:9092\n"
        "  VFS_GROUP             the worker's consumer group, vfs\n"
        "  VFS_KAFKA_<PROPERTY>  any librdkafka property\n"
        "  VFS_DEFINITION        feature definition, conf/features.json\n"
        "  VFS_STATS_URL         where --watch reports, empty: nowhere,\n"
        "                        http://127.0.0.1:8080/stats/ingest\n"
        "  PINECONE_INDEX_HOST   the index, for ids that only it has; its key\n"
        "                        is PINECONE_API_KEY or _FILE",
    .groups = vfs_verify_groups
};


int
vfs_train_verify(int argc, char **argv)
{
    int                    rc;
    char                  *gateway, *stats, *index, *api_key;
    vfs_error_t            err;
    vfs_verify_options_t   options;

    gateway = NULL;
    stats = NULL;
    index = NULL;
    api_key = NULL;

    rc = vfs_verify_options(&options, argc, argv, &err);

    if (rc == VFS_DECLINED) {
        return VFS_TRAIN_OK;
    }

    if (rc == VFS_OK) {
        rc = vfs_setting_url("VFS_GATEWAY_URL", "http://127.0.0.1:8080",
                             &gateway, &err);
    }

    if (rc == VFS_OK && options.watch
        && (getenv("VFS_STATS_URL") == NULL
            || getenv("VFS_STATS_URL")[0] != '\0'))
    {
        rc = vfs_setting_url("VFS_STATS_URL",
                             "http://127.0.0.1:8080/stats/ingest", &stats,
                             &err);
    }

    if (rc == VFS_OK && getenv("PINECONE_INDEX_HOST") != NULL) {
        rc = vfs_setting_url("PINECONE_INDEX_HOST", "http://127.0.0.1:5080",
                             &index, &err);

        if (rc == VFS_OK) {
            rc = vfs_setting_secret("PINECONE_API_KEY", &api_key, &err);
        }
    }

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-train: verify: %s\n", err.text);
        rc = VFS_TRAIN_USAGE;

    } else {
        options.gateway = gateway;
        options.stats = stats;
        options.index = index;
        options.api_key = api_key;

        rc = vfs_verify_work(&options);
    }

    if (api_key != NULL) {
        explicit_bzero(api_key, strlen(api_key));
    }

    free(gateway);
    free(stats);
    free(index);
    free(api_key);

    return rc;
}


/* VFS_DECLINED: help was asked for and given. */

static int
vfs_verify_options(vfs_verify_options_t *options, int argc, char **argv,
    vfs_error_t *err)
{
    int  rc, first;

    memset(options, 0, sizeof(vfs_verify_options_t));

    options->interval = 60;
    options->settle = 10;
    options->details = 10;
    options->files.memory = VFS_TRAIN_MEMORY;

    rc = vfs_options_read(&vfs_verify_command, options, argc, argv, &first,
                          err);

    if (rc != VFS_OK) {
        return rc;
    }

    options->sample = options->all ? SIZE_MAX : (size_t) options->wanted;
    options->ids = argv + first;
    options->nids = (unsigned) (argc - first);

    return vfs_verify_sense(options, err);
}


static int
vfs_verify_sense(const vfs_verify_options_t *options, vfs_error_t *err)
{
    unsigned       i;
    const char    *id;
    vfs_entity_e   entity;

    if (options->sample == 0 && options->nids == 0) {
        vfs_error_set(err, "what is to be compared? Expected --all, --sample "
                      "N or ids such as user:u1");
        return VFS_ERROR;
    }

    if (options->all && options->wanted != 0) {
        vfs_error_set(err, "--all and --sample: expected one of them");
        return VFS_ERROR;
    }

    if (options->watch && options->files.n > 0) {
        vfs_error_set(err, "--watch and --file: files do not go on, expected "
                      "one of them");
        return VFS_ERROR;
    }

    if (options->rounds != 0 && !options->watch) {
        vfs_error_set(err, "--rounds is of --watch");
        return VFS_ERROR;
    }

    for (i = 0; i < options->nids; i++) {

        if (vfs_train_id(options->ids[i], &entity, &id, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


static int
vfs_verify_work(const vfs_verify_options_t *options)
{
    int               rc;
    vfs_error_t       err;
    vfs_verify_t      verify;
    struct sigaction  sa;

    memset(&sa, 0, sizeof(struct sigaction));
    sa.sa_handler = vfs_verify_on_signal;

    (void) sigaction(SIGINT, &sa, NULL);
    (void) sigaction(SIGTERM, &sa, NULL);
    (void) sigaction(SIGQUIT, &sa, NULL);

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fprintf(stderr, "vfs-train: verify: libcurl cannot be initialised\n");
        return VFS_VERIFY_FAILED;
    }

    rc = vfs_verify_open(&verify, options, &err);

    if (rc == VFS_OK) {
        rc = vfs_verify_loop(&verify, &err);
    }

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-train: verify: %s\n", err.text);
        rc = VFS_VERIFY_FAILED;

    } else {
        rc = vfs_verify_status(&verify);
    }

    vfs_verify_close(&verify);
    curl_global_cleanup();

    return rc;
}


/*
 * A watch goes on over what may pass, such as a gateway that is away, once its
 * first round has shown that it can work.
 */

static int
vfs_verify_loop(vfs_verify_t *verify, vfs_error_t *err)
{
    const vfs_verify_options_t  *options;

    options = verify->options;

    for ( ;; ) {

        if (vfs_verify_round(verify, err) != VFS_OK) {

            if (!options->watch || verify->rounds == 0) {
                return VFS_ERROR;
            }

            fprintf(stderr, "vfs-train: verify: %s\n", err->text);

        } else {
            vfs_verify_summary(verify, &verify->round, "");
            vfs_verify_report(verify);
        }

        if (!options->watch || vfs_verify_stop
            || verify->rounds == (uint64_t) options->rounds)
        {
            break;
        }

        vfs_train_recorded_release();
        vfs_verify_pause(options->interval);

        if (vfs_verify_stop) {
            break;
        }
    }

    if (options->watch) {
        vfs_verify_summary(verify, &verify->total, "in all ");
    }

    return VFS_OK;
}


static void
vfs_verify_summary(const vfs_verify_t *verify,
    const vfs_verify_counts_t *counts, const char *title)
{
    uint64_t         compared, mismatches;
    const uint64_t  *n;

    n = counts->verdicts;
    compared = vfs_verify_compared(counts);
    mismatches = vfs_verify_mismatches(counts);

    printf("%scompared %" PRIu64 ", equal %" PRIu64 ", different %" PRIu64
           ", missing %" PRIu64 ", extra %" PRIu64 ", not comparable %" PRIu64
           ", waiting %" PRIu64 "; mismatches per million %.1f\n",
           title, compared,
           n[VFS_VERDICT_EQUAL], n[VFS_VERDICT_DIFFERENT],
           n[VFS_VERDICT_MISSING], n[VFS_VERDICT_EXTRA], n[VFS_VERDICT_CUT],
           n[VFS_VERDICT_WAITING],
           (compared == 0) ? 0.0
                           : (double) mismatches * 1e6 / (double) compared);

    (void) fflush(stdout);
}


static int
vfs_verify_status(const vfs_verify_t *verify)
{
    if (vfs_verify_mismatches(&verify->total) > 0) {
        return VFS_TRAIN_FAIL;
    }

    if (verify->total.verdicts[VFS_VERDICT_CUT] > 0) {
        fprintf(stderr, "vfs-train: verify: %" PRIu64 " vectors could not be "
                "compared: the history does not reach back far enough\n",
                verify->total.verdicts[VFS_VERDICT_CUT]);
        return VFS_VERIFY_FAILED;
    }

    if (vfs_verify_compared(&verify->total) == 0) {
        fprintf(stderr, "vfs-train: verify: there was nothing to compare\n");
        return VFS_VERIFY_FAILED;
    }

    return VFS_TRAIN_OK;
}


static void
vfs_verify_pause(int64_t seconds)
{
    struct timespec  pause;

    pause.tv_sec = (time_t) seconds;
    pause.tv_nsec = 0;

    /* a signal ends it */

    (void) nanosleep(&pause, NULL);
}


static void
vfs_verify_on_signal(int signo)
{
    if (vfs_verify_stop) {
        _Exit(VFS_VERIFY_FAILED);
    }

    vfs_verify_stop = 1;
}
