
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_client.h"
#include "vfs_copy_printable.h"
#include "vfs_http_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define VFS_CLIENT_TIMEOUT_MS   30000
#define VFS_CLIENT_MAX_ANSWER   ((size_t) 64 * 1024 * 1024)

/* tries of what has never answered; pauses between tries */

#define VFS_CLIENT_TRIES        8
#define VFS_CLIENT_PAUSE_US     500000
#define VFS_CLIENT_MAX_PAUSE    ((int64_t) 30 * 1000000)
#define VFS_CLIENT_MAX_AFTER    ((int64_t) 60 * 1000000)

/* how late requests may be and still be caught up with */

#define VFS_CLIENT_LAG_US       10000

/* an index that limits is asked at half the rate, at least once a second */

#define VFS_CLIENT_MAX_SLOW     1000000
#define VFS_CLIENT_SLOW_EVERY   1000000


static void vfs_remote_open(vfs_remote_t *remote, const char *name,
    vfs_http_kind_e kind, const vfs_remote_conf_t *conf);
static int vfs_client_send(vfs_remote_t *remote, int64_t now,
    vfs_error_t *err);
static int64_t vfs_client_wait(const vfs_remote_t *remote, int64_t now,
    int64_t wait);
static int vfs_client_start(vfs_call_t *call, int64_t now, vfs_error_t *err);
static void vfs_client_done(void *data, const vfs_http_answer_t *answer);
static int vfs_client_passes(int status);
static void vfs_client_again(vfs_call_t *call, const vfs_http_answer_t *answer,
    const char *why);
static int64_t vfs_client_pause(const vfs_call_t *call,
    const vfs_http_answer_t *answer);
static void vfs_client_slow(vfs_remote_t *remote, int64_t now, int64_t wait);
static void vfs_client_fail(vfs_call_t *call, const char *why);


int
vfs_client_open(vfs_client_t *client, const vfs_remote_conf_t *from,
    const vfs_remote_conf_t *to, int64_t give_up_us, vfs_error_t *err)
{
    memset(client, 0, sizeof(vfs_client_t));

    client->give_up_us = give_up_us;

    vfs_remote_open(&client->from, "from", VFS_HTTP_INDEX, from);
    vfs_remote_open(&client->to, "to", VFS_HTTP_OTHER, to);

    client->http = vfs_http_create("vfs-copy/" VFS_VERSION, err);

    if (client->http == NULL
        || vfs_http_key(client->http, VFS_HTTP_INDEX, from->key, err) != VFS_OK
        || vfs_http_key(client->http, VFS_HTTP_OTHER, to->key, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    srandom((unsigned) vfs_client_now());

    return VFS_OK;
}


static void
vfs_remote_open(vfs_remote_t *remote, const char *name, vfs_http_kind_e kind,
    const vfs_remote_conf_t *conf)
{
    remote->name = name;
    remote->url = conf->url;
    remote->kind = kind;
    remote->pause_us = (int64_t) (1e6 / conf->rate);
    remote->slow_us = remote->pause_us;

    TAILQ_INIT(&remote->waiting);
}


void
vfs_client_close(vfs_client_t *client)
{
    vfs_http_destroy(client->http);
    client->http = NULL;
}


void
vfs_client_ask(vfs_client_t *client, vfs_call_t *call)
{
    call->client = client;
    call->tries = 0;
    call->began_us = vfs_client_now();
    call->due_us = 0;

    TAILQ_INSERT_TAIL(&call->remote->waiting, call, link);
}


int
vfs_client_turn(vfs_client_t *client, int timeout_ms, vfs_error_t *err)
{
    int64_t   now, wait;
    uint64_t  answers;

    now = vfs_client_now();
    answers = client->answers;

    if (vfs_client_send(&client->from, now, err) != VFS_OK
        || vfs_client_send(&client->to, now, err) != VFS_OK
        || vfs_http_run(client->http, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    if (client->failed) {
        *err = client->fault;
        return VFS_ERROR;
    }

    /* who was answered may have more to ask */

    if (client->answers != answers) {
        return VFS_OK;
    }

    wait = (int64_t) timeout_ms * 1000;
    wait = vfs_client_wait(&client->from, now, wait);
    wait = vfs_client_wait(&client->to, now, wait);

    return vfs_http_wait(client->http, NULL, 0, (int) ((wait + 999) / 1000),
                         err);
}


/* Starts what is due, as many as the rate allows. */

static int
vfs_client_send(vfs_remote_t *remote, int64_t now, vfs_error_t *err)
{
    vfs_call_t  *call, *next;

    for (call = TAILQ_FIRST(&remote->waiting); call != NULL; call = next) {
        next = TAILQ_NEXT(call, link);

        if (remote->due_us > now) {
            break;
        }

        if (call->due_us > now) {
            continue;
        }

        TAILQ_REMOVE(&remote->waiting, call, link);

        if (remote->due_us < now - VFS_CLIENT_LAG_US) {
            remote->due_us = now - VFS_CLIENT_LAG_US;
        }

        remote->due_us += remote->slow_us;

        if (vfs_client_start(call, now, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


/* The time until a request is due, if that is less than "wait". */

static int64_t
vfs_client_wait(const vfs_remote_t *remote, int64_t now, int64_t wait)
{
    int64_t            due;
    const vfs_call_t  *call;

    TAILQ_FOREACH(call, &remote->waiting, link)
    {
        due = (call->due_us > remote->due_us) ? call->due_us : remote->due_us;
        due = (due > now) ? due - now : 0;

        if (due < wait) {
            wait = due;
        }
    }

    return wait;
}


static int
vfs_client_start(vfs_call_t *call, int64_t now, vfs_error_t *err)
{
    vfs_http_request_t  request;

    if (call->tries == 0) {
        call->began_us = now;
    }

    call->tries++;
    call->remote->requests++;

    memset(&request, 0, sizeof(vfs_http_request_t));
    request.url = call->url;
    request.body = call->body;
    request.len = call->len;
    request.timeout_ms = VFS_CLIENT_TIMEOUT_MS;
    request.kind = call->remote->kind;
    request.max_answer = VFS_CLIENT_MAX_ANSWER;
    request.done = vfs_client_done;
    request.data = call;

    return (vfs_http_start(call->client->http, &request, err) != NULL)
           ? VFS_OK : VFS_ERROR;
}


static void
vfs_client_done(void *data, const vfs_http_answer_t *answer)
{
    char           message[256], text[320];
    vfs_call_t    *call;
    vfs_error_t    err;
    vfs_remote_t  *remote;

    call = data;
    remote = call->remote;
    call->client->answers++;

    if (answer->status == 0) {
        vfs_client_again(call, answer, answer->failure);
        return;
    }

    remote->answered = 1;

    if (answer->status != 200) {
        vfs_http_message(answer->body, answer->len, message, sizeof(message));

        (void) snprintf(text, sizeof(text), "status %d%s", answer->status,
                        (message[0] != '\0') ? ": " : "");
        (void) vfs_printable(text + strlen(text), sizeof(text) - strlen(text),
                             message, strlen(message));

        if (vfs_client_passes(answer->status)) {
            vfs_client_again(call, answer, text);

        } else {
            vfs_client_fail(call, text);
        }

        return;
    }

    if (answer->cut) {
        vfs_client_fail(call, "an answer of more than 64 MB");
        return;
    }

    remote->slow_us -= (remote->slow_us - remote->pause_us) / 64;

    if (call->done(call, answer->body, answer->len, &err) != VFS_OK) {
        vfs_client_fail(call, err.text);
    }
}


static int
vfs_client_passes(int status)
{
    switch (status) {

    case 408:
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return 1;
    }

    return 0;
}


static void
vfs_client_again(vfs_call_t *call, const vfs_http_answer_t *answer,
    const char *why)
{
    char           text[384];
    int64_t        now, wait;
    vfs_remote_t  *remote;

    remote = call->remote;
    now = vfs_client_now();

    /* a wrong host or port is noticed soon, an outage at night outlived */

    if (now - call->began_us > call->client->give_up_us
        || (!remote->answered && call->tries >= VFS_CLIENT_TRIES))
    {
        (void) snprintf(text, sizeof(text), "after %u %s: %s", call->tries,
                        (call->tries == 1) ? "try" : "tries", why);
        vfs_client_fail(call, text);
        return;
    }

    if (!remote->answered && call->tries == 1) {
        fprintf(stderr, "vfs copy: %s %s: %s; trying again\n", remote->name,
                call->path, why);
    }

    remote->repeated++;
    (void) snprintf(remote->trouble, sizeof(remote->trouble), "%s %s: %.80s",
                    remote->name, call->path, why);

    wait = vfs_client_pause(call, answer);

    if (answer->status == 429 || answer->retry_after_ms >= 0) {
        vfs_client_slow(remote, now, wait);
    }

    call->due_us = now + wait;
    TAILQ_INSERT_TAIL(&remote->waiting, call, link);
}


/* Up to twice as long each time, by chance, so that not all come together. */

static int64_t
vfs_client_pause(const vfs_call_t *call, const vfs_http_answer_t *answer)
{
    int64_t   wait;
    unsigned  i;

    if (answer->retry_after_ms >= 0) {
        wait = answer->retry_after_ms * 1000;

        return (wait < VFS_CLIENT_MAX_AFTER) ? wait : VFS_CLIENT_MAX_AFTER;
    }

    wait = VFS_CLIENT_PAUSE_US;

    for (i = 1; i < call->tries && wait < VFS_CLIENT_MAX_PAUSE; i++) {
        wait *= 2;
    }

    if (wait > VFS_CLIENT_MAX_PAUSE) {
        wait = VFS_CLIENT_MAX_PAUSE;
    }

    return wait / 1000 * (random() % 1000);
}


static void
vfs_client_slow(vfs_remote_t *remote, int64_t now, int64_t wait)
{
    if (remote->due_us < now + wait) {
        remote->due_us = now + wait;
    }

    if (now - remote->slowed_us < VFS_CLIENT_SLOW_EVERY
        || remote->slow_us >= VFS_CLIENT_MAX_SLOW)
    {
        return;
    }

    remote->slow_us *= 2;
    remote->slowed_us = now;
}


static void
vfs_client_fail(vfs_call_t *call, const char *why)
{
    vfs_client_t  *client;

    client = call->client;

    if (!client->failed) {
        client->failed = 1;
        vfs_error_set(&client->fault, "%s %s: %s", call->remote->name,
                      call->path, why);
    }
}


int64_t
vfs_client_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
