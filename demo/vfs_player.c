
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_player.h"
#include "vfs_player_options.h"
#include "vfs_event.h"
#include "vfs_log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>


#define VFS_PLAYER_SLICE_MS  100
#define VFS_PLAYER_FLUSH_MS  300000
#define VFS_PLAYER_STOP_MS   5000


static vfs_player_source_t *vfs_player_open(
    const vfs_player_options_t *options, vfs_error_t *err);
static int vfs_player_print(const vfs_player_options_t *options,
    vfs_player_source_t *source, vfs_error_t *err);
static int vfs_player_play(const vfs_player_options_t *options,
    vfs_player_source_t *source, vfs_error_t *err);
static int vfs_player_send_all(const vfs_player_options_t *options,
    vfs_player_source_t *source, vfs_player_producer_t *producer,
    vfs_error_t *err);
static void vfs_player_wait(vfs_player_producer_t *producer, int64_t due);
static void vfs_player_drain(vfs_player_producer_t *producer);
static int64_t vfs_player_now(void);
static void vfs_player_print_hints(const vfs_player_source_t *source);
static void vfs_player_on_signal(int signo);


static volatile sig_atomic_t  vfs_player_stop;


int
main(int argc, char **argv)
{
    int                    rc;
    vfs_error_t            err;
    struct sigaction       action;
    vfs_player_source_t   *source;
    vfs_player_options_t   options;

    vfs_log_init("vfs-player", VFS_LOG_INFO);

    rc = vfs_player_parse_options(&options, argc, argv, &err);

    if (rc == VFS_DECLINED) {
        return 0;
    }

    memset(&action, 0, sizeof(struct sigaction));
    action.sa_handler = vfs_player_on_signal;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);

    source = NULL;

    if (rc == VFS_OK) {
        source = vfs_player_open(&options, &err);

        if (source == NULL) {
            rc = VFS_ERROR;

        } else if (options.print) {
            rc = vfs_player_print(&options, source, &err);

        } else {
            rc = vfs_player_play(&options, source, &err);
        }
    }

    if (source != NULL) {
        source->close(source);
    }

    if (rc != VFS_OK) {
        fprintf(stderr, "vfs-player: %s\n", err.text);
        return 1;
    }

    return 0;
}


static vfs_player_source_t *
vfs_player_open(const vfs_player_options_t *options, vfs_error_t *err)
{
    size_t  len;

    if (options->file == NULL) {
        return vfs_player_generate(options, err);
    }

    len = strlen(options->file);

    if (len > 4 && strcasecmp(options->file + len - 4, ".csv") == 0) {
        return vfs_player_retail(options->file, err);
    }

    return vfs_player_lines(options->file, err);
}


static int
vfs_player_print(const vfs_player_options_t *options,
    vfs_player_source_t *source, vfs_error_t *err)
{
    int                 rc;
    int64_t             n;
    vfs_player_event_t  event;

    rc = VFS_OK;

    for (n = 0; options->count == 0 || n < options->count; n++) {

        if (vfs_player_stop) {
            break;
        }

        rc = source->next(source, &event, err);

        if (rc != VFS_OK) {
            break;
        }

        if (fwrite(event.value, 1, event.len, stdout) != event.len
            || putchar('\n') == EOF)
        {
            break;
        }
    }

    if (rc != VFS_ERROR && fflush(stdout) != 0) {
        vfs_error_set(err, "cannot write to standard output");
        return VFS_ERROR;
    }

    fprintf(stderr, "rows=%llu printed=%lld no_user=%llu malformed=%llu "
            "invalid_ids=%llu\n", (unsigned long long) source->rows,
            (long long) n, (unsigned long long) source->no_user,
            (unsigned long long) source->malformed,
            (unsigned long long) source->invalid_ids);

    return (rc == VFS_ERROR) ? VFS_ERROR : VFS_OK;
}


static int
vfs_player_play(const vfs_player_options_t *options,
    vfs_player_source_t *source, vfs_error_t *err)
{
    int                     rc;
    uint64_t                sent, failed;
    vfs_player_producer_t  *producer;

    producer = vfs_player_connect(options->brokers, options->topic, err);

    if (producer == NULL) {
        return VFS_ERROR;
    }

    vfs_player_print_hints(source);

    rc = vfs_player_send_all(options, source, producer, err);

    sent = vfs_player_sent(producer);
    failed = vfs_player_failed(producer) + vfs_player_outstanding(producer);

    printf("rows=%llu sent=%llu failed=%llu no_user=%llu malformed=%llu "
           "invalid_ids=%llu\n",
           (unsigned long long) source->rows, (unsigned long long) sent,
           (unsigned long long) failed, (unsigned long long) source->no_user,
           (unsigned long long) source->malformed,
           (unsigned long long) source->invalid_ids);

    vfs_player_disconnect(producer);

    if (rc == VFS_OK && failed > 0) {
        vfs_error_set(err, "%llu events were not delivered",
                      (unsigned long long) failed);
        rc = VFS_ERROR;
    }

    return rc;
}


static int
vfs_player_send_all(const vfs_player_options_t *options,
    vfs_player_source_t *source, vfs_player_producer_t *producer,
    vfs_error_t *err)
{
    int                 rc;
    int64_t             n, start;
    vfs_player_event_t  event;

    rc = VFS_OK;
    start = vfs_player_now();

    for (n = 0; options->count == 0 || n < options->count; n++) {

        if (options->rate > 0) {
            vfs_player_wait(producer, start + n / options->rate * 1000000
                                      + n % options->rate * 1000000
                                        / options->rate);
        }

        if (vfs_player_stop) {
            break;
        }

        rc = source->next(source, &event, err);

        if (rc != VFS_OK) {
            break;
        }

        vfs_player_send(producer, &event);
        vfs_player_poll(producer, 0);
    }

    vfs_player_drain(producer);

    return (rc == VFS_ERROR) ? VFS_ERROR : VFS_OK;
}


/* "due" in microseconds of vfs_player_now() */

static void
vfs_player_wait(vfs_player_producer_t *producer, int64_t due)
{
    int64_t  left;

    while (!vfs_player_stop) {
        left = (due - vfs_player_now() + 999) / 1000;

        if (left <= 0) {
            return;
        }

        vfs_player_poll(producer, left < VFS_PLAYER_SLICE_MS
                                  ? (int) left : VFS_PLAYER_SLICE_MS);
    }
}


/* Waits for the broker's acknowledgements, not for long when told to stop. */

static void
vfs_player_drain(vfs_player_producer_t *producer)
{
    int64_t  start, limit;

    start = vfs_player_now();

    while (vfs_player_outstanding(producer) > 0) {

        limit = vfs_player_stop ? VFS_PLAYER_STOP_MS : VFS_PLAYER_FLUSH_MS;

        if (vfs_player_now() - start >= limit * 1000) {
            break;
        }

        vfs_player_flush(producer, VFS_PLAYER_SLICE_MS);
    }
}


static int64_t
vfs_player_now(void)
{
    struct timespec  now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}


static void
vfs_player_print_hints(const vfs_player_source_t *source)
{
    unsigned  i;

    fputs("users=", stdout);

    for (i = 0; i < source->nhints; i++) {
        printf("%s%s", (i > 0) ? "," : "", source->hints[i]);
    }

    putchar('\n');
    fflush(stdout);
}


void
vfs_player_hint(vfs_player_source_t *source, const char *user, size_t len)
{
    unsigned  i;

    if (source->nhints == VFS_PLAYER_HINTS || !vfs_id_valid(user, len)) {
        return;
    }

    for (i = 0; i < source->nhints; i++) {

        if (strlen(source->hints[i]) == len
            && memcmp(source->hints[i], user, len) == 0)
        {
            return;
        }
    }

    memcpy(source->hints[source->nhints], user, len);
    source->hints[source->nhints][len] = '\0';
    source->nhints++;
}


static void
vfs_player_on_signal(int signo)
{
    vfs_player_stop = 1;
}
