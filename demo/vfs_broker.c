
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_error.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>


#define VFS_BROKER_MAX_TOPICS      64
#define VFS_BROKER_MAX_PARTITIONS  256


typedef struct {
    char    *name;
    int      partitions;
} vfs_broker_topic_t;


typedef struct {
    const char          *address_file;
    vfs_broker_topic_t   topics[VFS_BROKER_MAX_TOPICS];
    unsigned             ntopics;
} vfs_broker_options_t;


static int vfs_broker_parse_options(vfs_broker_options_t *options, int argc,
    char **argv, vfs_error_t *err);
static int vfs_broker_parse_topic(vfs_broker_topic_t *topic, char *text,
    vfs_error_t *err);
static int vfs_broker_create_topics(rd_kafka_mock_cluster_t *cluster,
    vfs_broker_options_t *options, vfs_error_t *err);
static int vfs_broker_announce(const char *address, const char *file,
    vfs_error_t *err);
static int vfs_broker_run(vfs_broker_options_t *options, sigset_t *stop,
    vfs_error_t *err);
static rd_kafka_t *vfs_broker_handle(vfs_error_t *err);
static void vfs_broker_usage(void);


int
main(int argc, char **argv)
{
    int                   rc;
    sigset_t              stop;
    vfs_error_t           err;
    vfs_broker_options_t  options;

    rc = vfs_broker_parse_options(&options, argc, argv, &err);

    if (rc == VFS_DECLINED) {
        return 0;
    }

    /* blocked before librdkafka starts its threads, which inherit the mask */

    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGQUIT);
    sigaddset(&stop, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);

    if (rc == VFS_OK) {
        rc = vfs_broker_run(&options, &stop, &err);
    }

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-broker: %s\n", err.text);
        return 1;
    }

    return 0;
}


static int
vfs_broker_parse_options(vfs_broker_options_t *options, int argc, char **argv,
    vfs_error_t *err)
{
    int  opt;

    static const struct option  names[] = {
        { "address-file", required_argument, NULL, 'a' },
        { "topic", required_argument, NULL, 't' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },
        { NULL, 0, NULL, 0 }
    };

    memset(options, 0, sizeof(vfs_broker_options_t));

    while ((opt = getopt_long(argc, argv, "h", names, NULL)) != -1) {

        switch (opt) {

        case 'a':
            options->address_file = optarg;
            break;

        case 't':
            if (options->ntopics == VFS_BROKER_MAX_TOPICS) {
                vfs_error_set(err, "more than %d topics",
                              VFS_BROKER_MAX_TOPICS);
                return VFS_ERROR;
            }

            if (vfs_broker_parse_topic(&options->topics[options->ntopics],
                                       optarg, err)
                != VFS_OK)
            {
                return VFS_ERROR;
            }

            options->ntopics++;
            break;

        case 'h':
            vfs_broker_usage();
            return VFS_DECLINED;

        case 'v':
            puts("vfs-broker " VFS_VERSION);
            return VFS_DECLINED;

        default:
            vfs_error_set(err, "see vfs-broker --help");
            return VFS_ERROR;
        }
    }

    if (optind != argc) {
        vfs_error_set(err, "unexpected argument \"%s\", see vfs-broker --help",
                      argv[optind]);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_broker_parse_topic(vfs_broker_topic_t *topic, char *text, vfs_error_t *err)
{
    long   n;
    char  *colon, *end;

    colon = strrchr(text, ':');

    if (colon == NULL || colon == text) {
        goto invalid;
    }

    n = strtol(colon + 1, &end, 10);

    if (end == colon + 1 || *end != '\0'
        || n < 1 || n > VFS_BROKER_MAX_PARTITIONS)
    {
        goto invalid;
    }

    *colon = '\0';
    topic->name = text;
    topic->partitions = (int) n;

    return VFS_OK;

invalid:

    vfs_error_set(err, "--topic \"%s\": expected NAME:PARTITIONS with 1 to %d "
                  "partitions, such as user_interactions:4",
                  text, VFS_BROKER_MAX_PARTITIONS);

    return VFS_ERROR;
}


static int
vfs_broker_run(vfs_broker_options_t *options, sigset_t *stop, vfs_error_t *err)
{
    int                       rc, signo;
    rd_kafka_t               *rk;
    rd_kafka_mock_cluster_t  *cluster;

    rk = vfs_broker_handle(err);
    if (rk == NULL) {
        return VFS_ERROR;
    }

    rc = VFS_ERROR;

    cluster = rd_kafka_mock_cluster_new(rk, 1);
    if (cluster == NULL) {
        vfs_error_set(err, "cannot start librdkafka's mock cluster");
        goto done;
    }

    rc = vfs_broker_create_topics(cluster, options, err);

    if (rc == VFS_OK) {
        rc = vfs_broker_announce(rd_kafka_mock_cluster_bootstraps(cluster),
                                 options->address_file, err);
    }

    if (rc == VFS_OK) {
        while (sigwait(stop, &signo) != 0) { /* void */ }
    }

    rd_kafka_mock_cluster_destroy(cluster);

done:

    rd_kafka_destroy(rk);

    return rc;
}


/* The mock cluster keeps its books in a client, which itself does nothing. */

static rd_kafka_t *
vfs_broker_handle(vfs_error_t *err)
{
    char              text[256];
    rd_kafka_t       *rk;
    rd_kafka_conf_t  *conf;

    conf = rd_kafka_conf_new();

    if (rd_kafka_conf_set(conf, "log_level", "3", text, sizeof(text))
        != RD_KAFKA_CONF_OK)
    {
        goto failed;
    }

    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));

    if (rk == NULL) {
        goto failed;
    }

    return rk;

failed:

    rd_kafka_conf_destroy(conf);
    vfs_error_set(err, "cannot start librdkafka: %s", text);

    return NULL;
}


static int
vfs_broker_create_topics(rd_kafka_mock_cluster_t *cluster,
    vfs_broker_options_t *options, vfs_error_t *err)
{
    unsigned              i;
    vfs_broker_topic_t   *topic;
    rd_kafka_resp_err_t   rc;

    for (i = 0; i < options->ntopics; i++) {
        topic = &options->topics[i];

        rc = rd_kafka_mock_topic_create(cluster, topic->name,
                                        topic->partitions, 1);

        if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
            vfs_error_set(err, "cannot create topic \"%s\": %s",
                          topic->name, rd_kafka_err2str(rc));
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


/* The file appears whole or not at all: others wait for it. */

static int
vfs_broker_announce(const char *address, const char *file, vfs_error_t *err)
{
    int    failed;
    char   temp[4096];
    FILE  *out;

    if (file != NULL) {

        if (snprintf(temp, sizeof(temp), "%s.tmp", file)
            >= (int) sizeof(temp))
        {
            vfs_error_set(err, "--address-file: the path is too long");
            return VFS_ERROR;
        }

        out = fopen(temp, "w");
        if (out == NULL) {
            goto failed;
        }

        failed = fprintf(out, "%s\n", address) < 0;

        if (fclose(out) != 0 || failed || rename(temp, file) != 0) {
            goto failed;
        }
    }

    printf("bootstrap=%s\n", address);

    if (fflush(stdout) != 0) {
        vfs_error_set(err, "cannot write to standard output: %s",
                      strerror(errno));
        return VFS_ERROR;
    }

    return VFS_OK;

failed:

    vfs_error_set(err, "cannot write \"%s\": %s", file, strerror(errno));

    return VFS_ERROR;
}


static void
vfs_broker_usage(void)
{
    fputs("usage: vfs-broker [--topic NAME:PARTITIONS]... "
          "[--address-file PATH]\n"
          "\n"
          "A Kafka broker in memory (librdkafka's mock cluster), for laptops "
          "and tests:\n"
          "it listens on a loopback port of its own choice, prints "
          "bootstrap=HOST:PORT,\n"
          "keeps the newest 5 MB of each partition and forgets all when it "
          "ends.\n"
          "\n"
          "  --topic NAME:PARTITIONS  create a topic; others are created when "
          "first used,\n"
          "                           with 4 partitions\n"
          "  --address-file PATH      write HOST:PORT there once ready\n"
          "  --help, --version        print this text, or the version\n",
          stdout);
}
