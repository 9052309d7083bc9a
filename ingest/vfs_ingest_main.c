
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_check.h"
#include "vfs_ingest_config.h"
#include "vfs_ingest_dry.h"
#include "vfs_ingest_worker.h"

#include <curl/curl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>


#define VFS_MAX_ERRORS  16

/* Freed memory that is not returned to the kernel. */

#define VFS_MAIN_KEEP   (32 * 1024 * 1024)


static int vfs_main_settings(vfs_ingest_settings_t *settings,
    const char *path);
static int vfs_main_work(const vfs_ingest_settings_t *settings);
static int vfs_main_dry_run(const vfs_ingest_settings_t *settings,
    uint64_t max);
static int vfs_main_count(const char *text, uint64_t *count);
static int vfs_main_signals(void);
static void vfs_main_on_signal(int signo);
static void vfs_main_usage(FILE *fp);


static volatile int  vfs_signals;
static int           vfs_wake = -1;


static const struct option  vfs_options[] = {
    { "check", no_argument, NULL, 'c' },
    { "config", required_argument, NULL, 'f' },
    { "dry-run", required_argument, NULL, 'd' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'v' },
    { NULL, 0, NULL, 0 }
};


int
main(int argc, char **argv)
{
    int                    opt, rc, check;
    uint64_t               events;
    const char            *config;
    vfs_ingest_settings_t  settings;

    check = 0;
    config = getenv("VFS_CONFIG");
    events = 0;

    while ((opt = getopt_long(argc, argv, "", vfs_options, NULL)) != -1) {

        switch (opt) {

        case 'c':
            check = 1;
            break;

        case 'f':
            config = optarg;
            break;

        case 'd':
            if (vfs_main_count(optarg, &events) != VFS_OK) {
                fprintf(stderr, "vfs-ingest: --dry-run is \"%.64s\", "
                        "expected a number of events from 1 to %d\n",
                        optarg, VFS_DRY_MAX);
                return 2;
            }

            break;

        case 'h':
            vfs_main_usage(stdout);
            return 0;

        case 'v':
            printf("vfs-ingest %s\n", VFS_VERSION);
            return 0;

        default:
            vfs_main_usage(stderr);
            return 2;
        }
    }

    if (optind != argc) {
        fprintf(stderr, "vfs-ingest: unexpected \"%s\"\n", argv[optind]);
        vfs_main_usage(stderr);
        return 2;
    }

    if (vfs_main_settings(&settings, config) != VFS_OK) {
        vfs_ingest_settings_free(&settings);
        return 1;
    }

    /* a batch takes again what the one before gave back */

    (void) mallopt(M_TRIM_THRESHOLD, VFS_MAIN_KEEP);
    (void) mallopt(M_MMAP_THRESHOLD, VFS_MAIN_KEEP);

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fprintf(stderr, "vfs-ingest: libcurl cannot be initialised\n");
        vfs_ingest_settings_free(&settings);
        return 1;
    }

    if (check) {
        rc = (vfs_check_all(&settings) == 0) ? 0 : 1;

    } else if (events != 0) {
        rc = vfs_main_dry_run(&settings, events);

    } else {
        rc = vfs_main_work(&settings);
    }

    curl_global_cleanup();
    vfs_ingest_settings_free(&settings);

    return rc;
}


static int
vfs_main_settings(vfs_ingest_settings_t *settings, const char *path)
{
    int                  rc;
    size_t               i, n;
    unsigned             line;
    vfs_error_t          errors[VFS_MAX_ERRORS];
    vfs_ingest_config_t  config;

    memset(settings, 0, sizeof(vfs_ingest_settings_t));
    config.n = 0;

    if (path != NULL
        && path[0] != '\0'
        && vfs_ingest_config_load(&config, path, &errors[0]) != VFS_OK)
    {
        fprintf(stderr, "vfs-ingest: %s\n", errors[0].text);
        return VFS_ERROR;
    }

    rc = vfs_ingest_settings_read(settings, errors, VFS_MAX_ERRORS, &n);

    for (i = 0; i < n; i++) {
        line = vfs_ingest_config_line(&config, errors[i].text);

        if (line != 0) {
            fprintf(stderr, "vfs-ingest: %s:%u: %s\n", path, line,
                    errors[i].text);

        } else {
            fprintf(stderr, "vfs-ingest: %s\n", errors[i].text);
        }
    }

    vfs_log_init("vfs-ingest", settings->log_level);

    return rc;
}


static int
vfs_main_work(const vfs_ingest_settings_t *settings)
{
    int            rc;
    vfs_error_t    err;
    vfs_worker_t  *worker;

    worker = calloc(1, sizeof(vfs_worker_t));

    if (worker == NULL || vfs_main_signals() != VFS_OK) {
        fprintf(stderr, "vfs-ingest: out of memory or descriptors\n");
        free(worker);
        return 1;
    }

    /* for backoff alone, so that workers do not retry in step */

    srand48(time(NULL) ^ ((long) getpid() << 16));

    worker->settings = settings;
    worker->wake = vfs_wake;
    worker->signals = &vfs_signals;

    rc = vfs_worker_init(worker, &err);

    if (rc == VFS_OK) {
        rc = vfs_worker_run(worker, &err);
    }

    if (rc != VFS_OK && !vfs_signals) {
        vfs_log(VFS_LOG_ERROR, "stopped", "error=\"%s\"", err.text);
        fprintf(stderr, "vfs-ingest: %s\n", err.text);

    } else {
        rc = VFS_OK;
    }

    vfs_worker_destroy(worker);
    free(worker);
    (void) close(vfs_wake);

    return (rc == VFS_OK) ? 0 : 1;
}


static int
vfs_main_count(const char *text, uint64_t *count)
{
    char  *end;
    long   n;

    n = strtol(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || n < 1
        || n > VFS_DRY_MAX)
    {
        return VFS_ERROR;
    }

    *count = (uint64_t) n;

    return VFS_OK;
}


static int
vfs_main_dry_run(const vfs_ingest_settings_t *settings, uint64_t max)
{
    int          rc;
    vfs_error_t  err;

    rc = vfs_main_signals();

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-ingest: out of descriptors\n");
        return 1;
    }

    rc = vfs_dry_run(settings, max, &vfs_signals, &err);

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-ingest: %s\n", err.text);
    }

    (void) close(vfs_wake);

    return (rc == VFS_OK) ? 0 : 1;
}


static int
vfs_main_signals(void)
{
    struct sigaction  sa;

    vfs_wake = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

    if (vfs_wake == -1) {
        return VFS_ERROR;
    }

    memset(&sa, 0, sizeof(struct sigaction));
    sa.sa_handler = vfs_main_on_signal;

    if (sigaction(SIGTERM, &sa, NULL) == -1
        || sigaction(SIGQUIT, &sa, NULL) == -1
        || sigaction(SIGINT, &sa, NULL) == -1)
    {
        return VFS_ERROR;
    }

    sa.sa_handler = SIG_IGN;

    return (sigaction(SIGPIPE, &sa, NULL) == -1) ? VFS_ERROR : VFS_OK;
}


static void
vfs_main_on_signal(int signo)
{
    uint64_t  one;

    one = 1;
    vfs_signals++;

    (void) !write(vfs_wake, &one, sizeof(one));
}


static void
vfs_main_usage(FILE *fp)
{
    fprintf(fp,
        "usage: vfs-ingest [--config FILE] [--check | --dry-run N]\n"
        "\n"
        "Reads events from Kafka and keeps the vectors of their users and\n"
        "items in an index that speaks Pinecone's API.  SIGTERM ends it.\n"
        "\n"
        "  --config FILE  settings, \"name = value\" a line: the variables\n"
        "              below, and kafka.<property> for librdkafka's; what\n"
        "              the environment sets comes first\n"
        "  --check     look for problems in the settings, say what mends\n"
        "              them, and exit\n"
        "  --dry-run N fold the oldest N events, print the records that\n"
        "              the index would be sent, and exit; write nothing\n"
        "  --help      print this text\n"
        "  --version   print the version\n"
        "\n"
        "Settings come from the environment, and from the file that\n"
        "VFS_CONFIG names:\n"
        "\n"
        "  KAFKA_BROKERS         brokers, such as 127.0.0.1:9092; required\n"
        "  PINECONE_INDEX_HOST   URL of the index, http://127.0.0.1:5080\n"
        "  PINECONE_API_KEY      its key, or PINECONE_API_KEY_FILE\n"
        "  VFS_MODEL_API_KEY     that of models, or VFS_MODEL_API_KEY_FILE\n"
        "  VFS_GROUP             consumer group, vfs\n"
        "  VFS_KAFKA_<PROPERTY>  any librdkafka property, dots as underscores\n"
        "  VFS_DEFINITION        feature definition, conf/features.json\n"
        "  VFS_DATA              where states are kept, data\n"
        "  VFS_STATS_URL         where counters are reported to, empty:\n"
        "                        nowhere, http://127.0.0.1:8080/stats/ingest\n"
        "  VFS_METRICS_ADDRESS   host:port of GET /metrics, such as\n"
        "                        127.0.0.1:9464; unset: not served\n"
        "  VFS_LOG_LEVEL         error, warn, info or debug\n"
        "  VFS_MAX_REQUESTS      to the index at a time, for each namespace,\n"
        "                        16\n"
        "  VFS_DRAIN_MS          how long the end may take, 10000\n"
        "  VFS_FEATURE_LOG       off: no topic <group>-features, on\n");
}
