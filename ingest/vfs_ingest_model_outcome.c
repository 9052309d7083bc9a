
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_model.h"
#include "vfs_log.h"

#include <stdlib.h>
#include <string.h>


#define VFS_ASK_LOG_MS    5000

/* How often a text by itself may come back without numbers. */

#define VFS_ASK_ATTEMPTS  3


static void vfs_ask_answered(vfs_ask_t *ask, const vfs_model_answer_t *answer);
static void vfs_ask_recorded(vfs_ask_t *ask, const float *vectors);
static void vfs_ask_retry(vfs_ask_t *ask, const vfs_model_answer_t *answer,
    const vfs_error_t *err);
static int64_t vfs_ask_delay(vfs_channel_t *channel,
    const vfs_model_answer_t *answer);
static void vfs_ask_refused(vfs_ask_t *ask, const vfs_model_answer_t *answer,
    const vfs_error_t *err);
static void vfs_ask_no_numbers(vfs_ask_t *ask,
    const vfs_model_answer_t *answer, const vfs_error_t *err);
static int vfs_ask_halve(vfs_ask_t *ask);
static void vfs_ask_stop(vfs_ask_t *ask, const vfs_model_answer_t *answer,
    const vfs_error_t *err);


void
vfs_asker_answer(vfs_ask_t *ask, const vfs_model_answer_t *answer)
{
    vfs_error_t     err;
    vfs_asker_t    *asker;
    vfs_channel_t  *channel;

    channel = ask->channel;
    asker = channel->asker;

    TAILQ_REMOVE(&channel->in_flight, ask, link);
    channel->nin_flight--;

    switch (vfs_model_answer_read(asker->def, channel->source, answer,
                                  asker->vectors, &err))
    {

    case VFS_MODEL_ANSWERED:
        vfs_ask_answered(ask, answer);
        break;

    case VFS_MODEL_RETRY:
        vfs_ask_retry(ask, answer, &err);
        break;

    case VFS_MODEL_REFUSED:
        vfs_ask_refused(ask, answer, &err);
        break;

    case VFS_MODEL_NO_NUMBERS:
        vfs_ask_no_numbers(ask, answer, &err);
        break;

    case VFS_MODEL_STOP:
        vfs_ask_stop(ask, answer, &err);
        break;
    }
}


static void
vfs_ask_answered(vfs_ask_t *ask, const vfs_model_answer_t *answer)
{
    vfs_channel_t  *channel;

    channel = ask->channel;

    if (channel->failures != 0) {
        vfs_log(VFS_LOG_INFO, "model_available", "source=%s failures=%u",
                channel->source->name, channel->failures);
    }

    channel->counters.requests[VFS_ASK_ANSWERED]++;

    channel->failures = 0;
    channel->not_before = 0;
    channel->stop_since = 0;
    channel->worked = 1;

    channel->limit += 1 / channel->limit;

    if (channel->limit > channel->source->model->concurrency) {
        channel->limit = channel->source->model->concurrency;
    }

    if (!ask->probing) {
        vfs_ask_recorded(ask, channel->asker->vectors);
        return;
    }

    /* it is this one text */

    vfs_log(VFS_LOG_WARN, "text_refused", "source=%s",
            channel->source->name);

    vfs_ask_recorded(ask, NULL);
}


/* Writes what was answered; NULL: the one text is refused. */

static void
vfs_ask_recorded(vfs_ask_t *ask, const float *vectors)
{
    char                   text[300];
    unsigned               i;
    const float           *vector;
    vfs_error_t            err;
    vfs_asker_t           *asker;
    vfs_channel_t         *channel;
    unsigned char         *record;
    vfs_recorded_entry_t  *entries;

    channel = ask->channel;
    asker = channel->asker;

    entries = calloc(ask->count, sizeof(vfs_recorded_entry_t));

    if (entries == NULL) {
        vfs_error_set(&err, "out of memory");
        goto failed;
    }

    record = asker->records;
    vector = vectors;

    for (i = 0; i < ask->count; i++) {
        memcpy(entries[i].key, ask->questions[i]->key, VFS_MODEL_KEY_LEN);
        entries[i].data = record;
        entries[i].len = vfs_model_record(asker->def, vector, record);

        record += entries[i].len;

        if (vector != NULL) {
            vector += asker->def->dimension;
        }
    }

    if (vfs_recorded_put(asker->recorded, entries, ask->count, &err)
        != VFS_OK)
    {
        goto failed;
    }

    asker->nleft -= ask->count;

    if (vectors != NULL) {
        channel->counters.recorded += ask->count;

    } else {
        channel->counters.refused++;
    }

    free(entries);
    vfs_channel_recycle(ask);

    return;

failed:

    /* the answer is lost, and asked for once more */

    vfs_log(VFS_LOG_ERROR, "record_failed", "source=%s error=%s",
            channel->source->name,
            vfs_log_quote(text, sizeof(text), err.text, strlen(err.text)));

    free(entries);

    channel->not_before = asker->io->now(asker->io->data)
                          + asker->conf->max_backoff_ms;

    TAILQ_INSERT_HEAD(&channel->again, ask, link);
}


static void
vfs_ask_retry(vfs_ask_t *ask, const vfs_model_answer_t *answer,
    const vfs_error_t *err)
{
    char             text[300];
    int64_t          now, delay;
    vfs_asker_t     *asker;
    vfs_channel_t   *channel;

    channel = ask->channel;
    asker = channel->asker;
    now = asker->io->now(asker->io->data);

    channel->counters.requests[VFS_ASK_RETRIED]++;

    /* a request that was sent before the last failure says nothing new */

    if (channel->failures == 0 || ask->sent >= channel->failed) {
        channel->failures++;
        channel->failed = now;
        channel->limit = (channel->limit > 2) ? channel->limit / 2 : 1;
    }

    delay = vfs_ask_delay(channel, answer);

    if (now + delay > channel->not_before) {
        channel->not_before = now + delay;
    }

    if (channel->failures == 1 || now - channel->logged >= VFS_ASK_LOG_MS) {
        channel->logged = now;

        vfs_log(VFS_LOG_WARN, "model_unavailable",
                "source=%s reason=%s failures=%u retry_in_ms=%lld error=%s",
                channel->source->name, vfs_model_answer_reason(answer),
                channel->failures, (long long) delay,
                vfs_log_quote(text, sizeof(text), err->text,
                              strlen(err->text)));
    }

    TAILQ_INSERT_HEAD(&channel->again, ask, link);
}


/* Exponential backoff with full jitter, on top of what the model asked for. */

static int64_t
vfs_ask_delay(vfs_channel_t *channel, const vfs_model_answer_t *answer)
{
    double           delay, max;
    unsigned         i;
    const vfs_io_t  *io;

    io = channel->asker->io;
    delay = (double) channel->asker->conf->backoff_ms;
    max = (double) channel->asker->conf->max_backoff_ms;

    if (answer->retry_after_ms >= 0) {
        return answer->retry_after_ms
               + (int64_t) (delay * io->random(io->data));
    }

    for (i = 1; i < channel->failures && delay < max; i++) {
        delay *= 2;
    }

    if (delay > max) {
        delay = max;
    }

    return (int64_t) (delay * io->random(io->data));
}


/*
 * A text at fault is found by halving.  Alone, it is at fault only if the model
 * does answer another text: else it is the model that refuses all.
 */

static void
vfs_ask_refused(vfs_ask_t *ask, const vfs_model_answer_t *answer,
    const vfs_error_t *err)
{
    vfs_channel_t  *channel;

    channel = ask->channel;
    channel->counters.requests[VFS_ASK_REFUSED]++;

    if (ask->probing) {
        ask->probing = 0;
        vfs_ask_stop(ask, answer, err);
        return;
    }

    if (ask->count == 1) {
        ask->probing = 1;

    } else if (vfs_ask_halve(ask) != VFS_OK) {

        /* out of memory: the whole request is refused once more, later */

        channel->not_before = channel->asker->io->now(channel->asker->io->data)
                              + channel->asker->conf->backoff_ms;
    }

    TAILQ_INSERT_HEAD(&channel->again, ask, link);
}


/* It may be the text, it may be a moment of weakness. */

static void
vfs_ask_no_numbers(vfs_ask_t *ask, const vfs_model_answer_t *answer,
    const vfs_error_t *err)
{
    if (ask->probing) {
        ask->probing = 0;
        ask->questions[0]->attempts = 0;

    } else if (ask->count > 1
               || ++ask->questions[0]->attempts >= VFS_ASK_ATTEMPTS)
    {
        vfs_ask_refused(ask, answer, err);
        return;
    }

    vfs_ask_retry(ask, answer, err);
}


/* Moves the second half to an ask of its own, which goes out second. */

static int
vfs_ask_halve(vfs_ask_t *ask)
{
    unsigned    i, n;
    vfs_ask_t  *second;

    n = ask->count / 2;

    second = vfs_channel_ask(ask->channel, ask->count - n);

    if (second == NULL) {
        return VFS_ERROR;
    }

    for (i = n; i < ask->count; i++) {
        second->questions[second->count++] = ask->questions[i];
    }

    ask->count = n;

    TAILQ_INSERT_HEAD(&ask->channel->again, second, link);

    return VFS_OK;
}


static void
vfs_ask_stop(vfs_ask_t *ask, const vfs_model_answer_t *answer,
    const vfs_error_t *err)
{
    int64_t         now;
    vfs_asker_t    *asker;
    vfs_channel_t  *channel;

    channel = ask->channel;
    asker = channel->asker;
    now = asker->io->now(asker->io->data);

    if (channel->stop_since == 0) {
        channel->stop_since = now;
    }

    /* a key that had been good may be in rotation, a host behind a restart */

    if (channel->worked
        && now - channel->stop_since < asker->conf->grace_ms)
    {
        vfs_ask_retry(ask, answer, err);
        return;
    }

    asker->stopped = 1;

    vfs_error_set(&asker->stop, "the model of sources.%s answers with "
                  "%.200s: check its \"service\", its \"model\" and "
                  "VFS_MODEL_API_KEY", channel->source->name, err->text);

    TAILQ_INSERT_HEAD(&channel->again, ask, link);
}
